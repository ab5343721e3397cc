from __future__ import annotations

from typing import TYPE_CHECKING

from oms.tenancy.errors import NotFound
from oms.tenancy.models import LegalEntity, Tenant

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet


def get_tenant(tenant_id: UUID) -> Tenant:
    """The tenant. Raises NotFound."""
    try:
        return Tenant.objects.get(pk=tenant_id, active=True)
    except Tenant.DoesNotExist:
        raise NotFound("There is no such tenant.") from None


def tenant_by_slug(slug: str) -> Tenant:
    """The tenant of that slug. Raises NotFound."""
    try:
        return Tenant.objects.get(slug=slug)
    except Tenant.DoesNotExist:
        raise NotFound(f"There is no tenant {slug}.", slug=slug) from None


def all_tenants() -> QuerySet[Tenant]:
    """Every active tenant, by slug: the list that sweeps walk through."""
    return Tenant.objects.filter(active=True).order_by("slug")


def legal_entities() -> QuerySet[LegalEntity]:
    """The open tenant's legal entities, by code."""
    return LegalEntity.objects.order_by("code")
