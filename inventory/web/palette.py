"""What the palette finds of this room: SKUs and locations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q
from django.urls import reverse

from inventory.enums import LocationKind
from inventory.queries import locations, skus
from oms.tenancy.permissions import Permission
from oms.web import palette

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oms.tenancy.requests import TenantRequest

MOST = 6


def register() -> None:
    """Offer SKUs to people who may read stock, and locations to people who may read the catalogue."""
    palette.register(find_skus, permission=Permission.STOCK_READ)
    palette.register(find_locations, permission=Permission.CATALOGUE_READ)


def find_skus(_request: TenantRequest, query: str) -> Iterator[palette.Result]:
    """SKUs by the beginning of their code, part of their name, or a barcode."""
    wanted = Q(code__istartswith=query) | Q(name__icontains=query) | Q(barcodes__contains=[query])
    for sku in skus().filter(wanted)[:MOST]:
        exact = sku.code.casefold() == query.casefold() or query in sku.barcodes
        yield palette.Result(
            sku.code,
            reverse("inventory:sku", args=[sku.code]),
            palette.SKUS,
            icon="stack-2",
            detail=sku.name,
            exact=exact,
        )


def find_locations(_request: TenantRequest, query: str) -> Iterator[palette.Result]:
    """Locations by the beginning of their code or city, or part of their name."""
    wanted = Q(code__istartswith=query) | Q(name__icontains=query) | Q(city__istartswith=query)
    for place in locations().filter(wanted)[:MOST]:
        yield palette.Result(
            place.name,
            reverse("inventory:location", args=[place.pk]),
            palette.LOCATIONS,
            icon="map-pin",
            detail=f"{place.code}, {LocationKind(place.kind).label}",
            exact=place.code.casefold() == query.casefold(),
        )
