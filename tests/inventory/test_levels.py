"""Stock that a feed brings."""

from __future__ import annotations

import pytest

from inventory.models import StockLevel, StockMovement
from inventory.services import set_levels
from inventory.types import LevelSetting
from oms.events.models import Event
from tests.factories import make_location, make_sku, make_stock


def told(what="skus") -> list[list[str]]:
    events = Event.objects.filter(kind="stock.changed").order_by("pk")
    return [payload[what] for payload in events.values_list("payload", flat=True)]


@pytest.mark.parametrize(("quantity", "moved"), [(5, 0), (7, 1), (3, 1)])
def test_a_feed_that_speaks_again_makes_a_level_known_and_frees_it(tenant, now, quantity, moved):
    mug = make_sku("MUG")
    level = make_stock(mug, make_location("RENNES"), 5, now=now)
    StockLevel.objects.update(known=False)
    before, movements = len(told()), StockMovement.objects.count()

    set_levels(levels=[LevelSetting("MUG", "RENNES", quantity)], now=now)

    level.refresh_from_db()
    assert (level.known, level.on_hand) == (True, quantity)
    assert StockMovement.objects.count() - movements == moved
    assert [skus for skus in told("freed")[before:] if skus] == [[str(mug.pk)]]


def test_a_feed_that_repeats_itself_changes_nothing_and_tells_nothing(tenant, now):
    make_stock(make_sku("MUG"), make_location("RENNES"), 5, now=now)
    before = told()

    applied = set_levels(levels=[LevelSetting("MUG", "RENNES", 5)], now=now)

    assert (applied.changed, applied.unchanged) == (0, 1)
    assert told() == before
