"""Rows of a stock file, understood and compared by the database: many thousands in one statement.

A piece of the file is copied into a table of the session, judged by joins, and kept as arrays: the places it names, and of those
the ones whose quantity is another one. What is so already is never written anywhere. A quantity is that of the whole location: units
ring-fenced there are part of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection

from inventory.enums import SNAPSHOTS, ImportMode
from oms.tenancy.context import current_tenant_id
from oms.tenancy.models import new_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inventory.models import ImportRun

# Changes of one transaction: levels stay locked for well under a second.
CHUNK = 10_000
# Rows that are better joined by hash than one by one.
MANY = 5_000
COLUMNS = ("sku", "location", "on_hand")
_SPACE = r" \t\u00a0\u202f"
_TABLES = """
CREATE TEMPORARY TABLE IF NOT EXISTS import_row (line int, sku text, location text, on_hand text, problem text) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS import_judged (line int, sku_id uuid, location_id uuid, quantity int, ignored boolean,
                                                    differs boolean, problem text) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS import_found (line int, first int, sku_id uuid, location_id uuid, quantity int) ON COMMIT DELETE ROWS;
TRUNCATE import_row, import_judged, import_found;
"""
_COPY = "COPY import_row (line, sku, location, on_hand, problem) FROM STDIN (FORMAT csv)"
# Whole units, however they are written: 12, +12, 1 200, 12,0 and 12.00; not 1.200, which may be one or a thousand.
# OFFSET 0 keeps a part from being folded into the next, which would ask its expressions again for each use.
_JUDGE = rf"""
INSERT INTO import_judged
SELECT line, sku_id, location_id, quantity, %(non_zero)s AND quantity = 0 AND problem = '',
       problem = '' AND NOT (%(non_zero)s AND quantity = 0)
           AND (quantity <> coalesce(on_hand, 0) + coalesce(fenced, 0) OR NOT coalesce(known, true)),
       problem
FROM (
    SELECT r.line, r.quantity, s.id AS sku_id, p.id AS location_id, l.on_hand, l.known, f.fenced,
           CASE WHEN r.problem <> '' THEN r.problem
                WHEN r.sku = '' THEN 'sku_empty'
                WHEN s.id IS NULL THEN CASE WHEN r.sku ~ '^=' THEN 'sku_formula' ELSE 'unknown_sku' END
                WHEN s.kind = 'VIRTUAL' THEN 'virtual_kit'
                WHEN r.location = '' THEN 'location_empty'
                WHEN p.id IS NULL THEN 'unknown_location'
                WHEN r.quantity IS NOT NULL THEN ''
                WHEN r.units = '' THEN 'quantity_empty'
                WHEN r.units ~ '^[=@]' THEN 'quantity_formula'
                WHEN r.units ~ '^[-\u2212] *[0-9]' THEN 'quantity_negative'
                WHEN r.units ~ '^[0-9]+([.,][0-9]+)?[eE][+-]?[0-9]+$' THEN 'quantity_scientific'
                WHEN r.units ~ '^[0-9]{{1,3}}([.,][0-9]{{3}})+$' THEN 'quantity_ambiguous'
                WHEN r.units ~ '^[0-9]+[.,][0-9]+$' THEN 'quantity_fraction'
                WHEN r.units ~ '^[0-9 \u00a0\u202f]{{10,}}$' THEN 'quantity_too_large'
                ELSE 'quantity_not_a_number'
           END AS problem
    FROM (
        SELECT *, CASE WHEN problem <> '' THEN NULL
                       WHEN units ~ '^\+?[0-9]{{1,9}}$' THEN units::int
                       WHEN units ~ '^[0-9]{{1,9}}[.,](0{{1,2}}|0{{4,}})$|^0[.,]0+$' THEN regexp_replace(units, '[.,].*', '')::int
                       WHEN units ~ '^[0-9]{{1,3}}([ \u00a0\u202f][0-9]{{3}}){{1,2}}$' THEN regexp_replace(units, '[^0-9]', '', 'g')::int
                  END AS quantity
        FROM (
            SELECT line, btrim(coalesce(sku, ''), E'{_SPACE}') AS sku, btrim(coalesce(location, %(location)s), E'{_SPACE}') AS location,
                   btrim(coalesce(on_hand, ''), E'{_SPACE}') AS units, coalesce(problem, '') AS problem
            FROM import_row OFFSET 0
        ) cells OFFSET 0
    ) r
    LEFT JOIN inventory_sku s ON s.tenant_id = %(tenant)s AND s.code = r.sku
    LEFT JOIN inventory_location p ON p.tenant_id = %(tenant)s AND p.code = r.location
    LEFT JOIN inventory_stocklevel l ON l.tenant_id = %(tenant)s AND l.sku_id = s.id AND l.location_id = p.id AND l.pool = ''
    LEFT JOIN (
        SELECT sku_id, location_id, sum(on_hand) AS fenced FROM inventory_stocklevel WHERE tenant_id = %(tenant)s AND pool <> ''
        GROUP BY sku_id, location_id
    ) f ON f.sku_id = s.id AND f.location_id = p.id
    OFFSET 0
) judged
"""
_COUNT = """
SELECT count(*), count(*) FILTER (WHERE problem = '' AND NOT ignored), count(*) FILTER (WHERE differs),
       count(*) FILTER (WHERE problem <> ''), count(*) FILTER (WHERE ignored), coalesce(sum(quantity) FILTER (WHERE problem = ''), 0)
