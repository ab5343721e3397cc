"""The choices of forms and filters that ask for a location or for a value of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inventory.queries import locations

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django import forms
    from django.db.models import QuerySet

    from inventory.models import Location

NONE = ("", "\N{EM DASH}")


def choose(form: forms.Form, **choices: Iterable[tuple[str, Any]]) -> None:
    """Give fields of a form what there is to choose from."""
    for name, found in choices.items():
        field: Any = form.fields[name]
        field.choices = list(found)


def _by_name() -> QuerySet[Location]:
    return locations().order_by("name", "pk")


def place_choices() -> list[tuple[str, str]]:
    """Id and name of every location, by name."""
    return [(str(place.pk), place.name) for place in _by_name()]


def active_choices() -> list[tuple[str, str]]:
    """Id and name of every active location, by name."""
    return [(str(place.pk), place.name) for place in _by_name().filter(active=True)]


def code_choices() -> list[tuple[str, str]]:
    """Code and name of every location, by name."""
    return [(place.code, place.name) for place in _by_name()]


def same(values: Iterable[str]) -> list[tuple[str, str]]:
    """Values that are their own names."""
    return [(value, value) for value in values]
