"""Why a row was not applied, or a file not read, in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.imports.columns import FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django_stubs_ext import StrOrPromise

_ROWS: dict[str, StrOrPromise] = {
    "sku_empty": gettext_lazy("The row names no SKU."),
    "unknown_sku": gettext_lazy("There is no SKU “%(sku)s”."),
    "virtual_kit": gettext_lazy("“%(sku)s” is a virtual kit: it has no stock of its own, its components have."),
    "sku_formula": gettext_lazy("“%(sku)s” is a formula; write the SKU itself."),
    "location_empty": gettext_lazy("The row names no location."),
    "unknown_location": gettext_lazy("There is no location “%(location)s”."),
    "quantity_empty": gettext_lazy("The quantity is empty."),
    "quantity_formula": gettext_lazy("“%(on_hand)s” is a formula; write its result."),
    "quantity_negative": gettext_lazy("“%(on_hand)s”: nothing can be on hand less than zero times."),
    "quantity_scientific": gettext_lazy("“%(on_hand)s” is in scientific notation; write the digits."),
    "quantity_fraction": gettext_lazy("“%(on_hand)s” is not a whole number of units."),
    "quantity_ambiguous": gettext_lazy("“%(on_hand)s” may be units or thousands; write it without the separator."),
    "quantity_too_large": gettext_lazy("“%(on_hand)s” is a thousand million or more."),
    "quantity_not_a_number": gettext_lazy("“%(on_hand)s” is not a number."),
    "duplicate": gettext_lazy("Line %(detail)s has this already."),
    "unreadable": gettext_lazy("The row has characters that cannot be read; save the file as UTF-8."),
    "quote": gettext_lazy("A quotation mark is not closed."),
    "cells": gettext_lazy("The row has more cells than there are columns; a decimal comma may part one in two."),
    "not_json": gettext_lazy("The line is not a JSON object."),
    "code_empty": gettext_lazy("The row has no code."),
    "code_impossible": gettext_lazy(
        "“%(code)s” cannot be a code: it is too long, or has a comma, a slash or a line break."
    ),
    "name_empty": gettext_lazy("What is new needs a name."),
    "legal_entity_unknown": gettext_lazy("There is no legal entity “%(legal_entity)s”."),
    "kind_empty": gettext_lazy("A new location needs a kind."),
    "kit_simple": gettext_lazy("A simple SKU has no components."),
    "kit_empty": gettext_lazy("A kit needs components."),
    "kit_itself": gettext_lazy("“%(code)s” cannot be a part of itself."),
    "kit_ring": gettext_lazy("“%(code)s” would be a part of itself, by way of “%(detail)s”."),
    "kit_has_stock": gettext_lazy("“%(code)s” has, or had, stock of its own: it cannot be a virtual kit."),
    "kit_is_part": gettext_lazy("“%(code)s” is a part of another kit: it cannot be a virtual kit."),
    "kit_refused": gettext_lazy("The SKU is as the row says, but not its components: %(detail)s"),
    "component_unknown": gettext_lazy("There is no SKU “%(detail)s” to make a kit of."),
    "component_virtual": gettext_lazy("“%(detail)s” is a virtual kit; name its components instead."),
}
_FILES: dict[str, StrOrPromise] = {
    "empty": gettext_lazy("The file is empty."),
    "line_too_long": gettext_lazy("A line of the file has more than 130,000 characters; it is no list of rows."),
    "not_xlsx": gettext_lazy("The file is not an Excel workbook that can be read, or has a password."),
    "columns": gettext_lazy("The file lacks a column for: %(detail)s."),
    "too_many_rejected": gettext_lazy(
        "More than %(detail)s rows would be rejected: look at the columns and the kind of the file."
    ),
    "interrupted": gettext_lazy("The import failed again and again: %(detail)s"),
}


def why_rejected(code: str, cells: Mapping[str, str], detail: str = "") -> str:
    """The sentence of a rejected row. Cells are told as they stand in the file."""
    template = str(_ROWS.get(code, gettext_lazy("The row cannot be read (%(code)s).")))
    named = {"code": code, "sku": "", "location": "", "on_hand": "", "legal_entity": "", "detail": detail, **cells}
    if code.startswith("value_"):
        name, _sep, value = detail.partition("=")
        label = next((field.label for fields in FIELDS.values() for field in fields if field.name == name), name)
        return _("“%(value)s” cannot be the value of %(field)s.") % {"value": value, "field": label}
    return template % named


def why_failed(code: str, detail: str = "") -> str:
    """The sentence of a file that could not be read."""
    return str(_FILES.get(code, gettext_lazy("The file cannot be read."))) % {"detail": detail}
