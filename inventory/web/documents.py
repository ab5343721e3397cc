"""What the pages of purchase orders, transfers and counts share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, TypeVar

from django import forms
from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from inventory.queries import skus_by_code
from oms.tenancy.errors import OmsError
from oms.web.fields import SkusInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

T = TypeVar("T")
REFUSED = 409
MOST_LINES = 1000
LARGEST = 999_999_999


def attempt(act: Callable[[], T]) -> T | OmsError:
    """Do it and return what it made, or undo it and return the refusal."""
    try:
        with transaction.atomic():
            return act()
    except OmsError as refusal:
        if refusal.http_status not in {409, 422}:
            raise
        return refusal


def done_or_said(request: HttpRequest, act: Callable[[], Any], said: str, *back: Any) -> HttpResponse:
    """Do it and say so, or say why not; either way the page as it is then."""
    outcome = attempt(act)
    if isinstance(outcome, OmsError):
        messages.error(request, outcome.message)
    else:
        messages.success(request, said)
    return redirect(*back)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a pasted list: a SKU, how many, and for purchases what each costs."""

    sku: str
    quantity: int
    unit_cost: Decimal | None = None


class LinesField(forms.CharField):
    """SKUs with quantities, one a line, as pasted from a spreadsheet: tabs, semicolons or spaces between."""

    def __init__(self, *, costs: bool = False, **options: Any) -> None:
        options.setdefault("widget", SkusInput(attrs={"rows": 8}, parts="lines"))
        super().__init__(**options)
        self.costs = costs

    def clean(self, value: Any) -> Any:
        lines = [(at, line.strip()) for at, line in enumerate(str(super().clean(value)).splitlines(), start=1)]
        rows: list[Row] = []
        faults: list[str] = []
        for at, line in lines:
            if not line:
                continue
            try:
                rows.append(self._row(line))
            except ValueError as fault:
                faults.append(_("Line %(line)s: %(fault)s") % {"line": at, "fault": fault})
        if len(rows) > MOST_LINES:
            faults.append(_("At most %(count)s lines.") % {"count": MOST_LINES})
        known = skus_by_code([row.sku for row in rows])
        unknown = sorted({row.sku for row in rows} - set(known))
        if unknown:
            faults.append(_("Unknown SKU: %(codes)s.") % {"codes": ", ".join(unknown)})
        if faults:
            raise forms.ValidationError(faults)
        return rows

    def _row(self, line: str) -> Row:
        sign = "\t" if "\t" in line else ";" if ";" in line else None
        parts = [part.strip() for part in line.split(sign)]
        if len(parts) not in ({2, 3} if self.costs else {2}):
            raise ValueError(_("a SKU and a quantity are expected."))
        if not re.fullmatch(r"[0-9]{1,9}", parts[1]) or not int(parts[1]):
            raise ValueError(_("“%(value)s” is not a quantity.") % {"value": parts[1][:40]})
        cost = _cost(parts[2]) if len(parts) > 2 and parts[2] else None  # noqa: PLR2004 -- SKU, quantity, cost
        return Row(parts[0], int(parts[1]), cost)


def _cost(text: str) -> Decimal:
    try:
        found = Decimal(text.replace(",", ".").replace("\N{NO-BREAK SPACE}", ""))
    except InvalidOperation:
        found = Decimal(-1)
    if not found.is_finite() or not 0 <= found < 10**8:
        raise ValueError(_("“%(value)s” is not a cost.") % {"value": text[:40]})
    return found.quantize(Decimal("0.0001"))


def numbers_of(request: HttpRequest, name: str, ids: Iterable[UUID]) -> dict[UUID, int]:
    """The whole numbers of the fields `name-<id>`; empty ones are left out. Raises ValueError."""
    found = {}
    for each in ids:
        text = request.POST.get(f"{name}-{each}", "").strip()
        if text:
            if not re.fullmatch(r"-?[0-9]{1,9}", text):
                raise ValueError(_("“%(value)s” is not a whole number.") % {"value": text[:40]})
            found[each] = int(text)
    return found
