"""Keep what baskets hold, before there is an order."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.enums import MovementReason, ReservationState
from inventory.errors import NotEnoughStock, ReservationConflict, ReservationNotFound, UnknownSku
from inventory.events import RESERVATION_LOST
from inventory.locks import lock_references, lock_reservations_of
from inventory.models import Reservation
from inventory.queries.availability import availability
from inventory.queries.basket import PREFIX, open_baskets
from inventory.queries.catalogue import get_view, skus_by_code
from inventory.rules import Pool, kept_as_asked
from inventory.services.reserve import reserve
from inventory.services.settle import end
from inventory.types import Ask, Basket, BasketAsk, KeptUnits, Shortage
from oms.events.services import record
from oms.tenancy.errors import OmsError
from oms.tenancy.models import new_id
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime, timedelta
    from uuid import UUID

    from inventory.models import StockView
    from inventory.types import Availability, BasketLine, Grant

    # Units of each SKU, by the basket's reference.
    Wanted = dict[str, dict[UUID, int]]


def reserve_basket(
    *,
    reference: str,
    lines: Sequence[BasketLine],
    now: datetime,
    view: str = "",
    expires_in: timedelta | None = None,
    actor: Actor = SYSTEM,
) -> Basket:
    """Keep a basket's units on a view; see `reserve_baskets`, whose refusal this raises."""
    asked = BasketAsk(reference, tuple(lines))
    (outcome,) = reserve_baskets(baskets=[asked], now=now, view=view, expires_in=expires_in, actor=actor)
    if isinstance(outcome, OmsError):
        raise outcome
    return outcome


def reserve_baskets(
    *,
    baskets: Sequence[BasketAsk],
    now: datetime,
    view: str = "",
    expires_in: timedelta | None = None,
    actor: Actor = SYSTEM,
) -> list[Basket | OmsError]:
    """Keep each basket's units on a view, all of a basket or none; the answer follows `baskets`, and earlier ones win.

    The same reference and units again give what is kept; two calls with one reference never both reserve. With
    `expires_in` the reservations are soft and end by themselves; those that ran out and that nobody has ended yet are
    kept on when they are asked for again.
    A virtual kit is kept as its components, and told as the kit.
    A basket is refused with NotEnoughStock, UnknownSku, or ReservationConflict when its reference keeps other units.
    Raises UnknownView.
    """
    lock_references(PREFIX + each.reference for each in baskets)
    until = now + expires_in if expires_in else None
    outcomes: dict[str, Basket | OmsError] = {**_kept(baskets, now, until)}
    chosen = get_view(view)
    wanted, unknown = _wanted([each for each in baskets if each.reference not in outcomes])
    state = ReservationState.SOFT if expires_in else ReservationState.HARD
    blank = Basket("", state, until, now, (), created=True)
    made = _make(wanted, chosen, blank, actor)
    outcomes |= unknown | made | _refused(chosen, {name: units for name, units in wanted.items() if name not in made})
    return [_outcome(each, outcomes) for each in baskets]


@transaction.atomic
def release_basket(*, reference: str, now: datetime, actor: Actor = SYSTEM) -> int:
    """Give back what a basket keeps. Raises ReservationNotFound when it keeps nothing (any more)."""
    rows = lock_reservations_of(PREFIX + reference)
    if not rows:
        raise ReservationNotFound(_("There is no open reservation %(reference)s.") % {"reference": reference})
    return end(rows=rows, state=ReservationState.RELEASED, reason=MovementReason.RELEASE, now=now, actor=actor)


@transaction.atomic(savepoint=False)
def lose_baskets(*, references: Collection[str], now: datetime) -> int:
    """End baskets whose units were found not to be there, whole; return how many kept something. Lock what they hold first."""
    lost = 0
    for reference in sorted(references):
        rows = lock_reservations_of(PREFIX + reference)
        if rows:
            end(rows=rows, state=ReservationState.RELEASED, reason=MovementReason.RELEASE, now=now, actor=SYSTEM)
            record(RESERVATION_LOST, "reservation", rows[0].pk, {"reference": reference})
            lost += 1
    return lost


def _kept(baskets: Sequence[BasketAsk], now: datetime, until: datetime | None) -> dict[str, Basket]:
    """What is kept already; what ran out and is asked for as it was is kept on until then, unless it has just been ended."""
    found = open_baskets([each.reference for each in baskets])
    asked_again = {
        each.reference for each in baskets if each.reference in found and _keeps(each, found[each.reference])
    }
    ran_out = {name for name, each in found.items() if each.expires_at and each.expires_at <= now}
    late = sorted(asked_again & ran_out) if until else []
    if not late:
        return found
    rows = [row.pk for name in late for row in lock_reservations_of(PREFIX + name)]
    Reservation.objects.filter(pk__in=rows).update(expires_at=until)
    return {name: each for name, each in found.items() if name not in late} | open_baskets(late)


