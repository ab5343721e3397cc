"""Kits of a catalogue's file: judged when the whole file is known, written after every SKU that it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import transaction
from django.db.models import F

from inventory.enums import ImportPart, SkuKind
from inventory.models import ImportChunk, ImportReject, ImportRun, KitComponent, Sku, StockLevel
from inventory.queries.catalogue import skus_by_code
from inventory.services.kits import save_kit
from inventory.types import NewPart
from oms.database.rows import select
from oms.tenancy.errors import OmsError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from oms.tenancy.types import Actor

KIT_FIELDS = frozenset({"kind", "components"})
CHUNK = 500
LONGEST_DETAIL = 200
# What was virtual and will not be may be a part from then on.
ORDER = (SkuKind.SIMPLE, SkuKind.PREPACKED, SkuKind.VIRTUAL)
_READ = """
SELECT DISTINCT u.code FROM inventory_importchunk c CROSS JOIN LATERAL unnest(c.quantities, c.codes) AS u(quantity, code)
WHERE c.tenant_id = %(tenant)s AND c.run_id = %(run)s AND c.part = 'NAMED' AND u.quantity IS NOT NULL AND u.code = ANY(%(codes)s::text[])
"""


class Kit(NamedTuple):
    """What a row says of a kit; `components` None where it leaves them as they are."""

    line: int
    code: str
    kind: str
    components: list[list[Any]] | None


class Fault(NamedTuple):
    """Why a kit cannot be."""

    kit: Kit
    problem: str
    detail: str = ""


def known_components(codes: Collection[str]) -> dict[str, list[list[Any]]]:
    """The components of those of the SKUs that have any, as a file says them."""
    rows = KitComponent.objects.filter(kit__code__in=codes).order_by("component__code")
    found: dict[str, list[list[Any]]] = {}
    for kit, component, quantity in rows.values_list("kit__code", "component__code", "quantity"):
        found.setdefault(kit, []).append([component, quantity])
    return found


def as_kit(code: str, document: Mapping[str, Any], known: Mapping[str, Any] | None) -> tuple[dict[str, Any], str]:
    """The document with the kind that follows from it, and what is wrong with it alone. A simple SKU that is given components becomes a virtual kit."""
    if not KIT_FIELDS & document.keys():
        return dict(document), ""
    given = document.get("components")
    before = known["kind"] if known else SkuKind.SIMPLE
    kind = document.get("kind") or (SkuKind.VIRTUAL if given and before == SkuKind.SIMPLE else before)
    parts = given or (known["components"] if known else [])
    problem = ""
    if kind == SkuKind.SIMPLE and given:
        problem = "kit_simple"
    elif kind != SkuKind.SIMPLE and not parts:
        problem = "kit_empty"
    elif any(part == code for part, _quantity in given or ()):
        problem = "kit_itself"
    return {**document, "kind": str(kind)}, problem


def stage_kits(run: ImportRun, rejected: Collection[int]) -> list[Fault]:
    """Keep what is to be written of the file's kits after its SKUs, and return what cannot be."""
    kits = [kit for kit in _kits_of(run) if kit.line not in rejected]
    faults = _faults(run, kits) if kits else []
    wrong = {fault.kit.line for fault in faults}
    good = sorted((kit for kit in kits if kit.line not in wrong), key=lambda kit: (ORDER.index(kit.kind), kit.code))
    ImportChunk.objects.bulk_create(
        ImportChunk(
            run=run,
            part=ImportPart.CHANGE,
            documents=[{"kit": kit, "line": kit.line} for kit in good[start : start + CHUNK]],
        )
        for start in range(0, len(good), CHUNK)
    )
    ImportReject.objects.bulk_create(
        ImportReject(run=run, line=kit.line, code=problem, detail=detail, cells=_cells(kit))
        for kit, problem, detail in faults
    )
    return faults


def _kits_of(run: ImportRun) -> Iterator[Kit]:
    chunks = ImportChunk.objects.filter(run_id=run.pk, part=ImportPart.CHANGE).values_list("documents", flat=True)
    for documents in chunks:
        for each in documents:
            values = each["values"]
            if KIT_FIELDS & values.keys():
                yield Kit(each["line"], each["code"], values["kind"], values.get("components"))


def _faults(run: ImportRun, kits: Sequence[Kit]) -> list[Fault]:
    """What the components will be decides, by the rows that are good on their own, or as they are."""
    parts = {part for kit in kits for part, _quantity in kit.components or ()}
    kinds = dict(Sku.objects.filter(code__in=parts).values_list("code", "kind"))
    read = {code for (code,) in select(_READ, {"run": run.pk, "codes": list(parts)})}
    virtual = [kit.code for kit in kits if kit.kind == SkuKind.VIRTUAL]
    stocked = set(StockLevel.objects.filter(sku__code__in=virtual).values_list("sku__code", flat=True))
    used = set(KitComponent.objects.filter(component__code__in=virtual).values_list("component__code", flat=True))
    faults = []
    for kit in kits:
        unknown = next((part for part, _quantity in kit.components or () if part not in kinds.keys() | read), "")
        if unknown:
            faults.append(Fault(kit, "component_unknown", unknown))
        elif kit.kind == SkuKind.VIRTUAL and kit.code in stocked | used:
            faults.append(Fault(kit, "kit_has_stock" if kit.code in stocked else "kit_is_part"))
    wrong = {fault.kit.code for fault in faults}
    kinds = dict.fromkeys(read - wrong, SkuKind.SIMPLE) | kinds
    kinds |= {kit.code: kit.kind for kit in kits if kit.code not in wrong}
    return faults + [
        fault for kit in kits if kit.code not in wrong and (fault := _fault_of_parts(kit, kinds)) is not None
    ]


def _fault_of_parts(kit: Kit, kinds: Mapping[str, str]) -> Fault | None:
    for part, _quantity in kit.components or ():
        if part not in kinds:
            return Fault(kit, "component_unknown", part)
        if kinds[part] == SkuKind.VIRTUAL:
            return Fault(kit, "component_virtual", part)
    return None


def apply_kits(*, run: ImportRun, kits: Iterable[Sequence[Any]], actor: Actor) -> None:
    """Make SKUs the kits that a chunk says; one that has become impossible since it was judged is a rejected row."""
    wanted = [Kit(*each) for each in kits]
    ids = skus_by_code([kit.code for kit in wanted])
    refused = []
    for kit in wanted:
        parts = None if kit.components is None else [NewPart(*part) for part in kit.components]
        try:
            with transaction.atomic():
                save_kit(sku_id=ids[kit.code], kind=kit.kind, parts=parts, actor=actor)
        except OmsError as refusal:
            refused.append(Fault(kit, "kit_refused", refusal.message))
    ImportReject.objects.bulk_create(
        ImportReject(
            run=run,
            line=fault.kit.line,
            code=fault.problem,
            detail=fault.detail[:LONGEST_DETAIL],
            cells=_cells(fault.kit),
        )
        for fault in refused
    )
    count = len(refused)
    ImportRun.objects.filter(pk=run.pk).update(
        rejected=F("rejected") + count, valid=F("valid") - count, changed=F("changed") - count
    )


def _cells(kit: Kit) -> dict[str, str]:
    parts = "|".join(f"{part}:{quantity}" for part, quantity in kit.components or ())
    return {"code": kit.code, "kind": kit.kind, "components": parts}
