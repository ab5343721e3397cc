"""Files against everything else that moves stock at the same time."""

from __future__ import annotations

import io

import pytest
from django.utils import timezone

from inventory.models import ImportRun, StockLevel, StockMovement
from inventory.services import move_stock
from inventory.services.imports import merge, receive_file, work_on
from inventory.services.imports.receive import ImportRequest
from inventory.types import Move
from oms.tenancy.context import tenant_scope
from tests.factories import make_location, make_sku, make_stock
from tests.support import broken, changed, overlapping


@pytest.fixture
def run_id(shared):
    """A file that says 0 where there are 10: to create what is missing would wait for others, and a 0 creates nothing."""
    with tenant_scope(shared.pk):
        make_stock(make_sku("MUG"), make_location("RENNES"), 10, now=timezone.now())
        content = io.BytesIO(b"sku;location;on_hand\nMUG;RENNES;0\n")
        return receive_file(content=content, name="levels.csv", wanted=ImportRequest(), now=timezone.now())[0].pk


def receive_while_it_is_applied(shared, run_id) -> list[int]:
    """A receipt of 3 holds the level when the file wants to set it; the movements that follow."""
    receipt = [Move("MUG", "RENNES", 3, "RECEIPT")]
    outcome = overlapping(
        shared,
        lambda: move_stock(moves=receipt, now=timezone.now()),
        lambda: work_on(tenant_id=shared.pk, run_id=run_id),
    )
    assert not any(isinstance(each, Exception) for each in outcome), outcome
    with tenant_scope(shared.pk):
        assert ImportRun.objects.get(pk=run_id).state == "DONE"
        return list(StockMovement.objects.order_by("version").values_list("quantity", flat=True))


def on_hand(shared) -> int:
    with tenant_scope(shared.pk):
        return StockLevel.objects.get().on_hand


def test_a_file_sets_what_it_says_whatever_arrives_meanwhile(shared, run_id):
    assert receive_while_it_is_applied(shared, run_id) == [10, 3, -13]

    assert on_hand(shared) == 0
    assert broken() == []


def test_without_the_lock_the_difference_is_that_of_before_the_receipt(shared, run_id, monkeypatch):
    unlocked = changed(merge._DIFFERENCES, ("l.pool\n    FOR NO KEY UPDATE OF l\n), missing", "l.pool\n), missing"))
    monkeypatch.setattr(merge, "_DIFFERENCES", unlocked)

    assert receive_while_it_is_applied(shared, run_id) == [10, 3, -10]

    assert on_hand(shared) == 3
