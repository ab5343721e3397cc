"""A tenant that has one of everything, whose data no other tenant may see."""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING, Any

from django.apps import apps

from channels.models import Connection, Listing, ParkedItem, Publication
from channels.services import create_connection
from inventory.models import ImportChunk, ImportRun, Location, Sku, StockView
from inventory.services import (
    announce_shipment,
    assemble,
    create_buffer_rule,
    create_count,
    finish_counting,
    promise_supply,
    receive_purchase_order,
    receive_transfer,
    record_count,
    reserve_basket,
    save_view,
)
from inventory.services.imports import receive_file, save_threshold, work_on
from inventory.services.imports.receive import ImportRequest
from inventory.types import Arrival, BasketLine, Counted, NewNotice, SupplyAsk
from oms.events.models import Delivery, Event
from oms.fulfilment.models import FulfilmentLine, FulfilmentOrder, Parcel
from oms.fulfilment.services import accept, mark_ready, pack, pick, ship
from oms.fulfilment.types import Tracking
from oms.orders.models import Order, SalesChannel
from oms.tenancy.context import tenant_scope
from oms.tenancy.models import TenantModel, new_id
from oms.tenancy.services import add_member, create_api_key, create_person
from oms.tenancy.services import save_view as save_list_view
from oms.tenancy.types import SYSTEM
from orchestration.queries import live_ruleset
from orchestration.rules.rulesets import dump_ruleset
from orchestration.services import place_orders, publish_ruleset, save_draft
from tests.factories import make_channel, make_kit, make_location, make_sku, make_stock, new_order
from tests.inventory.documents import SOON, line_of, make_purchase, make_transfer

if TYPE_CHECKING:
    from datetime import datetime

    from oms.tenancy.models import Tenant, User

# In every name, note and address of the tenant: where it appears, data leaked.
SECRET = "Zanzibar"


def make_owner(tenant: Tenant, role: str = "OWNER", **options: Any) -> User:
    user = create_person(email=f"{role.lower()}@{tenant.slug}.example", name=f"{tenant.name} {role}")
    with tenant_scope(tenant.pk):
        add_member(user=user, role=role, actor=SYSTEM, **options)
    return user


def fill(tenant: Tenant, *, now: datetime) -> dict[str, list[Any]]:
    """One of everything; the answer lists the rows by the name of their model."""
    user = make_owner(tenant)
    with tenant_scope(tenant.pk):
        _stock_and_orders(now)
        _kits(now)
        _imports(now)
        _documents(now)
        _buffers(now)
        _rules(now)
        _channel(now)
        create_api_key(name=SECRET, scopes=["orders:read"], actor=SYSTEM)
        save_list_view(page="orders", name=SECRET, query="", user_id=user.pk)
        event = Event.objects.order_by("pk").first()
        Delivery.objects.create(event=event, subscriber="x", due_at=now, created_at=now, dead_at=now, error=SECRET)
        owned = [model for model in apps.get_models() if issubclass(model, TenantModel)]
        return {model.__name__: list(model.objects.order_by("pk")) for model in owned}


def _stock_and_orders(now: datetime) -> None:
    sku = make_sku("HAT-77", name=f"{SECRET} hat", barcodes=["3769999999999"])
    place = make_location("LILLE-77", name=f"{SECRET} Lille", address=SECRET)
    channel = make_channel("rival-shop", name=f"{SECRET} shop")
    make_stock(sku, place, 100, now=now)
    view = save_view(code="rival-view", name=f"{SECRET} view", supply=["PURCHASE"])
    save_view(code="rival-heir", name=f"{SECRET} heir", parent_id=view.pk, inherited=["supply"])
    reserve_basket(reference="rival-basket", lines=[BasketLine(sku.code, 1)], now=now)

    def order(**fields: Any) -> Any:
        return new_order(channel, (sku, 2), now=now, customer_name=SECRET, note=SECRET, **fields)

    collect = {"method": "CLICK_AND_COLLECT", "collect_location": place.code}
    place_orders(
        orders=[order(), order(), order(), order(), order(payment_state="PENDING"), order(**collect), order(**collect)],
        now=now,
    )
    for row, steps in zip(FulfilmentOrder.objects.order_by("pk"), (0, 1, 2, 3, 3, 4), strict=False):
        _work(row, steps, now)


def _kits(now: datetime) -> None:
    """A virtual kit in a basket and an order, and a prepacked one of which some are made."""
    hat, place, channel = (
        Sku.objects.get(code="HAT-77"),
        Location.objects.get(code="LILLE-77"),
        SalesChannel.objects.get(code="rival-shop"),
    )
    kit = make_kit("KIT-77", (hat, 2), name=f"{SECRET} kit")
    reserve_basket(reference="rival-kit-basket", lines=[BasketLine(kit.code, 1)], now=now)
    place_orders(orders=[new_order(channel, (kit, 1), now=now, customer_name=SECRET)], now=now)
    box = make_kit("BOX-77", (hat, 3), kind="PREPACKED", name=f"{SECRET} box")
    assemble(sku_id=box.pk, location_id=place.pk, quantity=2, now=now)


