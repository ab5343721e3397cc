"""Views that open the scope themselves remember a key for a second."""

from __future__ import annotations

import threading
import time

import pytest

from oms.rest import authentication
from oms.tenancy.types import SYSTEM, Access
from tests.support import at_once


@pytest.fixture
def tenant_id(tenants, monkeypatch):
    monkeypatch.setattr(authentication, "_known", {})
    return tenants[0].pk


@pytest.fixture
def looked_up(monkeypatch, tenant_id):
    """How often keys were looked up, and what the next time finds."""
    asked, answers = [], [Access(tenant_id, SYSTEM, frozenset(), None, "key")]

    def access(secret, *, now):
        asked.append(secret)
        return answers[0]

    monkeypatch.setattr(authentication, "access_of_api_key", access)
    return asked, answers


def test_a_key_is_looked_up_once_in_a_second(looked_up, tenant_id):
    asked, (access,) = looked_up

    assert [authentication._access("secret", tenant_id) for _request in range(3)] == [access] * 3
    assert asked == ["secret"]


def test_a_revoked_key_is_refused_a_second_later(looked_up, tenant_id, monkeypatch):
    asked, answers = looked_up
    authentication._access("secret", tenant_id)
    answers[0] = None
    later = time.monotonic() + authentication.KNOWN_SECONDS
    monkeypatch.setattr(authentication.time, "monotonic", lambda: later)

    assert authentication._access("secret", tenant_id) is None
    assert authentication._access("secret", tenant_id) is None
    assert asked == ["secret"] * 3


@pytest.fixture
def while_asked(looked_up, tenant_id, monkeypatch):
    """What a second request is told of a key, known until so many seconds ago, while the first asks and hears that it is revoked."""

    def ask(ago: float):
        _asked, (access,) = looked_up
        begun, answered = threading.Event(), threading.Event()

        def slow(_secret, *, now):
            if begun.is_set():
                return
            begun.set()
            assert answered.wait(10)
            return

        def other():
            assert begun.wait(10)
            try:
                return authentication._access("secret", tenant_id)
            finally:
                answered.set()

        monkeypatch.setattr(authentication, "access_of_api_key", slow)
        authentication._known["secret"] = (time.monotonic() - ago, access)
        first, second = at_once([lambda: authentication._access("secret", tenant_id), other])
        assert first is None
        assert "secret" not in authentication._known
        return second, access

    return ask


def test_while_one_request_asks_the_others_go_on_with_what_is_known(while_asked):
    told, access = while_asked(ago=0.1)

    assert told is access


def test_what_was_known_long_ago_lets_nobody_in(while_asked):
    told, _access = while_asked(ago=3600)

    assert told is None
