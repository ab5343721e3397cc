from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db.models import BooleanField, Case, ExpressionWrapper, Q, When
from django.utils.translation import gettext as _

from inventory.errors import UnknownView
from inventory.models import Location, Sku, StockView
from oms.database.rows import read_rows, select
from oms.tenancy.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal
    from uuid import UUID

    from django.db.models import QuerySet

EVERYTHING = "all"


def _ids_by_code(table: str, codes: Iterable[str]) -> dict[str, UUID]:
    wanted = list(set(codes))
    if not wanted:
        return {}
    found = select(
        f"SELECT code, id FROM {table} WHERE tenant_id = %(tenant)s AND code = ANY(%(codes)s::text[])",
        {"codes": wanted},
    )
    return dict(found)


def skus() -> QuerySet[Sku]:
    """The catalogue, by code."""
    return Sku.objects.order_by("code", "pk")


def skus_like(text: str) -> QuerySet[Sku]:
    """SKUs by the beginning of their code, part of their name, or a barcode: those it names exactly first, then by code.

    `exact` tells them apart.
    """
    begins, exact = Q(code__istartswith=text), Q(code__iexact=text) | Q(barcodes__contains=[text])
    found = Sku.objects.filter(begins | Q(name__icontains=text) | exact).annotate(
        exact=ExpressionWrapper(exact, BooleanField())
    )
    return found.order_by("-exact", Case(When(begins, 0), default=1), "code", "pk")


def values_of_skus(name: str) -> list[str]:
    """The values that SKUs have of a field, each once."""
    return list(Sku.objects.exclude(**{name: ""}).order_by(name).values_list(name, flat=True).distinct())


def get_sku(sku_id: UUID) -> Sku:
    """One SKU. Raises NotFound."""
    found = Sku.objects.filter(pk=sku_id).first()
    if found is None:
        raise NotFound(_("There is no such SKU."))
    return found


def sku_named(code: str) -> Sku:
    """The SKU of that code. Raises NotFound."""
    found = Sku.objects.filter(code=code).first()
    if found is None:
        raise NotFound(_("There is no such SKU."))
    return found


def skus_by_code(codes: Iterable[str]) -> dict[str, UUID]:
    """Ids of the SKUs that exist, by code."""
    return _ids_by_code("inventory_sku", codes)


def sku_codes(sku_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Codes of the SKUs that exist, by id."""
    return dict(Sku.objects.filter(pk__in=list(sku_ids)).values_list("pk", "code"))


def sku_by_barcode(barcode: str) -> Sku | None:
    """The SKU that carries a barcode, or has it as its code."""
    found = Sku.objects.filter(barcodes__contains=[barcode]).order_by("pk").first()
    return found or Sku.objects.filter(code=barcode).first()


def locations() -> QuerySet[Location]:
    """Every location, by code."""
    return Location.objects.order_by("code", "pk")


def locations_by_id(location_ids: Iterable[UUID]) -> dict[UUID, Location]:
    """Those of the locations that exist."""
    rows = read_rows(Location, "id = ANY(%(ids)s::uuid[])", {"ids": list(location_ids)})
    return {row.pk: row for row in rows}


class PlaceRow(NamedTuple):
    """An active location as routing reads it; `opening`, `closures` and `groups` are JSON."""

    id: UUID
    code: str
    name: str
    kind: str
    country: str
    postcode: str
    latitude: float | None
    longitude: float | None
    priority: int
    groups: str
    legal_entity: str
    ships: bool
    collects: bool
    time_zone: str
    opening: str
    closures: str
    daily_capacity: int | None
    parcel_cost: Decimal


_PLACES = """
SELECT l.id, l.code, l.name, l.kind, l.country, l.postcode, l.latitude, l.longitude, l.priority, array_to_json(l.groups)::text, e.code,
       l.ships, l.collects, l.time_zone, l.opening::text, l.closures::text, l.daily_capacity, l.parcel_cost
FROM inventory_location l JOIN tenancy_legalentity e ON e.tenant_id = l.tenant_id AND e.id = l.legal_entity_id
WHERE l.tenant_id = %(tenant)s AND l.active ORDER BY l.code, l.id
"""


def active_places() -> list[PlaceRow]:
    """Every active location, by code; plain rows, because every order asks."""
    return [PlaceRow._make(row) for row in select(_PLACES, {})]


def get_location(location_id: UUID) -> Location:
    """One location. Raises NotFound."""
    found = Location.objects.filter(pk=location_id).first()
    if found is None:
        raise NotFound(_("There is no such location."))
    return found


def locations_by_code(codes: Iterable[str]) -> dict[str, UUID]:
    """Ids of the locations that exist, by code."""
    return _ids_by_code("inventory_location", codes)


def stock_views() -> QuerySet[StockView]:
    """Every stock view with its parent, by code."""
    return StockView.objects.select_related("parent").order_by("code", "pk")


def get_view(code: str = "", *, stored: bool = False) -> StockView:
    """The view of that code; without one, or as long as none is called `all`, every location, unless it must be a `stored` one.

    Raises UnknownView.
    """
    wanted = code or EVERYTHING
    found = read_rows(StockView, "code = %(code)s", {"code": wanted})
    if not found and wanted == EVERYTHING and not stored:
        return StockView(code=EVERYTHING, name=_("All locations"))
    if not found:
        raise UnknownView(_("There is no stock view %(code)s.") % {"code": code}, view=code)
    return found[0]
