"""The one reserve function on many SKUs, beside the same work in hand-written SQL."""

from __future__ import annotations

import random
import threading
import time
from typing import TYPE_CHECKING

from django.db import connections

from bench.figure import NO_PGBENCH, Figure
from bench.machine import pgbench, spread
from bench.world import build
from inventory.queries import locations, skus
from inventory.services import reserve
from inventory.types import Ask
from oms.tenancy.context import tenant_scope
from oms.tenancy.models import new_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from bench.world import World

BATCH, CLIENTS, PLACES, SKUS = 100, 2, 30, 500
LEAST = 0.6


def spread_skus(seconds: float) -> Figure:
    """Units of five hundred SKUs at thirty locations, a hundred asks a transaction, two at a time."""
    world = build(locations=PLACES, skus=SKUS)
    with tenant_scope(world.tenant_id):
        found = list(skus().values_list("pk", flat=True)), list(locations().values_list("pk", flat=True))
    _reserve_for(1, world, *found)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")
    rate = _reserve_for(seconds, world, *found)
    limit = pgbench(spread(BATCH), seconds=seconds, clients=CLIENTS)
    share = rate / (limit.rate * BATCH) if limit else None
    return Figure(
        "asks over 500 SKUs by the reserve function",
        f"{rate:,.0f}/s",
        f"{LEAST:.0%} of it",
        "",
        share is None or share >= LEAST,
        NO_PGBENCH if limit is None or share is None else f"{limit.rate * BATCH:,.0f}/s by pgbench: {share:.0%}",
    )


def _reserve_for(seconds: float, world: World, sku_ids: Sequence[UUID], location_ids: Sequence[UUID]) -> float:
    """Asks granted a second, by as many threads as there are clients."""
    granted = [0] * CLIENTS
    began = time.perf_counter()

    def client(number: int) -> None:
        rng = random.Random(number)
        while time.perf_counter() - began < seconds:
            asks = [Ask(new_id(), rng.choice(sku_ids), rng.choice(location_ids), 1, group) for group in range(BATCH)]
            with tenant_scope(world.tenant_id):
                grants = reserve(asks=asks)
            granted[number] += sum(grant.reservation_id is not None for grant in grants)
        connections["default"].close()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(granted) / (time.perf_counter() - began)
