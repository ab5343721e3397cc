"""One ask alone takes another way through the database than several; both must do the same."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from inventory.models import Reservation, StockLevel, StockMovement
from inventory.services import reserve
from inventory.types import Ask
from oms.events.models import Event
from tests.factories import make_location, make_sku, make_stock


@pytest.fixture
def cells(tenant, now):
    """The same SKU at two places, 5 units each."""
    mug = make_sku("MUG")
    return [make_stock(mug, make_location(code), 5, now=now) for code in ("A", "B")]


def ask(level, quantity, group=1):
    return Ask(uuid4(), level.sku_id, level.location_id, quantity, group, "r-1")


def written(level) -> tuple:
    """What a reservation left at a level, without the ids and the moments."""
    level.refresh_from_db()
    made = Reservation.objects.filter(level=level).values_list("quantity", "state", "reference", "expires_at")
    moved = StockMovement.objects.filter(level=level, bucket="RESERVED").order_by("version")
    told = moved.values_list("version", "quantity", "balance", "reason", "cause_type", "actor")
    causes = list(moved.values_list("cause_id", flat=True))
    assert causes == [
        str(pk) for pk in Reservation.objects.filter(level=level).order_by("created_at").values_list("pk", flat=True)
    ]
    return level.reserved, level.version, list(made), list(told)


def test_one_ask_leaves_what_two_would(cells, now):
    alone, beside = cells
    until = now + timedelta(minutes=15)

    (one,) = reserve(asks=[ask(alone, 2)], state="SOFT", expires_at=until)
    # A second ask that cannot be granted, in a group of its own, sends the first the other way.
    two, none = reserve(asks=[ask(beside, 2, 1), ask(beside, 9, 2)], state="SOFT", expires_at=until)

    assert one.reservation_id
    assert two.reservation_id
    assert none.reservation_id is None
    assert written(alone) == written(beside)
    payloads = list(Event.objects.filter(kind="stock.changed").order_by("pk").values_list("payload", flat=True))[-2:]
    assert payloads[0] == payloads[1] == {"skus": [str(alone.sku_id)], "freed": []}


@pytest.mark.parametrize("change", [{"buffer": 4}, {"known": False}, {"on_hand": 1}, {"reserved": 4}, {"pool": "vip"}])
def test_one_ask_takes_nothing_that_is_not_there(cells, change):
    level = cells[0]
    StockLevel.objects.filter(pk=level.pk).update(**change)
    before = StockLevel.objects.filter(pk=level.pk).values().get()

    (grant,) = reserve(asks=[ask(level, 2)])

    assert grant.reservation_id is None
    assert StockLevel.objects.filter(pk=level.pk).values().get() == before
    assert Reservation.objects.count() == 0
