"""The measures themselves."""

from __future__ import annotations

import random
import socket
import statistics
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import httpx
from django.db import connections
from django.utils import timezone

from bench.as_of import as_of
from bench.client import Client
from bench.figure import NO_PGBENCH, Figure
from bench.machine import AVAILABILITY, HOT_SKU, orders, pgbench
from bench.oversell import oversell
from bench.publication import publication
from bench.spread import spread_skus
from bench.stock_file import stock_file
from bench.world import PLENTY, World, build
from inventory.models import StockLevel
from oms.tenancy.context import tenant_scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CLIENTS = 20
BULK = 100
LIMIT_SECONDS = 5
WARM_SECONDS = 5


def run(*, seconds: float, only: str) -> list[Figure]:
    """Every benchmark whose name contains `only`, in turn."""
    with _web() as url:
        every: dict[str, Callable[[], list[Figure]]] = {
            "bulk": lambda: [bulk_intake(url, seconds)],
            "single": lambda: [single_order(url, seconds)],
            "hot": lambda: [hot_sku(url, seconds)],
            "oversell": lambda: oversell(url),
            "spread": lambda: [spread_skus(seconds)],
            "availability": lambda: [availability(url, seconds)],
            "publication": lambda: [publication()],
            "stock file": stock_file,
            "stock as of": as_of,
        }
        return [figure for name, measure in every.items() if only in name for figure in _told(name, measure)]


def _told(name: str, measure: Callable[[], list[Figure]]) -> list[Figure]:
    print(f"measuring {name}…", flush=True)
    return measure()


@contextmanager
def _web() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "oms.wsgi:application", "--bind", f"127.0.0.1:{port}"]
    server = subprocess.Popen([*command, "--worker-class=gthread", "--workers=2", "--threads=24", "--log-level=error"])
    try:
        url = f"http://127.0.0.1:{port}"
        for _attempt in range(200):
            try:
                if httpx.get(f"{url}/livez", timeout=2).is_success:
                    break
            except httpx.HTTPError:
                time.sleep(0.1)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=20)


def _order(world: World, rng: random.Random, number: str, skus: list[str]) -> dict[str, Any]:
    lines = [{"sku": sku, "quantity": 1, "unit_price": "10.00"} for sku in skus]
    address = {
        "name": "Camille Rousseau",
        "line1": "1 rue de la Paix",
        "postcode": rng.choice(world.postcodes),
        "city": "Rennes",
        "country": "FR",
    }
    return {
        "channel": world.channel,
        "external_id": number,
        "currency": "EUR",
        "total": f"{10 * len(lines)}.00",
        "placed_at": timezone.now().isoformat(),
        "lines": lines,
        "ship_to": address,
    }


def _place(session: Client, path: str, data: Any) -> bool:
    if not session.post(path, data):
        raise AssertionError("An order was refused.")
    return True


