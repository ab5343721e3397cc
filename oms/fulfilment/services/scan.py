from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from inventory.queries import sku_by_barcode
from oms.fulfilment.errors import AlreadyComplete, WrongItem, WrongState
from oms.fulfilment.locks import lock_fulfilment
from oms.fulfilment.rules import item_name, reads_as
from oms.fulfilment.services.prepare import WORKABLE, pick
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from inventory.models import Sku
    from oms.fulfilment.models import FulfilmentLine


@transaction.atomic
def scan(*, fulfilment_id: UUID, code: str, now: datetime, actor: Actor = SYSTEM) -> FulfilmentLine:
    """Pick one more unit of the item that carries the barcode, or has it as its code; return its line.

    Raises FulfilmentNotFound, WrongState, WrongItem, AlreadyComplete.
    """
    row, lines = lock_fulfilment(fulfilment_id)
    prefetch_related_objects(lines, "sku")
    if row.state not in WORKABLE:
        raise WrongState(row)
    wanted = [line for line in lines if line.quantity]
    mine = [line for line in wanted if reads_as(code, [*line.sku.barcodes, line.sku.code])]
    if not mine:
        raise _wrong(code, wanted)
    line = next((line for line in mine if line.picked < line.quantity), None)
    if line is None:
        raise _complete(mine)
    pick(fulfilment_id=row.pk, picked={line.pk: line.picked + 1}, now=now, actor=actor)
    line.picked += 1
    return line


def _complete(mine: Sequence[FulfilmentLine]) -> AlreadyComplete:
    total = sum(line.quantity for line in mine)
    return AlreadyComplete(
        _("%(name)s: %(count)s of %(count)s are picked.") % {"name": _named(mine[0].sku), "count": total},
        sku=mine[0].sku.code,
    )


def _wrong(code: str, wanted: Sequence[FulfilmentLine]) -> WrongItem:
    scanned = sku_by_barcode(code)
    if scanned is None:
        return WrongItem(_("No item of the catalogue has the barcode %(code)s.") % {"code": code}, barcode=code)
    sister = next((line.sku for line in wanted if scanned.product and line.sku.product == scanned.product), None)
    if sister is None:
        return WrongItem(_("%(name)s is not part of this order.") % {"name": _named(scanned)}, scanned=scanned.code)
    return WrongItem(
        _("%(scanned)s was scanned, %(expected)s is wanted.")
        % {"scanned": _named(scanned), "expected": _named(sister)},
        scanned=scanned.code,
        expected=sister.code,
    )


def _named(sku: Sku) -> str:
    return item_name(sku.name, sku.attributes)
