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


def test_while_one_request_asks_the_others_go_on_with_what_is_known(looked_up, tenant_id, monkeypatch):
    _asked, (access,) = looked_up
    begun, answered = threading.Event(), threading.Event()

    def slow(_secret, *, now):
        begun.set()
        assert answered.wait(10)
        return access

    def other():
        assert begun.wait(10)
        found = authentication._access("secret", tenant_id)
        answered.set()
        return found

    monkeypatch.setattr(authentication, "access_of_api_key", slow)
    authentication._known["secret"] = (time.monotonic() - 1, access)

    assert at_once([lambda: authentication._access("secret", tenant_id), other]) == [access, access]
