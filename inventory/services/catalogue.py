from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from inventory.enums import SkuKind
from inventory.errors import CodeTaken
from inventory.events import SKUS_CHANGED
from inventory.geo.postcodes import locate
from inventory.models import Location, Sku, StockLevel
from inventory.services.changed import stock_changed
from inventory.services.kits import save_kit
from oms.events.services import record
from oms.tenancy.errors import NotFound
from oms.tenancy.models import new_id
from oms.tenancy.services import audit
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from inventory.types import NewPart

# What stock views choose locations by.
CHOOSING = {
    "active",
    "groups",
    "kind",
    "country",
    "city",
    "postcode",
    "legal_entity",
    "legal_entity_id",
    "ships",
    "collects",
    "takes_returns",
}
UPDATABLE = [
    "name",
    "product",
    "barcodes",
    "category",
    "brand",
    "attributes",
    "weight_g",
    "cost",
    "price",
    "active",
    "updated_at",
]


@transaction.atomic
def save_skus(*, skus: Sequence[Mapping[str, Any]], actor: Actor = SYSTEM) -> list[Sku]:
    """Create SKUs, or change those whose code exists; each mapping has `code` and `name` and may have Sku's other fields."""
    by_code = {fields["code"]: Sku(**fields) for fields in skus}
    # In one order everywhere, so that two imports follow each other.
    rows = [by_code[code] for code in sorted(by_code)]
    Sku.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["tenant", "code"], update_fields=UPDATABLE, batch_size=2000
    )
    saved = list(Sku.objects.filter(code__in=[row.code for row in rows]).order_by("code"))
    record(
        SKUS_CHANGED, "catalogue", new_id(), {"skus": [str(row.pk) for row in saved[:500]], "count": len(saved)}, actor
    )
    return saved


@transaction.atomic
def create_sku(
    *,
    code: str,
    name: str,
    kind: str = SkuKind.SIMPLE,
    components: Sequence[NewPart] = (),
    actor: Actor = SYSTEM,
    **fields: Any,
) -> Sku:
    """Create one SKU, or a kit with its components. Raises CodeTaken, and as `save_kit`."""
    try:
        with transaction.atomic():
            sku = Sku.objects.create(code=code, name=name, **fields)
    except IntegrityError as error:
        if "sku_code" not in str(error):
            raise
        raise CodeTaken(_("There is a SKU %(code)s already.") % {"code": code}, code=code) from error
    if kind != SkuKind.SIMPLE or components:
        return save_kit(sku_id=sku.pk, kind=kind, parts=components, actor=actor)
    record(SKUS_CHANGED, "catalogue", new_id(), {"skus": [str(sku.pk)], "count": 1}, actor)
    return sku


@transaction.atomic
def update_sku(
    *,
    sku_id: UUID,
    now: datetime,
    kind: str | None = None,
    components: Sequence[NewPart] | None = None,
    actor: Actor = SYSTEM,
    **changes: Any,
) -> Sku:
    """Change some of a SKU's fields; the others stay, and so do its components unless they are given, or it becomes simple.

    Raises NotFound, and as `save_kit`.
    """
    if kind is not None or components is not None:
        save_kit(sku_id=sku_id, kind=kind, parts=components, actor=actor)
    if not Sku.objects.filter(pk=sku_id).update(**changes, updated_at=now):
        raise NotFound(_("There is no such SKU."))
    record(SKUS_CHANGED, "catalogue", new_id(), {"skus": [str(sku_id)], "count": 1}, actor)
    return Sku.objects.get(pk=sku_id)


@transaction.atomic
def save_location(*, actor: Actor = SYSTEM, **fields: Any) -> Location:
    """Create a location; without coordinates it is where its postcode is. Raises CodeTaken."""
    if fields.get("latitude") is None:
        fields |= _place_of(fields.get("country", "FR"), fields.get("postcode", ""))
    try:
        with transaction.atomic():
            location = Location.objects.create(**fields)
    except IntegrityError as error:
        if "location_code" not in str(error):
            raise
        raise CodeTaken(
            _("There is a location %(code)s already.") % {"code": fields["code"]}, code=fields["code"]
        ) from error
    audit(action="location.created", object_type="location", object_id=location.pk, actor=actor, code=location.code)
    return location


@transaction.atomic
def update_location(*, location_id: UUID, actor: Actor = SYSTEM, **changes: Any) -> Location:
    """Change a location; what it can sell changes with it, and with its postcode its coordinates unless they are given.

    Raises NotFound.
    """
    known = Location.objects.filter(pk=location_id).first()
    if known is None:
        raise NotFound(_("There is no such location."))
    moved = {"postcode", "country"} & set(changes) and "latitude" not in changes
    if moved or ("latitude" in changes and changes["latitude"] is None):
        changes |= _place_of(changes.get("country", known.country), changes.get("postcode", known.postcode))
    changes = {name: value for name, value in changes.items() if getattr(known, name) != value}
    if not changes:
        return known
    Location.objects.filter(pk=location_id).update(**changes)
    audit(
        action="location.updated", object_type="location", object_id=location_id, actor=actor, changes=sorted(changes)
    )
    location = Location.objects.get(pk=location_id)
    if (CHOOSING | {"time_zone"}) & set(changes):
        skus = set(StockLevel.objects.filter(location_id=location_id).values_list("sku_id", flat=True))
        stock_changed(skus, freed=skus)
    return location


def _place_of(country: str, postcode: str) -> dict[str, float | None]:
    point = locate(country, postcode) if postcode else None
    return {"latitude": point.latitude if point else None, "longitude": point.longitude if point else None}
