from __future__ import annotations

import redis
from django.db import OperationalError
from django.test import Client

from oms.rest import health
from oms.rest.throttling import bucket
from tests.api.client import ApiClient


def test_it_lives_and_is_ready(db):
    assert Client().get("/livez").json() == {"status": "ok"}

    ready = Client().get("/readyz")

    assert (ready.status_code, ready.headers["Cache-Control"]) == (200, "no-store")
    checks = {"postgresql": "ok", "migrations": "ok", "redis": "ok"}
    assert ready.json() == {"status": "ok", "checks": checks}


def test_it_lives_without_a_database(monkeypatch):
    """No database fixture: a query would fail the test."""
    assert Client().get("/livez").status_code == 200


def test_it_is_not_ready_without_postgresql(db, monkeypatch):
    def no_cursor(*_arguments):
        raise OperationalError("the database is away")

    monkeypatch.setattr(health.connections["default"], "cursor", no_cursor)

    response = Client().get("/readyz")

    assert (response.status_code, response.json()["status"]) == (503, "unavailable")
    assert response.json()["checks"]["postgresql"] == "down"


def test_it_is_not_ready_before_its_migrations(db, monkeypatch):
    class Behind(health.MigrationExecutor):
        def migration_plan(self, *_arguments):
            return [("one", False)]

    monkeypatch.setattr(health, "MigrationExecutor", Behind)

    response = Client().get("/readyz")

    assert (response.status_code, response.json()["checks"]["migrations"]) == (503, "pending")


def test_without_redis_it_is_degraded_and_still_serves(api, shop, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    bucket.cache_clear()

    ready = Client().get("/readyz")
    made = api.post("/reservations", {"reference": "b1", "lines": [{"sku": "MUG", "quantity": 1}]})

    bucket.cache_clear()
    assert (ready.status_code, ready.json()["status"], ready.json()["checks"]["redis"]) == (200, "degraded", "down")
    assert made.status_code == 201
    assert "RateLimit-Limit" not in made.headers


def test_redis_that_is_away_is_not_asked_by_every_request(monkeypatch):
    away, asked = health.redis.Redis.from_url("redis://127.0.0.1:1/0"), []
    throttle = bucket.__wrapped__()

    def take(**_arguments):
        asked.append(away)
        raise redis.ConnectionError

    monkeypatch.setattr(throttle, "_take", take)
    assert [throttle.take("k", cost=1, per_minute=1) for _request in range(3)] == [None] * 3
    assert len(asked) == 1


def test_metrics_are_for_this_machine_or_a_token(db, settings):
    near = Client().get("/metrics")
    forwarded = Client().get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})
    far = Client(REMOTE_ADDR="203.0.113.9").get("/metrics")
    settings.METRICS_TOKEN = "s3cret"
    wrong = Client(REMOTE_ADDR="203.0.113.9").get("/metrics", headers={"Authorization": "Bearer s3cre"})
    right = Client(REMOTE_ADDR="203.0.113.9").get("/metrics", headers={"Authorization": "Bearer s3cret"})

    assert [each.status_code for each in (near, forwarded, far, wrong, right)] == [200, 403, 403, 403, 200]
    assert b"baton_outbox_lag_seconds" in near.content


def test_metrics_join_the_processes(db, monkeypatch, tmp_path):
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))

    assert Client().get("/metrics").status_code == 200


def test_an_answer_names_its_request(api, shop):
    assert api.get("/skus", X_Request_ID="abcdef-123456").headers["X-Request-ID"] == "abcdef-123456"
    assert ApiClient("").get("/skus", X_Request_ID="bad id\n").headers["X-Request-ID"] != "bad id\n"
