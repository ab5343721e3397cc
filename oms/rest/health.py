"""Is it alive, is it ready, what does it count: answered before sessions, tenants and host checks."""

from __future__ import annotations

import os
import secrets
from ipaddress import ip_address
from typing import TYPE_CHECKING

import prometheus_client
import redis
import structlog
from django.conf import settings
from django.db import Error, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse
from prometheus_client import multiprocess

from oms.rest.formats import to_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

logger = structlog.get_logger(__name__)
OK = "ok"
DOWN = "down"


class HealthMiddleware:
    """Answers /livez, /readyz and /metrics; everything else goes on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._migrated = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/livez":
            return _answer({"status": OK})
        if request.path == "/readyz":
            return self._readiness()
        if request.path == "/metrics":
            return _metrics(request)
        return self.get_response(request)

    def _readiness(self) -> HttpResponse:
        """503 only when requests cannot be served: without Redis orders are still accepted."""
        checks = {"postgresql": _postgresql(), "migrations": DOWN, "redis": _redis()}
        if checks["postgresql"] == OK:
            checks["migrations"] = self._migrations()
        ready = checks["postgresql"] == OK and checks["migrations"] == OK
        state = "unavailable" if not ready else OK if checks["redis"] == OK else "degraded"
        return _answer({"status": state, "checks": checks}, status=200 if ready else 503)

    def _migrations(self) -> str:
        # Reading all migration files takes a while; once applied they stay so for this process.
        if not self._migrated:
            try:
                executor = MigrationExecutor(connections["default"])
                self._migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
            except Error as error:
                logger.warning("rest.migrations_unknown", error=repr(error))
        return OK if self._migrated else "pending"


def _postgresql() -> str:
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        logger.warning("rest.database_unavailable", error=repr(error))
        return DOWN
    return OK


def _redis() -> str:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5) as client:
            client.ping()
    except redis.RedisError:
        return DOWN
    return OK


def _metrics(request: HttpRequest) -> HttpResponse:
    if not _may_measure(request):
        return _answer({"status": "forbidden"}, status=403)
    registry = prometheus_client.REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = prometheus_client.CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # has no types
    body = prometheus_client.generate_latest(registry)
    return HttpResponse(body, content_type=prometheus_client.CONTENT_TYPE_LATEST)


def _may_measure(request: HttpRequest) -> bool:
    """By METRICS_TOKEN, or from this very machine: a forwarded request comes from elsewhere."""
    token = settings.METRICS_TOKEN
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and secrets.compare_digest(given.encode(), token.encode()):
        return True
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    # A Unix socket has no address; only this machine can reach it.
    address = request.META.get("REMOTE_ADDR", "")
    return not address or ip_address(address).is_loopback


def _answer(content: dict[str, object], *, status: int = 200) -> HttpResponse:
    return HttpResponse(
        to_json(content), status=status, content_type="application/json", headers={"Cache-Control": "no-store"}
    )