def _hammer(
    clients: int, seconds: float, act: Callable[[int, int, Client], bool], url: str, world: World
) -> tuple[list[float], float]:
    """Each client acts again and again until time is up; returns the seconds of each success, and the time that passed."""
    taken: list[float] = []

    def client(number: int, end: float, kept: list[float], step: int) -> None:
        with closing(Client(url, world)) as session:
            count = step
            while time.perf_counter() < end:
                began = time.perf_counter()
                if act(number, count, session):
                    kept.append(time.perf_counter() - began)
                count += step

    def together(duration: float, kept: list[float], step: int) -> float:
        began = time.perf_counter()
        threads = [
            threading.Thread(target=client, args=(number, began + duration, kept, step)) for number in range(clients)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return time.perf_counter() - began

    # A fresh server imports and reads its tables at its first requests; that is not what is measured. Counts below zero
    # are the warm-up's, so that it sends nothing that is sent again.
    together(WARM_SECONDS, [], -1)
    # What autovacuum does within its minute: a database that has just been made has no statistics.
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")
    return taken, together(seconds, taken, 1)


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[18] * 1000


def bulk_intake(url: str, seconds: float) -> Figure:
    """Orders of two lines over thirty locations by POST /orders/bulk: accepted, reserved, routed, explained."""
    world = build(locations=30, skus=500)

    def act(number: int, count: int, session: Client) -> bool:
        rng = random.Random(f"{number}-{count}")
        orders = [_order(world, rng, f"b-{number}-{count}-{each}", rng.sample(world.skus, 2)) for each in range(BULK)]
        return _place(session, "/orders/bulk", {"orders": orders})

    taken, passed = _hammer(2, seconds, act, url, world)
    rate = len(taken) * BULK / passed
    limit = pgbench(orders(BULK), seconds=min(seconds, LIMIT_SECONDS), clients=2)
    return Figure(
        "orders in by bulk, accepted, routed and reserved",
        f"{rate:,.0f}/s",
        "300/s",
        "1,000/s",
        rate >= 300,
        f"{limit.rate * BULK:,.0f}/s by pgbench" if limit else NO_PGBENCH,
    )


def single_order(url: str, seconds: float) -> Figure:
    """One order a request, twenty clients."""
    world = build(locations=30, skus=500)

    def act(number: int, count: int, session: Client) -> bool:
        rng = random.Random(f"{number}-{count}")
        order = _order(world, rng, f"s-{number}-{count}", rng.sample(world.skus, 2))
        return _place(session, "/orders", order)

    taken, passed = _hammer(CLIENTS, seconds, act, url, world)
    p95 = _p95(taken)
    limit = pgbench(orders(1), seconds=min(seconds, LIMIT_SECONDS), clients=CLIENTS)
    return Figure(
        "one order by API, p95 under 20 clients",
        f"{p95:,.0f} ms",
        "150 ms",
        "50 ms",
        p95 <= 150,
        f"{limit.milliseconds:,.0f} ms, {limit.rate:,.0f}/s by pgbench ({len(taken) / passed:,.0f}/s here)"
        if limit
        else NO_PGBENCH,
    )


def hot_sku(url: str, seconds: float) -> Figure:
    """Everybody wants the same SKU at the same location."""
    world = build(locations=1, skus=1)
    accepted, counting = 0, threading.Lock()

    def act(number: int, count: int, session: Client) -> bool:
        nonlocal accepted
        body = {"reference": f"r-{number}-{count}", "lines": [{"sku": world.skus[0], "quantity": 1}]}
        done = session.post("/reservations", body)
        with counting:
            accepted += done
        return done

    taken, passed = _hammer(CLIENTS, seconds, act, url, world)
    with tenant_scope(world.tenant_id):
        level = StockLevel.objects.get()
        if level.reserved != accepted or level.reserved > PLENTY:
            raise AssertionError(f"{accepted} reservations were accepted, {level.reserved} units are reserved")
    rate = len(taken) / passed
    limit = pgbench(HOT_SKU, seconds=min(seconds, LIMIT_SECONDS), clients=CLIENTS)
    return Figure(
        "reservations of one hot SKU through the API",
        f"{rate:,.0f}/s",
        "150/s",
        "500/s",
        rate >= 150,
        f"{limit.rate:,.0f}/s by pgbench" if limit else NO_PGBENCH,
    )


def availability(url: str, seconds: float) -> Figure:
    """Fifty SKUs over five hundred locations, as one caller has it, and as each of four has it."""
    world = build(locations=500, skus=50, stock=7)
    query = "&".join(f"sku={code}" for code in world.skus)

    def act(_number: int, _count: int, session: Client) -> bool:
        return session.get(f"/availability?{query}")

    crowded = _p95(_hammer(4, seconds / 2, act, url, world)[0])
    p95 = _p95(_hammer(1, seconds, act, url, world)[0])
    limit = pgbench(AVAILABILITY, seconds=min(seconds, LIMIT_SECONDS), clients=1)
    return Figure(
        "availability of 50 SKUs over 500 locations, p95",
        f"{p95:,.0f} ms",
        "60 ms",
        "15 ms",
        p95 <= 60,
        (f"{limit.milliseconds:,.0f} ms by pgbench" if limit else NO_PGBENCH) + f"; {crowded:,.0f} ms under 4 callers",
    )
