"""What the rows of the order list show besides the order's own facts, read for a whole page at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.utils.html import format_html
from django.utils.translation import gettext as _

from oms.fulfilment.enums import FulfilmentState
from oms.fulfilment.queries import fulfilments
from oms.orders.enums import OrderStatus
from oms.web import elements, formats
from oms.web.deadlines import Deadline
from orchestration.web.looks import status_of, status_pill

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django.utils.safestring import SafeString

    from oms.fulfilment.models import FulfilmentOrder
    from oms.orders.models import Order

# Work that came to nothing says nothing of where an order is prepared.
VOID = (FulfilmentState.REFUSED, FulfilmentState.EXPIRED, FulfilmentState.CANCELLED)


def attach_works(rows: list[Order]) -> None:
    """Read the work of a page's orders in one query."""
    found: dict[UUID, list[FulfilmentOrder]] = {row.pk: [] for row in rows}
    for work in fulfilments().filter(order_id__in=list(found)).exclude(state__in=VOID):
        found[work.order_id].append(work)
    for row in rows:
        vars(row)["works"] = found[row.pk]


def works_of(row: Order) -> list[FulfilmentOrder]:
    """The work that `attach_works` read."""
    return cast("list[FulfilmentOrder]", vars(row).get("works", []))


def places(row: Order) -> list[str]:
    """Names of the locations that prepare the order."""
    return sorted({work.location.name for work in works_of(row)})


def due_at(row: Order) -> datetime | None:
    """The first deadline, as `board` annotated it."""
    return cast("datetime | None", vars(row)["due_at"])


def done_at(row: Order) -> datetime | None:
    """When there was nothing left to hurry for: the goods were gone, or ready for the customer."""
    if row.closed_at is not None or row.status != OrderStatus.READY:
        return row.closed_at
    return max((work.ready_at for work in works_of(row) if work.ready_at), default=None)


def channel_cell(row: Order) -> SafeString:
    return elements.channel(row.channel.name, colour=row.channel.colour)


def customer_cell(row: Order) -> SafeString:
    if not row.customer_name:
        return elements.NOTHING
    return format_html(
        '{} <span class="bt-3">{}</span>',
        row.customer_name,
        row.city,
    )


def number_cell(row: Order) -> SafeString:
    return elements.folded(elements.ref(row.number), row.customer_name)


def place_cell(row: Order) -> SafeString:
    found = places(row)
    if not found:
        return elements.NOTHING
    if len(found) == 1:
        return format_html('<span class="bt-where" title="{}">{}</span>', found[0], found[0])
    words = _("%(count)s locations") % {"count": len(found)}
    return format_html(
        '<span title="{}">{}<span class="bt-sr">: {}</span></span>', ", ".join(found), words, ", ".join(found)
    )


def state_cell(row: Order) -> SafeString:
    return status_pill(row, works_of(row), quiet=True)


def state_value(row: Order) -> str:
    return str(status_of(row, works_of(row)).label)


def due_cell(row: Order) -> SafeString:
    due = due_at(row)
    if due is None or row.status == OrderStatus.CANCELLED:
        return elements.NOTHING
    done = done_at(row)
    if done is not None:
        return _settled(due, done)
    return elements.countdown(Deadline(due, since=row.received_at))


def _settled(due: datetime, done: datetime) -> SafeString:
    """A deadline that is over, in a word or two; the moments are its title."""
    is_late = done > due
    return format_html(
        '<time class="bt-cd bt-cd-{}" datetime="{}" title="{}">{}<b>{}</b></time>',
        "ok" if is_late else "done",
        due.isoformat(),
        _("due %(due)s, done %(done)s") % {"due": formats.exact(due), "done": formats.exact(done)},
        elements.icon("clock-x" if is_late else "check"),
        _("%(time)s late") % {"time": formats.duration(done - due)} if is_late else _("kept"),
    )


def amount_cell(row: Order) -> SafeString:
    return format_html("{}", formats.money(row.total, row.currency))
