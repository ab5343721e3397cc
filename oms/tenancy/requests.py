"""The request types that views declare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest

if TYPE_CHECKING:
    from uuid import UUID

    from django_htmx.middleware import HtmxDetails

    from oms.tenancy.models import Tenant, User
    from oms.tenancy.types import Access


class TenantRequest(HttpRequest):
    """A signed-in person's request inside the scope of the tenant they chose."""

    user: User
    htmx: HtmxDetails
    tenant: Tenant
    tenant_id: UUID
    access: Access
