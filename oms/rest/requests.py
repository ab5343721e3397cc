"""The request type that viewsets declare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.request import Request

if TYPE_CHECKING:
    from uuid import UUID

    from oms.tenancy.types import Access


class ApiRequest(Request):
    """A request inside its tenant's scope, by a credential whose permission was checked."""

    access: Access
    tenant_id: UUID
