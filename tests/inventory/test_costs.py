"""Moving average cost: what receipts make of it, one after the other."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.models import CostChange, Location, Sku, SkuCost, StockLevel
from inventory.rules import moving_average
from inventory.services import apply_deltas, costs, move_stock, open_costs, receive_purchase_order, revalue
from inventory.types import Arrival, Delta, Move, Received
from oms.events.models import Event
from oms.tenancy.context import tenant_scope
from oms.tenancy.errors import InvalidInput
from oms.tenancy.services import create_legal_entity
from tests.factories import make_location, make_sku, make_stock
from tests.inventory.documents import line_of, make_purchase
from tests.support import broken, overlapping

EUROS = st.decimals(0, 10_000, places=4)


@given(st.integers(0, 10**6), EUROS, st.integers(1, 10**6), EUROS)
def test_the_average_lies_between_what_there_was_and_what_came(quantity, average, received, unit_cost):
    found = moving_average(quantity, average, received, unit_cost)

    assert min(average, unit_cost) <= found <= max(average, unit_cost)
    exact = (quantity * average + received * unit_cost) / (quantity + received)
    assert abs(found - exact) <= Decimal("0.00005")


def test_the_average_is_rounded_half_up_to_four_places():
    assert moving_average(1, Decimal(1), 7, Decimal("1.0006")) == Decimal("1.0005")
    assert moving_average(1, Decimal("0.0001"), 1, Decimal(0)) == Decimal("0.0001")


@pytest.fixture
def mug(tenant, now) -> Sku:
    """Ten at Rennes that cost 4 each, says the catalogue."""
    sku = make_sku("MUG", cost=Decimal(4))
    make_stock(sku, make_location("RENNES"), 10, now=now)
    return sku


def receive(quantity: int, unit_cost: str | None, *, place: str = "RENNES", now, key: str = "") -> int:
    cost = None if unit_cost is None else Decimal(unit_cost)
    return move_stock(moves=[Move("MUG", place, quantity, "RECEIPT", key=key, unit_cost=cost)], now=now)


def average() -> Decimal | None:
    return SkuCost.objects.get().average


def test_a_receipt_moves_the_average_and_what_leaves_does_not(mug, now):
    receive(30, "6", now=now)
    assert average() == Decimal("5.5")

    move_stock(moves=[Move("MUG", "RENNES", -35, "STORE_SALE")], now=now)
    receive(5, None, now=now)
    assert average() == Decimal("5.5")

    receive(10, "8.50", now=now)
    assert average() == Decimal(7)
    change = CostChange.objects.get(version=2)
    assert (change.quantity_before, change.average_before, change.received) == (10, Decimal("5.5"), 10)


def test_receipts_of_one_delivery_follow_each_other(mug, now):
    lines = [Move("MUG", "RENNES", 10, "RECEIPT", unit_cost=Decimal(cost)) for cost in ("6", "8")]

    move_stock(moves=lines, now=now)

    assert list(CostChange.objects.order_by("version").values_list("average", flat=True)) == [Decimal(5), Decimal(6)]
    assert average() == Decimal(6)


def test_a_repeated_receipt_moves_nothing(mug, now):
    assert [receive(10, "6", now=now, key="po-1") for _time in range(2)] == [1, 0]
    received = Received(mug.pk, Location.objects.get().pk, 10, Decimal(9), "po-1")
    assert revalue(receipts=[received]) == 0

    assert average() == Decimal(5)
    assert CostChange.objects.count() == 1


def test_units_of_no_known_cost_take_the_first_known_one(tenant, now):
    make_stock(make_sku("MUG"), make_location("RENNES"), 10, now=now)

    receive(2, "3.1234", now=now)

    assert average() == Decimal("3.1234")
    assert CostChange.objects.get().average_before is None


def test_everything_the_entity_owns_counts_and_nothing_of_another(mug, now):
    """Ten at Rennes, five set aside there, five at Brest; Lille belongs to a franchisee."""
    brest, lille = make_location("BREST"), make_location("LILLE", legal_entity=create_legal_entity(code="f", name="F"))
    make_stock(mug, brest, 5, now=now)
    make_stock(mug, lille, 100, now=now)
    move_stock(moves=[Move("MUG", "RENNES", 5, "ADJUSTMENT", bucket="QUARANTINED")], now=now)

    receive(20, "6", place="BREST", now=now)
    receive(100, "2", place="LILLE", now=now)

    found = SkuCost.objects.order_by("average").values_list("legal_entity__code", "average")
    assert list(found) == [("f", Decimal(3)), ("main", Decimal(5))]


def test_the_opening_cost_is_kept_when_the_catalogue_changes(mug, now):
    assert open_costs() == 1
    Sku.objects.update(cost=Decimal(99))

    receive(10, "6", now=now)

    assert (SkuCost.objects.get().opening, average()) == (Decimal(4), Decimal(5))
    assert open_costs() == 0


def test_what_moved_is_told(mug, now):
    receive(10, "6", now=now)
    receive(10, None, now=now)

    told = Event.objects.filter(kind="cost.changed").values_list("payload", flat=True)
    assert list(told) == [{"skus": [str(mug.pk)]}]


@pytest.mark.parametrize(("quantity", "cost"), [(0, "1"), (1, "-0.0001")])
def test_what_is_no_receipt_is_refused(mug, quantity, cost):
    place = Location.objects.get().pk
    with pytest.raises(InvalidInput):
        revalue(receipts=[Received(mug.pk, place, quantity, Decimal(cost), "x")])

    assert not SkuCost.objects.exists()


def test_a_correction_takes_back_what_the_receipt_did(mug, now):
    place = Location.objects.get().pk
    receive(30, "6", now=now)

    apply_deltas(deltas=[Delta(StockLevel.objects.get().pk, "ON_HAND", -30, "RECEIPT")])
    assert revalue(receipts=[Received(mug.pk, place, -30, Decimal(6), "back")]) == 1
    assert average() == Decimal(4)

    apply_deltas(deltas=[Delta(StockLevel.objects.get().pk, "ON_HAND", -10, "RECEIPT")])
    revalue(receipts=[Received(mug.pk, place, -10, Decimal(99))])
    assert average() == Decimal(4)


def test_a_purchase_order_brings_its_cost(mug, now):
    order = make_purchase(Location.objects.get(), (mug, 30), now=now, cost="6")
    arrivals = [Arrival(line_of(order, mug).pk, 28, damaged=2)]

    for _time in range(2):
        receive_purchase_order(order_id=order.pk, arrivals=arrivals, key="k", now=now)

    assert average() == Decimal("5.5")
    assert CostChange.objects.count() == 1


@pytest.mark.parametrize(("quantity", "reason"), [(5, "ADJUSTMENT"), (-5, "RECEIPT")])
def test_only_a_receipt_has_a_unit_cost(mug, now, quantity, reason):
    with pytest.raises(InvalidInput):
        move_stock(moves=[Move("MUG", "RENNES", quantity, reason, unit_cost=Decimal(1))], now=now)

    assert StockLevel.objects.get().on_hand == 10
    assert not SkuCost.objects.exists()


class TestTwoDeliveriesAtOnce:
    """Ten at 4, and ten at 6 to Rennes while ten at 8 come to Brest: 6 whatever the order."""

    @pytest.fixture
    def acts(self, shared, now):
        with tenant_scope(shared.pk):
            sku = make_sku("MUG", cost=Decimal(4))
            make_stock(sku, make_location("RENNES"), 10, now=now)
            make_stock(sku, make_location("BREST"), 0, now=now)
            open_costs()
        return [partial(receive, 10, cost, place=place, now=now) for cost, place in (("6", "RENNES"), ("8", "BREST"))]

    def test_without_the_lock_one_is_lost(self, shared, acts, monkeypatch):
        monkeypatch.setattr(costs, "lock_costs", unlocked)

        outcomes = overlapping(shared, *acts)

        assert any(isinstance(each, Exception) and "costchange_version" in str(each) for each in outcomes), outcomes

    def test_they_follow_each_other(self, shared, acts):
        assert overlapping(shared, *acts) == (1, 1)

        with tenant_scope(shared.pk):
            assert average() == Decimal(6)
            assert CostChange.objects.count() == 2
        assert broken() == []


def unlocked(pairs):
    return {(row.sku_id, row.legal_entity_id): row for row in SkuCost.objects.all()}


def test_a_delivery_and_a_sale_elsewhere_do_not_wait_for_each_other(shared, now):
    """Costs are locked by receipts alone."""
    with tenant_scope(shared.pk):
        sku = make_sku("MUG", cost=Decimal(4))
        make_stock(sku, make_location("RENNES"), 10, now=now)
        brest = make_stock(sku, make_location("BREST"), 10, now=now)
    sell = partial(apply_deltas, deltas=[Delta(brest.pk, "ON_HAND", -5, "STORE_SALE")])

    outcomes = overlapping(shared, partial(receive, 10, "6", now=now), sell)

    assert outcomes == (1, [sku.pk])
