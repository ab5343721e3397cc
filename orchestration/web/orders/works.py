"""The cards of an order's work, one for each fulfilment order, and the units that no location has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oms.fulfilment.enums import FulfilmentState, HandoverProof, RefusalReason
from oms.orders.enums import COLLECTION, GONE, HoldReason, UnitState
from oms.web.deadlines import Deadline
from oms.web.parts import Step, steps
from oms.web.states import State, state_of
from orchestration.rules.wording import words
from orchestration.web.looks import location_icon, method_words
from orchestration.web.orders.forms import CancelReason
from orchestration.web.orders.panels import Panel, panel_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from django_stubs_ext import StrOrPromise

    from inventory.types import Supply
    from oms.fulfilment.models import FulfilmentLine, FulfilmentOrder, Parcel
    from oms.orders.models import KitLine, OrderLine, UnitGroup
    from orchestration.web.orders.dossier import Dossier

VOID = (FulfilmentState.REFUSED, FulfilmentState.EXPIRED, FulfilmentState.CANCELLED)
WITHOUT_PLACE = (UnitState.PARKED, UnitState.BACKORDERED, UnitState.HELD, UnitState.PENDING)
# The step under way, and how many steps are behind it.
_AT: dict[str, tuple[int, StrOrPromise]] = {
    FulfilmentState.TO_ACCEPT: (1, gettext_lazy("To accept")),
    FulfilmentState.ACCEPTED: (2, gettext_lazy("To pick")),
    FulfilmentState.PICKING: (2, gettext_lazy("Picking")),
    FulfilmentState.READY_TO_COLLECT: (4, gettext_lazy("Waiting for the customer")),
}
_BEYOND = 9


@dataclass(frozen=True, slots=True)
class Forced:
    """Who chose the location, and why."""

    who: str
    reason: str


@dataclass(frozen=True, slots=True)
class WorkCard:
    """One fulfilment order as the page shows it."""

    work: FulfilmentOrder
    icon: str
    method: str
    state: State
    steps: list[Step]
    note: str
    lines: Sequence[FulfilmentLine]
    parcels: Sequence[Parcel]
    acceptance: Deadline | None
    preparation: Deadline | None
    forced: Forced | None
    panel: Panel | None
    told_above: str
    movable: bool


@dataclass(frozen=True, slots=True)
class Awaited:
    """Units that a delivery brings, and whether its day has passed."""

    supply: Supply
    is_late: bool


@dataclass(frozen=True, slots=True)
class Units:
    """Units that no location prepares, why, and the deliveries that they wait for."""

    group: UnitGroup
    state: State
    reason: str
    awaited: Sequence[Awaited] = ()


@dataclass(frozen=True, slots=True)
class SoldKit:
    """A kit as it was sold, its parts, and how many whole ones have left or will not."""

    row: KitLine | OrderLine
    parts: Sequence[OrderLine]
    gone: int
    cancelled: int


def kits_of(dossier: Dossier) -> list[SoldKit]:
    """The virtual kits of the order, as they were sold."""
    return [
        SoldKit(sold.row, sold.parts, dossier.whole(sold, GONE), dossier.whole(sold, frozenset({UnitState.CANCELLED})))
        for sold in dossier.sold
        if sold.is_kit
    ]


def cards_of(dossier: Dossier, language: str) -> list[WorkCard]:
    """The cards of the work that goes on or came to its end, oldest first; what was refused is told elsewhere.

    A decision that gave work to several locations is shown with the first of them.
    """
    cards: list[WorkCard] = []
    for work in reversed(dossier.works):
        if work.state not in VOID:
            cards.append(_card(dossier, work, language, cards))
    return cards


def void_works(dossier: Dossier) -> list[FulfilmentOrder]:
    """Work that came to nothing, newest first."""
    return [work for work in dossier.works if work.state in VOID]


def _card(dossier: Dossier, work: FulfilmentOrder, language: str, before: Sequence[WorkCard]) -> WorkCard:
    decision = dossier.decision_of_work.get(work.pk)
    panel = panel_of(decision, language, is_open=not before) if decision else None
    is_told = panel is not None and any(card.panel and card.panel.id == panel.id for card in before)
    forced = dossier.forced_works.get(str(work.pk))
    return WorkCard(
        work=work,
        icon=location_icon(work.location.kind),
        method=method_words(work),
        state=state_of(work.state),
        steps=_steps(work),
        note=_note(work),
        lines=[line for line in dossier.work_lines[work.pk] if line.quantity],
        parcels=dossier.parcels[work.pk],
        acceptance=_acceptance(work),
        preparation=_preparation(work),
        forced=Forced(forced.actor.get("label", ""), forced.payload["reason"]) if forced else None,
        panel=None if is_told else panel,
        told_above=panel.id if panel and is_told else "",
        movable=work.state in {FulfilmentState.TO_ACCEPT, FulfilmentState.ACCEPTED, FulfilmentState.PICKING},
    )


def _steps(work: FulfilmentOrder) -> list[Step]:
    labels: list[StrOrPromise] = [_("Routed"), _("Accepted"), _("Packed")]
    if work.method in COLLECTION:
        labels += [_("Ready for pickup"), _("Collected")]
        packed: StrOrPromise = _("To put aside")
    else:
        labels += [_("Shipped")]
        packed = _("To ship")
    if work.state == FulfilmentState.PACKED:
        at, present = 3, packed
    else:
        at, present = _AT.get(work.state, (_BEYOND, ""))
    if at < len(labels):
        labels[at] = present
    return steps(labels, at)


def _note(work: FulfilmentOrder) -> str:
    if work.state == FulfilmentState.COLLECTED and work.proof:
        return _("%(proof)s: %(name)s") % {
            "proof": HandoverProof(work.proof).label,
            "name": work.collected_by or work.order.customer_name,
        }
    return _("Shelf %(shelf)s") % {"shelf": work.shelf} if work.shelf else ""


def _acceptance(work: FulfilmentOrder) -> Deadline | None:
    if work.state != FulfilmentState.TO_ACCEPT:
        return None
    return Deadline(work.accept_by, since=work.created_at, answer=True)


def _preparation(work: FulfilmentOrder) -> Deadline | None:
    done = work.ready_at or work.packed_at
    if work.state == FulfilmentState.TO_ACCEPT:
        return None
    return Deadline(work.ready_by, since=work.created_at, done=done)


def waiting_units(dossier: Dossier, language: str, today: date) -> list[Units]:
    """The units that wait, why each does, and for which deliveries."""
    told = _parked_reasons(dossier, language)
    found = [group for group in dossier.groups if group.state in WITHOUT_PLACE]
    return [
        Units(
            group,
            _unit_state(group),
            told.get(str(group.pk)) or reason_words(group, language),
            [Awaited(each, bool(each.day and each.day < today)) for each in dossier.awaited.get(group.pk, ())],
        )
        for group in found
    ]


def cancelled_units(dossier: Dossier, language: str) -> list[Units]:
    """The units that were cancelled, and why."""
    found = [group for group in dossier.groups if group.state in {UnitState.CANCELLED, UnitState.RETURNED}]
    return [Units(group, _unit_state(group), reason_words(group, language)) for group in found]


def _unit_state(group: UnitGroup) -> State:
    return state_of("unroutable" if group.state == UnitState.PARKED else group.state)


def _parked_reasons(dossier: Dossier, language: str) -> dict[str, str]:
    """The newest decision's words for each group that it could not place."""
    found: dict[str, str] = {}
    for stored in dossier.decisions:
        for units in stored.decision.parked:
            found.setdefault(str(units.unit_group_id), stored.decision.parked_reason(units, language))
    waiting = {str(group.pk) for group in dossier.groups if group.state in {UnitState.PARKED, UnitState.BACKORDERED}}
    return {group_id: text for group_id, text in found.items() if group_id in waiting}


def reason_words(group: UnitGroup, language: str) -> str:
    """A group's reason in words: of a hold, of a cancellation, of a refusal, or the rules' own."""
    for known in (HoldReason, CancelReason, RefusalReason):
        if group.reason in known.values:
            return str(known(group.reason).label)
    if group.reason == "EXPIRED":
        return _("The location did not answer in time")
    speech = words(language)
    key = f"parked.{group.reason}"
    if group.reason and speech.has(key):
        return speech.say(key, n="", asked=group.quantity, available=0).strip()
    return group.reason or (_("Waits for its turn to be routed") if group.state == UnitState.PENDING else "")


def total_units(units: Iterable[Units]) -> int:
    """How many units these are."""
    return sum(each.group.quantity for each in units)
