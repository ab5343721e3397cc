"""Reads of the room."""

from oms.tenancy.queries.access import access_of_api_key, access_of_person, membership_of, memberships, tenant_choices
from oms.tenancy.queries.tenants import all_tenants, get_tenant, legal_entities, tenant_by_slug
from oms.tenancy.queries.web import api_keys, audit_entries, saved_views

__all__ = [
    "access_of_api_key",
    "access_of_person",
    "all_tenants",
    "api_keys",
    "audit_entries",
    "get_tenant",
    "legal_entities",
    "membership_of",
    "memberships",
    "saved_views",
    "tenant_by_slug",
    "tenant_choices",
]
