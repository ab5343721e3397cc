"""What the replay ends with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db import connection

from channels.queries import publication_delays
from oms.events.invariants import invariants, violations
from oms.tenancy.context import tenant_scope

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from oms.local.replay.play import Progress

_ORDERS = "SELECT status, count(*), sum(units) FROM orders_order GROUP BY status ORDER BY count(*) DESC"
_UNITS = "SELECT state, reason, sum(quantity) FROM orders_unitgroup GROUP BY state, reason ORDER BY sum(quantity) DESC"
_SPLIT = "SELECT count(*) FILTER (WHERE n > 1), count(*) FROM (SELECT count(*) AS n FROM fulfilment_fulfilmentorder GROUP BY order_id) s"
_PARKED_AT_DOOR = "SELECT reason, count(*) FROM channels_parkeditem WHERE resolved_at IS NULL GROUP BY reason ORDER BY count(*) DESC LIMIT 20"


def report(tenant_id: UUID, progress: Progress) -> Iterator[str]:
    """The report, line by line; the last says how many invariants are broken."""
    yield "\nRows and orders"
    for name, count in sorted(progress.counts.items()):
        yield f"  {name:40s} {count:>12,}"
    with tenant_scope(tenant_id):
        yield from _table("Orders by status", _ORDERS)
        yield from _table("Units by state and reason", _UNITS)
        yield from _table("Orders parked at the door", _PARKED_AT_DOOR)
        with connection.cursor() as cursor:
            cursor.execute(_SPLIT)
            split, routed = cursor.fetchone()
        yield f"\nOrders routed {routed:,}, of which split over several locations {split:,}"
        delays = publication_delays(datetime(2000, 1, 1, tzinfo=UTC))
    yield "\nRejected rows, by reason"
    for reason, count in progress.reasons.most_common(30):
        yield f"  {count:>10,}  {reason}"
    yield "\nSeconds spent"
    for name, seconds in sorted(progress.seconds.items(), key=lambda item: -item[1]):
        yield f"  {name:40s} {seconds:>12,.1f}"
    taken = progress.seconds.get("read, accepted, routed", 0.0)
    total = sum(progress.seconds.values())
    orders = progress.counts["orders in"]
    yield f"\nOrders per second: {orders / taken if taken else 0:,.1f} read, accepted, reserved and routed; {orders / total if total else 0:,.1f} all in all"
    for each in delays.values():
        yield f"Movement to acknowledgement over {each.count:,} publications, ms: p50 {each.p50:,.0f}  p95 {each.p95:,.0f}  p99 {each.p99:,.0f}"
    yield "\nInvariants"
    broken = 0
    for invariant in invariants():
        count, cases = violations(invariant)
        broken += count
        yield f"  {count:>8}  {invariant.name}"
        for _tenant, what in cases[:5]:
            yield f"            {what}"
    yield f"{broken} violations"


def _table(title: str, sql: str) -> Iterator[str]:
    yield f"\n{title}"
    with connection.cursor() as cursor:
        cursor.execute(sql)
        for row in cursor.fetchall():
            yield "  " + "  ".join(f"{value:>14,}" if isinstance(value, int) else f"{value or '':<24}" for value in row)