FROM import_judged
"""
# A place whose quantity cannot be read is named all the same: a snapshot must not take it for absent.
_KEEP_NAMED = """
INSERT INTO inventory_importchunk (id, tenant_id, run_id, part, lines, sku_ids, location_ids, quantities, codes, documents)
SELECT %(id)s, %(tenant)s, %(run)s, 'NAMED', array_agg(line), array_agg(CASE WHEN NOT ignored THEN sku_id END), array_agg(location_id),
       array_agg(CASE WHEN problem = '' THEN quantity END), '{}', '[]'
FROM import_judged WHERE sku_id IS NOT NULL AND location_id IS NOT NULL HAVING count(*) > 0
"""
_KEEP_CHANGES = """
INSERT INTO inventory_importchunk (id, tenant_id, run_id, part, lines, sku_ids, location_ids, quantities, codes, documents)
SELECT n.id, %(tenant)s, %(run)s, %(part)s, array_agg(c.line), array_agg(c.sku_id), array_agg(c.location_id), array_agg(c.quantity), '{}', '[]'
FROM (SELECT *, (row_number() OVER (ORDER BY sku_id, location_id) - 1) / %(chunk)s + 1 AS nth FROM {source}) c
JOIN unnest(%(ids)s::uuid[]) WITH ORDINALITY AS n(id, nth) USING (nth) GROUP BY n.id
"""
_KEEP_REJECTED = """
INSERT INTO inventory_importreject (id, tenant_id, run_id, line, code, detail, cells)
SELECT n.id, %(tenant)s, %(run)s, j.line, j.problem, '',
       jsonb_build_object('sku', left(coalesce(r.sku, ''), 200), 'location', left(coalesce(r.location, %(location)s), 200),
                          'on_hand', left(coalesce(r.on_hand, ''), 200))
