"""Writes of the room, one verb each."""

from oms.tenancy.services.audit import audit
from oms.tenancy.services.idempotency import claim_request, forget_answers, keep_answer
from oms.tenancy.services.keys import create_api_key, revoke_api_key
from oms.tenancy.services.numbers import next_numbers
from oms.tenancy.services.people import add_member, create_person, update_preferences
from oms.tenancy.services.tenants import create_legal_entity, create_tenant, update_tenant
from oms.tenancy.services.views import delete_view, save_view

__all__ = [
    "add_member",
    "audit",
    "claim_request",
    "create_api_key",
    "create_legal_entity",
    "create_person",
    "create_tenant",
    "delete_view",
    "forget_answers",
    "keep_answer",
    "next_numbers",
    "revoke_api_key",
    "save_view",
    "update_preferences",
    "update_tenant",
]
