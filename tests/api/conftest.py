"""Two tenants, and clients that speak for a credential of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from django.test import Client

from oms.tenancy.context import tenant_scope
from oms.tenancy.permissions import Permission
from oms.tenancy.services import create_api_key
from oms.tenancy.types import SYSTEM

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from django.http import HttpResponse

    from oms.tenancy.models import Tenant

API = "/api/v1"


@dataclass
class ApiClient:
    """Sends JSON with a key; addresses are under /api/v1."""

    secret: str

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        sent = {"Authorization": f"Bearer {self.secret}"} if self.secret else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        content = {} if body is None else {"data": body, "content_type": "application/json"}
        address = path if path.startswith(("/api", "http")) else API + path
        return Client().generic(method, address, headers=sent, **_encoded(content))

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self.send("POST", path, {} if body is None else body, **headers)

    def put(self, path: str, body: Any, **headers: str) -> HttpResponse:
        return self.send("PUT", path, body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> HttpResponse:
        return self.send("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> HttpResponse:
        return self.send("DELETE", path, **headers)


def _encoded(content: dict[str, Any]) -> dict[str, Any]:
    if "data" in content and not isinstance(content["data"], bytes):
        content["data"] = orjson.dumps(content["data"], default=str)
    return content


def make_key(tenant: Tenant, scopes: Collection[str] = tuple(Permission), **options: Any) -> str:
    with tenant_scope(tenant.pk):
        return create_api_key(name="test", scopes=scopes, actor=SYSTEM, **options)[1]


@pytest.fixture
def key_of() -> Callable[..., str]:
    return make_key


@pytest.fixture
def api(tenants) -> ApiClient:
    """Speaks for Keravel with every scope."""
    return ApiClient(make_key(tenants[0]))


@pytest.fixture
def rival_api(tenants) -> ApiClient:
    """Speaks for Rival with every scope."""
    return ApiClient(make_key(tenants[1]))
