"""Play invoices: into the shop, and from there through acceptance and routing.

Every step of a batch can be repeated: what an earlier run has done already is found done. A replay that was killed
therefore goes on with the batch in which it died, and ends as if nothing had happened.
"""

from __future__ import annotations

import time
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from channels.models import ChannelCommand, ParkedItem
from channels.services import poll
from inventory.models import StockMovement
from inventory.queries import locations_by_code, skus_by_code, stock_cells
from inventory.services import lock_levels, move_stock
from inventory.types import Move
from oms.local.replay.invoices import What
from oms.local.replay.progress import MOVED, OWED, READ, SOLD, ReplayStuck
from oms.local.replay.world import customer_of
from oms.orders.queries import known_orders
from oms.tenancy.context import tenant_scope

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    import httpx

    from channels.models import Connection
    from inventory.geo.postcodes import Postcode
    from oms.local.replay.invoices import Invoice, Row
    from oms.local.replay.progress import Progress

TRIES = 20
GOES_TO = "DC-1"


class Player:
    """Plays batches for one tenant and connection against one simulated shop."""

    def __init__(
        self,
        tenant_id: UUID,
        connection: Connection,
        shop: httpx.Client,
        homes: Sequence[Postcode],
        seed: int,
        progress: Progress,
    ) -> None:
        self._tenant_id = tenant_id
        self._connection = connection
        self._shop = shop
        self._homes = homes
        self._seed = seed
        self._progress = progress

    def restock_shop(self, invoices: Sequence[Invoice]) -> None:
        """A new shop knows the orders of its predecessor that are not done."""
        self._place([self._order(invoice) for invoice in invoices if invoice.sales], known_only=True)

    def play(self, invoices: Sequence[Invoice]) -> None:
        """Sell one batch; when it returns, its orders are accepted and routed. Raises ReplayStuck."""
        placed = [self._order(invoice) for invoice in invoices if invoice.sales]
        spend = self._progress.spend
        spend(SOLD, lambda: self._place(placed))
        spend(MOVED, lambda: self._move(invoices))
        spend(READ, lambda: self._read({str(order["id"]) for order in placed}))

    def _place(self, orders: Sequence[dict[str, Any]], *, known_only: bool = False) -> None:
        with tenant_scope(self._tenant_id):
            known = known_orders(
                channel_id=self._connection.channel_id, external_ids=[str(order["id"]) for order in orders]
            )
            owed = set(ChannelCommand.objects.filter(state__in=OWED).values_list("order_id", flat=True))
        done = {external_id for external_id, row in known.items() if row.closed_at and row.pk not in owed}
        wanted = [
            order for order in orders if str(order["id"]) not in done and (str(order["id"]) in known or not known_only)
        ]
        if wanted:
            self._shop.post("/_sim/orders", json={"orders": wanted}).raise_for_status()

    def _order(self, invoice: Invoice) -> dict[str, Any]:
        fees = sum(row.cents * row.quantity for row in invoice.rows if row.what is What.FEE)
        return {
            "id": invoice.order_id,
            "placed_at": invoice.at.timestamp(),
            "lines": [{"sku": row.code, "quantity": row.quantity, "price": row.cents / 100} for row in invoice.sales],
            "customer": customer_of(invoice.customer, invoice.number, self._seed, self._homes),
            "delivery": "ship",
            "paid": True,
            "shipping": max(fees, 0),
            "note": f"{invoice.number} {invoice.at:%Y-%m-%d} {invoice.country}",
        }

    def _move(self, invoices: Sequence[Invoice]) -> None:
        """Returns and adjustments, together: a batch that was begun before has none of them or all."""
        dated = {move_of(row): invoice.at for invoice in invoices for row in invoice.rows if row.moves_stock}
        with tenant_scope(self._tenant_id):
            if not StockMovement.objects.filter(key__in=[move.key for move in dated]).exists():
                for at, moves in groupby(possible(list(dated)), key=dated.__getitem__):
                    move_stock(moves=list(moves), now=at)

    def _read(self, expected: set[str]) -> None:
        for attempt in range(TRIES):
            poll(tenant_id=self._tenant_id, connection_id=self._connection.pk, now=timezone.now())
            with tenant_scope(self._tenant_id):
                arrived = set(known_orders(channel_id=self._connection.channel_id, external_ids=expected))
                arrived |= set(
                    ParkedItem.objects.filter(external_id__in=expected).values_list("external_id", flat=True)
                )
            if arrived == expected:
                return
            time.sleep(0.1 * attempt)
        raise ReplayStuck(f"{len(expected - arrived)} of {len(expected)} orders did not arrive.")


def move_of(row: Row) -> Move:
    """The movement that a return or an adjustment is; its key makes it happen once."""
    back = row.what is What.RETURN
    quantity = abs(row.quantity) if back else row.quantity
    reason = "RETURN" if back else "SHRINKAGE" if quantity < 0 else "ADJUSTMENT"
    return Move(row.code, GOES_TO, quantity, reason, key=f"row-{row.number}", note=row.name[:100])


def possible(moves: Sequence[Move]) -> list[Move]:
    """Those that take no unit that is not there or is promised to an order; their levels are locked."""
    skus, place = skus_by_code([move.sku for move in moves]), locations_by_code([GOES_TO])[GOES_TO]
    lock_levels(places=[(sku_id, place) for sku_id in skus.values()])
    free = {cell.sku_id: cell.available for cell in stock_cells(skus.values()) if cell.location_id == place}
    kept = []
    for move in moves:
        left = free.get(skus[move.sku], 0) + move.quantity
        if move.quantity > 0 or left >= 0:
            free[skus[move.sku]] = left
            kept.append(move)
    return kept