def _documents(now: datetime) -> None:
    """Purchase orders, transfers and counts, one in each state that a step begins from."""
    sku, depot = make_sku("CAP-77", name=f"{SECRET} cap"), make_location("DEPOT-77", name=f"{SECRET} depot")
    place = Location.objects.get(code="LILLE-77")
    make_stock(sku, depot, 50, now=now)
    named = {"supplier": SECRET, "note": SECRET}
    make_purchase(depot, (sku, 5), now=now, confirmed=False, reference="rival-po", **named)
    coming = make_purchase(depot, (sku, 5), now=now, **named)
    line = line_of(coming, sku)
    announce_shipment(order_id=coming.pk, notice=NewNotice(SECRET, SOON, {line.pk: 2}), now=now)
    begun = make_purchase(depot, (sku, 5), now=now, **named)
    arrivals = [Arrival(line_of(begun, sku).pk, 1, reason=SECRET)]
    receive_purchase_order(order_id=begun.pk, arrivals=arrivals, key="1", now=now)
    asks = [SupplyAsk(new_id(), sku.pk, 2, StockView(supply=["PURCHASE"]), now, SECRET)]
    promise_supply(asks=asks, holder_ids=(), now=now)
    for state in ("PROPOSED", "REQUESTED", "DISPATCHED", "DISPATCHED"):
        transfer = make_transfer(depot, place, (sku, 3), now=now, upto=state)
    arrivals = [Arrival(line_of(transfer, sku).pk, 1)]
    receive_transfer(transfer_id=transfer.pk, arrivals=arrivals, key="1", now=now, finish=True)
    for finished in (False, True):
        count = create_count(location_id=depot.pk, now=now, note=SECRET)
        record_count(count_id=count.pk, counted=[Counted(sku.pk, 20)], now=now, actor=SYSTEM)
        if finished:
            finish_counting(count_id=count.pk, now=now)


def _buffers(now: datetime) -> None:
    for name in ("all", "some"):
        create_buffer_rule(name=f"{SECRET} {name}", now=now, measure="UNITS", amount=1, sku_codes=["HAT-77"])


def _work(row: FulfilmentOrder, steps: int, now: datetime) -> None:
    """Bring a fulfilment order so many steps on its way: accepted, picked, packed, gone."""
    collected = row.method != "DELIVERY"
    if steps > 0:
        accept(fulfilment_id=row.pk, now=now)
    if steps > 1:
        lines = {line.pk: line.quantity for line in FulfilmentLine.objects.filter(fulfilment_id=row.pk)}
        pick(fulfilment_id=row.pk, picked=lines, now=now)
    if steps > 2:
        pack(fulfilment_id=row.pk, now=now)
    if steps > 3 and collected:
        mark_ready(fulfilment_id=row.pk, now=now, shelf=SECRET)
    elif steps > 3:
        ship(fulfilment_id=row.pk, parcels=[Tracking(SECRET, SECRET)], now=now)
    assert steps < 4 or collected or Parcel.objects.exists()


def _imports(now: datetime) -> None:
    """One that is over, with a rejected row, one that waits and one that a person still looks at."""
    receive = partial(receive_file, name=f"{SECRET}.csv", now=now)
    run, _new = receive(
        content=io.BytesIO(b"sku;location;on_hand\nZanzibar;LILLE-77;1\n"), wanted=ImportRequest(mode="FULL")
    )
    work_on(tenant_id=run.tenant_id, run_id=run.pk)
    for state, order in (("WAITING", ImportRequest(mode="FULL", dry_run=True)), ("DRAFT", ImportRequest(draft=True))):
        run, _new = receive(content=io.BytesIO(b"sku;location;on_hand\nHAT-77;LILLE-77;50\n"), wanted=order)
        ImportRun.objects.filter(pk=run.pk).update(state=state)
    ImportChunk.objects.create(run=run, part="CHANGE")
    save_threshold(kind="CATALOGUE", rows_percent=10, units_percent=None, actor=SYSTEM)


def _rules(now: datetime) -> None:
    _version, ruleset = live_ruleset()
    document = {**dump_ruleset(ruleset), "name": SECRET}
    for reason in ("first", "second"):
        draft = save_draft(document=document, actor=SYSTEM)
        publish_ruleset(version_id=draft.pk, reason=f"{SECRET} {reason}", now=now, actor=SYSTEM)
    save_draft(document=document, actor=SYSTEM)


def _channel(now: datetime) -> None:
    settings = {"url": "https://zanzibar.example", "consumer_key": "ck", "consumer_secret": "cs"}
    row = create_connection(kind="woocommerce", name=f"{SECRET} woo", settings=settings, now=now)
    listing = Listing.objects.create(connection=row, external_id="1", title=SECRET, sku_code=SECRET, seen_at=now)
    Publication.objects.create(connection=row, listing=listing, quantity=1, changed_at=now, sent_at=now)
    ParkedItem.objects.create(
        connection=row,
        kind="UNKNOWN_SKU",
        external_id="1",
        reason=SECRET,
        raw={"a": SECRET},
        created_at=now,
        updated_at=now,
    )
    assert Connection.objects.count() == 1
    assert Order.objects.count() == 8
