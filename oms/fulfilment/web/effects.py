"""What a refusal will do, said before it is confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import ngettext

from inventory.queries import on_hand_at
from oms.fulfilment.enums import DECLARED, RefusalReason, StockEffect
from oms.fulfilment.queries import lines_of, unpicked_elsewhere
from oms.fulfilment.rules import effect_of, item_name, on_hand_after

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from django_stubs_ext import StrOrPromise

    from oms.fulfilment.models import FulfilmentOrder


@dataclass(frozen=True, slots=True)
class Choice:
    """A reason, with what it declares to do to stock."""

    value: str
    label: StrOrPromise
    effect: StrOrPromise


@dataclass(frozen=True, slots=True)
class Change:
    """One item's stock at the location, before and after."""

    name: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Preview:
    """The sum of a refusal: stock by item, how many units leave and from how many orders beside this one."""

    reason: StrOrPromise
    changes: tuple[Change, ...]
    units: int
    others: int

    @property
    def changes_stock(self) -> bool:
        return any(change.before != change.after for change in self.changes)

    @property
    def leaving(self) -> str:
        """Where the units go."""
        moved = ngettext(
            "%(count)s unit goes to another location.", "%(count)s units go to another location.", self.units
        ) % {"count": self.units}
        if not self.others:
            return moved
        also = ngettext(
            "%(count)s other order gives it up too.", "%(count)s other orders give it up too.", self.others
        ) % {"count": self.others}
        return f"{moved} {also}"


def choices() -> list[Choice]:
    """The reasons in the order of the enum, each with its effect."""
    return [Choice(reason.value, reason.label, StockEffect(effect_of(reason)).label) for reason in DECLARED]


def others_with(job: FulfilmentOrder, quantities: Mapping[UUID, int]) -> int:
    """How many other open orders of the location wait for one of these lines' items."""
    return len(unpicked_elsewhere(job, set(_by_sku(job, quantities))))


def preview(job: FulfilmentOrder, quantities: Mapping[UUID, int], *, reason: str, cascade: bool) -> Preview:
    """The sum of refusing so many units of the job's lines."""
    refused = _by_sku(job, quantities)
    others = unpicked_elsewhere(job, set(refused)) if cascade else {}
    for units in others.values():
        for sku_id, count in units.items():
            refused[sku_id] += count
    changes = tuple(
        Change(
            item_name(sku.name, sku.attributes),
            on_hand,
            on_hand_after(reason, on_hand=on_hand, refused=refused[sku.pk]),
        )
        for sku, on_hand in on_hand_at(job.location_id, set(refused))
    )
    return Preview(RefusalReason(reason).label, changes, sum(refused.values()), len(others))


def _by_sku(job: FulfilmentOrder, quantities: Mapping[UUID, int]) -> dict[UUID, int]:
    found: dict[UUID, int] = {}
    for line in lines_of([job.pk]):
        if quantities.get(line.pk):
            found[line.sku_id] = found.get(line.sku_id, 0) + quantities[line.pk]
    return found
