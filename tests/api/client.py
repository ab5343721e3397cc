"""A client that speaks for one credential."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from django.test import Client

from oms.tenancy.context import tenant_scope
from oms.tenancy.permissions import Permission
from oms.tenancy.services import create_api_key
from oms.tenancy.types import SYSTEM

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.http import HttpResponse

    from oms.tenancy.models import Tenant

API = "/api/v1"


@dataclass
class ApiClient:
    """Sends JSON with a key; addresses are under /api/v1. A body of bytes is sent as it is."""

    secret: str

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        sent = {"Authorization": f"Bearer {self.secret}"} if self.secret else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        content = {}
        if body is not None:
            data = body if isinstance(body, bytes) else orjson.dumps(body, default=str)
            content = {"data": data, "content_type": sent.pop("Content-Type", "application/json")}
        address = path if path.startswith(("/api", "http")) else API + path
        return Client().generic(method, address, headers=sent, **content)

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


def make_key(tenant: Tenant, scopes: Collection[str] = tuple(Permission), **options: Any) -> str:
    with tenant_scope(tenant.pk):
        return create_api_key(name="test", scopes=scopes, actor=SYSTEM, **options)[1]
