from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from inventory.enums import OPEN_STATES
from inventory.errors import ReservationNotFound
from inventory.models import Reservation
from inventory.types import Basket, KeptUnits

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet


# Reservations of orders have references too; a basket must never be taken for one of them.
PREFIX = "basket:"


def open_basket(reference: str) -> Basket | None:
    """What is kept under a reference at this moment, or None."""
    return _basket(reference, _rows(reference).filter(state__in=OPEN_STATES))


def get_basket(reference: str) -> Basket:
    """What is kept under a reference or, when nothing is any more, what was. Raises ReservationNotFound."""
    found = open_basket(reference) or _basket(reference, _rows(reference))
    if found is None:
        raise ReservationNotFound(_("There is no reservation %(reference)s.") % {"reference": reference})
    return found


def _rows(reference: str) -> QuerySet[Reservation]:
    rows = Reservation.objects.select_related("level__sku", "level__location").filter(reference=PREFIX + reference)
    return rows.order_by("created_at", "pk")


def _basket(reference: str, rows: Iterable[Reservation]) -> Basket | None:
    found = list(rows)
    if not found:
        return None
    lines = tuple(
        KeptUnits(row.pk, row.level.sku.code, row.level.location.code, row.quantity, row.state) for row in found
    )
    last = found[-1]
    return Basket(reference, last.state, last.expires_at, last.created_at, lines)
