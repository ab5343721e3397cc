from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext as _

from inventory.enums import OPEN_STATES, ReservationState
from inventory.errors import ReservationNotFound
from inventory.types import Basket, KeptUnits
from oms.tenancy.context import current_tenant_id

if TYPE_CHECKING:
    from collections.abc import Iterable


# Reservations of orders have references too; a basket must never be taken for one of them.
PREFIX = "basket:"


_ROWS = """
SELECT r.id, s.code, p.code, r.quantity, r.state, r.expires_at, r.created_at
FROM inventory_reservation r
JOIN inventory_stocklevel l ON l.tenant_id = r.tenant_id AND l.id = r.level_id
JOIN inventory_sku s ON s.tenant_id = l.tenant_id AND s.id = l.sku_id
JOIN inventory_location p ON p.tenant_id = l.tenant_id AND p.id = l.location_id
WHERE r.tenant_id = %s AND r.reference = %s AND r.state = ANY(%s::text[]) ORDER BY r.created_at, r.id
"""


def open_basket(reference: str) -> Basket | None:
    """What is kept under a reference at this moment, or None."""
    return _basket(reference, OPEN_STATES)


def get_basket(reference: str) -> Basket:
    """What is kept under a reference or, when nothing is any more, what was. Raises ReservationNotFound."""
    found = open_basket(reference) or _basket(reference, tuple(ReservationState))
    if found is None:
        raise ReservationNotFound(_("There is no reservation %(reference)s.") % {"reference": reference})
    return found


def _basket(reference: str, states: Iterable[str]) -> Basket | None:
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [current_tenant_id(), PREFIX + reference, [str(state) for state in states]])
        rows = cursor.fetchall()
    if not rows:
        return None
    lines = tuple(KeptUnits(*row[:5]) for row in rows)
    *_units, state, expires_at, created_at = rows[-1]
    return Basket(reference, state, expires_at, created_at, lines)
