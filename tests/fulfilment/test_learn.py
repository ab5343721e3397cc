"""What work at a location teaches about its stock."""

from __future__ import annotations

import pytest

from inventory.models import StockConfidence, StockObservation
from oms.events.models import Event
from oms.events.types import DeliveredEvent
from oms.fulfilment.models import FulfilmentLine
from oms.fulfilment.services import learn_from_work, pack, pick, refuse
from tests.factories import make_channel, make_location, make_order, make_sku, make_stock
from tests.fulfilment.test_work import pick_all, work_for


@pytest.fixture
def shop(tenant):
    return make_location("RENNES")


@pytest.fixture
def job(shop, now):
    """Three mugs and a cup to prepare."""
    mug, cup = make_sku("MUG"), make_sku("CUP")
    for sku in (mug, cup):
        make_stock(sku, shop, 9, now=now)
    return work_for(make_order(make_channel("web"), (mug, 3), (cup, 1), now=now), shop, now)


def told() -> list[DeliveredEvent]:
    rows = Event.objects.filter(kind__startswith="fulfilment.").order_by("sequence", "pk")
    return [
        DeliveredEvent(row.pk, row.kind, row.subject_type, row.subject_id, row.sequence, row.payload, row.recorded_at)
        for row in rows
    ]


def learned() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for code, kind in StockObservation.objects.order_by("key").values_list("sku__code", "kind"):
        found.setdefault(code, []).append(kind)
    return found


def line_of(job, code) -> FulfilmentLine:
    return FulfilmentLine.objects.get(fulfilment=job, sku__code=code)


def test_what_is_packed_whole_was_there(job, now):
    pick_all(job, now)
    pack(fulfilment_id=job.pk, now=now)

    learn_from_work(batch=told())

    assert learned() == {"MUG": ["PICKED"], "CUP": ["PICKED"]}


@pytest.mark.parametrize("order", [1, -1], ids=["as it happened", "the other way round"])
def test_a_short_pick_is_a_failure_and_its_rest_no_success(job, now, order):
    pick(fulfilment_id=job.pk, picked={line_of(job, "MUG").pk: 2, line_of(job, "CUP").pk: 1}, now=now)
    pack(fulfilment_id=job.pk, now=now, missing="MISMATCH")

    for event in told()[::order]:
        learn_from_work(batch=[event])

    assert learned() == {"MUG": ["MISSING"], "CUP": ["PICKED"]}


@pytest.mark.parametrize(("reason", "kinds"), [("NOT_FOUND", ["MISSING"]), ("DAMAGED", ["MISSING"]), ("TOO_BUSY", [])])
def test_a_refusal_teaches_only_when_its_reason_is_the_stock(job, now, reason, kinds):
    refuse(fulfilment_id=job.pk, reason=reason, now=now)

    learn_from_work(batch=told())

    assert learned() == ({"MUG": kinds, "CUP": kinds} if kinds else {})


def test_an_event_that_comes_again_teaches_nothing(job, now):
    pick_all(job, now)
    pack(fulfilment_id=job.pk, now=now)
    batch = told()
    assert len(learn_from_work(batch=batch)) == 2
    before = list(StockConfidence.objects.order_by("pk").values())

    assert learn_from_work(batch=[*batch, *batch]) == []

    assert list(StockConfidence.objects.order_by("pk").values()) == before


def test_one_look_at_the_shelf_is_one_failure_however_many_orders_give_up(job, shop, now):
    other = work_for(make_order(make_channel("b2b"), (line_of(job, "MUG").sku, 2), now=now), shop, now)
    refuse(fulfilment_id=job.pk, reason="NOT_FOUND", quantities={line_of(job, "MUG").pk: 3}, cascade=True, now=now)

    other.refresh_from_db()
    assert other.state == "REFUSED"
    learn_from_work(batch=told())
    assert learned() == {"MUG": ["MISSING"]}
