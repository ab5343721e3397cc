"""Who asks: an API key, or a person signed in to the back office.

The tenant's scope is open already: `oms.tenancy.middleware` opens it before the view runs.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.authentication import SessionAuthentication as DrfSession
from rest_framework.exceptions import AuthenticationFailed

from oms.database.sharing import give_back
from oms.rest.requests import marked
from oms.tenancy.context import open_tenant, tenant_scope
from oms.tenancy.queries import access_of_api_key

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request

    from oms.tenancy.types import Access

CREDENTIALS_IN_URL = frozenset({"access_token", "api_key", "apikey", "authorization", "token"})

KNOWN_SECONDS = 1.0
MOST_KNOWN = 1000
_known: dict[str, tuple[float, Access]] = {}
_UNKNOWN: tuple[float, Access | None] = (0.0, None)


class ApiClient:
    """The user of a request that an API key signed."""

    is_authenticated = True
    is_active = True


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer baton_…`."""

    def authenticate(self, request: Request) -> tuple[ApiClient, Access] | None:
        if not CREDENTIALS_IN_URL.isdisjoint(request.query_params):
            raise AuthenticationFailed(
                "A credential in an address ends up in logs. Send it in the Authorization header."
            )
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        access = _access(secret.strip(), marked(request).tenant_id)
        if access is None:
            raise AuthenticationFailed("This API key is unknown, expired or revoked.")
        marked(request).access = access
        return ApiClient(), access

    def authenticate_header(self, _request: Request) -> str:
        return 'Bearer realm="Baton API"'


def _access(secret: str, tenant_id: UUID | None) -> Access | None:
    if tenant_id is None:
        return None
    if open_tenant():
        return access_of_api_key(secret, now=timezone.now())
    return _access_outside(secret, tenant_id)


def _access_outside(secret: str, tenant_id: UUID) -> Access | None:
    """For views that open the scope themselves, and are asked often: a key is looked up once in a second.

    A revoked key may therefore be good for two seconds more in these views.
    """
    now = time.monotonic()
    until, known = _known.get(secret, _UNKNOWN)
    if now < until:
        return known
    if known is not None and now < until + KNOWN_SECONDS:
        # While this request asks, the others go on with what is known: all at once they would open a connection each.
        _known[secret] = (now + KNOWN_SECONDS, known)
    with tenant_scope(tenant_id):
        access = access_of_api_key(secret, now=timezone.now())
    give_back()
    if len(_known) >= MOST_KNOWN:
        _known.clear()
    if access is None:
        _known.pop(secret, None)
    else:
        _known[secret] = (now + KNOWN_SECONDS, access)
    return access


class SessionAuthentication(DrfSession):
    """A signed-in person's browser, with its CSRF token."""

    def authenticate(self, request: Request) -> tuple[Any, Access] | None:
        access = marked(request).access
        if access is None:
            return None
        self.enforce_csrf(request)
        return request._request.user, access  # noqa: SLF001 -- asking the wrapper for its user would ask us
