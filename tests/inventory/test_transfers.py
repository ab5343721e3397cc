"""Transfers: what is kept, sent, on its way, received, lost and found; and where stock should move."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.errors import InvalidLine, MoreThanThere, NotEnoughStock, StockWouldBeNegative, WrongDocumentState
from inventory.models import Reservation, StockMovement, Transfer, TransferLine
from inventory.queries import availability, get_view, inbound_supply, transfer_cells, transfer_proposals
from inventory.rules.transfers import Cell, Policy, cover, need, propose, surplus
from inventory.services import (
    accept_proposals,
    cancel_transfer,
    create_transfer,
    dispatch_transfer,
    move_stock,
    receive_transfer,
    request_transfer,
    reserve_basket,
    settle_transfer,
    transfers,
)
from inventory.types import Arrival, BasketLine, Fate, Move, ProposedMove, TransferUnits
from oms.tenancy.context import tenant_scope
from tests.factories import make_location, make_sku, make_stock
from tests.inventory.documents import line_of, make_purchase, make_transfer, stock
from tests.support import Meeting, broken, overlapping


@pytest.fixture
def depot(tenant):
    return make_location("DEPOT", kind="WAREHOUSE")


@pytest.fixture
def rennes(tenant):
    return make_location("RENNES")


@pytest.fixture
def mug(depot, now):
    mug = make_sku("MUG")
    make_stock(mug, depot, 10, now=now)
    return mug


@pytest.fixture
def sent(depot, rennes, mug, now):
    """Six mugs on their way from the depot to Rennes."""
    return make_transfer(depot, rennes, (mug, 6), now=now, upto="DISPATCHED")


def receive(transfer, sku, quantity=0, damaged=0, *, now, key="k1", finish=False):
    arrival = Arrival(line_of(transfer, sku).pk, quantity, damaged)
    return receive_transfer(transfer_id=transfer.pk, arrivals=[arrival], key=key, now=now, finish=finish)


def settle(transfer, sku, fate, quantity, *, now, key="s1"):
    return settle_transfer(
        transfer_id=transfer.pk, fates=[Fate(line_of(transfer, sku).pk, fate, quantity, "why")], key=key, now=now
    )


def state(transfer) -> str:
    return Transfer.objects.get(pk=transfer.pk).state


def test_what_is_requested_is_sold_to_nobody(depot, rennes, mug, now):
    transfer = make_transfer(depot, rennes, (mug, 6), now=now)
    assert stock(mug, depot) == (10, 0, 0, 0)

    request_transfer(transfer_id=transfer.pk, now=now)
    request_transfer(transfer_id=transfer.pk, now=now)

    assert stock(mug, depot) == (10, 6, 0, 0)
    with pytest.raises(NotEnoughStock):
        reserve_basket(reference="b", lines=[BasketLine("MUG", 5)], now=now)
    (kept,) = Reservation.objects.all()
    assert (kept.holder_id, kept.state, kept.reference) == (line_of(transfer, mug).pk, "FIRM", transfer.number)


def test_a_request_for_more_than_is_free_is_refused_whole(depot, rennes, mug, now):
    hat = make_sku("HAT")
    make_stock(hat, depot, 5, now=now)
    transfer = make_transfer(depot, rennes, (mug, 11), (hat, 1), now=now)

    with pytest.raises(NotEnoughStock) as refusal:
        request_transfer(transfer_id=transfer.pk, now=now)

    assert [(each.sku, each.wanted, each.available) for each in refusal.value.shortages] == [("MUG", 11, 10)]
    assert (stock(mug, depot), stock(hat, depot), state(transfer)) == ((10, 0, 0, 0), (5, 0, 0, 0), "PROPOSED")


def test_what_is_dispatched_left_the_source_and_is_on_its_way(sent, depot, rennes, mug, now):
    dispatch_transfer(transfer_id=sent.pk, now=now)

    assert (stock(mug, depot), stock(mug, rennes)) == ((4, 0, 0, 0), (0, 0, 0, 6))
    reasons = set(StockMovement.objects.exclude(reason__in=["OPENING", "RESERVATION"]).values_list("reason", flat=True))
    assert reasons == {"TRANSFER"}
    (kept,) = Reservation.objects.all()
    assert kept.state == "CONSUMED"
    (found,) = availability(view=get_view(), sku_ids=[mug.pk])
    assert found.quantity == 4


def test_what_is_not_sent_is_free_again(depot, rennes, mug, now):
    hat = make_sku("HAT")
    make_stock(hat, depot, 5, now=now)
    transfer = make_transfer(depot, rennes, (mug, 6), (hat, 5), now=now, upto="REQUESTED")

    dispatch_transfer(transfer_id=transfer.pk, now=now, quantities={line_of(transfer, mug).pk: 4})

    assert (stock(mug, depot), stock(hat, depot)) == ((6, 0, 0, 0), (5, 0, 0, 0))
    assert (stock(mug, rennes), stock(hat, rennes)) == ((0, 0, 0, 4), (0, 0, 0, 0))


def test_a_dispatch_of_nothing_or_too_much_is_refused(depot, rennes, mug, now):
    transfer = make_transfer(depot, rennes, (mug, 6), now=now, upto="REQUESTED")
    line = line_of(transfer, mug)

    for quantities in ({}, {line.pk: 0}, {line.pk: 7}, {line.pk: -1}, {UUID(int=1): 1}):
        with pytest.raises(InvalidLine):
            dispatch_transfer(transfer_id=transfer.pk, now=now, quantities=quantities)

    assert (stock(mug, depot), state(transfer)) == ((10, 6, 0, 0), "REQUESTED")


def test_a_transfer_is_cancelled_until_it_leaves(depot, rennes, mug, sent, now):
    transfer = make_transfer(depot, rennes, (mug, 4), now=now, upto="REQUESTED")

    cancel_transfer(transfer_id=transfer.pk, now=now)
    cancel_transfer(transfer_id=transfer.pk, now=now)

    assert (stock(mug, depot), state(transfer)) == ((4, 0, 0, 0), "CANCELLED")
    with pytest.raises(WrongDocumentState):
        cancel_transfer(transfer_id=sent.pk, now=now)
    with pytest.raises(WrongDocumentState):
        dispatch_transfer(transfer_id=transfer.pk, now=now)


def test_what_arrives_whole_closes_the_transfer(sent, mug, rennes, now):
    receive(sent, mug, 2, now=now)
    receive(sent, mug, 2, now=now)
    assert stock(mug, rennes) == (2, 0, 0, 4)

    receive(sent, mug, 3, damaged=1, now=now, key="k2", finish=True)
    receive(sent, mug, 3, damaged=1, now=now, key="k2", finish=True)

    assert stock(mug, rennes) == (5, 0, 1, 0)
    assert state(sent) == "CLOSED"
    with pytest.raises(WrongDocumentState):
        receive(sent, mug, 1, now=now, key="k3")


def test_what_is_missing_stays_in_transit_until_it_is_decided(sent, mug, depot, rennes, now):
    receive(sent, mug, 2, now=now, finish=True)
    assert (state(sent), stock(mug, rennes)) == ("RECEIVED", (2, 0, 0, 4))
    assert inbound_supply(sku_ids=[mug.pk]) == []

    settle(sent, mug, "LOST", 1, now=now)
    settle(sent, mug, "LOST", 1, now=now)
    settle(sent, mug, "RETURNED", 1, now=now, key="s2")
    with pytest.raises(MoreThanThere):
        settle(sent, mug, "LOST", 3, now=now, key="s3")
    assert (state(sent), stock(mug, rennes), stock(mug, depot)) == ("RECEIVED", (2, 0, 0, 2), (5, 0, 0, 0))
    settle(sent, mug, "RECEIVED", 2, now=now, key="s3")

    assert (state(sent), stock(mug, rennes)) == ("CLOSED", (4, 0, 0, 0))
    lost = StockMovement.objects.get(reason="SHRINKAGE")
    assert (lost.bucket, lost.quantity, lost.cause_id) == ("IN_TRANSIT", -1, str(line_of(sent, mug).pk))


@pytest.mark.parametrize(("fate", "left"), [("EXTRA_TAKEN", 2), ("EXTRA_KEPT", 4)])
def test_what_came_beyond_it_is_on_hand_and_decided(sent, mug, depot, rennes, now, fate, left):
    receive(sent, mug, 8, now=now, finish=True)
    assert (state(sent), stock(mug, rennes), stock(mug, depot)) == ("RECEIVED", (8, 0, 0, 0), (4, 0, 0, 0))

    settle(sent, mug, fate, 2, now=now)

    assert (state(sent), stock(mug, depot), stock(mug, rennes)) == ("CLOSED", (left, 0, 0, 0), (8, 0, 0, 0))


def test_what_is_missing_at_the_source_does_not_leave(depot, rennes, mug, now):
    transfer = make_transfer(depot, rennes, (mug, 10), now=now, upto="REQUESTED")
    move_stock(moves=[Move("MUG", "DEPOT", -1, "SHRINKAGE")], now=now)

    with pytest.raises(StockWouldBeNegative):
        dispatch_transfer(transfer_id=transfer.pk, now=now)

    assert (stock(mug, depot), stock(mug, rennes), state(transfer)) == ((9, 10, 0, 0), (0, 0, 0, 0), "REQUESTED")


def test_a_transfer_needs_two_places_and_units(depot, rennes, mug, now):
    for destination, units in ((depot, 1), (rennes, 0), (rennes, -1), (rennes, 10**9)):
        with pytest.raises(InvalidLine):
            create_transfer(
                source_id=depot.pk, destination_id=destination.pk, units=[TransferUnits(mug.pk, units)], now=now
            )
    with pytest.raises(InvalidLine):
        create_transfer(source_id=depot.pk, destination_id=rennes.pk, units=[], now=now)


# Where stock should be.

SKU, PARIS, LYON, LILLE = (UUID(int=number) for number in range(1, 5))


def cell(place, available, sold, inbound=0, sku=SKU, **sides):
    return Cell(sku, place, available, inbound, sold, **sides)


def moved(cells, **policy):
    found = propose(cells, Policy(**{"window": 28, "target": 14, "keep": 28, **policy}))
    return [(each.source.location_id, each.destination.location_id, each.quantity) for each in found]


def test_a_place_with_too_few_days_is_served_by_the_one_with_the_most():
    # Paris sells one a day and has 2: it lacks 12 for a fortnight. Lyon keeps four weeks of its 0.5 a day.
    assert moved([cell(PARIS, 2, 28), cell(LYON, 20, 14), cell(LILLE, 20, 0)]) == [(LILLE, PARIS, 12)]
    assert moved([cell(PARIS, 2, 28), cell(LYON, 20, 14), cell(LILLE, 5, 0)]) == [(LILLE, PARIS, 5), (LYON, PARIS, 6)]


def test_the_place_that_runs_out_first_is_served_first():
    assert moved([cell(PARIS, 7, 28), cell(LYON, 1, 28), cell(LILLE, 15, 0)]) == [(LILLE, LYON, 13), (LILLE, PARIS, 2)]


def test_what_comes_already_is_not_sent_again_and_closed_sides_take_no_part():
    assert moved([cell(PARIS, 2, 28, inbound=12), cell(LILLE, 20, 0)]) == []
    assert moved([cell(PARIS, 2, 28, takes=False), cell(LILLE, 20, 0)]) == []
    assert moved([cell(PARIS, 2, 28), cell(LILLE, 20, 0, gives=False)]) == []
    assert moved([cell(PARIS, 2, 28), cell(LILLE, 20, 0)], least=13) == []


def test_the_figures_of_the_formula():
    policy = Policy(window=28, target=14, keep=28)
    paris = cell(PARIS, 2, 28, inbound=1)

    assert (cover(paris, policy), need(paris, policy), surplus(paris, policy)) == (3.0, 11, 0)
    assert (cover(cell(LILLE, 5, 0), policy), surplus(cell(LILLE, 5, 0), policy)) == (float("inf"), 5)
    assert need(cell(PARIS, 0, 1), policy) == 1


CELLS = st.lists(
    st.builds(
        Cell,
        sku_id=st.sampled_from([UUID(int=1), UUID(int=2)]),
        location_id=st.sampled_from([UUID(int=number) for number in range(1, 10)]),
        available=st.integers(0, 60),
        inbound=st.integers(0, 20),
        sold=st.integers(0, 90),
        gives=st.booleans(),
        takes=st.booleans(),
    ),
    max_size=12,
    unique_by=lambda each: (each.sku_id, each.location_id),
)


@given(cells=CELLS, target=st.integers(1, 30), keep=st.integers(0, 60), shuffle=st.randoms())
def test_nobody_gives_what_it_needs_nor_takes_more(cells, target, keep, shuffle):
    policy = Policy(target=target, keep=keep)
    found = propose(cells, policy)

    for each in cells:
        mine = (each.sku_id, each.location_id)
        given_away = sum(p.quantity for p in found if (p.sku_id, p.source.location_id) == mine)
        taken = sum(p.quantity for p in found if (p.sku_id, p.destination.location_id) == mine)
        assert given_away <= surplus(each, policy)
        assert taken <= need(each, policy)
        assert not (given_away and taken)
    shuffled = list(cells)
    shuffle.shuffle(shuffled)
    assert propose(shuffled, policy) == found


def sell(sku, place, units, now):
    move_stock(moves=[Move(sku.code, place.code, -units, "STORE_SALE")], now=now)


def test_proposals_are_computed_from_sales_and_what_comes_and_accepted_into_transfers(depot, rennes, mug, now):
    supplier = make_location("SUPPLIER", kind="SUPPLIER")
    make_stock(mug, supplier, 500, now=now)
    make_stock(mug, rennes, 30, now=now)
    sell(mug, rennes, 28, now)
    make_purchase(rennes, (mug, 3), now=now)
    later, policy = now + timedelta(seconds=5), Policy(window=28, target=14, keep=28)

    cells = {each.location_id: each for each in transfer_cells(policy=policy, now=later)}
    assert (cells[rennes.pk].available, cells[rennes.pk].inbound, cells[rennes.pk].sold) == (2, 3, 28)
    assert cells[supplier.pk].gives is False
    (found,) = transfer_proposals(policy=policy, now=later)
    assert (found.source.location_id, found.destination.location_id, found.quantity) == (depot.pk, rennes.pk, 9)

    (made,), refused = accept_proposals(
        proposals=[ProposedMove(mug.pk, depot.pk, rennes.pk, found.quantity)], now=later
    )

    assert (made.state, refused, stock(mug, depot)) == ("REQUESTED", [], (10, 9, 0, 0))
    assert transfer_proposals(policy=policy, now=later) == []


def test_a_proposal_whose_units_were_sold_is_refused_and_the_others_made(depot, rennes, mug, now):
    brest = make_location("BREST")
    asked = [ProposedMove(mug.pk, depot.pk, place.pk, 8) for place in (rennes, brest)]

    made, refused = accept_proposals(proposals=asked, now=now)

    assert (len(made), len(refused), Transfer.objects.count()) == (1, 1, 1)
    assert stock(mug, depot) == (10, 8, 0, 0)


def unlocked(transfer_id):
    transfer = Transfer.objects.get(pk=transfer_id)
    return transfer, {line.pk: line for line in TransferLine.objects.filter(transfer=transfer).select_related("sku")}


@pytest.fixture
def committed(shared, now):
    """A transfer of six mugs on its way, committed, and the mug."""
    with tenant_scope(shared.pk):
        mug, depot, rennes = make_sku("MUG"), make_location("DEPOT"), make_location("RENNES")
        make_stock(mug, depot, 10, now=now)
        return make_transfer(depot, rennes, (mug, 6), now=now, upto="DISPATCHED"), mug


@pytest.mark.parametrize("locked", [False, True], ids=["without its lock", "as it is"])
def test_two_who_receive_the_same_units_at_once(shared, committed, now, monkeypatch, locked):
    """Without the transfer's lock both take six out of transit; the level's constraint stops the second. With it, they are extra."""
    if not locked:
        monkeypatch.setattr(transfers, "lock_transfer", unlocked)
    transfer, mug = committed

    _first, second = overlapping(
        shared, partial(receive, transfer, mug, 6, now=now), partial(receive, transfer, mug, 6, now=now, key="k2")
    )

    assert isinstance(second, StockWouldBeNegative) is not locked
    with tenant_scope(shared.pk):
        assert line_of(transfer, mug).extra == (6 if locked else 0)
    assert broken() == []


def test_transfers_that_cross_do_not_wait_for_each_other(shared, now):
    with tenant_scope(shared.pk):
        skus, places = [make_sku("MUG"), make_sku("HAT")], [make_location("RENNES"), make_location("BREST")]
        for sku in skus:
            for place in places:
                make_stock(sku, place, 10, now=now)
        there = make_transfer(*places, *((sku, 3) for sku in skus), now=now, upto="REQUESTED")
        back = make_transfer(*reversed(places), *((sku, 3) for sku in reversed(skus)), now=now, upto="REQUESTED")

    outcome = Meeting().run(
        shared, *(partial(dispatch_transfer, transfer_id=each.pk, now=now) for each in (there, back))
    )

    assert [each.state for each in outcome] == ["DISPATCHED", "DISPATCHED"]
    assert broken() == []
