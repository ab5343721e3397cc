from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from inventory.errors import UnknownView
from inventory.models import Location, Sku, StockView
from oms.tenancy.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from django.db.models import QuerySet

EVERYTHING = "all"


def skus() -> QuerySet[Sku]:
    """The catalogue, by code."""
    return Sku.objects.order_by("code", "pk")


def get_sku(sku_id: UUID) -> Sku:
    """One SKU. Raises NotFound."""
    found = Sku.objects.filter(pk=sku_id).first()
    if found is None:
        raise NotFound(_("There is no such SKU."))
    return found


def skus_by_code(codes: Iterable[str]) -> dict[str, UUID]:
    """Ids of the SKUs that exist, by code."""
    return dict(Sku.objects.filter(code__in=set(codes)).values_list("code", "pk"))


def sku_by_barcode(barcode: str) -> Sku | None:
    """The SKU that carries a barcode, or has it as its code."""
    found = Sku.objects.filter(barcodes__contains=[barcode]).order_by("pk").first()
    return found or Sku.objects.filter(code=barcode).first()


def locations() -> QuerySet[Location]:
    """Every location, by code."""
    return Location.objects.order_by("code", "pk")


def get_location(location_id: UUID) -> Location:
    """One location. Raises NotFound."""
    found = Location.objects.filter(pk=location_id).first()
    if found is None:
        raise NotFound(_("There is no such location."))
    return found


def locations_by_code(codes: Iterable[str]) -> dict[str, UUID]:
    """Ids of the locations that exist, by code."""
    return dict(Location.objects.filter(code__in=set(codes)).values_list("code", "pk"))


def stock_views() -> QuerySet[StockView]:
    """Every stock view, by code."""
    return StockView.objects.order_by("code", "pk")


def get_view(code: str = "") -> StockView:
    """The view of that code; without one, or as long as none is called `all`, every location. Raises UnknownView."""
    wanted = code or EVERYTHING
    found = StockView.objects.filter(code=wanted).first()
    if found is None and wanted == EVERYTHING:
        return StockView(code=EVERYTHING, name=_("All locations"))
    if found is None:
        raise UnknownView(_("There is no stock view %(code)s.") % {"code": code}, view=code)
    return found