FROM (SELECT line, problem, row_number() OVER (ORDER BY line) AS nth FROM import_judged WHERE problem <> '') j
JOIN import_row r USING (line) JOIN unnest(%(ids)s::uuid[]) WITH ORDINALITY AS n(id, nth) USING (nth)
"""
_NAMED = """
named AS (
    SELECT u.* FROM inventory_importchunk c
    CROSS JOIN LATERAL unnest(c.lines, c.sku_ids, c.location_ids, c.quantities) AS u(line, sku_id, location_id, quantity)
    WHERE c.tenant_id = %(tenant)s AND c.run_id = %(run)s AND c.part = 'NAMED'
)"""
_FIND_TWICE = f"""
WITH {_NAMED}, twice AS (
    SELECT sku_id, location_id, min(line) AS first FROM named WHERE sku_id IS NOT NULL AND quantity IS NOT NULL
    GROUP BY sku_id, location_id HAVING count(*) > 1
)
INSERT INTO import_found SELECT n.line, t.first, n.sku_id, n.location_id, n.quantity
FROM named n JOIN twice t USING (sku_id, location_id) WHERE n.line > t.first AND n.quantity IS NOT NULL
"""
_REJECT_TWICE = """
INSERT INTO inventory_importreject (id, tenant_id, run_id, line, code, detail, cells)
SELECT n.id, %(tenant)s, %(run)s, t.line, 'duplicate', t.first, jsonb_build_object('sku', s.code, 'location', p.code, 'on_hand', t.quantity::text)
FROM (SELECT *, row_number() OVER (ORDER BY line) AS nth FROM import_found) t
JOIN inventory_sku s ON s.tenant_id = %(tenant)s AND s.id = t.sku_id
JOIN inventory_location p ON p.tenant_id = %(tenant)s AND p.id = t.location_id
JOIN unnest(%(ids)s::uuid[]) WITH ORDINALITY AS n(id, nth) USING (nth)
"""
_COUNT_TWICE = """
SELECT count(*), coalesce(sum(quantity), 0),
       (SELECT count(*) FROM inventory_importchunk c CROSS JOIN LATERAL unnest(c.lines) AS u(line) JOIN import_found t USING (line)
        WHERE c.tenant_id = %(tenant)s AND c.run_id = %(run)s AND c.part = 'CHANGE')
FROM import_found
"""
_DROP_TWICE = """
UPDATE inventory_importchunk c SET (lines, sku_ids, location_ids, quantities) = (
    SELECT coalesce(array_agg(u.line), '{}'), coalesce(array_agg(u.sku_id), '{}'), coalesce(array_agg(u.location_id), '{}'),
           coalesce(array_agg(u.quantity), '{}')
    FROM unnest(c.lines, c.sku_ids, c.location_ids, c.quantities) AS u(line, sku_id, location_id, quantity)
    WHERE NOT EXISTS (SELECT 1 FROM import_found t WHERE t.line = u.line)
)
WHERE c.tenant_id = %(tenant)s AND c.run_id = %(run)s AND c.part = 'CHANGE'
"""
_COVERED = f"""
WITH {_NAMED}
SELECT coalesce(array_agg(p.id), '{{}}'), coalesce(array_agg(p.code ORDER BY p.code), '{{}}') FROM inventory_location p
WHERE p.tenant_id = %(tenant)s AND p.id IN (SELECT location_id FROM named WHERE quantity IS NOT NULL)
"""
_FIND_ABSENT = f"""
WITH {_NAMED}
INSERT INTO import_found SELECT DISTINCT 0, 0, l.sku_id, l.location_id, 0 FROM inventory_stocklevel l
WHERE l.tenant_id = %(tenant)s AND l.location_id = ANY(%(places)s::uuid[]) AND (l.on_hand <> 0 OR NOT l.known)
  AND NOT EXISTS (SELECT 1 FROM named n WHERE n.sku_id = l.sku_id AND n.location_id = l.location_id)
