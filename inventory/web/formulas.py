"""Availability as people read it: the terms of the sum, and what each location adds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from inventory.queries import availability
from oms.web import formats
from oms.web.parts import Term

if TYPE_CHECKING:
    from uuid import UUID

    from inventory.models import StockView
    from inventory.types import Availability, Coming, Contribution

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


def formula_of(view: StockView, sku_id: UUID) -> Formula:
    """What the view has of the SKU, and why."""
    found = availability(view=view, sku_ids=[sku_id], explain=True)[0]
    return Formula(view, terms_of(found), found.quantity, found.contributions, found.coming)


def terms_of(found: Availability) -> list[Term]:
    """(Locations + to come) × percentage − buffer, at most the cap; terms that change nothing are left out."""
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
    shown = "?" if found.quantity is None else formats.number(found.quantity)
    label = _("Unknown, not told") if found.quantity is None else _("Available to sell")
    return [*terms, Term(shown, label, sign="=", result=True)]
