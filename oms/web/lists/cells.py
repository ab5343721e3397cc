"""What a table cell shows of a value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from oms.web import elements, formats

if TYPE_CHECKING:
    from django.db.models import Model

    from oms.tenancy.requests import TenantRequest
    from oms.web.lists.spec import Column, ListSpec


@dataclass(frozen=True, slots=True)
class Cell:
    html: str
    css: str
    is_head: bool


@dataclass(frozen=True, slots=True)
class Row:
    pk: str
    label: str
    url: str
    cells: tuple[Cell, ...]


def rows_of(
    spec: ListSpec[Any], columns: tuple[Column[Any], ...], found: list[Any], request: TenantRequest, now: datetime
) -> list[Row]:
    """The rows as the table draws them."""
    styles = [css_of(column) for column in columns]
    return [_row(spec, columns, styles, each, request, now) for each in found]


def css_of(column: Column[Any]) -> str:
    """The classes of a column's cells and head."""
    return " ".join(
        c
        for c in (
            "bt-right" if column.align == "right" else "",
            f"bt-p{column.priority}" if column.priority > 1 else "",
            "bt-3" if column.quiet else "",
        )
        if c
    )


def _row(
    spec: ListSpec[Any],
    columns: tuple[Column[Any], ...],
    styles: list[str],
    found: Any,
    request: TenantRequest,
    now: datetime,
) -> Row:
    cells = tuple(
        Cell(cell_html(column, found, request, now), css, index == 0)
        for index, (column, css) in enumerate(zip(columns, styles, strict=True))
    )
    return Row(str(found.pk), spec.row_label(found), spec.row_url(found) if spec.row_url else "", cells)


def cell_html(column: Column[Any], row: Model, request: TenantRequest, now: datetime) -> str:
    """The cell's content: drawn by the column, or its plain value in words."""
    if column.cell is not None:
        return column.cell(row)
    value = column.value(row)
    if column.template:
        return render_to_string(column.template, {"row": row, "value": value, "now": now}, request)
    return plain(value, now)


def plain(value: object, now: datetime) -> str:
    """A value in the words of the language; nothing is a dash."""
    if value is None or value == "":
        return elements.NOTHING
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return elements.time_of(value, now)
    if isinstance(value, date):
        return formats.day(value)
    if isinstance(value, (int, float, Decimal)):
        return formats.number(value)
    return str(value)
