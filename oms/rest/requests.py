"""The request as viewsets see it, and as the middleware left it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from rest_framework.request import Request

if TYPE_CHECKING:
    from uuid import UUID

    from oms.tenancy.types import Access


class ApiRequest(Request):
    """A request inside its tenant's scope, by a credential whose permission was checked."""

    access: Access
    tenant_id: UUID


class Marked(Protocol):
    """What TenantMiddleware puts on Django's request: None until a credential is known; `rollback` undoes what was written."""

    access: Access | None
    tenant_id: UUID | None
    rollback: bool


def marked(request: Request) -> Marked:
    """Django's own request, under REST framework's."""
    return cast("Marked", request._request)  # noqa: SLF001 -- the wrapper has no other way to what it wraps
