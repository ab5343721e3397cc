"""What the machine itself can do: the same work in hand-written SQL, driven by pgbench."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

from django.db import connections

from oms.local.postgres import program_folder

SKUS, LOCATIONS, CHOSEN, PLACES = 500, 500, 50, 30
_TENANT = "00000000-0000-7000-8000-000000000000"
_PREPARE = f"""
DROP TABLE IF EXISTS bench_level, bench_reservation, bench_movement, bench_order, bench_line, bench_event,
    bench_stocklevel, bench_held, bench_moved, bench_number;
CREATE TABLE bench_level (sku int, location int, on_hand int NOT NULL, reserved int NOT NULL, PRIMARY KEY (sku, location))
    WITH (fillfactor = 60);
CREATE TABLE bench_reservation (id bigserial PRIMARY KEY, sku int NOT NULL, location int NOT NULL, quantity int NOT NULL,
    at timestamptz DEFAULT now());
CREATE TABLE bench_movement (id bigserial PRIMARY KEY, sku int NOT NULL, location int NOT NULL, quantity int NOT NULL,
    at timestamptz DEFAULT now());
CREATE TABLE bench_order (id bigserial PRIMARY KEY, number text UNIQUE NOT NULL, address jsonb NOT NULL, state text NOT NULL,
    at timestamptz DEFAULT now());
CREATE TABLE bench_line (id bigserial PRIMARY KEY, order_id bigint NOT NULL REFERENCES bench_order, sku int NOT NULL,
    quantity int NOT NULL);
CREATE TABLE bench_event (id bigserial PRIMARY KEY, order_id bigint NOT NULL, payload jsonb NOT NULL, at timestamptz DEFAULT now());
INSERT INTO bench_level SELECT s, l, 100000000, 0 FROM generate_series(1, {SKUS}) s, generate_series(1, {PLACES}) l;
INSERT INTO bench_level SELECT s, l, 7, 0 FROM generate_series(1, {CHOSEN}) s, generate_series({PLACES + 1}, {LOCATIONS}) l;
CREATE TABLE bench_stocklevel (LIKE inventory_stocklevel INCLUDING ALL);
CREATE TABLE bench_held (LIKE inventory_reservation INCLUDING ALL);
CREATE TABLE bench_moved (LIKE inventory_stockmovement INCLUDING ALL);
ALTER TABLE bench_held ADD FOREIGN KEY (tenant_id, level_id) REFERENCES bench_stocklevel (tenant_id, id);
ALTER TABLE bench_moved ADD FOREIGN KEY (tenant_id, level_id) REFERENCES bench_stocklevel (tenant_id, id);
INSERT INTO bench_stocklevel (id, tenant_id, sku_id, location_id, pool, on_hand, reserved, buffer, quarantined, damaged, in_transit,
                              known, version)
SELECT gen_random_uuid(), '{_TENANT}', s, l, '', 100000000, 0, 0, 0, 0, 0, true, 0
FROM (SELECT gen_random_uuid() AS s FROM generate_series(1, {SKUS})) s, (SELECT gen_random_uuid() AS l FROM generate_series(1, {PLACES})) l;
CREATE TABLE bench_number AS SELECT row_number() OVER () AS number, id AS level_id FROM bench_stocklevel;
ALTER TABLE bench_number ADD PRIMARY KEY (number);
ANALYZE bench_level, bench_stocklevel, bench_number;
"""
_DROP = "DROP TABLE bench_level, bench_reservation, bench_movement, bench_order, bench_line, bench_event, bench_stocklevel, bench_held, bench_moved, bench_number CASCADE"
HOT_SKU = """
WITH taken AS (
    UPDATE bench_level SET reserved = reserved + 1 WHERE sku = 1 AND location = 1 AND on_hand - reserved >= 1 RETURNING sku, location
), moved AS (INSERT INTO bench_movement (sku, location, quantity) SELECT sku, location, 1 FROM taken)
INSERT INTO bench_reservation (sku, location, quantity) SELECT sku, location, 1 FROM taken;
"""
AVAILABILITY = f"""
SELECT sku, sum(greatest(on_hand - reserved, 0)) FROM bench_level WHERE sku BETWEEN 1 AND {CHOSEN} GROUP BY sku;
"""


def orders(count: int) -> str:
    """Place `count` orders of two lines at once: orders, lines, levels in one order, reservations, ledger and events."""
    return f"""
