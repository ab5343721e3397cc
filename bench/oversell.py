"""No oversell under load: more buyers than units, over HTTP, and what each of them was told beside what the books say."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

from django.db import connections
from django.utils import timezone

from bench.client import Client
from bench.figure import Figure
from bench.world import PLENTY, build
from inventory.models import StockLevel
from inventory.services import create_sku, fence_stock, save_skus, save_view, set_levels
from inventory.types import Fence, LevelSetting, NewPart
from oms.events.invariants import invariants, violations
from oms.tenancy.context import tenant_scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.world import World

ROUNDS, BUYERS, UNITS, FENCED = 20, 200, 50, 10
HOT, LINES, BASKETS, CLIENTS, EACH = 50, 5, 400, 40, 15
CLUB, PLACES = "club", ("LOC-0000", "LOC-0001")


def oversell(url: str) -> list[Figure]:
    """Rounds of two hundred buyers for fifty units, also over two views that overlap and by kits that share a component; baskets
    over fifty SKUs. Then every invariant of the stock.
    """
    world = build(locations=2, skus=HOT, stock=EACH)
    with tenant_scope(world.tenant_id):
        save_view(code=CLUB, name=CLUB, pool=CLUB)
    before, began = _deadlocks(), time.perf_counter()
    rounds = [_sold(url, world, number, fenced=0) == UNITS for number in range(ROUNDS)]
    rate = ROUNDS * BUYERS / (time.perf_counter() - began)
    overlap = [_sold(url, world, ROUNDS + number, fenced=FENCED) == UNITS + FENCED for number in range(ROUNDS)]
    kits = [_sold(url, world, 2 * ROUNDS + number, fenced=0, in_kits=True) == UNITS for number in range(ROUNDS)]
    kept = _baskets(url, world)
    deadlocks = _deadlocks() - before
    broken = sum(violations(each)[0] for each in invariants() if each.name.startswith("stock."))
    return [
        _exact(f"rounds of {BUYERS} buyers, exactly {UNITS} units sold", rounds, f"{rate:,.0f} answers/s"),
        _exact(f"  two views that overlap, {FENCED} more ring-fenced", overlap),
        _exact("  alone, and in two kits that share it", kits),
        Figure(
            f"{BASKETS} baskets of {LINES} of {HOT} hot SKUs: deadlocks",
            f"{deadlocks}",
            "0",
            "0",
            deadlocks == 0,
            f"{kept} kept",
        ),
        Figure("  invariants of the stock broken after it", f"{broken}", "0", "0", broken == 0),
    ]


def _exact(name: str, rounds: list[bool], limit: str = "") -> Figure:
    return Figure(name, f"{sum(rounds)} of {len(rounds)}", f"{len(rounds)}", f"{len(rounds)}", all(rounds), limit)


def _sold(url: str, world: World, number: int, *, fenced: int, in_kits: bool = False) -> int:
    """Units sold of a new SKU, by what the buyers were answered; they agree with its levels."""
    code, places = f"HOT-{number}", PLACES
    with tenant_scope(world.tenant_id):
        save_skus(skus=[{"code": code, "name": code}])
        stocks = (UNITS - 20 + fenced, 20)
        levels = [LevelSetting(code, place, stock) for place, stock in zip(places, stocks, strict=True)]
        set_levels(levels=levels, now=timezone.now(), reason="OPENING")
        fence_stock(fences=[Fence(code, places[0], CLUB, fenced)] if fenced else [])
        offers = [code, *(_kits_of(code) if in_kits else ())]

    def buy(buyer: int, session: Client) -> bool:
        body = {"reference": f"{code}-{buyer}", "lines": [{"sku": offers[buyer % len(offers)], "quantity": 1}]}
        return session.post("/reservations", body | ({"view": CLUB} if fenced and buyer % 2 else {}))

    sold = sum(_at_once(url, world, BUYERS, buy))
    with tenant_scope(world.tenant_id):
        reserved = Counter(dict(StockLevel.objects.filter(sku__code=code).values_list("id", "reserved")))
    if reserved.total() != sold:
        raise AssertionError(f"{sold} buyers were told yes, {reserved.total()} units are reserved")
    return sold


def _kits_of(code: str) -> list[str]:
    """Two virtual kits of the SKU and something that there is plenty of."""
    beside = f"{code}-BESIDE"
    save_skus(skus=[{"code": beside, "name": beside}])
    set_levels(levels=[LevelSetting(beside, PLACES[1], PLENTY)], now=timezone.now(), reason="OPENING")
    kits = [f"{code}-KIT-{number}" for number in (1, 2)]
    for number, kit in enumerate(kits, start=1):
        create_sku(code=kit, name=kit, kind="VIRTUAL", components=[NewPart(code, 1), NewPart(beside, number)])
    return kits


def _baskets(url: str, world: World) -> int:
    """Baskets kept, of SKUs in any order; each SKU's levels agree with what was answered."""
    told: Counter[str] = Counter()
    counting = threading.Lock()

    def fill(client: int, session: Client) -> int:
        kept = 0
        for turn in range(BASKETS // CLIENTS):
            chosen = random.Random(f"{client}-{turn}").sample(world.skus, LINES)
            lines = [{"sku": code, "quantity": 1} for code in chosen]
            if session.post("/reservations", {"reference": f"basket-{client}-{turn}", "lines": lines}):
                kept += 1
                with counting:
                    told.update(chosen)
        return kept

    kept = sum(_at_once(url, world, CLIENTS, fill))
    with tenant_scope(world.tenant_id):
        reserved: Counter[str] = Counter()
        for code, units in StockLevel.objects.filter(sku__code__in=world.skus).values_list("sku__code", "reserved"):
            reserved[code] += units
    if +reserved != told:
        raise AssertionError("The levels do not say what the buyers were told.")
    return kept


def _at_once(url: str, world: World, clients: int, act: Callable[[int, Client], int]) -> list[int]:
    """What each client got, all of them let go at the same moment."""
    gate, got = threading.Barrier(clients), [0] * clients
    failed: list[Exception] = []

    def client(number: int) -> None:
        try:
            with closing(Client(url, world)) as session:
                gate.wait(timeout=60)
                got[number] = act(number, session)
        except Exception as error:  # noqa: BLE001 -- raised again below, by the thread that waits
            failed.append(error)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return got


def _deadlocks() -> int:
    """Deadlocks of this database since its figures began; a session tells its own within a second."""
    time.sleep(1.5)
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT pg_stat_clear_snapshot(), deadlocks FROM pg_stat_database WHERE datname = current_database()"
        )
        return int(cursor.fetchone()[1])