"""
_PRESENT = """
SELECT count(*) FILTER (WHERE l.pool = ''), coalesce(sum(l.on_hand), 0) FROM inventory_stocklevel l
WHERE l.tenant_id = %(tenant)s AND l.location_id = ANY(%(places)s::uuid[]) AND l.on_hand > 0
"""


class Counts(NamedTuple):
    """What a piece of the file adds to the run."""

    rows: int
    valid: int
    changed: int
    rejected: int
    ignored: int
    units: int


class Close(NamedTuple):
    """What is known once the whole file was read: rows said twice, the locations covered, what a snapshot leaves out there."""

    twice: int
    twice_changed: int
    twice_units: int
    covers: list[str]
    places: list[Any]
    zeroed: int


def stage(run: ImportRun, payload: Sequence[bytes], *, rows: int) -> Counts:
    """Judge a piece of the file (CSV: line, SKU, location, quantity, problem) and keep what follows from it."""
    parameters = _parameters(run)
    with connection.cursor() as cursor:
        _prepare(cursor, rows)
        with cursor.copy(_COPY) as copy:
            for part in payload:
                copy.write(part)
        cursor.execute("ANALYZE import_row")
        cursor.execute(_JUDGE, parameters)
        cursor.execute(_COUNT)
        counts = Counts(*cursor.fetchone())
        cursor.execute(_KEEP_NAMED, {**parameters, "id": new_id()})
        _keep(cursor, "(SELECT * FROM import_judged WHERE differs) d", counts.changed, "CHANGE", parameters)
        if counts.rejected:
            cursor.execute(_KEEP_REJECTED, {**parameters, "ids": _ids(counts.rejected)})
    return counts


def close(run: ImportRun) -> Close:
    """Reject what is said twice (the first counts), and find what a snapshot leaves out at the locations it covers."""
    parameters = _parameters(run)
    with connection.cursor() as cursor:
        _prepare(cursor, run.rows)
        cursor.execute(_FIND_TWICE, parameters)
        cursor.execute(_COUNT_TWICE, parameters)
        twice, units, changed = cursor.fetchone()
        if twice:
            cursor.execute("ANALYZE import_found")
            cursor.execute(_REJECT_TWICE, {**parameters, "ids": _ids(twice)})
            cursor.execute(_DROP_TWICE, parameters)
        if run.mode not in SNAPSHOTS:
            return Close(twice, changed, int(units), [], [], 0)
        cursor.execute(_COVERED, parameters)
        places, covers = cursor.fetchone()
        cursor.execute("TRUNCATE import_found")
        cursor.execute(_FIND_ABSENT, {**parameters, "places": places})
        zeroed = max(cursor.rowcount, 0)
        _keep(cursor, "import_found", zeroed, "ZERO", parameters)
    return Close(twice, changed, int(units), covers, places, zeroed)


def present(places: Sequence[Any]) -> tuple[int, int]:
    """Levels with stock, and their units, at these locations now."""
    with connection.cursor() as cursor:
        cursor.execute(_PRESENT, {"tenant": current_tenant_id(), "places": list(places)})
        rows, units = cursor.fetchone()
    return rows, int(units)


def _prepare(cursor: Any, rows: int) -> None:
    cursor.execute("SET LOCAL work_mem = '64MB'")
    cursor.execute("SET LOCAL jit = off")
    # A tenant that the statistics do not know yet is taken for one row, and many rows would be joined to it one by one.
    cursor.execute(f"SET LOCAL enable_nestloop = {'off' if rows > MANY else 'on'}")
    # Several statements at once cannot be bound on the server.
    for statement in _TABLES.split(";"):
        if statement.strip():
            cursor.execute(statement)


def _keep(cursor: Any, source: str, count: int, part: str, parameters: dict[str, Any]) -> None:
    if count:
        more = {"part": part, "chunk": CHUNK, "ids": _ids(-(-count // CHUNK))}
        cursor.execute(_KEEP_CHANGES.replace("{source}", source), {**parameters, **more})


def _ids(count: int) -> list[Any]:
    return [new_id() for _row in range(count)]


def _parameters(run: ImportRun) -> dict[str, Any]:
    return {
        "tenant": current_tenant_id(),
        "run": run.pk,
        "location": run.location,
        "non_zero": run.mode == ImportMode.NON_ZERO,
    }
