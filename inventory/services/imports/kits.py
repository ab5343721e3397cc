"""Kits of a catalogue's file: judged when the whole file is known, written after every SKU that it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import transaction
from django.db.models import F, Q

from inventory.enums import ImportPart, SkuKind
from inventory.models import ImportChunk, ImportReject, ImportRun, KitComponent, Sku, StockLevel
from inventory.queries.catalogue import skus_by_code
from inventory.rules.rings import parts_first, rings
from inventory.services.kits import save_kit
from inventory.types import NewPart
from oms.database.rows import select
from oms.tenancy.errors import OmsError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from oms.tenancy.types import Actor

    MadeOf = Mapping[str, set[str]]

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
    stored = _stored([kit.code for kit in kits]) if kits else {}
    faults = _faults(run, kits, stored)
    wrong = {fault.kit.line for fault in faults}
    # Parts first, so that no kit is a part of itself on the way.
    good = _parts_first([kit for kit in kits if kit.line not in wrong], stored)
    good.sort(key=lambda kit: ORDER.index(kit.kind))
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


def _parts_first(kits: Sequence[Kit], stored: MadeOf) -> list[Kit]:
    """Every kit after its parts."""
    by_code = {kit.code: kit for kit in kits}
    return [by_code[code] for code in parts_first(_made_of(kits, stored)) if code in by_code]


def _kits_of(run: ImportRun) -> Iterator[Kit]:
    chunks = ImportChunk.objects.filter(run_id=run.pk, part=ImportPart.CHANGE).values_list("documents", flat=True)
    for documents in chunks:
        for each in documents:
            values = each["values"]
            if KIT_FIELDS & values.keys():
                yield Kit(each["line"], each["code"], values["kind"], values.get("components"))


def _faults(run: ImportRun, kits: Sequence[Kit], stored: MadeOf) -> list[Fault]:
    """What the components will be decides, by the rows that are good on their own, or as they are.

    A row that falls leaves its SKU as it is, which may make others fall.
    """
    parts = {part for kit in kits for part, _quantity in kit.components or ()}
    known = dict(Sku.objects.filter(code__in=parts).values_list("code", "kind"))
    read = {code for (code,) in select(_READ, {"run": run.pk, "codes": list(parts)})}
    faults = {fault.kit.code: fault for fault in _faults_of_stock(kits)}
    while True:
        good = _parts_first([kit for kit in kits if kit.code not in faults], stored)
        kinds = dict.fromkeys(read - faults.keys(), SkuKind.SIMPLE) | known | {kit.code: kit.kind for kit in good}
        fallen = {fault.kit.code: fault for fault in _faults_of_parts(good, kinds, known)}
        fallen |= {fault.kit.code: fault for fault in _rings([kit for kit in good if kit.code not in fallen], stored)}
        if not fallen:
            return list(faults.values())
        faults |= fallen


def _faults_of_stock(kits: Iterable[Kit]) -> Iterator[Fault]:
    virtual = {kit.code: kit for kit in kits if kit.kind == SkuKind.VIRTUAL}
    stocked = set(StockLevel.objects.filter(sku__code__in=virtual).values_list("sku__code", flat=True))
    used = set(KitComponent.objects.filter(component__code__in=virtual).values_list("component__code", flat=True))
    for code in stocked | used:
        yield Fault(virtual[code], "kit_has_stock" if code in stocked else "kit_is_part")


def _faults_of_parts(kits: Iterable[Kit], kinds: dict[str, str], known: Mapping[str, str]) -> Iterator[Fault]:
    """Kits whose parts will not be there, or are virtual; `kinds` is what each SKU will be, of which these are taken out."""
    for kit in kits:
        fault = _fault_of_parts(kit, kinds)
        if fault is not None:
            yield fault
            kinds.pop(kit.code)
            if kit.code in known:
                kinds[kit.code] = known[kit.code]


def _fault_of_parts(kit: Kit, kinds: Mapping[str, str]) -> Fault | None:
    for part, _quantity in kit.components or ():
        if part not in kinds:
            return Fault(kit, "component_unknown", part)
        if kinds[part] == SkuKind.VIRTUAL:
            return Fault(kit, "component_virtual", part)
    return None


def _rings(kits: Iterable[Kit], stored: MadeOf) -> Iterator[Fault]:
    by_code = {kit.code: kit for kit in kits}
    made_of = _made_of(by_code.values(), stored)
    for ring in rings(made_of):
        for code in ring & by_code.keys():
            yield Fault(by_code[code], "kit_ring", min(ring & made_of[code]))


def _stored(codes: Collection[str]) -> MadeOf:
    """Which kits there are of which others; these may become some."""
    kits = Q(component__code__in=codes) | ~Q(component__kind=SkuKind.SIMPLE)
    found: dict[str, set[str]] = {}
    for kit, part in KitComponent.objects.filter(kits).values_list("kit__code", "component__code"):
        found.setdefault(kit, set()).add(part)
    return found


def _made_of(kits: Iterable[Kit], stored: MadeOf) -> dict[str, set[str]]:
    """What every kit will be made of."""
    made_of = dict(stored)
    for kit in kits:
        if kit.kind == SkuKind.SIMPLE:
            made_of[kit.code] = set()
        elif kit.components is None:
            made_of.setdefault(kit.code, set())
        else:
            made_of[kit.code] = {part for part, _quantity in kit.components}
    return made_of


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
