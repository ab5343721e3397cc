"""The stock, the catalogue and the locations as tables, read batch by batch, each in a scope of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import translation

from inventory.enums import ImportKind
from inventory.imports.columns import FIELDS
from inventory.imports.reasons import why_rejected
from inventory.queries.imports import rejected_rows
from oms.database.rows import select
from oms.tenancy.context import tenant_scope

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from uuid import UUID

BATCH = 5_000
STOCK = (
    "sku",
    "location",
    "on_hand",
    "reserved",
    "buffer",
    "available",
    "quarantined",
    "damaged",
    "in_transit",
    "known",
    "as_of",
)
# A quantity is that of the whole location: what is ring-fenced there is part of it, as it is in a file that comes in.
_LEVELS = """
SELECT l.sku_id, l.location_id, s.code, p.code, l.on_hand, l.reserved, l.buffer, CASE WHEN l.known THEN l.on_hand - l.reserved - l.buffer END,
       l.quarantined, l.damaged, l.in_transit, l.known, greatest(l.as_of, p.stock_as_of)
FROM (
    SELECT sku_id, location_id, sum(on_hand)::int AS on_hand, sum(reserved)::int AS reserved, sum(buffer)::int AS buffer,
           sum(quarantined)::int AS quarantined, sum(damaged)::int AS damaged, sum(in_transit)::int AS in_transit, bool_and(known) AS known,
           min(as_of) AS as_of
    FROM inventory_stocklevel
    WHERE tenant_id = %(tenant)s AND (%(first)s OR (sku_id, location_id) > (%(sku)s::uuid, %(location)s::uuid))
      AND (%(everywhere)s OR location_id = ANY(%(places)s::uuid[]))
    GROUP BY sku_id, location_id ORDER BY sku_id, location_id LIMIT %(batch)s
) l
JOIN inventory_sku s ON s.tenant_id = %(tenant)s AND s.id = l.sku_id
JOIN inventory_location p ON p.tenant_id = %(tenant)s AND p.id = l.location_id
ORDER BY l.sku_id, l.location_id
"""
_COMPONENTS = """
(SELECT string_agg(p.code || ':' || k.quantity, '|' ORDER BY p.code) FROM inventory_kitcomponent k
 JOIN inventory_sku p ON p.tenant_id = k.tenant_id AND p.id = k.component_id WHERE k.tenant_id = r.tenant_id AND k.kit_id = r.id)"""
_COLUMNS = {
    ImportKind.CATALOGUE: ", ".join(
        _COMPONENTS if field.name == "components" else f"r.{field.name}" for field in FIELDS[ImportKind.CATALOGUE]
    ),
    ImportKind.LOCATIONS: ", ".join(
        "e.code" if field.name == "legal_entity" else f"r.{field.name}" for field in FIELDS[ImportKind.LOCATIONS]
    ),
}
_FROM = {
    ImportKind.CATALOGUE: "inventory_sku r",
    ImportKind.LOCATIONS: "inventory_location r JOIN tenancy_legalentity e ON e.tenant_id = r.tenant_id AND e.id = r.legal_entity_id",
}


def export_headers(kind: str) -> tuple[str, ...]:
    """The columns of an export; an import of the same kind understands them."""
    return STOCK if kind == ImportKind.STOCK else tuple(field.name for field in FIELDS[kind])


def export_rows(kind: str, *, tenant_id: UUID, places: Collection[UUID] | None = None) -> Iterator[tuple[Any, ...]]:
    """Every row of an export, read at the pace of the reader; `places` None means every location."""
    return _levels(tenant_id, places) if kind == ImportKind.STOCK else _coded(ImportKind(kind), tenant_id)


def _levels(tenant_id: UUID, places: Collection[UUID] | None) -> Iterator[tuple[Any, ...]]:
    sku_id = location_id = None
    while True:
        parameters = {
            "first": sku_id is None,
            "sku": sku_id,
            "location": location_id,
            "everywhere": places is None,
            "places": list(places or ()),
            "batch": BATCH,
        }
        with tenant_scope(tenant_id):
            found = select(_LEVELS, parameters)
        yield from (row[2:] for row in found)
        if len(found) < BATCH:
            return
        sku_id, location_id = found[-1][:2]


def _coded(kind: ImportKind, tenant_id: UUID) -> Iterator[tuple[Any, ...]]:
    statement = f"SELECT {_COLUMNS[kind]} FROM {_FROM[kind]} WHERE r.tenant_id = %(tenant)s AND r.code > %(after)s ORDER BY r.code LIMIT %(batch)s"
    after = ""
    while True:
        with tenant_scope(tenant_id):
            found = select(statement, {"after": after, "batch": BATCH})
        yield from found
        if len(found) < BATCH:
            return
        after = found[-1][0]


def rejected_headers(kind: str) -> tuple[str, ...]:
    """The columns of a file of rejected rows."""
    return ("line", *(field.name for field in FIELDS[kind]), "reason")


def rejected_table(run_id: UUID, kind: str, *, tenant_id: UUID) -> Iterator[tuple[Any, ...]]:
    """The rejected rows of an import as they stood in the file, with their reasons in the language of this moment."""
    return _rejected(run_id, kind, tenant_id, translation.get_language() or "en")


def _rejected(run_id: UUID, kind: str, tenant_id: UUID, language: str) -> Iterator[tuple[Any, ...]]:
    fields = [field.name for field in FIELDS[kind]]
    line = -1
    while True:
        with tenant_scope(tenant_id), translation.override(language):
            found = [
                (row.line, *(row.cells.get(name, "") for name in fields), why_rejected(row.code, row.cells, row.detail))
                for row in rejected_rows(run_id).filter(line__gt=line)[:BATCH]
            ]
        yield from found
        if len(found) < BATCH:
            return
        line = found[-1][0]
