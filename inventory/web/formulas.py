"""Availability as people read it: the terms of the sum, and what each location adds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from inventory.queries import availability
from oms.web import formats
from oms.web.parts import Term

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from inventory.models import StockView
    from inventory.types import Availability, Coming, Contribution, KitShare

MINUS, TIMES = "\N{MINUS SIGN}", "\N{MULTIPLICATION SIGN}"
WHOLE = 100


@dataclass(frozen=True, slots=True)
class Formula:
    """One SKU on one view: the terms, the answer, the locations."""

    view: StockView
    terms: list[Term]
    quantity: int | None
    rows: tuple[Contribution, ...]
    coming: tuple[Coming, ...]
    components: tuple[KitShare, ...]


def formula_of(view: StockView, sku_id: UUID) -> Formula:
    """What the view has of the SKU, and why."""
    found = availability(view=view, sku_ids=[sku_id], explain=True)[0]
    return Formula(view, terms_of(found), found.quantity, found.contributions, found.coming, found.components)


def terms_of(found: Availability) -> list[Term]:
    """(Locations + to come) × percentage − buffer, at most the cap; terms that change nothing are left out."""
    if found.components:
        return [*_terms_of_kit(found.components), _result(found)]
    terms = [Term(formats.number(found.total), _("Sum of the locations"))]
    if found.coming:
        units, promised = (
            sum(each.supply.quantity for each in found.coming),
            sum(each.supply.promised for each in found.coming),
        )
        terms.append(Term(formats.number(units), _("To come"), sign="+"))
        if promised:
            terms.append(Term(formats.number(promised), _("Promised of it"), sign=MINUS))
    if found.percentage != WHOLE:
        terms.append(Term(formats.percent(found.percentage / WHOLE, 0), _("Share"), sign=TIMES))
    if found.view_buffer:
        terms.append(Term(formats.number(found.view_buffer), _("Buffer of the view"), sign=MINUS))
    if found.cap is not None:
        terms.append(Term(formats.number(found.cap), _("At most"), sign="\N{LESS-THAN OR EQUAL TO}"))
    return [*terms, _result(found)]


def _terms_of_kit(components: Sequence[KitShare]) -> list[Term]:
    """The scarcest component, which decides: its own availability, by the units in each kit."""
    scarcest = next(share for share in components if share.scarcest)
    quantity = scarcest.available.quantity
    terms = [Term("?" if quantity is None else formats.number(quantity), scarcest.available.sku)]
    if scarcest.per_kit > 1:
        terms.append(Term(formats.number(scarcest.per_kit), _("In each kit"), sign="\N{DIVISION SIGN}"))
    return terms


def _result(found: Availability) -> Term:
    shown = "?" if found.quantity is None else formats.number(found.quantity)
    label = _("Unknown, not told") if found.quantity is None else _("Available to sell")
    return Term(shown, label, sign="=", result=True)
