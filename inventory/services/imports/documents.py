"""Rows of a catalogue or of locations: each names a code, and of the fields beside it those that its cells say."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection

from inventory.enums import ImportKind, ImportMode, ImportPart
from inventory.imports.values import is_code, read_values
from inventory.models import ImportChunk, ImportReject, Location, Sku
from inventory.services.catalogue import save_location, save_skus, update_location
from inventory.services.imports.kits import KIT_FIELDS, apply_kits, as_kit, known_components, stage_kits
from inventory.services.imports.stock import Close, Counts
from oms.tenancy.context import current_tenant_id
from oms.tenancy.models import new_id
from oms.tenancy.queries import legal_entities

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from inventory.imports.tables import Row
    from inventory.models import ImportRun
    from oms.tenancy.types import Actor

# Rows of one transaction; each location is written, audited and told on its own.
PIECE_ROWS = 10_000
CHUNKS = {ImportKind.CATALOGUE: 500, ImportKind.LOCATIONS: 100}
LONGEST_CODE = {ImportKind.CATALOGUE: 100, ImportKind.LOCATIONS: 40}
LONGEST_CELL = 200
_TWICE = """
WITH named AS (
    SELECT u.* FROM inventory_importchunk c CROSS JOIN LATERAL unnest(c.lines, c.quantities, c.codes) AS u(line, quantity, code)
    WHERE c.tenant_id = %(tenant)s AND c.run_id = %(run)s AND c.part = 'NAMED' AND u.quantity IS NOT NULL
), twice AS (SELECT code, min(line) AS first FROM named GROUP BY code HAVING count(*) > 1)
SELECT n.line, t.first, n.code, n.quantity FROM named n JOIN twice t USING (code) WHERE n.line > t.first ORDER BY n.line
"""
_ABSENT = """
SELECT s.code FROM inventory_sku s WHERE s.tenant_id = %(tenant)s AND s.active AND NOT EXISTS (
    SELECT 1 FROM inventory_importchunk c CROSS JOIN LATERAL unnest(c.codes) AS u(code)
    WHERE c.tenant_id = %(tenant)s AND c.run_id = %(run)s AND c.part = 'NAMED' AND u.code = s.code
) ORDER BY s.code
"""


class _Judged(NamedTuple):
    line: int
    code: str
    document: dict[str, Any]
    problem: str
    detail: str
    cells: dict[str, str]


def stage_documents(run: ImportRun, rows: Sequence[Row], places: Mapping[str, int]) -> Counts:
    """Judge a piece of the file and keep what it names, what it changes, and what is rejected."""
    read = [_read(run, row, places) for row in rows]
    known = _known(run.kind, {each.code for each in read if not each.problem})
    entities = set(legal_entities().values_list("code", flat=True)) if run.kind == ImportKind.LOCATIONS else set()
    judged = [_judged(each, run.kind, known, entities) for each in read]
    changes = [each for each in judged if not each.problem and _differs(each, known.get(each.code))]
    rejected = [each for each in judged if each.problem]
    changing = {each.line for each in changes}
    # 1 where the row changes something, 0 where it is so already, NULL where it cannot be read.
    ImportChunk.objects.create(
        run=run,
        part=ImportPart.NAMED,
        lines=[each.line for each in judged],
        codes=[each.code[:100] for each in judged],
        quantities=[None if each.problem else int(each.line in changing) for each in judged],
    )
    size = CHUNKS[ImportKind(run.kind)]
    ImportChunk.objects.bulk_create(
        ImportChunk(
            run=run, part=ImportPart.CHANGE, quantities=[0] * len(part), documents=[_document(each) for each in part]
        )
        for part in (changes[start : start + size] for start in range(0, len(changes), size))
    )
    ImportReject.objects.bulk_create(
        (
            ImportReject(
                run=run, line=each.line, code=each.problem, detail=each.detail[:LONGEST_CELL], cells=each.cells
            )
            for each in rejected
        ),
        batch_size=2000,
    )
    return Counts(len(judged), len(judged) - len(rejected), len(changes), len(rejected), 0, 0)


def close_documents(run: ImportRun) -> Close:
    """Reject what is said twice (the first counts) and kits that cannot be, and find the SKUs that a full catalogue leaves out."""
    parameters = {"tenant": current_tenant_id(), "run": run.pk}
    with connection.cursor() as cursor:
        cursor.execute(_TWICE, parameters)
        twice = cursor.fetchall()
        absent: list[str] = []
        if run.mode == ImportMode.FULL:
            cursor.execute(_ABSENT, parameters)
            absent = [code for (code,) in cursor.fetchall()]
    ImportReject.objects.bulk_create(
        (
            ImportReject(run=run, line=line, code="duplicate", detail=str(first), cells={"code": code})
            for line, first, code, _changes in twice
        ),
        batch_size=2000,
    )
    faults = stage_kits(run, {line for line, *_rest in twice}) if run.kind == ImportKind.CATALOGUE else []
    size = CHUNKS[ImportKind(run.kind)]
    ImportChunk.objects.bulk_create(
        ImportChunk(id=new_id(), run=run, part=ImportPart.ZERO, codes=part, quantities=[0] * len(part))
        for part in (absent[start : start + size] for start in range(0, len(absent), size))
    )
    changing = sum(changes for *_row, changes in twice)
    return Close(len(twice) + len(faults), changing + len(faults), 0, [], [], len(absent))


def apply_documents(*, chunk: ImportChunk, run: ImportRun, actor: Actor) -> None:
    """Create what is new and change what a chunk says of the rest."""
    lines = [each["line"] for each in chunk.documents]
    rejected = set(ImportReject.objects.filter(run_id=run.pk, line__in=lines).values_list("line", flat=True))
    documents = [each for each in chunk.documents if each["line"] not in rejected]
    wanted = {each["code"]: each["values"] for each in documents if "values" in each}
    wanted |= {code: {"active": False} for code in chunk.codes}
    if run.kind == ImportKind.CATALOGUE:
        _apply_skus(wanted, actor)
        apply_kits(run=run, kits=[each["kit"] for each in documents if "kit" in each], actor=actor)
    else:
        _apply_locations(wanted, actor)


def _apply_skus(wanted: Mapping[str, dict[str, Any]], actor: Actor) -> None:
    found = Sku.objects.select_for_update(of=("self",), no_key=True).filter(code__in=wanted).order_by("code")
    present = {row.code: {name: getattr(row, name) for name in _SKU_FIELDS} for row in found}
    rows = [{**present.get(code, {}), **_typed(values), "code": code} for code, values in wanted.items()]
    if rows:
        save_skus(skus=rows, actor=actor)


def _apply_locations(wanted: Mapping[str, dict[str, Any]], actor: Actor) -> None:
    entities = {row.code: row for row in legal_entities()}
    first = legal_entities()[0]
    known = dict(Location.objects.filter(code__in=wanted).values_list("code", "pk"))
    for code, values in sorted(wanted.items()):
        fields = {**values, **({"legal_entity": entities[values["legal_entity"]]} if "legal_entity" in values else {})}
        if code in known:
            update_location(location_id=known[code], actor=actor, **fields)
        else:
            save_location(actor=actor, **{"legal_entity": first, **fields, "code": code})


_SKU_FIELDS = ("name", "product", "barcodes", "category", "brand", "attributes", "weight_g", "cost", "price", "active")
_LOCATION_FIELDS = (
    "name",
    "kind",
    "address",
    "postcode",
    "city",
    "country",
    "latitude",
    "longitude",
    "time_zone",
    "groups",
    "ships",
    "collects",
    "takes_returns",
    "active",
    "priority",
    "daily_capacity",
)


def _known(kind: str, codes: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The fields of what exists, by code."""
    if kind == ImportKind.CATALOGUE:
        parts = known_components(set(codes))
        found = Sku.objects.filter(code__in=codes).values("code", "kind", *_SKU_FIELDS)
        return {row["code"]: {**row, "components": parts.get(row["code"], [])} for row in found}
    rows = Location.objects.filter(code__in=codes).values("code", "legal_entity__code", *_LOCATION_FIELDS)
    return {row["code"]: {**row, "legal_entity": row["legal_entity__code"]} for row in rows}