def _wanted(baskets: Sequence[BasketAsk]) -> tuple[Wanted, dict[str, OmsError]]:
    """What each reference asks for, the first time it is named; and the references that ask for what is unknown."""
    known = skus_by_code([line.sku for each in baskets for line in each.lines])
    wanted: Wanted = {}
    refused: dict[str, OmsError] = {}
    for each in baskets:
        unknown = sorted({line.sku for line in each.lines} - set(known))
        if unknown:
            refused.setdefault(each.reference, UnknownSku(unknown))
        elif each.reference not in wanted:
            units = wanted[each.reference] = {}
            for line in each.lines:
                units[known[line.sku]] = units.get(known[line.sku], 0) + line.quantity
    return wanted, refused


def _make(wanted: Wanted, view: StockView, blank: Basket, actor: Actor) -> dict[str, Basket]:
    """Reserve what there is, planning again when somebody was quicker; the baskets that were granted."""
    for final in (False, False, True):
        asks, pool = _plan(wanted, view)
        if not asks:
            break
        before = transaction.savepoint()
        grants = reserve(asks=asks, state=blank.state, expires_at=blank.expires_at, actor=actor)
        if final or all(grant.reservation_id for grant in grants):
            return _baskets(grants, pool, blank)
        # Lets the levels of this round go: the next may lock some that come before them.
        transaction.savepoint_rollback(before)
    return {}


def _plan(wanted: Wanted, view: StockView) -> tuple[list[Ask], Pool]:
    """Who gives what, on an unlocked snapshot; a basket that does not fit into what earlier ones leave asks for nothing."""
    pool = Pool(availability(view=view, sku_ids=_skus(wanted), explain=True) if wanted else ())
    asks = [
        Ask(new_id(), sku_id, location_id, units, group, PREFIX + reference, fence, kit_id, per_kit)
        for group, (reference, wants) in enumerate(wanted.items())
        for sku_id, (location_id, fence), units, kit_id, per_kit in pool.take(wants)
    ]
    return asks, pool


def _skus(wanted: Wanted) -> list[UUID]:
    return list(dict.fromkeys(sku_id for units in wanted.values() for sku_id in units))


def _baskets(grants: Sequence[Grant], pool: Pool, blank: Basket) -> dict[str, Basket]:
    kept: dict[str, list[KeptUnits]] = {}
    for grant in grants:
        if grant.reservation_id is not None:
            ask = grant.ask
            sku, location = pool.codes(ask.sku_id, ask.location_id)
            kit = pool.code(ask.kit_id) if ask.kit_id else ""
            units = KeptUnits(
                grant.reservation_id, sku, location, ask.quantity, blank.state, kit=kit, per_kit=ask.per_kit or 0
            )
            kept.setdefault(ask.reference.removeprefix(PREFIX), []).append(units)
    return {reference: replace(blank, reference=reference, lines=tuple(units)) for reference, units in kept.items()}


def _refused(view: StockView, wanted: Wanted) -> dict[str, OmsError]:
    if not wanted:
        return {}
    found = availability(view=view, sku_ids=_skus(wanted))
    return {reference: NotEnoughStock(_shortages(found, units)) for reference, units in wanted.items()}


def _shortages(found: Sequence[Availability], wanted: Mapping[UUID, int]) -> list[Shortage]:
    """What is short; when only others were quicker, everything that was asked."""
    every = [Shortage(each.sku, wanted[each.sku_id], each.at_once or 0) for each in found if each.sku_id in wanted]
    return [each for each in every if each.available < each.wanted] or every


def _outcome(asked: BasketAsk, outcomes: dict[str, Basket | OmsError]) -> Basket | OmsError:
    """What became of the reference, provided that it keeps what is asked now."""
    outcome = outcomes[asked.reference]
    if isinstance(outcome, OmsError):
        return outcome
    if not _keeps(asked, outcome):
        return ReservationConflict(
            _("The reference %(reference)s keeps other units already.") % {"reference": asked.reference},
            kept=dict(kept_as_asked(outcome.lines)),
        )
    # The next one with this reference finds it kept.
    outcomes[asked.reference] = replace(outcome, created=False)
    return outcome


def _keeps(asked: BasketAsk, kept: Basket) -> bool:
    """Whether a basket keeps just what is asked."""
    wants = Counter[str]()
    for line in asked.lines:
        wants[line.sku] += line.quantity
    return wants == kept_as_asked(kept.lines)
