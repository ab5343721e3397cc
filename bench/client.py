"""A client that costs little: on a machine of two cores a richer one would measure itself."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

if TYPE_CHECKING:
    from bench.world import World


class Client:
    """One kept connection that speaks as the world's API key."""

    def __init__(self, url: str, world: World) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
        self._headers = {"Authorization": f"Bearer {world.key}", "Content-Type": "application/json"}

    def get(self, path: str) -> bool:
        """Say whether the answer was good."""
        return self._ask("GET", path, None)

    def post(self, path: str, data: Any) -> bool:
        """Say whether the answer was good."""
        return self._ask("POST", path, orjson.dumps(data))

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _ask(self, method: str, path: str, body: bytes | None) -> bool:
        self._connection.request(method, f"/api/v1{path}", body, self._headers)
        answer = self._connection.getresponse()
        answer.read()
        return 200 <= answer.status < 300
