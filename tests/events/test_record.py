"""One event alone must leave what it leaves beside others."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import transaction

from oms.events.models import Delivery, Event, StreamPosition
from oms.events.registry import subscribers_of
from oms.events.services import record, record_many
from oms.events.services.record import CHANNEL
from oms.events.types import NewEvent
from oms.orders.events import ORDER_HELD, ORDER_NOTE
from oms.tenancy.context import tenant_scope
from oms.tenancy.enums import ActorKind
from oms.tenancy.types import Actor
from tests.support import as_owner

MARIE = Actor(ActorKind.PERSON, "7", 'Marie "L\'Été" Le Goff')
PAYLOAD = {"reason": "FRAUD", "note": 'a "quoted" \\ word, 100 %', "groups": [], "id": uuid4()}


def written(subject) -> list[tuple]:
    """What was written about a subject, without ids and moments."""
    events = Event.objects.filter(subject_id=subject).order_by("sequence")
    told = list(events.values_list("kind", "subject_type", "sequence", "payload", "actor", "request_id"))
    owed = Delivery.objects.filter(event__subject_id=subject).order_by("event__sequence", "subscriber")
    positions = StreamPosition.objects.filter(subject_id=subject).values_list("subject_type", "last")
    return [*told, *owed.values_list("event__sequence", "subscriber", "attempts", "error"), *positions]


def test_one_event_alone_leaves_what_it_leaves_beside_another(tenant):
    alone, beside, other = uuid4(), uuid4(), uuid4()

    for kind in (ORDER_HELD, ORDER_NOTE, ORDER_HELD):
        record(kind, "order", alone, PAYLOAD, MARIE)
        record_many([NewEvent(kind, "order", subject, PAYLOAD, MARIE) for subject in (beside, other)])

    assert written(alone) == written(beside) == written(other)
    assert [row[2] for row in written(alone)[:3]] == [1, 2, 3]
    transactions = Event.objects.filter(subject_id__in=[alone, beside]).values_list("transaction", flat=True)
    assert len(set(transactions)) == 1


def test_an_event_that_nobody_declared_is_refused_alone_and_beside_others(tenant):
    for count in (1, 2):
        with pytest.raises(ValueError, match="invented"), transaction.atomic():
            record_many([NewEvent("order.invented", "order", uuid4(), {})] * count)
    assert not Event.objects.exists()


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize(("kind", "woken"), [(ORDER_HELD, True), (ORDER_NOTE, False)])
def test_the_relay_is_woken_by_what_somebody_is_owed(shared, kind, woken, count):
    assert bool(subscribers_of(kind)) is woken
    with as_owner() as relay:
        relay.execute(f"LISTEN {CHANNEL}")
        with tenant_scope(shared.pk):
            record_many([NewEvent(kind, "order", uuid4(), {}) for _event in range(count)])
        heard = list(relay.notifies(timeout=1, stop_after=1))

    assert bool(heard) is woken
