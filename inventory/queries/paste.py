"""What pasted quantities would change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from inventory.enums import SkuKind
from inventory.imports.reasons import why_rejected
from inventory.queries.catalogue import locations, skus
from inventory.rules.paste import quantity_of, read_paste
from inventory.types import RejectedRow
from oms.database.rows import select

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from uuid import UUID

    from inventory.models import Location, Sku
    from inventory.rules.paste import Pasted

# Ring-fenced units lie on the same shelf.
_ON_HAND = """
SELECT l.sku_id, l.location_id, sum(l.on_hand)::int, bool_and(l.known) FROM inventory_stocklevel l
JOIN unnest(%(skus)s::uuid[], %(places)s::uuid[]) AS a(sku_id, location_id) ON a.sku_id = l.sku_id AND a.location_id = l.location_id
WHERE l.tenant_id = %(tenant)s GROUP BY 1, 2
"""


class PastedChange(NamedTuple):
    """A cell that would change: what its location has on hand now, and what was pasted."""

    line: int
    sku: Sku
    place: Location
    old: int
    new: int
    known: bool

    @property
    def difference(self) -> int:
        return self.new - self.old


@dataclass
class PastePreview:
    """What a paste would do, before it does anything."""

    changes: list[PastedChange] = field(default_factory=list)
    unchanged: int = 0
    rejected: list[RejectedRow] = field(default_factory=list)


def pasted_changes(text: str) -> PastePreview:
    """What pasted quantities on hand would change, by SKU and location, with the rows that say nothing that can be done.

    A location goes by its code or name, a SKU by its code or barcode.
    """
    places = _places()
    pasted = read_paste(text, lambda name: _name(name) in places)
    known = _skus({each.sku for each in pasted})
    preview = PastePreview()
    wanted: dict[tuple[UUID, UUID], tuple[Pasted, int]] = {}
    for each in pasted:
        quantity, sku, place = quantity_of(each.text), known.get(each.sku), places.get(_name(each.place))
        problem = _problem(each, sku, place, quantity)
        if not problem and sku is not None and place is not None and isinstance(quantity, int):
            first, _units = wanted.setdefault((sku.pk, place.pk), (each, quantity))
            if first is each:
                continue
            problem, detail = "duplicate", str(first.line)
        else:
            detail = ""
        cells = {"sku": each.sku, "location": each.place, "on_hand": each.text}
        preview.rejected.append(RejectedRow(each.line, problem, why_rejected(problem, cells, detail)))
    _compare(preview, wanted, {sku.pk: sku for sku in known.values()}, {place.pk: place for place in places.values()})
    return preview


def _name(text: str) -> str:
    return " ".join(text.split()).casefold()


def _places() -> dict[str, Location]:
    """Every active location by its name and its code, as people may write them; a code goes before a name."""
    found = list(locations().filter(active=True))
    return {_name(place.name): place for place in found} | {_name(place.code): place for place in found}


def _skus(names: Collection[str]) -> dict[str, Sku]:
    by_code = {sku.code: sku for sku in skus().filter(code__in=names)}
    others = set(names) - set(by_code)
    scanned = skus().filter(barcodes__overlap=list(others)) if others else []
    return {code: sku for sku in scanned for code in sku.barcodes if code in others} | by_code


def _problem(each: Pasted, sku: Sku | None, place: Location | None, quantity: int | str) -> str:
    if sku is None:
        return "unknown_sku" if each.sku else "sku_empty"
    if sku.kind == SkuKind.VIRTUAL:
        return "virtual_kit"
    if place is None:
        return "unknown_location" if each.place else "location_empty"
    return quantity if isinstance(quantity, str) else ""


def _compare(
    preview: PastePreview,
    wanted: dict[tuple[UUID, UUID], tuple[Pasted, int]],
    by_id: dict[UUID, Sku],
    places: dict[UUID, Location],
) -> None:
    there = _on_hand(list(wanted))
    for (sku_id, place_id), (each, new) in wanted.items():
        old, known = there.get((sku_id, place_id), (0, True))
        if known and old == new:
            preview.unchanged += 1
        else:
            preview.changes.append(PastedChange(each.line, by_id[sku_id], places[place_id], old, new, known))


def _on_hand(pairs: Sequence[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], tuple[int, bool]]:
    parameters = {"skus": [sku for sku, _place in pairs], "places": [place for _sku, place in pairs]}
    rows = select(_ON_HAND, parameters) if pairs else []
    return {(sku, place): (units, known) for sku, place, units, known in rows}
