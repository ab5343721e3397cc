"""`manage.py invariants` finds what it looks for: each violation is planted as the owner, past every guard, and seen.

The plants are undone with their transaction; what they are planted in is committed once.
"""

from __future__ import annotations

import re
from decimal import Decimal
from io import StringIO
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import timezone

from inventory.models import StockPeriod, StockView
from inventory.services import (
    create_count,
    finish_counting,
    move_stock,
    post_count,
    promise_supply,
    receive_purchase_order,
    record_count,
    reserve_basket,
)
from inventory.services.balances import build_balances
from inventory.types import Arrival, BasketLine, Counted, Move, SupplyAsk
from oms.events.invariants import invariants, violations, violations_within
from oms.tenancy.context import tenant_scope
from oms.tenancy.models import Tenant, new_id
from oms.tenancy.services import create_tenant
from oms.tenancy.types import SYSTEM
from orchestration.services import force_location, place_orders
from tests.factories import make_channel, make_kit, make_location, make_sku, make_stock, new_order
from tests.inventory.documents import line_of, make_purchase, make_transfer
from tests.support import broken, empty_database, planted

if TYPE_CHECKING:
    from collections.abc import Iterator

MOVED = """
INSERT INTO inventory_stockmovement (id, tenant_id, level_id, version, bucket, quantity, balance, reason, cause_type, cause_id, key, note,
                                     actor, occurred_at, recorded_at)
SELECT gen_random_uuid(), tenant_id, id, version + 1, 'RESERVED', 99, reserved + 99, 'RESERVATION', '', '', '', '', '{}'::jsonb, now(), now()
FROM inventory_stocklevel UNION ALL
SELECT gen_random_uuid(), tenant_id, id, version + 2, 'RESERVED', -99, reserved, 'RELEASE', '', '', '', '', '{}'::jsonb, now(), now()
FROM inventory_stocklevel;
UPDATE inventory_stocklevel SET version = version + 2
"""
TWICE = """
ALTER TABLE orders_order DROP CONSTRAINT order_external_id;
INSERT INTO orders_order
SELECT (jsonb_populate_record(o, jsonb_build_object('id', gen_random_uuid(), 'number', 'COPY', 'status', 'CANCELLED'))).*
FROM orders_order o WHERE external_id = 'assigned'
"""
GROUP = (
    "UPDATE orders_unitgroup SET {change} WHERE order_id = (SELECT id FROM orders_order WHERE external_id = '{order}')"
)


def group(order: str, change: str) -> str:
    return GROUP.format(order=order, change=change)


# What the first movements of the levels were: opening stock, what is in transit, what was received.
WITHOUT_THE_FIRST = {
    "stock.ledger_on_hand",
    "stock.ledger_in_transit",
    "stock.no_oversell",
    "stock.balances",
    "inbound.received",
}
TWO_VERSIONS = """
ALTER TABLE inventory_stockmovement DROP CONSTRAINT stockmovement_version;
UPDATE inventory_stockmovement SET version = 2 WHERE version = 1 AND level_id IN (SELECT id FROM inventory_stocklevel WHERE version > 2)
"""
BALANCED = {"stock.balanced"}

