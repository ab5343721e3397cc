"""Play invoices: into the shop, through routing and preparation, back to the shop."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from channels.services import poll, publish, send_commands
from inventory.services import move_stock
from inventory.types import Move
from oms.fulfilment.enums import FulfilmentState
from oms.fulfilment.queries import fulfilments, lines_of
from oms.fulfilment.services import pack, pick, ship
from oms.fulfilment.types import Tracking
from oms.local.replay.invoices import What
from oms.local.replay.world import customer_of
from oms.local.retailer.history import drain
from oms.tenancy.context import tenant_scope
from oms.tenancy.errors import OmsError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from uuid import UUID

    import httpx

    from oms.local.replay.invoices import Invoice, Row
    from orchestration.geo.postcodes import Postcode

WORKS_A_TRANSACTION = 25
TRIES = 20


class ReplayStuck(Exception):
    """Orders that the shop has do not arrive."""


@dataclass(slots=True)
class Progress:
    """Where the replay stands; kept in a file, so that it can go on later."""

    position: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)

    def save(self, file: Path) -> None:
        file.write_text(
            json.dumps(
                {"position": self.position, "counts": self.counts, "reasons": self.reasons, "seconds": self.seconds},
                indent=1,
            )
        )

    @classmethod
    def read(cls, file: Path) -> Progress:
        kept = json.loads(file.read_text())
        return cls(kept["position"], Counter(kept["counts"]), Counter(kept["reasons"]), kept["seconds"])


class Player:
    """Plays batches for one tenant and connection against one simulated shop."""

    def __init__(
        self,
        tenant_id: UUID,
        connection_id: UUID,
        shop: httpx.Client,
        homes: Sequence[Postcode],
        seed: int,
        progress: Progress,
    ) -> None:
        self._tenant_id = tenant_id
        self._connection_id = connection_id
        self._shop = shop
        self._homes = homes
        self._seed = seed
        self._progress = progress

    def play(self, invoices: Sequence[Invoice]) -> None:
        """One batch, from the shop and back; when it returns, nothing of it is under way."""
        placed = self._timed("sold in the shop", lambda: self._sell(invoices))
        self._timed("returns and adjustments", lambda: self._move(invoices))
        self._timed("read, accepted, routed", lambda: self._read(placed))
        self._timed("events", drain)
        self._timed("prepared, shipped", self._prepare)
        self._timed("events", drain)
        self._timed("reported, published", self._tell)

    def _timed(self, name: str, work: Any) -> Any:
        began = time.perf_counter()
        result = work()
        spent = self._progress.seconds
        spent[name] = spent.get(name, 0.0) + time.perf_counter() - began
        return result

    def _sell(self, invoices: Sequence[Invoice]) -> int:
        orders = [self._order(invoice) for invoice in invoices if invoice.sales]
        if orders:
            self._shop.post("/_sim/orders", json={"orders": orders}).raise_for_status()
        counts = self._progress.counts
        counts["invoices"] += len(invoices)
        counts["orders in"] += len(orders)
        counts["units in"] += sum(line["quantity"] for order in orders for line in order["lines"])
        for row in (row for invoice in invoices for row in invoice.rows):
            counts[f"rows: {row.what}"] += 1
            if row.what is What.REJECTED:
                self._progress.reasons[f"row: {row.reason}"] += 1
        return len(orders)

    def _order(self, invoice: Invoice) -> dict[str, Any]:
        fees = sum(row.cents * row.quantity for row in invoice.rows if row.what is What.FEE)
        lines = [{"sku": row.code, "quantity": row.quantity, "price": row.cents / 100} for row in invoice.sales]
        customer = customer_of(invoice.customer, invoice.number, self._seed, self._homes)
        note = f"{invoice.number} {invoice.at:%Y-%m-%d} {invoice.country}"
        return {
            "lines": lines,
            "customer": customer,
            "delivery": "ship",
            "paid": True,
            "shipping": max(fees, 0),
            "note": note,
        }

    def _move(self, invoices: Sequence[Invoice]) -> None:
        moves = [
            _move(row) for invoice in invoices for row in invoice.rows if row.what in {What.RETURN, What.ADJUSTMENT}
        ]
        for move in moves:
            try:
                with tenant_scope(self._tenant_id):
                    move_stock(moves=[move], now=timezone.now())
            except OmsError as refusal:
                self._progress.reasons[f"row: {refusal.message}"] += 1
            else:
                self._progress.counts["units returned" if move.reason == "RETURN" else "units adjusted"] += abs(
                    move.quantity
                )

    def _read(self, expected: int) -> None:
        created = 0
        for attempt in range(TRIES):
            done = poll(tenant_id=self._tenant_id, connection_id=self._connection_id, now=timezone.now())
            created += done.created + done.parked
            self._progress.counts["orders parked at the door"] += done.parked
            if created >= expected:
                return
            time.sleep(0.1 * attempt)
        raise ReplayStuck(f"{expected - created} of {expected} orders did not arrive.")

    def _prepare(self) -> None:
        while True:
            with tenant_scope(self._tenant_id):
                works = list(
                    fulfilments()
                    .filter(state=FulfilmentState.TO_ACCEPT)
                    .order_by("created_at", "pk")[:WORKS_A_TRANSACTION]
                )
                lines = list(lines_of([work.pk for work in works]))
                for work in works:
                    self._ship(work.pk, {line.pk: line.quantity for line in lines if line.fulfilment_id == work.pk})
            if not works:
                return

    def _ship(self, work_id: UUID, picked: dict[UUID, int]) -> None:
        now = timezone.now()
        pick(fulfilment_id=work_id, picked=picked, now=now)
        pack(fulfilment_id=work_id, now=now)
        ship(fulfilment_id=work_id, parcels=[Tracking("Colissimo", f"RP{work_id.hex[-12:].upper()}")], now=now)
        self._progress.counts["parcels shipped"] += 1

    def _tell(self) -> None:
        while sent := send_commands(tenant_id=self._tenant_id, connection_id=self._connection_id, now=timezone.now()):
            self._progress.counts["reports confirmed by the shop"] += sent
            drain()
        while True:
            done = publish(tenant_id=self._tenant_id, connection_id=self._connection_id, now=timezone.now())
            self._progress.counts["quantities acknowledged by the shop"] += done.acknowledged
            self._progress.counts["quantities refused by the shop"] += done.refused
            if not done.acknowledged + done.unchanged:
                return


def _move(row: Row) -> Move:
    back = row.what is What.RETURN
    quantity = abs(row.quantity) if back else row.quantity
    reason = "RETURN" if back else "SHRINKAGE" if quantity < 0 else "ADJUSTMENT"
    return Move(row.code, "DC-1", quantity, reason, key=f"row-{row.number}", note=row.name[:100])
