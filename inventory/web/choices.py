"""Locations as the choices of forms that other rooms show."""

from __future__ import annotations

from inventory.queries import locations


def place_choices() -> list[tuple[str, str]]:
    """Id and name of every location, by name."""
    return [(str(place.pk), place.name) for place in locations().order_by("name", "pk")]
