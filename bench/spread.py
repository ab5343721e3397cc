"""The one reserve function on many SKUs, beside the same work in hand-written SQL."""

from __future__ import annotations

import random
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING

import django
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

BATCH, CLIENTS, PLACES, SKUS = 100, 2, 30, 500
LEAST = 0.6
TURNS, WARM_UP = 5, 0.5


def spread_skus(seconds: float) -> Figure:
    """Units of five hundred SKUs at thirty locations, a hundred asks a transaction, two at a time.

    Both are measured in turns, so that what else the machine does weighs on both.
    """
    world = build(locations=PLACES, skus=SKUS)
    with tenant_scope(world.tenant_id):
        found = list(skus().values_list("pk", flat=True)), list(locations().values_list("pk", flat=True))
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")
    limits = []
    rate = 0.0
    with ProcessPoolExecutor(CLIENTS, mp_context=get_context("spawn"), initializer=django.setup) as processes:

        def ours(turn: int) -> float:
            parts = [
                processes.submit(_reserve_for, seconds / TURNS, world.tenant_id, *found, f"{turn}-{client}")
                for client in range(CLIENTS)
            ]
            return sum(part.result() for part in parts)

        ours(0)  # the processes start
        for turn in range(1, TURNS + 1):
            rate += ours(turn) / TURNS
            limits.append(pgbench(spread(BATCH), seconds=seconds / TURNS, clients=CLIENTS))
    best = sum(limit.rate for limit in limits if limit) * BATCH / TURNS
    share = rate / best if best else None
    return Figure(
        "asks over 500 SKUs by the reserve function",
        f"{rate:,.0f}/s",
        f"{LEAST:.0%} of it",
        "",
        share is None or share >= LEAST,
        NO_PGBENCH if share is None else f"{best:,.0f}/s by pgbench: {share:.0%}",
    )


def _reserve_for(
    seconds: float, tenant_id: UUID, sku_ids: Sequence[UUID], location_ids: Sequence[UUID], seed: str
) -> float:
    """Asks granted a second to one process, as each worker of the server is one; it warms up first."""
    rng = random.Random(seed)
    began = time.perf_counter() + WARM_UP
    granted = 0
    while (passed := time.perf_counter() - began) < seconds:
        places = zip(rng.choices(sku_ids, k=BATCH), rng.choices(location_ids, k=BATCH), strict=True)
        asks = [Ask(new_id(), sku_id, location_id, 1, group) for group, (sku_id, location_id) in enumerate(places)]
        with tenant_scope(tenant_id):
            grants = reserve(asks=asks)
        if passed > 0:
            granted += sum(grant.reservation_id is not None for grant in grants)
    return granted / passed
