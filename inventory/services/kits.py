"""What kits are made of, and the making of those that lie prepacked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from inventory.enums import Bucket, MovementReason, SkuKind
from inventory.errors import InvalidKit, NotEnoughStock, UnknownSku
from inventory.events import SKUS_CHANGED
from inventory.locks import lock_kits, lock_places
from inventory.models import KitComponent, Sku, StockLevel
from inventory.queries.catalogue import skus_by_code
from inventory.queries.kits import all_parts_of, parts_of
from inventory.queries.stock import used_keys
from inventory.rules import costs_of_parts, kit_cost
from inventory.rules.kits import MOST_PARTS, MOST_PER_KIT
from inventory.services.changed import stock_changed
from inventory.services.costs import average_costs, revalue
from inventory.services.ledger import apply_deltas
from inventory.services.levels import LARGEST, ensure_levels, refuse_virtual
from inventory.types import Delta, Received, Shortage
from oms.events.services import record
from oms.tenancy.errors import InvalidInput, NotFound
from oms.tenancy.models import new_id
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from inventory.types import KitPart, NewPart

LARGEST_COST = 10**8
CAUSE = "assembly"


@transaction.atomic
def save_kit(*, sku_id: UUID, kind: str | None, parts: Sequence[NewPart] | None, actor: Actor = SYSTEM) -> Sku:
    """Say what a SKU is, and of which units it is made. What is None stays, but a simple one has no parts.

    Orders that were accepted keep the components they were accepted with. Raises NotFound, UnknownSku, VirtualKit for a virtual
    component, InvalidKit.
    """
    kit = lock_kits(sku_id)
    if kit is None:
        raise NotFound(_("There is no such SKU."))
    before = {row.component_id: row for row in KitComponent.objects.filter(kit_id=kit.pk)}
    kind = kit.kind if kind is None else kind
    if parts is None:
        wanted = {} if kind == SkuKind.SIMPLE else {row.component_id: row.quantity for row in before.values()}
    else:
        wanted = _resolve(parts)
    _refuse(kit, kind, wanted)
    KitComponent.objects.filter(kit_id=kit.pk).exclude(component_id__in=list(wanted)).delete()
    Sku.objects.filter(pk=kit.pk).update(kind=kind)
    for component_id, quantity in wanted.items():
        if component_id in before:
            KitComponent.objects.filter(pk=before[component_id].pk).update(quantity=quantity)
        else:
            KitComponent.objects.create(kit=kit, component_id=component_id, quantity=quantity)
    record(SKUS_CHANGED, "catalogue", new_id(), {"skus": [str(kit.pk)], "count": 1}, actor)
    stock_changed([kit.pk])
    kit.kind = kind
    return kit


def _resolve(parts: Sequence[NewPart]) -> dict[UUID, int]:
    known = skus_by_code([part.sku for part in parts])
    unknown = sorted({part.sku for part in parts} - set(known))
    if unknown:
        raise UnknownSku(unknown)
    wanted = {known[part.sku]: part.quantity for part in parts}
    if len(wanted) < len(parts):
        raise InvalidKit(_("Name each component once."), field="components")
    return wanted


def _refuse(kit: Sku, kind: str, wanted: Mapping[UUID, int]) -> None:
    if kind == SkuKind.SIMPLE and wanted:
        raise InvalidKit(_("A simple SKU has no components."), field="components")
    if kind != SkuKind.SIMPLE and not 0 < len(wanted) <= MOST_PARTS:
        raise InvalidKit(_("A kit has 1 to %(most)s components.") % {"most": MOST_PARTS}, field="components")
    if any(not 0 < quantity <= MOST_PER_KIT for quantity in wanted.values()):
        raise InvalidKit(
            _("A kit has 1 to %(most)s units of each component.") % {"most": MOST_PER_KIT}, field="components"
        )
    refuse_virtual(wanted)
    if kind == SkuKind.VIRTUAL and StockLevel.objects.filter(sku_id=kit.pk).exists():
        raise InvalidKit(
            _("%(sku)s has, or had, stock of its own: it cannot be a virtual kit.") % {"sku": kit.code}, field="kind"
        )
    if kind == SkuKind.VIRTUAL and KitComponent.objects.filter(component_id=kit.pk).exists():
        raise InvalidKit(
            _("%(sku)s is a part of another kit: it cannot be a virtual kit.") % {"sku": kit.code}, field="kind"
        )
    if kit.pk in all_parts_of(wanted):
        raise InvalidKit(_("%(sku)s cannot be a part of itself.") % {"sku": kit.code}, field="components")


@transaction.atomic
def assemble(
    *, sku_id: UUID, location_id: UUID, quantity: int, now: datetime, key: str = "", actor: Actor = SYSTEM
) -> bool:
    """Make so many prepacked kits out of what a location has free of their components; a kit then costs what went into it.

    Components and kits move together, and what is reserved or ring-fenced stays. False when the key was used before: nothing is
    done twice. Raises InvalidKit, NotEnoughStock, InvalidInput.
    """
    return _make(sku_id, location_id, quantity, now, key, actor)


@transaction.atomic
def disassemble(
    *, sku_id: UUID, location_id: UUID, quantity: int, now: datetime, key: str = "", actor: Actor = SYSTEM
) -> bool:
    """Take prepacked kits apart into their components, which share the kit's cost as they cost themselves; see `assemble`."""
    return _make(sku_id, location_id, -quantity, now, key, actor)


