"""Take a page of a channel's orders in: new ones once, changed ones applied, the others kept with their reason."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.db import transaction

from channels.connectors.enums import OrderState
from channels.connectors.types import ChannelOrder, UnmappableOrder
from channels.enums import ParkedKind
from channels.models import Connection, Listing
from channels.services.change import apply_changes
from channels.services.parked import park, resolve
from channels.services.translate import Catalogue, Untranslatable, is_ours, translate
from channels.types import Ingested
from inventory.errors import UnknownLocation, UnknownSku
from inventory.queries import locations, skus, skus_by_code
from oms.orders.queries import known_orders
from oms.tenancy.enums import ActorKind
from oms.tenancy.types import Actor
from orchestration.services import place_orders

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from oms.orders.models import Order
    from oms.orders.types import Intake, NewOrder
    from oms.tenancy.errors import OmsError


@transaction.atomic
def ingest(*, connection_id: UUID, orders: Sequence[ChannelOrder | UnmappableOrder], now: datetime) -> Ingested:
    """Accept, change or park the orders of a connection; nothing a channel sent is lost, nothing enters twice."""
    row = Connection.objects.select_related("channel").get(pk=connection_id)
    actor = Actor(ActorKind.CHANNEL, str(row.channel_id), row.channel.name)
    latest = {order.external_id: order for order in orders}
    known = known_orders(channel_id=row.channel_id, external_ids=list(latest))
    done = Ingested()
    fresh: list[ChannelOrder] = []
    seen: list[tuple[Order, ChannelOrder]] = []
    for external_id, order in latest.items():
        if isinstance(order, UnmappableOrder):
            park(
                connection_id=row.pk,
                external_id=external_id,
                kind=ParkedKind.UNMAPPABLE,
                reason=order.reason,
                raw=order.raw,
                now=now,
            )
            done += Ingested(parked=1)
        elif external_id in known:
            seen.append((known[external_id], order))
        else:
            fresh.append(order)
    return done + _change(seen, actor, now) + _accept(row, fresh, actor, now)


def _change(seen: Sequence[tuple[Order, ChannelOrder]], actor: Actor, now: datetime) -> Ingested:
    changes = {row.pk: order for row, order in seen if row.content_hash != order.content_hash()}
    apply_changes(changes=changes, actor=actor, now=now)
    return Ingested(changed=len(changes), unchanged=len(seen) - len(changes))


def _accept(row: Connection, orders: Sequence[ChannelOrder], actor: Actor, now: datetime) -> Ingested:
    ours = [order for order in orders if is_ours(order)]
    gone = [order.external_id for order in orders if order.state in {OrderState.CANCELLED, OrderState.REFUNDED}]
    resolve(connection_id=row.pk, external_ids=gone, now=now)
    catalogue = catalogue_for(row.pk, ours)
    places = {
        name.casefold(): place.code for place in locations().filter(collects=True) for name in (place.code, place.name)
    }
    translated = [
        (order, translate(order, channel_id=row.channel_id, catalogue=catalogue, places=places)) for order in ours
    ]
    waiting = [(order, why) for order, why in translated if isinstance(why, Untranslatable)]
    good = [(order, made) for order, made in translated if made is not None and not isinstance(made, Untranslatable)]
    for order, why in waiting:
        park(
            connection_id=row.pk,
            external_id=order.external_id,
            kind=why.kind,
            reason=why.reason,
            raw=order.raw,
            now=now,
        )
    intakes = place_orders(orders=[_ranked(made, row) for _order, made in good], now=now, actor=actor) if good else []
    refused = _park_refused(row.pk, [order for order, _made in good], intakes, now)
    created = sum(intake.created for intake in intakes)
    resolve(
        connection_id=row.pk, external_ids=[intake.external_id for intake in intakes if not intake.refusal], now=now
    )
    return Ingested(
        created=created,
        skipped=len(orders) - len(waiting) - created - refused,
        parked=len(waiting) + refused,
    )


def _ranked(order: NewOrder, row: Connection) -> NewOrder:
    return order if order.currency else replace(order, currency=row.channel.currency)


def _park_refused(connection_id: UUID, orders: Sequence[ChannelOrder], intakes: Sequence[Intake], now: datetime) -> int:
    refused = [(order, intake.refusal) for order, intake in zip(orders, intakes, strict=True) if intake.refusal]
    kinds: dict[type[OmsError], str] = {
        UnknownSku: ParkedKind.UNKNOWN_SKU,
        UnknownLocation: ParkedKind.UNKNOWN_LOCATION,
    }
    for order, why in refused:
        kind = kinds.get(type(why), ParkedKind.REFUSED)
        park(
            connection_id=connection_id,
            external_id=order.external_id,
            kind=kind,
            reason=why.message,
            raw=order.raw,
            now=now,
        )
    return len(refused)


def catalogue_for(connection_id: UUID, orders: Sequence[ChannelOrder]) -> Catalogue:
    """What is needed to recognise the articles of these orders."""
    lines = [line for order in orders for line in order.lines]
    by_code = {code: code for code in skus_by_code([line.sku for line in lines if line.sku])}
    unknown = [line for line in lines if line.sku not in by_code]
    if not unknown:
        return Catalogue(by_code, {}, {})
    barcodes = {line.barcode for line in unknown if line.barcode}
    by_barcode = {
        code: sku.code
        for sku in skus().filter(barcodes__overlap=list(barcodes))
        for code in sku.barcodes
        if code in barcodes
    }
    listed = Listing.objects.filter(
        connection_id=connection_id, product_id__in=[line.product_id for line in unknown], sku__isnull=False
    )
    by_listing = {
        (each.product_id, each.variant_id): each.sku.code for each in listed.select_related("sku") if each.sku
    }
    return Catalogue(by_code, by_barcode, by_listing)
