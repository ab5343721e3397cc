"""What the store app shows of a job: no more of the customer than a first name and an initial."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oms.fulfilment.enums import FulfilmentState
from oms.fulfilment.queries import lines_of
from oms.fulfilment.rules import item_name, unsaid
from oms.orders.enums import COLLECTION
from oms.web.deadlines import Deadline, Urgency

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from oms.fulfilment.models import FulfilmentLine, FulfilmentOrder

SHOWN_DIGITS = 4
BAR_TONES = {Urgency.LATE: "bad", Urgency.SOON: "warn", Urgency.OK: "neutral", Urgency.DONE: "neutral"}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a job."""

    id: UUID
    name: str
    variant: str
    barcode: str
    picked: int
    quantity: int
    kit: str = ""

    @property
    def left(self) -> int:
        return self.quantity - self.picked

    @property
    def complete(self) -> bool:
        return self.picked == self.quantity


@dataclass(frozen=True, slots=True)
class Card:
    """A job as its card and the head of its page show it. `share` is how much of its time is left, of 100."""

    id: UUID
    ref: str
    state: str
    collected: bool
    method: str
    icon: str
    title: str
    note: str
    due: datetime | None
    since: datetime | None
    share: int | None
    tone: str
    shelf: str
    waiting: str

    @property
    def answer(self) -> bool:
        return self.state == FulfilmentState.TO_ACCEPT


def short_ref(number: str) -> str:
    """The end of an order's number, which people call out."""
    return number[-SHOWN_DIGITS:]


def short_name(name: str) -> str:
    """First name and initial: `Élodie K.`."""
    words = name.split()
    if not words:
        return _("Customer")
    return words[0] if len(words) == 1 else f"{words[0]} {words[-1][0].upper()}."


def age(span: timedelta) -> str:
    """How long something has waited, in one unit."""
    if span < HOUR:
        return _("%(count)s min") % {"count": max(int(span.total_seconds()) // 60, 0)}
    if span < DAY:
        return _("%(count)s h") % {"count": int(span / HOUR)}
    return _("%(count)s d") % {"count": span.days}


def items_of(lines: Iterable[FulfilmentLine]) -> list[Item]:
    """The lines that still have units, as people read them."""
    return [
        Item(
            id=line.pk,
            name=line.line.title or line.sku.name,
            variant=unsaid(line.line.title or line.sku.name, line.sku.attributes),
            barcode=line.sku.barcodes[0] if line.sku.barcodes else line.sku.code,
            picked=line.picked,
            quantity=line.quantity,
            kit=line.line.kit.name if line.line.kit else "",
        )
        for line in lines
        if line.quantity
    ]


def cards(jobs: Sequence[FulfilmentOrder], now: datetime) -> list[Card]:
    """The cards of jobs, with one question for all their lines."""
    by_job: dict[UUID, list[FulfilmentLine]] = {}
    for line in lines_of([job.pk for job in jobs]):
        by_job.setdefault(line.fulfilment_id, []).append(line)
    return [card(job, by_job.get(job.pk, []), now) for job in jobs]


def card(job: FulfilmentOrder, lines: Sequence[FulfilmentLine], now: datetime) -> Card:
    """One job's card."""
    due, since = _deadline(job)
    left = Deadline(due, since, answer=job.state == FulfilmentState.TO_ACCEPT) if due else None
    ready = job.state == FulfilmentState.READY_TO_COLLECT and job.ready_at is not None
    collected = job.method in COLLECTION
    return Card(
        id=job.pk,
        ref=short_ref(job.order.number),
        state=job.state,
        collected=collected,
        method=_("Pickup") if collected else _("Shipping"),
        icon="building-store" if collected else "truck-delivery",
        title=_title([line for line in lines if line.quantity]),
        note=_note(job, sum(line.picked for line in lines)),
        due=due,
        since=since,
        share=_share(due, since, now),
        tone=BAR_TONES[left.urgency(now)] if left else "neutral",
        shelf=job.shelf,
        waiting=_("ready since %(time)s") % {"time": age(now - job.ready_at)} if ready and job.ready_at else "",
    )


def _deadline(job: FulfilmentOrder) -> tuple[datetime | None, datetime | None]:
    if job.state == FulfilmentState.TO_ACCEPT:
        return job.accept_by, job.created_at
    if job.state in {FulfilmentState.ACCEPTED, FulfilmentState.PICKING, FulfilmentState.PACKED}:
        return job.ready_by, job.accepted_at or job.created_at
    return None, None


def _share(due: datetime | None, since: datetime | None, now: datetime) -> int | None:
    if due is None or since is None or due <= since:
        return None
    return round(min(max((due - now) / (due - since), 0.0), 1.0) * 100)


def _title(lines: Sequence[FulfilmentLine]) -> str:
    if not lines:
        return ""
    first = item_name(lines[0].line.title or lines[0].sku.name, lines[0].sku.attributes)
    others = len(lines) - 1
    if not others:
        return first
    return ngettext("%(item)s and %(count)s other", "%(item)s and %(count)s others", others) % {
        "item": first,
        "count": others,
    }


def _note(job: FulfilmentOrder, picked: int) -> str:
    who = short_name(job.order.customer_name)
    if job.state == FulfilmentState.PICKING and picked:
        return _("%(picked)s of %(count)s picked, %(customer)s") % {
            "picked": picked,
            "count": job.units,
            "customer": who,
        }
    return ngettext("%(count)s item, %(customer)s", "%(count)s items, %(customer)s", job.units) % {
        "count": job.units,
        "customer": who,
    }
