"""Keep what a basket holds, before there is an order."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.enums import MovementReason, ReservationState
from inventory.errors import NotEnoughStock, ReservationConflict, ReservationNotFound, UnknownSku
from inventory.locks import lock_reference, lock_reservations_of
from inventory.queries.availability import availability
from inventory.queries.basket import PREFIX, open_basket
from inventory.queries.catalogue import get_view, skus_by_code
from inventory.rules import spread_over
from inventory.services.reserve import reserve
from inventory.services.settle import end
from inventory.types import Ask, Basket, KeptUnits, Shortage
from oms.tenancy.models import new_id
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta
    from uuid import UUID

    from inventory.models import StockView
    from inventory.types import Availability, BasketLine, Grant

ROUNDS = 3


def reserve_basket(
    *,
    reference: str,
    lines: Sequence[BasketLine],
    now: datetime,
    view: str = "",
    expires_in: timedelta | None = None,
    actor: Actor = SYSTEM,
) -> Basket:
    """Keep a basket's units on a view, all or none; the same reference and units again return what is kept.

    With `expires_in` the reservation is soft and ends by itself. Two calls with one reference never both reserve.
    Raises NotEnoughStock, UnknownSku, UnknownView, ReservationConflict when the reference keeps other units.
    """
    lock_reference(PREFIX + reference)
    kept = open_basket(reference)
    if kept is not None:
        return _same(kept, lines)
    chosen = get_view(view)
    wanted = _wanted(lines)
    expires_at = now + expires_in if expires_in else None
    state = ReservationState.SOFT if expires_in else ReservationState.HARD
    for _round in range(ROUNDS):
        asks, names = _plan(reference, wanted, chosen)
        before = transaction.savepoint()
        grants = reserve(asks=asks, state=state, expires_at=expires_at, actor=actor)
        if all(grant.reservation_id for grant in grants):
            return Basket(reference, state, expires_at, now, _kept(grants, names, state), created=True)
        # Lets the levels of this round go: the next may lock some that come before them.
        transaction.savepoint_rollback(before)
    raise NotEnoughStock(_shortages(availability(view=chosen, sku_ids=list(wanted)), wanted))


@transaction.atomic
def release_basket(*, reference: str, now: datetime, actor: Actor = SYSTEM) -> int:
    """Give back what a basket keeps. Raises ReservationNotFound when it keeps nothing (any more)."""
    rows = lock_reservations_of(PREFIX + reference)
    if not rows:
        raise ReservationNotFound(_("There is no open reservation %(reference)s.") % {"reference": reference})
    return end(rows=rows, state=ReservationState.RELEASED, reason=MovementReason.RELEASE, now=now, actor=actor)


def _same(kept: Basket, lines: Sequence[BasketLine]) -> Basket:
    asked, held = Counter[str](), Counter[str]()
    for line in lines:
        asked[line.sku] += line.quantity
    for units in kept.lines:
        held[units.sku] += units.quantity
    if asked != held:
        raise ReservationConflict(
            _("The reference %(reference)s keeps other units already.") % {"reference": kept.reference}, kept=dict(held)
        )
    return kept


def _wanted(lines: Sequence[BasketLine]) -> dict[UUID, int]:
    known = skus_by_code([line.sku for line in lines])
    unknown = sorted({line.sku for line in lines} - set(known))
    if unknown:
        raise UnknownSku(unknown)
    wanted: dict[UUID, int] = {}
    for line in lines:
        wanted[known[line.sku]] = wanted.get(known[line.sku], 0) + line.quantity
    return wanted


def _plan(
    reference: str, wanted: Mapping[UUID, int], view: StockView
) -> tuple[list[Ask], dict[tuple[UUID, UUID], tuple[str, str]]]:
    """Who gives what, on an unlocked snapshot; and the codes of SKU and location of each place."""
    found = availability(view=view, sku_ids=list(wanted), explain=True)
    if any((each.quantity or 0) < wanted[each.sku_id] for each in found):
        raise NotEnoughStock(_shortages(found, wanted))
    asks, names = [], {}
    for each in found:
        free = {place.location_id: place.available for place in each.contributions if place.known}
        codes = {place.location_id: place.code for place in each.contributions}
        for location_id, units in spread_over(free, wanted[each.sku_id]):
            asks.append(Ask(new_id(), each.sku_id, location_id, units, 1, PREFIX + reference))
            names[each.sku_id, location_id] = (each.sku, codes[location_id])
    return asks, names


def _kept(
    grants: Sequence[Grant], names: Mapping[tuple[UUID, UUID], tuple[str, str]], state: str
) -> tuple[KeptUnits, ...]:
    kept = []
    for grant in grants:
        if grant.reservation_id is not None:
            sku, location = names[grant.ask.sku_id, grant.ask.location_id]
            kept.append(KeptUnits(grant.reservation_id, sku, location, grant.ask.quantity, state))
    return tuple(kept)


def _shortages(found: Sequence[Availability], wanted: Mapping[UUID, int]) -> list[Shortage]:
    """What is short; when only others were quicker, everything that was asked."""
    every = [Shortage(each.sku, wanted[each.sku_id], each.quantity or 0) for each in found]
    return [each for each in every if each.available < each.wanted] or every
