"""Play invoices: into the shop, through routing and preparation, back to the shop.

Every step of a batch can be repeated: what an earlier run has done already is found done. A replay that was killed
therefore goes on with the batch in which it died, and ends as if nothing had happened.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from channels.models import ParkedItem
from channels.services import poll, publish, send_commands
from inventory.models import StockMovement
from inventory.services import move_stock
from inventory.types import Move
from oms.fulfilment.enums import FulfilmentState
from oms.fulfilment.queries import fulfilments, lines_of
from oms.fulfilment.services import pack_wave, pick_wave, ship_wave
from oms.fulfilment.types import Tracking
from oms.local.replay.invoices import What
from oms.local.replay.world import customer_of
from oms.local.retailer.history import drain
from oms.orders.queries import known_orders
from oms.tenancy.context import tenant_scope
from oms.tenancy.errors import OmsError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from uuid import UUID

    import httpx

    from channels.models import Connection
    from inventory.geo.postcodes import Postcode
    from oms.local.replay.invoices import Invoice, Row

WAVE = 50
TRIES = 20
SOLD, MOVED, READ = "sold in the shop", "returns and adjustments", "read, accepted, routed"
EVENTS, PREPARED, TOLD = "events", "prepared, shipped", "reported, published"


class ReplayStuck(Exception):
    """Orders that the shop has do not arrive."""


@dataclass(slots=True)
class Progress:
    """How many invoices are done, and the seconds that took; kept in a file, so that it can go on later."""

    position: int = 0
    batch: int = 0
    runs: int = 0
    seconds: dict[str, float] = field(default_factory=dict)

    def save(self, file: Path) -> None:
        spare = file.with_suffix(".new")
        spare.write_text(json.dumps(asdict(self), indent=1))
        spare.replace(file)

    @classmethod
    def read(cls, file: Path) -> Progress:
        return cls(**json.loads(file.read_text())) if file.exists() else cls()


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
        """One batch, from the shop and back; when it returns, nothing of it is under way."""
        placed = [self._order(invoice) for invoice in invoices if invoice.sales]
        self._timed(SOLD, lambda: self._place(placed))
        self._timed(MOVED, lambda: self._move(invoices))
        self._timed(READ, lambda: self._read({str(order["id"]) for order in placed}))
        self._timed(EVENTS, drain)
        self._timed(TOLD, self._publish)
        self._timed(PREPARED, self._prepare)
        self._timed(EVENTS, drain)
        self._timed(TOLD, self._report)
        self._timed(TOLD, self._publish)

    def _timed(self, name: str, work: Any) -> None:
        began = time.perf_counter()
        work()
        spent = self._progress.seconds
        spent[name] = spent.get(name, 0.0) + time.perf_counter() - began

    def _place(self, orders: Sequence[dict[str, Any]], *, known_only: bool = False) -> None:
        with tenant_scope(self._tenant_id):
            known = known_orders(
                channel_id=self._connection.channel_id, external_ids=[str(order["id"]) for order in orders]
            )
        done = {external_id for external_id, row in known.items() if row.closed_at}
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
        moves = [move_of(row) for invoice in invoices for row in invoice.rows if row.moves_stock]
        with tenant_scope(self._tenant_id):
            if not StockMovement.objects.filter(key__in=[move.key for move in moves]).exists():
                _apply(moves)

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

    def _prepare(self) -> None:
        while True:
            with tenant_scope(self._tenant_id):
                waiting = fulfilments().filter(state=FulfilmentState.TO_ACCEPT).order_by("created_at", "pk")
                wave = list(waiting.values_list("pk", flat=True)[:WAVE])
                if not wave:
                    return
                picked: dict[UUID, dict[UUID, int]] = {work_id: {} for work_id in wave}
                for work_id, line_id, quantity in lines_of(wave).values_list("fulfilment_id", "pk", "quantity"):
                    picked[work_id][line_id] = quantity
                now = timezone.now()
                pick_wave(picked=picked, now=now)
                pack_wave(fulfilment_ids=wave, now=now)
                ship_wave(
                    parcels={each: [Tracking("Colissimo", f"RP{each.hex[-12:].upper()}")] for each in wave}, now=now
                )

    def _report(self) -> None:
        while send_commands(tenant_id=self._tenant_id, connection_id=self._connection.pk, now=timezone.now()):
            drain()

    def _publish(self) -> None:
        while True:
            done = publish(tenant_id=self._tenant_id, connection_id=self._connection.pk, now=timezone.now())
            if not done.acknowledged + done.unchanged:
                return


def move_of(row: Row) -> Move:
    """The movement that a return or an adjustment is; its key makes it happen once."""
    back = row.what is What.RETURN
    quantity = abs(row.quantity) if back else row.quantity
    reason = "RETURN" if back else "SHRINKAGE" if quantity < 0 else "ADJUSTMENT"
    return Move(row.code, "DC-1", quantity, reason, key=f"row-{row.number}", note=row.name[:100])


def _apply(moves: Sequence[Move]) -> None:
    """Those that the stock allows: halves are tried until each that it does not allow stands alone."""
    if not moves:
        return
    try:
        with transaction.atomic():
            move_stock(moves=moves, now=timezone.now())
    except OmsError:
        if len(moves) > 1:
            _apply(moves[: len(moves) // 2])
            _apply(moves[len(moves) // 2 :])