# For each check, ways to break what it promises, and what else they break.
PLANTED: dict[str, list[tuple[str, set[str]]]] = {
    "counts.posted": [("UPDATE inventory_countline SET posted = posted + 1", set())],
    "events.delivered": [("UPDATE events_delivery SET created_at = now() - interval '6 minutes'", set())],
    "events.gapless": [
        ("UPDATE events_streamposition SET last = last + 1 WHERE subject_type = 'order'", set()),
        ("UPDATE events_event SET sequence = sequence + 99 WHERE kind = 'order.routed'", set()),
        (
            "DELETE FROM events_delivery; DELETE FROM events_event WHERE kind = 'order.accepted'",
            set(),
        ),
    ],
    "fulfilment.units": [
        ("UPDATE fulfilment_fulfilmentorder SET units = units + 1", set()),
        (group("assigned", "work_id = NULL"), set()),
        ("UPDATE events_delivery SET dead_at = now(); UPDATE fulfilment_fulfilmentorder SET units = units + 1", set()),
    ],
    "inbound.promised": [
        ("UPDATE inventory_purchaseorderline SET promised = promised + 1 WHERE promised > 0", set()),
        ("UPDATE inventory_supplyreservation SET state = 'RELEASED' WHERE purchase_line_id IS NOT NULL", set()),
        (
            "UPDATE inventory_purchaseorder SET state = 'CLOSED' WHERE id IN (SELECT order_id FROM inventory_purchaseorderline WHERE promised > 0)",
            set(),
        ),
    ],
    "inbound.received": [
        ("UPDATE inventory_purchaseorderline SET received = received + 1", set()),
        ("UPDATE inventory_receipt SET damaged = damaged + 1", set()),
    ],
    "orders.kits": [
        ("UPDATE orders_kitline SET tax = tax + 1", set()),
        ("UPDATE orders_kitline SET unit_price = unit_price + 1", set()),
        ("UPDATE orders_orderline SET per_kit = per_kit + 1 WHERE kit_id IS NOT NULL", set()),
    ],
    "orders.once": [(TWICE, set())],
    "orders.reserved": [
        (group("assigned", "location_id = (SELECT id FROM inventory_location WHERE code = 'NANTES')"), set()),
        (group("held", "reason = 'PAYMENT', quantity = quantity + 1"), {"orders.units"}),
        (group("parked", "reason = ''"), set()),
        (group("parked", "state = 'HELD', reason = 'FRAUD'"), set()),
        (group("assigned", "state = 'PARKED', reason = 'no_stock'"), set()),
        (group("assigned", "state = 'SHIPPED'"), set()),
        (group("parked", "state = 'PENDING', changed_at = now() - interval '6 minutes'"), set()),
        (
            "UPDATE inventory_reservation SET state = 'RELEASED' WHERE state = 'HARD' AND expires_at IS NULL",
            {"stock.reserved"},
        ),
    ],
    "orders.units": [
        ("UPDATE orders_orderline SET quantity = quantity + 1", {"orders.kits"}),
        ("DELETE FROM orders_unitgroup WHERE state = 'PARKED'", set()),
    ],
    "routing.explained": [
        (
            "DELETE FROM orchestration_routingdecision WHERE order_id = (SELECT id FROM orders_order WHERE external_id = 'assigned')",
            set(),
        ),
        ("UPDATE orchestration_routingdecision SET document = '{}'", set()),
        ("UPDATE events_event SET payload = payload - 'fulfilments' WHERE kind = 'order.routed'", set()),
        ("UPDATE events_event SET payload = '{}' WHERE kind = 'order.forced'", set()),
    ],
    "stock.average_cost": [
        ("UPDATE inventory_skucost SET average = average + 1", set()),
        ("UPDATE inventory_skucost SET opening = 1", set()),
        ("UPDATE inventory_costchange SET unit_cost = 1 WHERE version = 2", set()),
        ("DELETE FROM inventory_costchange WHERE version = 1", set()),
    ],
    "stock.balanced": [("DELETE FROM inventory_stockbalance", set())],
    "stock.balances": [
        (f"UPDATE inventory_stockbalance SET {column} = {column} + 1", BALANCED)
        for column in ("on_hand", "reserved", "quarantined", "damaged", "in_transit", "buffer", "version")
    ],
    "stock.kits": [("DELETE FROM inventory_kitcomponent", set())],
    "stock.ledger_buffer": [("UPDATE inventory_stocklevel SET buffer = buffer + 1", BALANCED)],
    "stock.ledger_damaged": [("UPDATE inventory_stocklevel SET damaged = damaged + 1", BALANCED)],
    "stock.ledger_in_transit": [
        ("UPDATE inventory_stocklevel SET in_transit = in_transit + 1", BALANCED | {"transfers.in_transit"})
    ],
    "stock.ledger_on_hand": [("UPDATE inventory_stocklevel SET on_hand = on_hand + 1", BALANCED)],
    "stock.ledger_quarantined": [("UPDATE inventory_stocklevel SET quarantined = quarantined + 1", BALANCED)],
    "stock.ledger_reserved": [
        ("UPDATE inventory_stocklevel SET reserved = reserved + 1", BALANCED | {"stock.reserved"})
    ],
    "stock.no_oversell": [(MOVED, set())],
    "stock.reserved": [("UPDATE inventory_reservation SET quantity = quantity + 1 WHERE state = 'SOFT'", set())],
    "stock.versions": [
        ("UPDATE inventory_stocklevel SET version = version + 1", BALANCED),
        (TWO_VERSIONS, set()),
        ("DELETE FROM inventory_stockmovement WHERE version = 1", WITHOUT_THE_FIRST),
    ],
    "transfers.in_transit": [("UPDATE inventory_transferline SET lost = lost + 1 WHERE dispatched > 0", set())],
    "transfers.promised": [
        ("UPDATE inventory_supplyreservation SET quantity = quantity + 1 WHERE transfer_line_id IS NOT NULL", set()),
        (
            "UPDATE inventory_transfer SET state = 'RECEIVED' WHERE id IN (SELECT transfer_id FROM inventory_transferline WHERE promised > 0)",
            set(),
        ),
    ],
    "transfers.reserved": [
        ("UPDATE inventory_transferline SET quantity = quantity + 1 WHERE dispatched = 0", set()),
        ("UPDATE inventory_transfer SET state = 'CANCELLED' WHERE state = 'REQUESTED'", set()),
    ],
}


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker) -> Iterator[None]:
    """A shop with an order that is assigned, one that is held, one that is parked, one of a kit, one that was forced, and a basket.

    It has received part of a purchase order, one transfer is requested and two on their way, units to come are promised, and it posted a count.
    """
    with django_db_blocker.unblock():
        now = timezone.now()
        with tenant_scope(create_tenant(slug="keravel", name="Maison Keravel", actor=SYSTEM).pk):
            mug, cup, web = make_sku("MUG"), make_sku("CUP"), make_channel("web")
            rennes, nantes = make_location("RENNES"), make_location("NANTES", latitude=47.2)
            make_stock(mug, rennes, 9, now=now)
            make_stock(mug, nantes, 9, now=now)
            gift = make_kit("GIFT", (mug, 1))
            lines = {"assigned": (mug, 2), "held": (mug, 1), "parked": (cup, 1), "kit": (gift, 1), "forced": (mug, 1)}
            payment = {"held": {"payment_state": "PENDING"}}
            orders = [
                new_order(web, line, now=now, external_id=name, **payment.get(name, {})) for name, line in lines.items()
            ]
            *_others, forced = place_orders(orders=orders, now=now)
            force_location(order_id=forced.order_id, location_id=nantes.pk, reason="x", now=now, actor=SYSTEM)
            reserve_basket(
                reference="b-1", lines=[BasketLine("MUG", 1)], now=now, expires_in=timezone.timedelta(hours=1)
            )
            _documents(now)
            _costs_and_balances(now)
        yield
        connections["default"].close()
        empty_database()


