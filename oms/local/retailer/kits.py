"""A virtual kit that the shops sell, and a prepacked one of which a location has made some."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from inventory.enums import SkuKind
from inventory.queries import skus_by_code, stock_levels
from inventory.services import assemble, create_sku
from inventory.types import NewPart
from oms.local.retailer.catalogue import ean13

if TYPE_CHECKING:
    from uuid import UUID

COAT, HAT, SCARF = "CAB-OUE-MAR-M", "BON-OUE-MAR-M", "ECH-OUE-MAR-M"
MOST = 5


def kits() -> None:
    """Call it in the merchant's scope, when there is stock."""
    common: dict[str, Any] = {"category": "Coffrets", "brand": "Keravel"}
    create_sku(
        code="TENUE-OUE-MAR-M",
        name="Tenue d’hiver Ouessant, marine, M",
        kind=SkuKind.VIRTUAL,
        components=[NewPart(COAT, 1), NewPart(HAT, 1), NewPart(SCARF, 1)],
        barcodes=[ean13("370129000001")],
        price=Decimal("239.00"),
        **common,
    )
    box = create_sku(
        code="COFFRET-OUE-MAR-M",
        name="Coffret Ouessant, bonnet et écharpe",
        kind=SkuKind.PREPACKED,
        components=[NewPart(HAT, 1), NewPart(SCARF, 1)],
        barcodes=[ean13("370129000002")],
        price=Decimal("62.00"),
        **common,
    )
    place, units = _with_most(HAT, SCARF)
    assemble(sku_id=box.pk, location_id=place, quantity=min(units, MOST), now=timezone.now())


def _with_most(*codes: str) -> tuple[UUID, int]:
    """The location that has most units free of each of these SKUs, and how many."""
    free: dict[UUID, list[int]] = {}
    for level in stock_levels().filter(sku_id__in=skus_by_code(codes).values(), pool=""):
        free.setdefault(level.location_id, []).append(level.on_hand - level.reserved)
    found = {place: min(units) for place, units in free.items() if len(units) == len(codes)}
    return max(found.items(), key=lambda each: each[1])
