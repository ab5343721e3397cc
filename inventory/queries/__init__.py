"""Reads of the room."""

from inventory.queries.availability import availability
from inventory.queries.basket import get_basket, open_basket
from inventory.queries.catalogue import (
    PlaceRow,
    active_places,
    get_location,
    get_sku,
    get_view,
    locations,
    locations_by_code,
    locations_by_id,
    sku_by_barcode,
    sku_codes,
    skus,
    skus_by_code,
    stock_views,
)
from inventory.queries.stock import (
    StockRow,
    get_level,
    reservations,
    reserved_for,
    stock_cells,
    stock_levels,
    stock_movements,
)

__all__ = [
    "PlaceRow",
    "StockRow",
    "active_places",
    "availability",
    "get_basket",
    "get_level",
    "get_location",
    "get_sku",
    "get_view",
    "locations",
    "locations_by_code",
    "locations_by_id",
    "open_basket",
    "reservations",
    "reserved_for",
    "sku_by_barcode",
    "sku_codes",
    "skus",
    "skus_by_code",
    "stock_cells",
    "stock_levels",
    "stock_movements",
    "stock_views",
]