def _costs_and_balances(now) -> None:
    for cost in ("6", "7.5"):
        move_stock(moves=[Move("MUG", "RENNES", 5, "RECEIPT", unit_cost=Decimal(cost))], now=now)
    upto = timezone.now()
    build_balances(after=None, upto=upto)
    StockPeriod.objects.create(at=upto, mark=0, built_at=upto)
    move_stock(moves=[Move("MUG", "RENNES", -1, "STORE_SALE")], now=now)


def _documents(now) -> None:
    rennes, nantes, plate = make_location("STOCK-R"), make_location("STOCK-N"), make_sku("PLATE")
    order = make_purchase(rennes, (plate, 9), now=now)
    arrivals = [Arrival(line_of(order, plate).pk, 8)]
    receive_purchase_order(order_id=order.pk, arrivals=arrivals, key="1", now=now)
    make_transfer(rennes, nantes, (plate, 2), now=now, upto="REQUESTED")
    make_transfer(rennes, nantes, (plate, 3), now=now, upto="DISPATCHED")
    lamp, shade = make_sku("LAMP"), make_sku("SHADE")
    make_purchase(rennes, (lamp, 5), now=now)
    make_stock(shade, rennes, 3, now=now)
    make_transfer(rennes, nantes, (shade, 3), now=now, upto="DISPATCHED")
    anything = StockView(supply=["PURCHASE", "TRANSFER"])
    asks = [SupplyAsk(new_id(), sku.pk, 2, anything, now) for sku in (lamp, shade)]
    promise_supply(asks=asks, holder_ids=(), now=now)
    count = create_count(location_id=rennes.pk, now=now)
    record_count(count_id=count.pk, counted=[Counted(plate.pk, 4)], now=now, actor=SYSTEM)
    finish_counting(count_id=count.pk, now=now)
    post_count(count_id=count.pk, now=now)


def test_every_check_has_a_plant_and_is_explained():
    names = {each.name for each in invariants()}

    assert set(PLANTED) == names
    explained = re.findall(r"`(\w+\.\w+)`", (settings.BASE_DIR / "docs/invariants.md").read_text())
    assert names <= set(explained)


def test_nothing_is_found_where_nothing_is_wrong(world):
    assert broken() == []
    call_command("invariants", stdout=StringIO())


@pytest.mark.parametrize(
    ("name", "sql", "also"), [(name, sql, also) for name, plants in PLANTED.items() for sql, also in plants]
)
def test_what_is_planted_is_found(world, name, sql, also):
    with planted(sql):
        assert set(broken()) == {name} | also


@pytest.mark.parametrize(("name", "sql"), [(name, sql) for name, plants in PLANTED.items() for sql, _also in plants])
def test_what_is_planted_is_found_by_the_monitor_in_some_rows(world, name, sql):
    (each,) = [each for each in invariants() if each.name == name]
    every, none = {"after": UUID(int=0), "upto": UUID(int=2**128 - 1)}, {"after": UUID(int=0), "upto": UUID(int=0)}
    tenant = Tenant.objects.get().pk
    with planted(sql):
        found, case = violations_within(each, tenant_id=tenant, **every, using="platform")
        elsewhere = violations_within(each, tenant_id=tenant, **none, using="platform")
        assert found == violations(each)[0]

    assert case
    assert elsewhere == (0, "")


def test_the_command_fails_and_says_where(world):
    answer = StringIO()
    with (
        planted(PLANTED["stock.ledger_damaged"][0][0]),
        pytest.raises(CommandError, match="12 violations"),
    ):
        call_command("invariants", stdout=answer)

    assert "FAIL      6  stock.ledger_damaged" in answer.getvalue()
    assert "DAMAGED: 1, movements sum to 0" in answer.getvalue()