def _make(sku_id: UUID, location_id: UUID, quantity: int, now: datetime, key: str, actor: Actor) -> bool:
    parts = parts_of([sku_id], kinds=(SkuKind.PREPACKED,)).get(sku_id)
    if parts is None:
        raise InvalidKit(_("Only a prepacked kit is assembled or taken apart."), field="sku")
    if not quantity or any(abs(quantity) * part.quantity >= LARGEST for part in parts):
        raise InvalidInput(_("A movement needs a quantity other than zero and under a thousand million."))
    if used_keys([key]):
        return False
    changes = {part.sku_id: -quantity * part.quantity for part in parts} | {sku_id: quantity}
    try:
        with transaction.atomic():
            _move(sku_id, location_id, changes, key, now, actor)
            _revalue(sku_id, location_id, parts, quantity, actor)
    except IntegrityError as error:
        if "stockmovement_key" not in str(error):
            raise
        return False
    return True


def _move(sku_id: UUID, location_id: UUID, changes: Mapping[UUID, int], key: str, now: datetime, actor: Actor) -> None:
    places = [(each, location_id) for each in changes]
    ensure_levels(places)
    lock_places(places)
    levels = {
        level.sku_id: level
        for level in StockLevel.objects.select_related("sku").filter(
            location_id=location_id, sku_id__in=list(changes), pool=""
        )
    }
    short = [
        Shortage(level.sku.code, -changes[each], max(level.on_hand - level.reserved, 0))
        for each, level in levels.items()
        if level.on_hand - level.reserved < -changes[each]
    ]
    if short:
        raise NotEnoughStock(sorted(short, key=lambda each: each.sku))
    reason = MovementReason.ASSEMBLY if changes[sku_id] > 0 else MovementReason.DISASSEMBLY
    cause = str(new_id())
    deltas = [
        Delta(levels[each].pk, Bucket.ON_HAND, change, reason, CAUSE, cause, key if each == sku_id else "")
        for each, change in changes.items()
    ]
    apply_deltas(deltas=deltas, actor=actor, as_of=now, occurred_at=now)


def _revalue(sku_id: UUID, location_id: UUID, parts: Sequence[KitPart], quantity: int, actor: Actor) -> None:
    """What came into being costs what went into it; what is not known to cost anything comes in at its present average."""
    costs = average_costs(sku_ids=[sku_id, *(part.sku_id for part in parts)], location_id=location_id)
    if quantity > 0:
        receipts = [Received(sku_id, location_id, quantity, kit_cost(parts, costs))]
    else:
        receipts = [
            Received(part.sku_id, location_id, -quantity * part.quantity, cost)
            for part, cost in zip(parts, costs_of_parts(costs[sku_id], parts, costs), strict=True)
        ]
    if any(each.unit_cost is not None and each.unit_cost >= LARGEST_COST for each in receipts):
        raise InvalidInput(_("The kit would cost a hundred million or more."))
    revalue(receipts=receipts, actor=actor)
