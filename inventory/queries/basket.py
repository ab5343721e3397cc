from __future__ import annotations

from itertools import groupby
from operator import itemgetter
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
SELECT r.reference, r.id, s.code, p.code, r.quantity, r.state, coalesce(k.code, ''), coalesce(r.per_kit, 0), r.expires_at, r.created_at
FROM inventory_reservation r
JOIN inventory_stocklevel l ON l.tenant_id = r.tenant_id AND l.id = r.level_id
JOIN inventory_sku s ON s.tenant_id = l.tenant_id AND s.id = l.sku_id
JOIN inventory_location p ON p.tenant_id = l.tenant_id AND p.id = l.location_id
LEFT JOIN inventory_sku k ON k.tenant_id = r.tenant_id AND k.id = r.kit_id
WHERE r.tenant_id = %s AND r.reference = ANY(%s::text[]) AND r.state = ANY(%s::text[])
ORDER BY r.reference, r.created_at, r.id
"""


def open_baskets(references: Iterable[str]) -> dict[str, Basket]:
    """What is kept at this moment under those of the references that keep something."""
    return _baskets(references, OPEN_STATES)


def open_basket(reference: str) -> Basket | None:
    """What is kept under a reference at this moment, or None."""
    return open_baskets([reference]).get(reference)


def get_basket(reference: str) -> Basket:
    """What is kept under a reference or, when nothing is any more, what was. Raises ReservationNotFound."""
    found = open_basket(reference) or _baskets([reference], tuple(ReservationState)).get(reference)
    if found is None:
        raise ReservationNotFound(_("There is no reservation %(reference)s.") % {"reference": reference})
    return found


def _baskets(references: Iterable[str], states: Iterable[str]) -> dict[str, Basket]:
    names = [PREFIX + reference for reference in references]
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [current_tenant_id(), names, [str(state) for state in states]])
        rows = cursor.fetchall()
    found = {}
    for name, group in groupby(rows, key=itemgetter(0)):
        units = list(group)
        lines = tuple(KeptUnits(*row[1:8]) for row in units)
        *_units, state, _kit, _per_kit, expires_at, created_at = units[-1]
        reference = name.removeprefix(PREFIX)
        found[reference] = Basket(reference, state, expires_at, created_at, lines)
    return found
