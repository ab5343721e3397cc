"""The monitor: a few rows at a time, the first difference with its time, told once, never repaired."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from inventory.models import StockLevel
from inventory.services import set_levels
from inventory.types import LevelSetting
from oms.events import schedule
from oms.events.invariants import always, invariants
from oms.events.models import Event, InvariantCheck
from oms.events.queries import checks_to_make, watched
from oms.events.services import check_next
from oms.tenancy.context import tenant_scope
from oms.tenancy.middleware import SESSION_KEY
from tests.api.client import ApiClient, make_key
from tests.factories import make_location, make_sku, make_stock
from tests.matrix import make_owner
from tests.support import as_owner, overlapping

LEDGER = "stock.ledger_damaged"


@pytest.fixture
def levels(shared, now) -> list[StockLevel]:
    """Seven levels, committed."""
    with tenant_scope(shared.pk):
        place = make_location("RENNES")
        return sorted((make_stock(make_sku(), place, 5, now=now) for _level in range(7)), key=lambda level: level.pk)


def check(shared, now, *, at_once: int = 3, times: int = 1, name: str = LEDGER) -> list[int]:
    rows = []
    for _time in range(times):
        with tenant_scope(shared.pk):
            InvariantCheck.objects.filter(name=name).update(at_once=at_once)
            if not InvariantCheck.objects.filter(name=name).exists():
                InvariantCheck.objects.create(name=name, at_once=at_once, checked_at=now)
            rows.append(check_next(name=name, now=now))
    return rows


def damage(level: StockLevel, units: int) -> None:
    with as_owner() as owner:
        owner.execute("UPDATE inventory_stocklevel SET damaged = damaged + %s WHERE id = %s", [units, level.pk])


def state(shared) -> InvariantCheck:
    with tenant_scope(shared.pk):
        return InvariantCheck.objects.get(name=LEDGER)


def told(shared) -> list[str]:
    with tenant_scope(shared.pk):
        return list(Event.objects.filter(subject_type="invariant").order_by("pk").values_list("kind", flat=True))


def test_it_goes_round_a_few_rows_at_a_time(shared, levels, now):
    assert check(shared, now, times=4) == [3, 3, 1, 3]

    row = state(shared)
    assert (row.rows, row.round_rows, row.completed_at) == (7, 3, now)
    assert row.position == levels[2].pk


def test_a_difference_is_kept_with_its_time_and_told_once(shared, levels, now):
    damage(levels[4], 1)
    later = now + timedelta(minutes=5)

    check(shared, now)
    assert state(shared).broken_at is None
    check(shared, now)
    check(shared, later, times=4)

    row = state(shared)
    assert (row.broken_at, row.last_broken_at) == (now, later)
    assert str(levels[4].pk) in row.first_case
    assert told(shared) == ["invariant.broken"]


def test_it_repairs_nothing_and_says_when_it_holds_again(shared, levels, now):
    damage(levels[0], 1)
    check(shared, now, times=3)
    with tenant_scope(shared.pk):
        assert StockLevel.objects.get(pk=levels[0].pk).damaged == 1

    damage(levels[0], -1)
    check(shared, now, times=2)
    assert state(shared).broken_at is not None
    check(shared, now)

    row = state(shared)
    assert (row.broken_at, row.last_broken_at) == (None, now)
    assert str(levels[0].pk) in row.first_case
    assert told(shared) == ["invariant.broken", "invariant.holds"]


def test_what_takes_long_is_asked_of_fewer_rows(shared, levels, now, monkeypatch):
    check(shared, now, at_once=100)
    assert state(shared).at_once == 200

    monkeypatch.setattr("oms.events.services.monitor.LONG_SECONDS", -1.0)
    check(shared, now, at_once=100)
    assert state(shared).at_once == 50


def test_a_movement_meanwhile_is_no_difference(shared, levels, now):
    """Level and movement are seen in one snapshot, before or after, never between."""
    place = "RENNES"
    move = lambda: set_levels(levels=[LevelSetting(levels[0].sku.code, place, 9)], now=now)  # noqa: E731 -- an act
    check(shared, now)

    overlapping(shared, move, lambda: check_next(name="stock.ledger_on_hand", now=now))

    with tenant_scope(shared.pk):
        assert InvariantCheck.objects.get(name="stock.ledger_on_hand").broken_at is None


def test_two_at_once_do_not_ask_the_same(shared, levels, now):
    check(shared, now)

    def ask():
        return check_next(name=LEDGER, now=now)

    first, second = overlapping(shared, ask, ask)

    assert (first, second) == (4, 0)


def test_the_job_checks_everything_and_begins_with_what_waits_longest(shared, levels):
    schedule.check(shared.pk, "")

    with tenant_scope(shared.pk):
        assert {row.name for row in watched() if row.completed_at} == {each.name for each in invariants()}
        oldest = InvariantCheck.objects.order_by("checked_at")[0].name
        assert checks_to_make()[0] == oldest


def test_an_invariant_says_where_its_rows_are_chosen():
    with pytest.raises(ValueError, match="does not say where"):
        always("x.y", "Nothing.", over="tenancy_tenant", row="t", sql="SELECT 1, 2")


@pytest.fixture
def client(shared) -> Client:
    client = Client()
    client.force_login(make_owner(shared))
    session = client.session
    session[SESSION_KEY] = str(shared.pk)
    session.save()
    return client


def test_the_page_tells_and_the_navigation_is_marked(shared, levels, now, client):
    page = "/settings/invariants/"
    assert "The first round over all rows is not over yet" in client.get(page).content.decode()
    schedule.check(shared.pk, "")
    found = client.get(page).content.decode()
    assert "There has never been a difference" in found
    assert "broken invariants" not in found

    damage(levels[1], 2)
    schedule.check(shared.pk, "")

    found = client.get(page).content.decode()
    assert "1 invariant is broken." in found
    assert str(levels[1].pk) in found
    assert "broken invariants" in client.get("/stock/").content.decode()
    part = client.get(page, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert str(levels[1].pk) in part


def test_the_api_tells_the_same(shared, levels, now):
    damage(levels[1], 2)
    schedule.check(shared.pk, "")

    answer = ApiClient(make_key(shared)).get("/invariants").json()

    assert answer["broken"] == 1
    (found,) = [each for each in answer["results"] if each["broken_at"]]
    assert found["name"] == LEDGER
    assert str(levels[1].pk) in found["first_case"]
    assert found["promise"] == "Damaged: the movements of a level sum to it."
