"""What the replay ends with."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db import connection

from channels.queries import publication_delays
from inventory.models import StockMovement
from oms.events.invariants import invariants, violations
from oms.local.replay.invoices import What
from oms.local.replay.play import move_of
from oms.local.replay.progress import READ, Progress
from oms.local.replay.reckoning import reckon
from oms.local.replay.worth import compare_worth
from oms.orders.enums import GONE, UnitState
from oms.tenancy.context import tenant_scope

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from uuid import UUID

    from inventory.types import Move
    from oms.local.replay.invoices import Invoice

_FATE = "SELECT count(DISTINCT order_id), coalesce(sum(quantity), 0)::int FROM orders_unitgroup WHERE state = ANY(%s)"
_ORDERS = "SELECT status, count(*), sum(units) FROM orders_order GROUP BY status ORDER BY count(*) DESC"
_UNITS = "SELECT state, reason, sum(quantity) FROM orders_unitgroup GROUP BY state, reason ORDER BY sum(quantity) DESC"
_WORKS = "SELECT state, count(*), sum(units) FROM fulfilment_fulfilmentorder GROUP BY state ORDER BY count(*) DESC"
_SPLIT = "SELECT count(*) FILTER (WHERE n > 1), count(*) FROM (SELECT count(*) AS n FROM fulfilment_fulfilmentorder GROUP BY order_id) s"
_PARKED_AT_DOOR = "SELECT reason, count(*) FROM channels_parkeditem WHERE resolved_at IS NULL GROUP BY reason ORDER BY count(*) DESC LIMIT 20"
_COMMANDS = "SELECT kind, state, count(*) FROM channels_channelcommand GROUP BY kind, state ORDER BY kind, state"
_TOLD = "SELECT count(*) FILTER (WHERE acknowledged_at IS NOT NULL), count(*) FILTER (WHERE acknowledged_at IS NULL) FROM channels_publication"
_SOLD = "SELECT s.code, sum(l.quantity) FROM orders_orderline l JOIN inventory_sku s ON s.id = l.sku_id GROUP BY s.code"
_MOVED = "SELECT reason, sum(quantity) FROM inventory_stockmovement WHERE bucket = 'ON_HAND' GROUP BY reason"
_ON_HAND = "SELECT coalesce(sum(on_hand), 0) FROM inventory_stocklevel"
_LEFT = """
SELECT s.code, -sum(m.quantity) FROM inventory_stockmovement m JOIN inventory_stocklevel l ON l.id = m.level_id
JOIN inventory_sku s ON s.id = l.sku_id WHERE m.bucket = 'ON_HAND' AND m.reason = 'DISPATCH' GROUP BY s.code
"""
_WAITED = """
SELECT DISTINCT s.code FROM orders_unitgroup g JOIN inventory_sku s ON s.id = g.sku_id WHERE g.state IN ('PARKED', 'BACKORDERED', 'CANCELLED')
"""
_SHIPPED = "SELECT coalesce(sum(quantity), 0) FROM orders_unitgroup WHERE state = 'SHIPPED'"


def report(tenant_id: UUID, file: Path, invoices: Sequence[Invoice], progress: Progress) -> Iterator[str]:
    """The report on these invoices, line by line; the last says how many violations and differences there are."""
    yield f"\n{len(invoices):,} invoices played in {progress.runs:,} runs"
    yield "\nRows of the file"
    kinds = Counter(str(row.what) for each in invoices for row in each.rows)
    yield from _columns((count, kind) for kind, count in kinds.most_common())
    with tenant_scope(tenant_id):
        yield from _rejected(invoices)
        yield from _fates()
        yield from _table("Orders and units by status", _ORDERS)
        yield from _table("Units by state and reason", _UNITS)
        yield from _table("Parcels and units by state of the work", _WORKS)
        yield from _table("Orders parked at the door", _PARKED_AT_DOOR)
        yield from _table("Reports to the shop", _COMMANDS)
        told, refused = _ask(_TOLD)[0]
        yield f"\nQuantities acknowledged by the shop {told:,}, refused {refused:,}"
        delays = publication_delays(datetime(2000, 1, 1, tzinfo=UTC))
    for each in delays.values():
        yield f"Movement to acknowledgement over {each.count:,} publications, ms: p50 {each.p50:,.0f}  p95 {each.p95:,.0f}  p99 {each.p99:,.0f}"
    yield from _speed(invoices, progress)
    differences: list[str] = []
    with tenant_scope(tenant_id):
        yield from _compared(file, invoices, differences)
        yield from compare_worth(file, invoices, _lacking(file, invoices), differences)
    broken = len(differences)
    yield "\nInvariants"
    for invariant in invariants():
        count, cases = violations(invariant)
        broken += count
        yield f"  {count:>8}  {invariant.name}"
        for _tenant, what in cases[:5]:
            yield f"            {what}"
    yield f"{broken} violations"


def _fates() -> Iterator[str]:
    """An order whose units have several fates is counted for each."""
    waiting = {UnitState.PARKED, UnitState.BACKORDERED}
    nowhere = waiting | {UnitState.PENDING, UnitState.HELD, UnitState.CANCELLED}
    fates = {
        "in": set(UnitState),
        "routed": set(UnitState) - nowhere,
        "shipped": GONE,
        "cancelled": {UnitState.CANCELLED},
        "parked or backordered": waiting,
    }
    yield "\nOrders and units by what became of them"
    yield from _columns((*_ask(_FATE, [sorted(map(str, states))])[0], name) for name, states in fates.items())
    split, routed = _ask(_SPLIT)[0]
    yield f"Orders with a location {routed:,}, of which split over several {split:,}"


def _rejected(invoices: Sequence[Invoice]) -> Iterator[str]:
    reasons = Counter(row.reason for each in invoices for row in each.rows if row.what is What.REJECTED)
    for move in _refused(invoices):
        reasons[f"{move.reason}: the units are not there, or promised"] += 1
    yield "\nRows rejected, by reason"
    yield from _columns((count, reason) for reason, count in reasons.most_common())


def _speed(invoices: Sequence[Invoice], progress: Progress) -> Iterator[str]:
    yield "\nSeconds spent, by what runs at the same time"
    spent = Counter(progress.seconds) + Counter(Progress.read(f"{progress.name}-crew").seconds)
    for name, seconds in spent.most_common():
        yield f"  {name:40s} {seconds:>12,.1f}"
    orders = sum(bool(each.sales) for each in invoices)
    taken = progress.seconds.get(READ, 0.0)
    if taken:
        yield f"\nOrders per second: {orders / taken:,.1f} read, accepted, reserved and routed; {orders / progress.elapsed:,.1f} all in all"


def _compared(file: Path, invoices: Sequence[Invoice], differences: list[str]) -> Iterator[str]:
    """Baton's books against the file as Polars alone reckons it."""
    wanted = reckon(file, [each.number for each in invoices])
    sold = {code: int(units) for code, units in _ask(_SOLD)}
    moved = Counter({reason: int(units) for reason, units in _ask(_MOVED)})
    refused = Counter[str]()
    for move in _refused(invoices):
        refused[move.reason] += abs(move.quantity)
    pairs = [
        ("orders in", wanted.orders, _ask("SELECT count(*) FROM orders_order")[0][0]),
        ("units in", wanted.units, sum(sold.values())),
        ("SKUs whose units differ", 0, sum(wanted.sold.get(code) != sold.get(code) for code in {*wanted.sold, *sold})),
        ("units returned", wanted.returned - refused["RETURN"], moved["RETURN"]),
        ("units added", wanted.added - refused["ADJUSTMENT"], moved["ADJUSTMENT"]),
        ("units removed", wanted.removed - refused["SHRINKAGE"], -moved["SHRINKAGE"]),
        ("units shipped, by the ledger", int(_ask(_SHIPPED)[0][0]), -moved["DISPATCH"]),
        ("units on hand, by the ledger", sum(moved.values()), int(_ask(_ON_HAND)[0][0])),
    ]
    yield f"\n{'The file and the books':32s} {'expected':>14s} {'found':>14s}"
    for name, expected, found in pairs:
        yield f"  {name:30s} {expected:>14,} {found:>14,}"
        if expected != found:
            differences.append(name)


def _lacking(file: Path, invoices: Sequence[Invoice]) -> set[str]:
    """The SKUs of which something did not leave as the file says, or waited, or could not be moved."""
    wanted = reckon(file, [each.number for each in invoices]).sold
    left = {code: int(units) for code, units in _ask(_LEFT)}
    odd = {code for code in {*wanted, *left} if wanted.get(code, 0) != left.get(code, 0)}
    return odd | {code for (code,) in _ask(_WAITED)} | {move.sku for move in _refused(invoices)}


def _refused(invoices: Sequence[Invoice]) -> list[Move]:
    """The movements that the stock did not allow."""
    applied = set(StockMovement.objects.exclude(key="").values_list("key", flat=True))
    moves = (move_of(row) for each in invoices for row in each.rows if row.moves_stock)
    return [move for move in moves if move.key not in applied]


def _ask(sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _table(title: str, sql: str) -> Iterator[str]:
    yield f"\n{title}"
    yield from _columns(_ask(sql))


def _columns(rows: Any) -> Iterator[str]:
    for row in rows:
        yield "  " + "  ".join(f"{value:>14,}" if isinstance(value, int) else f"{value or '':<24}" for value in row)