def _read(run: ImportRun, row: Row, places: Mapping[str, int]) -> _Judged:
    line, found, problem = row
    cells = {name: found[at] for name, at in places.items()} if found else {}
    code = cells.get("code", "").strip()
    shown = {name: _shown(cell) for name, cell in cells.items()}
    if problem or shown != {name: cell[:LONGEST_CELL] for name, cell in cells.items()}:
        return _Judged(line, "", {}, problem or "unreadable", "", shown)
    if not code:
        return _Judged(line, "", {}, "code_empty", "", shown)
    if not is_code(code, LONGEST_CODE[ImportKind(run.kind)]):
        return _Judged(line, "", {}, "code_impossible", "", shown)
    values, wrong = read_values(run.kind, cells)
    if wrong:
        return _Judged(line, code, {}, f"value_{wrong}", f"{wrong}={shown[wrong].strip()}", shown)
    return _Judged(line, code, values, "", "", shown)


def _shown(cell: str) -> str:
    return cell[:LONGEST_CELL].encode("utf-8", "replace").decode().replace("\0", "?")


def _judged(each: _Judged, kind: str, known: Mapping[str, Any], entities: set[str]) -> _Judged:
    """What only the database can tell: whether it is new, and then lacks something."""
    if each.problem:
        return each
    if each.document.get("legal_entity", next(iter(entities), "")) not in entities and entities:
        return each._replace(problem="legal_entity_unknown")
    if each.code not in known:
        if "name" not in each.document:
            return each._replace(problem="name_empty")
        if kind == ImportKind.LOCATIONS and "kind" not in each.document:
            return each._replace(problem="kind_empty")
    if kind == ImportKind.CATALOGUE:
        document, problem = as_kit(each.code, each.document, known.get(each.code))
        return each._replace(document=document, problem=problem)
    return each


def _differs(each: _Judged, known: Mapping[str, Any] | None) -> bool:
    return known is None or any(known[name] != value for name, value in each.document.items())


def _document(each: _Judged) -> dict[str, Any]:
    values = {name: str(value) if isinstance(value, Decimal) else value for name, value in each.document.items()}
    return {"line": each.line, "code": each.code, "values": values}


def _typed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a row; decimals travel as text, and what makes a kit is written when every SKU is there."""
    return {
        name: Decimal(value) if name in {"cost", "price"} else value
        for name, value in values.items()
        if name not in KIT_FIELDS
    }
