"""Orders as people watch over them: when each is due, and what a person must act on."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Least, TruncHour

from oms.fulfilment.enums import FulfilmentState
from oms.fulfilment.queries import fulfilments
from oms.orders.enums import OrderStatus, PaymentState
from oms.orders.queries import orders

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

    from oms.fulfilment.models import FulfilmentOrder
    from oms.orders.models import Order

SOON = timedelta(hours=2)
# A refusal older than this no longer marks its order.
REFUSALS_SHOWN_FOR = timedelta(days=30)
WEEK = timedelta(days=7)
# Work whose goods are not ready to leave yet.
UNDER_WAY = (FulfilmentState.TO_ACCEPT, FulfilmentState.ACCEPTED, FulfilmentState.PICKING)


class Alert(StrEnum):
    """What asks for a person's eye; several may be true of one order."""

    LATE = "late"
    DUE_SOON = "soon"
    TO_ACCEPT = "to_accept"
    REFUSED = "refused"
    PAYMENT = "payment"


def board() -> QuerySet[Order]:
    """Every order with its channel and `due_at`, newest first.

    `due_at` is the first of its promise and of the channel's limit to ship; without either, of its work's deadlines.
    """
    work = (
        fulfilments()
        .filter(order_id=OuterRef("pk"), state__in=UNDER_WAY)
        .order_by()
        .values("order_id")
        .annotate(first=Min("ready_by"))
        .values("first")
    )
    return orders().annotate(due_at=Coalesce(Least("ship_by", "promised_at"), Subquery(work)))


def _unfinished() -> Q:
    """There is still something to do for the deadline: neither gone nor waiting for its customer."""
    return Q(closed_at=None) & ~Q(status=OrderStatus.READY)


def _late(now: datetime) -> Q:
    return _unfinished() & Q(due_at__lt=now)


def _due_soon(now: datetime) -> Q:
    return _unfinished() & Q(due_at__gte=now, due_at__lt=now + SOON)


def _to_accept(_now: datetime) -> Q:
    waiting = fulfilments().filter(state=FulfilmentState.TO_ACCEPT).order_by()
    return Q(closed_at=None, pk__in=waiting.values("order_id"))


def _refused(now: datetime) -> Q:
    recent = fulfilments().filter(created_at__gte=now - REFUSALS_SHOWN_FOR).order_by()
    refused = recent.filter(Q(state=FulfilmentState.EXPIRED) | ~Q(refusal_reason=""))
    return Q(closed_at=None, pk__in=refused.values("order_id"))


def _payment(_now: datetime) -> Q:
    return Q(closed_at=None, status=OrderStatus.HELD, payment_state=PaymentState.PENDING)


# What each alert means, over the rows of `board`.
ALERTS: Mapping[Alert, Callable[[datetime], Q]] = {
    Alert.LATE: _late,
    Alert.DUE_SOON: _due_soon,
    Alert.TO_ACCEPT: _to_accept,
    Alert.REFUSED: _refused,
    Alert.PAYMENT: _payment,
}
# Statuses that are counted beside the alerts; all of them are open ones.
COUNTED = (
    OrderStatus.TO_ROUTE,
    OrderStatus.UNROUTABLE,
    OrderStatus.TO_PREPARE,
    OrderStatus.PICKING,
    OrderStatus.PACKED,
    OrderStatus.READY,
    OrderStatus.HELD,
    OrderStatus.BACKORDERED,
)


def _counts(now: datetime) -> dict[str, Count]:
    counts = {alert.value: Count("pk", filter=where(now)) for alert, where in ALERTS.items()}
    return counts | {status.value: Count("pk", filter=Q(status=status)) for status in COUNTED}


def board_counts(now: datetime) -> dict[str, int]:
    """How many open orders each alert and each counted status has, in one query."""
    return board().filter(closed_at=None).order_by().aggregate(**_counts(now))


def board_counts_by_channel(now: datetime) -> dict[UUID, dict[str, int]]:
    """The same for each sales channel that has open orders."""
    counts = _counts(now)
    rows: Any = board().filter(closed_at=None).order_by().values("channel_id").annotate(**counts)
    return {row["channel_id"]: {key: row[key] for key in counts} for row in rows}


def received_by_channel(*, since: datetime, until: datetime) -> dict[UUID, int]:
    """How many orders each sales channel brought in a period."""
    rows = orders().filter(received_at__gte=since, received_at__lt=until).order_by()
    return dict(rows.values("channel_id").annotate(count=Count("pk")).values_list("channel_id", "count"))


def received_by_hour(*, since: datetime, until: datetime) -> dict[UUID, dict[datetime, int]]:
    """How many orders each sales channel brought in each hour of a period, in the active time zone."""
    found: dict[UUID, dict[datetime, int]] = defaultdict(dict)
    rows = orders().filter(received_at__gte=since, received_at__lt=until).order_by()
    hours = rows.annotate(hour=TruncHour("received_at")).values_list("channel_id", "hour").annotate(count=Count("pk"))
    for channel_id, hour, count in hours:
        found[channel_id][hour] = count
    return dict(found)


def refused_for(reason: str, now: datetime) -> Q:
    """Orders of which a location refused units for a reason within a week."""
    return Q(pk__in=_refusals(now).filter(refusal_reason=reason).values("order_id"))


def refusal_counts(now: datetime) -> dict[str, int]:
    """How many orders were refused within a week for each reason, the most frequent first."""
    rows = _refusals(now).values("refusal_reason").annotate(count=Count("order_id", distinct=True))
    return dict(rows.order_by("-count", "refusal_reason").values_list("refusal_reason", "count"))


def _refusals(now: datetime) -> QuerySet[FulfilmentOrder]:
    return fulfilments().filter(created_at__gte=now - WEEK).exclude(refusal_reason="").order_by()
