"""What is open on an order and wants to be known first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oms.fulfilment.enums import FulfilmentState, RefusalReason
from oms.orders.enums import HoldReason, UnitState
from oms.web import formats

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from oms.fulfilment.models import FulfilmentOrder
    from oms.orders.models import Hold
    from orchestration.web.orders.dossier import Dossier
    from orchestration.web.orders.works import Units

MOST_REFUSALS = 3
TOTAL_DIFFERS = "total_differs"


@dataclass(frozen=True, slots=True)
class Banner:
    """One thing that is open: what, its consequence, and where to act on it."""

    tone: str
    icon: str
    title: str
    text: str = ""
    href: str = ""
    link: str = ""


def banners_of(dossier: Dossier, waiting: Sequence[Units], now: datetime, *, may_write: bool) -> list[Banner]:
    """The banners, the gravest first."""
    found = [*_parked(waiting), *(_hold(dossier, hold, may_write=may_write) for hold in dossier.open_holds)]
    if dossier.order.closed_at is None:
        found += [_refusal(dossier, work, now) for work in _refusals(dossier)[:MOST_REFUSALS]]
    if TOTAL_DIFFERS in dossier.order.tags:
        found.append(_total())
    return found


def _parked(waiting: Sequence[Units]) -> Iterator[Banner]:
    parked = [units for units in waiting if units.group.state == UnitState.PARKED]
    if not parked:
        return
    count = sum(units.group.quantity for units in parked)
    title = ngettext("%(count)s unit has no location.", "%(count)s units have no location.", count) % {"count": count}
    reasons = "; ".join(dict.fromkeys(units.reason for units in parked if units.reason))
    yield Banner("bad", "route-off", title, f"{reasons}." if reasons else "", "#waiting", _("See the units"))


def _hold(dossier: Dossier, hold: Hold, *, may_write: bool) -> Banner:
    title = _("On hold: %(reason)s.") % {"reason": HoldReason(hold.reason).label}
    parts = [f"{hold.note}." if hold.note else "", hold.owner]
    if hold.due_at:
        parts.append(_("until %(when)s") % {"when": formats.moment(hold.due_at, timezone.now())})
    return Banner(
        "warn",
        "player-pause",
        title,
        " ".join(part for part in parts if part),
        reverse("orders:release", args=[dossier.order.number]) if may_write else "",
        _("Release…"),
    )


def _refusals(dossier: Dossier) -> list[FulfilmentOrder]:
    refused = [work for work in dossier.works if work.refusal_reason or work.state == FulfilmentState.EXPIRED]
    return sorted(refused, key=lambda work: work.closed_at or work.created_at, reverse=True)


def _refusal(dossier: Dossier, work: FulfilmentOrder, now: datetime) -> Banner:
    at = formats.moment(work.closed_at or work.created_at, now)
    if work.state == FulfilmentState.EXPIRED:
        title = _("%(location)s did not answer in time (%(at)s).") % {"location": work.location.name, "at": at}
    else:
        reason = RefusalReason(work.refusal_reason).label
        title = _("%(location)s refused at %(at)s: %(reason)s.") % {
            "location": work.location.name,
            "at": at,
            "reason": reason,
        }
    closed = work.closed_at or work.created_at
    later = [each for each in reversed(dossier.works) if each.pk > work.pk and each.created_at >= closed]
    after = later[0] if later else None
    decision = dossier.decision_of_work.get(after.pk) if after else None
    text = _("Routed again to %(location)s.") % {"location": after.location.name} if after else ""
    href = f"#decision-{decision.id}" if decision else ""
    return Banner("warn", "circle-x", title, text, href, _("See the decision"))


def _total() -> Banner:
    return Banner(
        "warn",
        "receipt",
        _("The channel's total is not the sum of the order's parts."),
        _("The order was accepted as the channel sold it; check the amounts."),
        "#amounts",
        _("See the amounts"),
    )
