"""Small makers of data, through the services that the product itself uses."""

from __future__ import annotations

from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING, Any

from inventory.models import Location, Sku, StockLevel
from inventory.services import save_kit, save_location, save_skus, set_levels
from inventory.types import LevelSetting, NewPart
from oms.orders.models import Order, SalesChannel
from oms.orders.services import accept_orders, create_channel
from oms.orders.types import Address, NewLine, NewOrder
from oms.tenancy.queries import legal_entities

if TYPE_CHECKING:
    from datetime import datetime

_numbers = count(1)


def make_sku(code: str = "", **fields: Any) -> Sku:
    code = code or f"SKU-{next(_numbers)}"
    return save_skus(skus=[{"code": code, "name": fields.pop("name", code), **fields}])[0]


def make_location(code: str = "", **fields: Any) -> Location:
    code = code or f"LOC-{next(_numbers)}"
    defaults = {
        "name": code,
        "kind": "STORE",
        "legal_entity": legal_entities()[0],
        "ships": True,
        "collects": True,
        "latitude": 48.1,
        "longitude": -1.7,
    }
    return save_location(code=code, **{**defaults, **fields})


def make_stock(sku: Sku, location: Location, on_hand: int, *, now: datetime) -> StockLevel:
    set_levels(levels=[LevelSetting(sku.code, location.code, on_hand)], now=now, reason="OPENING")
    return StockLevel.objects.get(sku=sku, location=location)


def make_channel(code: str = "", **fields: Any) -> SalesChannel:
    code = code or f"channel-{next(_numbers)}"
    return create_channel(name=fields.pop("name", code.title()), code=code, **fields)


def new_order(
    channel: SalesChannel, *lines: tuple[Sku, int], now: datetime, price: str = "10.00", **fields: Any
) -> NewOrder:
    """An order of these SKUs and quantities at one price, delivered to Rennes unless told otherwise."""
    made = tuple(NewLine(sku.code, quantity, Decimal(price), title=sku.name) for sku, quantity in lines)
    total = sum(line.unit_price * line.quantity for line in made)
    defaults: dict[str, Any] = {
        "channel_id": channel.pk,
        "external_id": f"ext-{next(_numbers)}",
        "lines": made,
        "currency": "EUR",
        "total": total,
        "placed_at": now,
        "customer_name": "Élodie Kerjean",
        "ship_to": Address(name="Élodie Kerjean", line1="14 rue Saint-Melaine", postcode="35000", city="Rennes"),
    }
    return NewOrder(**{**defaults, **fields})


def make_order(channel: SalesChannel, *lines: tuple[Sku, int], now: datetime, **fields: Any) -> Order:
    (intake,) = accept_orders(orders=[new_order(channel, *lines, now=now, **fields)], now=now)
    assert intake.refusal is None, intake.refusal
    return Order.objects.get(pk=intake.order_id)


def make_kit(code: str, *parts: tuple[Sku, int], kind: str = "VIRTUAL", **fields: Any) -> Sku:
    kit = make_sku(code, **fields)
    return save_kit(sku_id=kit.pk, kind=kind, parts=[NewPart(sku.code, units) for sku, units in parts])