WITH placed AS (
    INSERT INTO bench_order (number, address, state)
    SELECT gen_random_uuid()::text, '{{"name": "Camille Rousseau", "line1": "1 rue de la Paix", "city": "Rennes"}}', 'ASSIGNED'
    FROM generate_series(1, {count}) RETURNING id
), lines AS (
    INSERT INTO bench_line (order_id, sku, quantity) SELECT id, 1 + floor(random() * {SKUS})::int, 1 FROM placed, generate_series(1, 2)
    RETURNING order_id, sku
), asks AS (
    SELECT sku, 1 + (order_id % 30)::int AS location, count(*)::int AS quantity FROM lines GROUP BY 1, 2
), locked AS (
    SELECT l.sku, l.location FROM bench_level l JOIN asks USING (sku, location) ORDER BY 1, 2 FOR NO KEY UPDATE OF l
), taken AS (
    UPDATE bench_level l SET reserved = l.reserved + asks.quantity FROM asks JOIN locked USING (sku, location)
    WHERE l.sku = asks.sku AND l.location = asks.location AND l.on_hand - l.reserved >= asks.quantity
    RETURNING l.sku, l.location, asks.quantity
), reserved AS (INSERT INTO bench_reservation (sku, location, quantity) SELECT sku, location, quantity FROM taken),
moved AS (INSERT INTO bench_movement (sku, location, quantity) SELECT sku, location, quantity FROM taken)
INSERT INTO bench_event (order_id, payload) SELECT id, '{{"trigger": "order.accepted"}}' FROM placed, generate_series(1, 3);
"""


def spread(count: int) -> str:
    """Take `count` units of as many SKUs at as many locations, on tables with the columns, indexes and keys of ours.

    Levels in one order, reservations, and the ledger with its balances; what is missing is what ours adds: row security,
    the groups that are granted whole, the event, and the way there and back.
    """
    return f"""
WITH ask AS MATERIALIZED (
    SELECT id, level_id, row_number() OVER (PARTITION BY level_id) AS nth FROM (
        SELECT gen_random_uuid() AS id, 1 + floor(random() * {SKUS * PLACES})::int AS number FROM generate_series(1, {count})
    ) a JOIN bench_number USING (number)
), total AS (
    SELECT level_id, count(*)::int AS quantity FROM ask GROUP BY 1
), locked AS (
    SELECT l.id FROM bench_stocklevel l JOIN total ON total.level_id = l.id ORDER BY l.sku_id, l.location_id FOR NO KEY UPDATE OF l
), updated AS (
    UPDATE bench_stocklevel l SET reserved = l.reserved + total.quantity, version = l.version + total.quantity
    FROM total JOIN locked ON locked.id = total.level_id WHERE l.id = total.level_id AND l.on_hand - l.reserved >= total.quantity
    RETURNING l.id, l.tenant_id, l.reserved - total.quantity AS reserved_before, l.version - total.quantity AS version_before
), made AS (
    INSERT INTO bench_held (id, tenant_id, level_id, holder_id, reference, quantity, state, created_at)
    SELECT ask.id, u.tenant_id, u.id, ask.id, '', 1, 'HARD', now() FROM ask JOIN updated u ON u.id = ask.level_id
)
INSERT INTO bench_moved (id, tenant_id, level_id, version, bucket, quantity, balance, reason, cause_type, cause_id, key, note, actor,
                         occurred_at, recorded_at)
SELECT gen_random_uuid(), u.tenant_id, u.id, u.version_before + ask.nth, 'RESERVED', 1, u.reserved_before + ask.nth, 'RESERVATION',
       'reservation', ask.id::text, '', '', '{{}}'::jsonb, now(), now()
FROM ask JOIN updated u ON u.id = ask.level_id;
"""


class Limit(NamedTuple):
    """What pgbench measured: transactions per second, and the average latency in milliseconds."""

    rate: float
    milliseconds: float


def pgbench(script: str, *, seconds: float, clients: int) -> Limit | None:
    """Run a script of SQL on tables of its own; None where pgbench is not to be had."""
    program = program_folder() / "pgbench"
    if not program.exists():
        return None
    settings = connections["owner"].settings_dict
    with connections["owner"].cursor() as cursor:
        cursor.execute(_PREPARE.replace("%", "%%"))
    try:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "script.sql"
            file.write_text(" ".join(script.split()))
            place = [
                "-h",
                str(settings["HOST"] or "127.0.0.1"),
                "-p",
                str(settings["PORT"]),
                "-U",
                str(settings["USER"]),
            ]
            how = [
                "-n",
                "-M",
                "prepared",
                "-c",
                str(clients),
                "-j",
                "2",
                "-T",
                str(max(int(seconds), 1)),
                "-f",
                str(file),
            ]
            done = subprocess.run(
                [str(program), *how, *place, str(settings["NAME"])],
                capture_output=True,
                text=True,
                timeout=120,
                check=True,
            )
    finally:
        with connections["owner"].cursor() as cursor:
            cursor.execute(_DROP)
    rate = re.search(r"tps = ([\d.]+)", done.stdout)
    latency = re.search(r"latency average = ([\d.]+)", done.stdout)
    if rate is None or latency is None:
        raise AssertionError(done.stdout)
    return Limit(float(rate.group(1)), float(latency.group(1)))
