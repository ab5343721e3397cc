"""What the palette finds of this room: SKUs, locations, and the documents that move stock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q
from django.urls import reverse

from inventory.enums import LocationKind
from inventory.queries import counts, locations, purchase_orders, skus_like, transfers
from oms.tenancy.permissions import Permission
from oms.web import palette

if TYPE_CHECKING:
    from collections.abc import Iterator

    from inventory.models import PurchaseOrder, StockCount, Transfer
    from oms.tenancy.requests import TenantRequest

MOST = 6


def register() -> None:
    """Offer SKUs and documents to people who may read stock, and locations to people who may read the catalogue."""
    palette.register(find_skus, permission=Permission.STOCK_READ)
    palette.register(find_documents, permission=Permission.STOCK_READ)
    palette.register(find_locations, permission=Permission.CATALOGUE_READ)


def find_skus(_request: TenantRequest, query: str) -> Iterator[palette.Result]:
    """SKUs by the beginning of their code, part of their name, or a barcode."""
    for sku in skus_like(query)[:MOST]:
        yield palette.Result(
            sku.code,
            reverse("inventory:sku", args=[sku.code]),
            palette.SKUS,
            icon="stack-2",
            detail=sku.name,
            exact=getattr(sku, "exact", False),
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


def find_documents(_request: TenantRequest, query: str) -> Iterator[palette.Result]:
    """Purchase orders, transfers and counts by the beginning of their number; purchase orders by their reference, too."""
    bought = purchase_orders().filter(Q(number__istartswith=query) | Q(reference__istartswith=query))[:MOST]
    for order in bought:
        exact = query.casefold() in {order.number.casefold(), order.reference.casefold()}
        yield _document("purchase-order", order, "truck-loading", order.supplier, exact=exact)
    for transfer in transfers().filter(number__istartswith=query)[:MOST]:
        places = f"{transfer.source.name} → {transfer.destination.name}"
        exact = query.casefold() == transfer.number.casefold()
        yield _document("transfer", transfer, "arrows-left-right", places, exact=exact)
    for count in counts().filter(number__istartswith=query)[:MOST]:
        exact = query.casefold() == count.number.casefold()
        yield _document("count", count, "clipboard-list", count.location.name, exact=exact)


def _document(
    name: str, row: PurchaseOrder | StockCount | Transfer, icon: str, detail: str, *, exact: bool
) -> palette.Result:
    address = reverse(f"inventory:{name}", args=[row.pk])
    return palette.Result(
        row.number, address, palette.STOCK_DOCUMENTS, icon=icon, detail=detail, state=row.state, exact=exact
    )
