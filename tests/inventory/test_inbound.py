"""Purchase orders: what is bought, announced, received in parts, over and short, and what is to come of it."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.errors import (
    InvalidLine,
    MoreThanThere,
    ReasonNeeded,
    ReferenceTaken,
    UnknownSku,
    WrongDocumentState,
)
from inventory.models import PurchaseOrder, Receipt, ShippingNoticeLine, StockMovement
from inventory.queries import get_purchase_order, inbound_supply, received_costs
from inventory.rules.inbound import fill, supply_of
from inventory.services import (
    announce_shipment,
    cancel_purchase_order,
    close_purchase_order,
    confirm_purchase_order,
    create_purchase_order,
    inbound,
    receive_purchase_order,
    reschedule_purchase_order,
)
from inventory.types import Arrival, NewNotice, NewPurchase, NewPurchaseLine
from oms.events.models import Event
from oms.tenancy.context import tenant_scope
from tests.factories import make_location, make_sku
from tests.inventory.documents import SOON, line_of, make_purchase, make_transfer, stock
from tests.support import broken, overlapping


@pytest.fixture
def depot(tenant):
    return make_location("DEPOT", kind="WAREHOUSE")


@pytest.fixture
def mug(tenant):
    return make_sku("MUG", cost=Decimal("3.10"))


@pytest.fixture
def order(depot, mug, now):
    return make_purchase(depot, (mug, 10), now=now)


def receive(order, sku, quantity=0, damaged=0, *, now, key="k1", reason=""):
    arrival = Arrival(line_of(order, sku).pk, quantity, damaged, reason)
    return receive_purchase_order(order_id=order.pk, arrivals=[arrival], key=key, now=now)


def state(order) -> str:
    return PurchaseOrder.objects.get(pk=order.pk).state


def test_what_is_received_in_parts_is_on_hand_damaged_aside_with_its_cost(order, mug, depot, now):
    receive(order, mug, 6, now=now)
    receive(order, mug, 3, damaged=1, now=now, key="k2")

    assert stock(mug, depot) == (9, 0, 1, 0)
    line = line_of(order, mug)
    assert (line.received, line.damaged, line.open, state(order)) == (10, 1, 0, "RECEIVING")
    assert [(each.quantity, each.unit_cost) for each in received_costs()] == [
        (6, Decimal("4.0000")),
        (4, Decimal("4.0000")),
    ]
    moved = StockMovement.objects.order_by("version").values_list(
        "bucket", "quantity", "reason", "cause_type", "cause_id"
    )
    cause = ("RECEIPT", "purchase_order_line", str(line.pk))
    assert list(moved) == [("ON_HAND", 6, *cause), ("ON_HAND", 3, *cause), ("DAMAGED", 1, *cause)]
    told = Event.objects.filter(kind="stock.received").order_by("pk").values_list("payload", flat=True)
    assert [each["receipts"] for each in told] == [[str(r.pk)] for r in Receipt.objects.order_by("recorded_at", "pk")]


def test_a_receive_that_is_repeated_is_a_no_op_also_when_the_order_was_closed(order, mug, depot, now):
    first = receive(order, mug, 10, now=now)
    close_purchase_order(order_id=order.pk, now=now)

    again = receive(order, mug, 10, now=now)

    assert [each.pk for each in again] == [each.pk for each in first]
    assert stock(mug, depot)[0] == 10


def test_more_than_was_ordered_wants_a_reason(order, mug, depot, now):
    with pytest.raises(ReasonNeeded) as refusal:
        receive(order, mug, 12, now=now)
    assert refusal.value.data["over"] == 2
    assert stock(mug, depot) == (0, 0, 0, 0)

    (receipt,) = receive(order, mug, 12, now=now, reason="The supplier sent a full box")

    assert (receipt.quantity, receipt.reason) == (12, "The supplier sent a full box")
    assert stock(mug, depot)[0] == 12


def test_what_was_received_too_much_is_corrected_with_a_reason(order, mug, depot, now):
    receive(order, mug, 5, now=now)
    with pytest.raises(ReasonNeeded):
        receive(order, mug, -1, now=now, key="k2")
    with pytest.raises(MoreThanThere):
        receive(order, mug, -6, now=now, key="k2", reason="scanned twice")

    receive(order, mug, -1, now=now, key="k2", reason="scanned twice")

    assert stock(mug, depot)[0] == 4
    assert [each.quantity for each in received_costs()] == [5, -1]
    assert line_of(order, mug).open == 6


def test_closing_cancels_what_did_not_come_with_its_reason(order, mug, now):
    receive(order, mug, 7, now=now)
    with pytest.raises(ReasonNeeded):
        close_purchase_order(order_id=order.pk, now=now)
    assert state(order) == "RECEIVING"

    close_purchase_order(order_id=order.pk, now=now, reason="Discontinued")
    close_purchase_order(order_id=order.pk, now=now)

    line = line_of(order, mug)
    assert (state(order), line.cancelled, line.open, line.short_reason) == ("CLOSED", 3, 0, "Discontinued")
    with pytest.raises(WrongDocumentState) as refusal:
        receive(order, mug, 1, now=now, key="late")
    assert refusal.value.data == {"state": "CLOSED"}


def test_the_states_and_what_they_refuse(depot, mug, now):
    draft = make_purchase(depot, (mug, 10), now=now, confirmed=False)
    with pytest.raises(WrongDocumentState):
        receive(draft, mug, 1, now=now)
    with pytest.raises(WrongDocumentState):
        close_purchase_order(order_id=draft.pk, now=now, reason="x")
    assert inbound_supply(sku_ids=[mug.pk]) == []

    confirm_purchase_order(order_id=draft.pk, now=now)
    confirm_purchase_order(order_id=draft.pk, now=now)
    cancel_purchase_order(order_id=draft.pk, now=now)
    cancel_purchase_order(order_id=draft.pk, now=now)

    assert (state(draft), line_of(draft, mug).cancelled) == ("CANCELLED", 10)
    with pytest.raises(WrongDocumentState):
        confirm_purchase_order(order_id=draft.pk, now=now)
    begun = make_purchase(depot, (mug, 2), now=now)
    receive(begun, mug, 1, now=now)
    with pytest.raises(WrongDocumentState):
        cancel_purchase_order(order_id=begun.pk, now=now)


def test_a_reference_is_one_order(depot, mug, now):
    first = make_purchase(depot, (mug, 1), now=now, reference="PO-77")

    assert make_purchase(depot, (mug, 1), now=now, reference="PO-77").pk == first.pk
    with pytest.raises(ReferenceTaken):
        make_purchase(make_location("OTHER"), (mug, 1), now=now, reference="PO-77")
    assert PurchaseOrder.objects.count() == 1


def test_lines_that_cannot_be_are_refused(depot, mug, order, now):
    def create(*lines):
        create_purchase_order(purchase=NewPurchase("S", depot.pk, lines), now=now)

    with pytest.raises(UnknownSku):
        create(NewPurchaseLine("GHOST", 1))
    for lines in ((), (NewPurchaseLine("MUG", 0),), (NewPurchaseLine("MUG", 10**9),)):
        with pytest.raises(InvalidLine):
            create(*lines)
    other = make_purchase(depot, (mug, 1), now=now)
    for arrivals in ([], [Arrival(line_of(other, mug).pk, 1)], [Arrival(line_of(order, mug).pk, 1)] * 2):
        with pytest.raises(InvalidLine):
            receive_purchase_order(order_id=order.pk, arrivals=arrivals, key="k", now=now)
    assert not Receipt.objects.exists()


def test_without_a_cost_a_line_costs_what_the_sku_does(depot, mug, now):
    order = create_purchase_order(purchase=NewPurchase("S", depot.pk, (NewPurchaseLine("MUG", 1),)), now=now)

    assert line_of(order, mug).unit_cost == Decimal("3.10")
    assert get_purchase_order(order.pk).amount == Decimal("3.10")


def notice(order, sku, units, day, reference, now):
    made = NewNotice(reference, day, {line_of(order, sku).pk: units}, carrier="Geodis")
    return announce_shipment(order_id=order.pk, notice=made, now=now)


def test_what_is_to_come_is_told_by_day_from_orders_notices_and_transfers(order, mug, depot, now):
    rennes = make_location("RENNES")
    early, late = SOON - timedelta(days=3), SOON + timedelta(days=9)
    notice(order, mug, 3, early, "ASN-1", now)
    notice(order, mug, 2, late, "ASN-2", now)
    receive(order, mug, 4, now=now)
    moving = make_transfer(depot, rennes, (mug, 3), now=now, upto="DISPATCHED")
    make_transfer(depot, rennes, (mug, 1), now=now)

    def supply(**where):
        return [(each.day, each.quantity, each.number) for each in inbound_supply(sku_ids=[mug.pk], **where)]

    # Four came: three of them fill the first notice, one the second.
    assert supply() == [(SOON, 5, order.number), (SOON, 3, moving.number), (late, 1, order.number)]
    assert supply(until=SOON, location_ids=[depot.pk]) == [(SOON, 5, order.number)]
    assert supply(location_ids=[rennes.pk]) == [(SOON, 3, moving.number)]
    assert [line.received for line in ShippingNoticeLine.objects.order_by("pk")] == [3, 1]


def test_a_notice_announces_once_and_no_more_than_is_to_come(order, mug, now):
    first = notice(order, mug, 8, SOON, "ASN-1", now)

    assert notice(order, mug, 8, SOON, "ASN-1", now).pk == first.pk
    with pytest.raises(MoreThanThere):
        notice(order, mug, 3, SOON, "ASN-2", now)


def test_a_line_is_expected_on_another_day_or_with_the_order_again(order, mug, now):
    line, later = line_of(order, mug), SOON + timedelta(days=9)

    reschedule_purchase_order(order_id=order.pk, days={line.pk: later})
    assert [each.day for each in inbound_supply(sku_ids=[mug.pk])] == [later]
    reschedule_purchase_order(order_id=order.pk, days={line.pk: later})
    reschedule_purchase_order(order_id=order.pk, days={line.pk: None})

    assert [each.day for each in inbound_supply(sku_ids=[mug.pk])] == [SOON]
    told = (
        Event.objects.filter(kind="purchase_order.rescheduled").order_by("sequence").values_list("payload", flat=True)
    )
    moved = {"line": str(line.pk), "sku": str(mug.pk)}
    assert list(told) == [
        {"number": order.number, "lines": [{**moved, "before": None, "after": later.isoformat()}]},
        {"number": order.number, "lines": [{**moved, "before": later.isoformat(), "after": None}]},
    ]


def test_an_order_is_expected_on_another_day_with_the_lines_that_have_none_of_their_own(depot, mug, now):
    hat = make_sku("HAT")
    order, later = make_purchase(depot, (mug, 2), (hat, 3), now=now), SOON + timedelta(days=9)
    own = SOON + timedelta(days=1)
    reschedule_purchase_order(order_id=order.pk, days={line_of(order, hat).pk: own})

    for _again in range(2):
        reschedule_purchase_order(order_id=order.pk, days={}, expected_date=later)
    assert {each.sku_id: each.day for each in inbound_supply(sku_ids=[mug.pk, hat.pk])} == {mug.pk: later, hat.pk: own}
    reschedule_purchase_order(order_id=order.pk, days={line_of(order, hat).pk: None}, expected_date=None)
    assert [each.day for each in inbound_supply(sku_ids=[mug.pk, hat.pk])] == [None, None]

    told = Event.objects.filter(kind="purchase_order.rescheduled").order_by("sequence")
    line = {"line": str(line_of(order, hat).pk), "sku": str(hat.pk)}
    assert list(told.values_list("payload", flat=True))[1:] == [
        {"number": order.number, "lines": [], "order": {"before": SOON.isoformat(), "after": later.isoformat()}},
        {
            "number": order.number,
            "lines": [{**line, "before": own.isoformat(), "after": None}],
            "order": {"before": later.isoformat(), "after": None},
        },
    ]


def test_what_a_notice_announces_comes_on_its_day_whatever_the_line_says(order, mug, now):
    notice(order, mug, 4, SOON, "N-1", now)

    reschedule_purchase_order(order_id=order.pk, days={line_of(order, mug).pk: SOON + timedelta(days=9)})

    coming = [(each.day, each.quantity) for each in inbound_supply(sku_ids=[mug.pk])]
    assert coming == [(SOON, 4), (SOON + timedelta(days=9), 6)]


def test_days_of_a_stranger_and_of_an_order_that_is_over_are_refused(order, mug, depot, now):
    line, other = line_of(order, mug), line_of(make_purchase(depot, (mug, 1), now=now), mug)

    with pytest.raises(InvalidLine):
        reschedule_purchase_order(order_id=order.pk, days={line.pk: SOON + timedelta(days=1), other.pk: SOON})
    cancel_purchase_order(order_id=order.pk, now=now)
    for days in ({"days": {line.pk: SOON + timedelta(days=1)}}, {"days": {}, "expected_date": None}):
        with pytest.raises(WrongDocumentState):
            reschedule_purchase_order(order_id=order.pk, **days)

    line.refresh_from_db()
    order.refresh_from_db()
    assert (line.expected_date, order.expected_date) == (None, SOON)
    assert not Event.objects.filter(kind="purchase_order.rescheduled").exists()


def test_a_day_that_nobody_knows_is_supply_but_by_no_day(depot, mug, now):
    make_purchase(depot, (mug, 2), now=now, expected_date=None)

    assert [(each.day, each.quantity) for each in inbound_supply(sku_ids=None)] == [(None, 2)]
    assert inbound_supply(sku_ids=None, until=date(2099, 1, 1)) == []


UNITS = st.integers(0, 50)


@given(coming=UNITS, announced=st.lists(st.tuples(st.dates(), UNITS), max_size=5))
def test_supply_sums_to_what_is_to_come(coming, announced):
    supply = supply_of(coming=coming, expected=None, announced=announced)

    assert sum(units for _day, units in supply) == coming
    assert all(units > 0 for _day, units in supply)
    days = [day for day, _units in supply if day is not None]
    assert days == sorted(days)


@given(units=UNITS, announced=st.lists(UNITS, max_size=5))
def test_what_comes_fills_the_earliest_notices_and_none_beyond_what_it_waits_for(units, announced):
    taken = fill(units, announced)

    assert sum(taken) == min(units, sum(announced))
    assert all(part <= waiting for part, waiting in zip(taken, announced, strict=True))
    assert all(taken[at] == announced[at] for at in range(len(taken)) if any(taken[at + 1 :]))


def unlocked(order_id):
    order = PurchaseOrder.objects.get(pk=order_id)
    return order, {
        line.pk: line for line in inbound.PurchaseOrderLine.objects.filter(order=order).select_related("sku")
    }


@pytest.mark.parametrize("locked", [False, True], ids=["without its lock", "as it is"])
def test_two_who_receive_the_last_units_at_once(shared, now, monkeypatch, locked):
    """Without the order's lock both find the line open; with it the second is told that it is too many."""
    if not locked:
        monkeypatch.setattr(inbound, "lock_purchase", unlocked)
    with tenant_scope(shared.pk):
        mug = make_sku("MUG")
        order = make_purchase(make_location("DEPOT"), (mug, 10), now=now)

    first, second = overlapping(
        shared, partial(receive, order, mug, 10, now=now), partial(receive, order, mug, 10, now=now, key="k2")
    )

    assert isinstance(second, ReasonNeeded) is locked
    assert len(first) == 1
    with tenant_scope(shared.pk):
        assert line_of(order, mug).received == (10 if locked else 20)
    assert broken() == []


@pytest.mark.parametrize("locked", [False, True], ids=["without its lock", "as it is"])
def test_one_receive_sent_twice_at_once(shared, now, monkeypatch, locked):
    """Without the order's lock the second fails at the key of the receipt; with it, it finds what the first did."""
    if not locked:
        monkeypatch.setattr(inbound, "lock_purchase", unlocked)
    with tenant_scope(shared.pk):
        mug = make_sku("MUG")
        order = make_purchase(make_location("DEPOT"), (mug, 10), now=now)

    first, second = overlapping(
        shared, partial(receive, order, mug, 10, now=now), partial(receive, order, mug, 10, now=now)
    )

    assert isinstance(second, Exception) is not locked
    if locked:
        assert [each.pk for each in second] == [each.pk for each in first]
    with tenant_scope(shared.pk):
        assert line_of(order, mug).received == 10
    assert sys.modules["inventory.services.inbound"] is inbound
    assert broken() == []
