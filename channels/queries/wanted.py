"""What channels should have of their articles, and what they were told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Case, OuterRef, Q, Subquery, When

from channels.connectors.enums import StockSemantics
from channels.connectors.registry import connector_class
from channels.models import Listing, Publication
from inventory.queries import availability, get_view
from oms.orders.queries import open_units_of_channel

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from django.db.models import QuerySet

    from oms.orders.models import SalesChannel


def wanted_quantities(*, kind: str, channel: SalesChannel, sku_ids: Collection[UUID]) -> dict[UUID, int | None]:
    """What a connection of that kind should tell the channel of each SKU; None when no source is known, which is no number to tell."""
    view = channel.stock_view or get_view()
    found: dict[UUID, int | None] = {
        each.sku_id: each.quantity for each in availability(view=view, sku_ids=list(sku_ids))
    }
    if connector_class(kind).stock_semantics == StockSemantics.ON_HAND:
        kept_there = open_units_of_channel(channel_id=channel.pk, sku_ids=sku_ids)
        found = {
            sku: None if quantity is None else quantity + kept_there.get(sku, 0) for sku, quantity in found.items()
        }
    return found


def listings_of_sku(sku_id: UUID) -> QuerySet[Listing]:
    """The SKU's listings on every channel; `refused` is the number that the channel refused, where it did."""
    sent = Publication.objects.filter(connection_id=OuterRef("connection_id"), listing_id=OuterRef("pk"))
    last = Subquery(sent.order_by("-sent_at", "-pk").values("quantity")[:1])
    return (
        Listing.objects.filter(sku_id=sku_id)
        .select_related("connection__channel__stock_view")
        .annotate(refused=Case(When(~Q(error=""), then=last)))
        .order_by("connection__channel__position", "external_id", "pk")
    )
