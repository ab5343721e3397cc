"""A small world for buffer rules: three SKUs at three places, and what is held back of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inventory.models import StockLevel, StockMovement
from inventory.services import sweep_buffers
from tests.factories import make_location, make_sku, make_stock

if TYPE_CHECKING:
    from datetime import datetime

PLACES = {
    "RENNES": {"kind": "STORE", "groups": ["west", "city"], "time_zone": "Europe/Paris"},
    "DEPOT": {"kind": "WAREHOUSE", "groups": ["west"], "time_zone": "Europe/Paris"},
    "REUNION": {"kind": "STORE", "groups": [], "time_zone": "Indian/Reunion"},
}
SKUS = {
    "MUG": {"category": "Kitchen", "brand": "Ker"},
    "CUP": {"category": "Kitchen", "brand": "Arvor"},
    "HAT": {"category": "Fashion", "brand": "Ker"},
}


def make_world(now: datetime) -> dict[tuple[str, str], StockLevel]:
    places = {code: make_location(code, **fields) for code, fields in PLACES.items()}
    return {
        (sku, place): make_stock(row, places[place], 7 * index + 3 * len(place), now=now)
        for index, (sku, row) in enumerate((sku, make_sku(sku, **fields)) for sku, fields in SKUS.items())
        for place in PLACES
    }


def sweep_all(now: datetime) -> None:
    while sweep_buffers(now=now):
        pass


def held() -> dict[tuple[str, str], int]:
    rows = StockLevel.objects.filter(pool="").values_list("sku__code", "location__code", "buffer")
    return {(sku, place): buffer for sku, place, buffer in rows}


def buffer_moves() -> list[StockMovement]:
    return list(StockMovement.objects.filter(bucket="BUFFER").order_by("recorded_at", "pk"))
