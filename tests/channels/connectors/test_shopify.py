"""What is Shopify's own, against a shop that behaves as the real one."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from graphql import build_schema, parse, validate

from channels.connectors.enums import CancelReason, ErrorKind, OrderState, PaymentState, WebhookSubject
from channels.connectors.errors import ConnectorError
from channels.connectors.shopify import client as client_module
from channels.connectors.shopify import orders, queries
from channels.connectors.shopify.connector import Shopify
from channels.connectors.types import (
    CancellationPush,
    ChannelOrder,
    Listing,
    PushedLine,
    ReadyPush,
    RefundLine,
    RefundPush,
    ShipmentPush,
    StockPush,
)
from channels.connectors.wiring import Exchange, Wiring
from tests.channels.connectors.bench import SECRET, SimulatedBench, serve


@pytest.fixture(autouse=True)
def forget_what_was_learnt():
    orders._fitting.clear()
    orders._settled.clear()
    client_module._tokens.clear()


def window() -> dict[str, datetime]:
    now = datetime.now(tz=UTC)
    return {"since": now - timedelta(days=1), "until": now + timedelta(seconds=5)}


class Bucket:
    """A throttle that remembers what it was told."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, float]] = []
        self.learnt: list[tuple[float, float, float]] = []
        self.emptied: list[float] = []

    def acquire(self, operation, cost=1):
        self.asked.append((operation, cost))

    def learn(self, *, available, maximum, restore_rate):
        self.learnt.append((available, maximum, restore_rate))

    def empty(self, retry_after):
        self.emptied.append(retry_after)


def answering(*bodies, status=200) -> Shopify:
    """A connector whose shop gives these answers, one after the other."""
    waiting = iter(bodies)
    transport = httpx.MockTransport(lambda _: httpx.Response(status, json=next(waiting)))
    return Shopify.connect({"shop": "boutique", "access_token": "t"}, Wiring(transport=transport))


@pytest.mark.parametrize("name", sorted(queries.ALL))
def test_every_document_fits_the_schema_of_the_simulator(name) -> None:
    schema = build_schema((Path(orders.__file__).parents[2] / "simulators" / "shopify_schema.graphql").read_text())

    assert validate(schema, parse(queries.ALL[name])) == []


def test_inventory_and_refund_mutations_carry_their_key() -> None:
    assert "@idempotent(key: $key)" in queries.SET_STOCK
    assert "@idempotent(key: $key)" in queries.REFUND


def test_costs_are_asked_as_they_were_told_and_the_bucket_is_learnt(shopify) -> None:
    bucket = Bucket()
    shopify.wiring = Wiring(throttle=bucket)
    with shopify.connector() as connector:
        connector.orders_changed(**window())
        connector.orders_changed(**window())

    [(first, guess), (second, told)] = bucket.asked
    assert (first, second) == ("orders.changed", "orders.changed")
    assert (guess, told) == (50.0, 102.0)
    assert bucket.learnt[-1][1:] == (1e9, 100.0)


def test_a_throttled_query_says_when_to_come_back(shopify) -> None:
    sim_bucket = shopify.simulator.bucket
    sim_bucket.maximum, sim_bucket.available, sim_bucket.restore_rate = 2000.0, 2.0, 50.0
    bucket = Bucket()
    shopify.wiring = Wiring(throttle=bucket)
    with shopify.connector() as connector, pytest.raises(ConnectorError) as raised:
        connector.orders_changed(**window())

    assert (raised.value.kind, raised.value.code) == (ErrorKind.TRANSIENT, "THROTTLED")
    assert raised.value.retry_after == pytest.approx(2.0, abs=0.3)
    assert bucket.emptied == [raised.value.retry_after]


def test_a_query_that_costs_too_much_is_asked_in_smaller_groups(shopify) -> None:
    placed = {shopify.place({"MUG": 1}) for _ in range(9)}
    seen: list[Exchange] = []
    shopify.wiring = Wiring(observer=seen.append)
    orders._fitting[shopify.running.url] = (9, 40)
    with shopify.connector() as connector:
        page = connector.orders_changed(**window())

    assert {each.external_id for each in page.orders} == placed
    assert "exceeds the single query max cost limit" in seen[1].error
    assert orders._fitting[shopify.running.url][0] < 9


def test_a_single_order_that_costs_too_much_gives_up(shopify, monkeypatch) -> None:
    monkeypatch.setattr("channels.simulators.shopify.MOST", 60)
    order_id = shopify.place({"MUG": 1})
    with shopify.connector() as connector, pytest.raises(ConnectorError) as raised:
        connector.order(order_id)

    assert (raised.value.kind, raised.value.code) == (ErrorKind.VALIDATION, "MAX_COST_EXCEEDED")


def test_a_long_order_is_read_to_its_last_line(shopify) -> None:
    shopify.shop.add_products([{"sku": f"N{n}", "price": n + 1, "stock": 9} for n in range(35)])
    order_id = shopify.place({f"N{n}": 1 for n in range(35)})
    with shopify.connector() as connector:
        order = connector.order(order_id)

    assert [line.sku for line in order.lines] == [f"N{n}" for n in range(35)]
    assert sum(each.total_gross for each in (*order.lines, *order.charges)) == order.total_gross


def test_an_order_that_settled_is_asked_again_when_it_changes(shopify) -> None:
    order_id, seen = shopify.place({"MUG": 1}), []
    shopify.wiring = Wiring(observer=seen.append)
    later = {**window(), "until": datetime.now(tz=UTC) + timedelta(minutes=2)}
    with shopify.connector() as connector:
        pages = [connector.orders_changed(**given).orders for given in (window(), later, later)]
        shopify.shop.clock.offset += 2
        shopify.simulator.act(shopify.order(order_id), "cancel")
        pages.append(connector.orders_changed(**later).orders)

    assert [each.operation for each in seen].count("orders.read") == 3
    assert [page[0].state for page in pages] == [OrderState.TO_FULFIL] * 3 + [OrderState.CANCELLED]


def test_orders_are_paged_from_the_oldest_change(shopify) -> None:
    placed = [shopify.place({"MUG": 1}) for _ in range(60)]
    with shopify.connector() as connector:
        first = connector.orders_changed(**window())
        second = connector.orders_changed(**window(), cursor=first.next_cursor)

    assert [each.external_id for each in (*first.orders, *second.orders)] == placed
    assert second.next_cursor is None


def test_a_token_is_fetched_once_and_again_when_it_is_refused(shopify) -> None:
    seen: list[Exchange] = []
    shopify.wiring = Wiring(observer=seen.append)
    credentials = {"access_token": "", "client_id": "app", "client_secret": SECRET}
    with shopify.connector(**credentials) as connector:
        connector.check()
        connector.check()
    assert [each.operation for each in seen] == ["token", "shop", "shop"]

    shopify.simulator.token = "rotated"
    with shopify.connector(**credentials) as connector:
        connector.check()
    assert [each.operation for each in seen[3:]] == ["shop", "token", "shop"]
    assert SECRET not in repr(seen)


def test_wrong_credentials_of_the_app_are_told(shopify) -> None:
    with (
        shopify.connector(access_token="", client_id="app", client_secret="wrong") as connector,
        pytest.raises(ConnectorError) as raised,
    ):
        connector.check()

    assert raised.value.kind is ErrorKind.AUTH


def test_one_shops_token_is_not_anothers(shopify) -> None:
    with shopify.connector(access_token="", client_id="app", client_secret=SECRET) as connector:
        connector.check()
    with (
        shopify.connector(access_token="", client_id="app", client_secret="guess") as stranger,
        pytest.raises(ConnectorError),
    ):
        stranger.check()


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ({"errors": [{"message": "no", "extensions": {"code": "ACCESS_DENIED"}}]}, 200, ErrorKind.AUTH),
        ({"errors": [{"message": "no", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}]}, 200, ErrorKind.TRANSIENT),
        ({"errors": [{"message": "no", "extensions": {"code": "undefinedField"}}]}, 200, ErrorKind.CONTRACT),
        ({"errors": "Not Found"}, 200, ErrorKind.CONTRACT),
        ({"errors": "[API] Invalid API key"}, 401, ErrorKind.AUTH),
        ({"errors": "Unavailable Shop"}, 402, ErrorKind.AUTH),
        ({"errors": "Locked"}, 423, ErrorKind.AUTH),
        ({"data": None}, 200, ErrorKind.CONTRACT),
        ([], 200, ErrorKind.CONTRACT),
        ({"data": {"orders": None}}, 200, ErrorKind.CONTRACT),
        ({"data": {"orders": {"nodes": [{}], "pageInfo": {}}}}, 200, ErrorKind.CONTRACT),
        ({"data": {"orders": {"nodes": 7, "pageInfo": {}}}}, 200, ErrorKind.CONTRACT),
    ],
)
def test_errors_of_every_form_become_one(body, status, kind) -> None:
    with answering(body, status=status) as connector, pytest.raises(ConnectorError) as raised:
        connector.orders_changed(**window())

    assert raised.value.kind is kind


def levels(connector, *skus: str, quantity=3) -> list[StockPush]:
    known = {each.sku: each for each in connector.listings().listings}
    return [StockPush(listing=known[sku], quantity=quantity) for sku in skus]


def test_the_same_key_sets_the_stock_once(shopify) -> None:
    with shopify.connector() as connector:
        pushes = levels(connector, "MUG")
        connector.push_stock(pushes, key="push-1")
        shopify.place({"MUG": 1})
        connector.push_stock(pushes, key="push-1")
        repeated = shopify.stock("MUG")
        connector.push_stock(pushes, key="push-2")

    assert (repeated, shopify.stock("MUG")) == (2, 3)


def test_what_the_shop_refuses_is_taken_out_and_the_rest_is_sent(shopify) -> None:
    with shopify.connector() as connector:
        good = levels(connector, "MUG", "TEE", "BOOK")
        unknown = Listing(external_id="x", sku="?", inventory_id="gid://shopify/InventoryItem/999999")
        elsewhere = StockPush(listing=good[1].listing, quantity=3, location_id="77")
        missing = StockPush(listing=Listing(external_id="y", sku="?"), quantity=1)
        results = connector.push_stock([good[0], StockPush(listing=unknown, quantity=1), elsewhere, good[2], missing])

    assert [each.accepted for each in results] == [True, False, False, True, False]
    assert [each.kind for each in results[1:3]] == [ErrorKind.GONE, ErrorKind.VALIDATION]
    assert results[4].reason == "The listing has no inventory item."
    assert (shopify.stock("MUG"), shopify.stock("BOOK"), shopify.stock("TEE")) == (3, 3, 5000)


def test_a_refusal_without_position_refuses_the_batch() -> None:
    error = {"code": "INVALID_REASON", "field": ["input", "reason"], "message": "The reason is invalid."}
    payload = {"data": {"inventorySetQuantities": {"inventoryAdjustmentGroup": None, "userErrors": [error]}}}
    listing = Listing(external_id="v", sku="A", inventory_id="gid://shopify/InventoryItem/1")
    connector = answering(payload)
    connector._location_id = "gid://shopify/Location/1"
    with connector:
        results = connector.push_stock([StockPush(listing=listing, quantity=1)] * 2)

    assert [(each.accepted, each.reason) for each in results] == [(False, "The reason is invalid.")] * 2


def test_several_locations_need_a_choice() -> None:
    with serve("shopify", places=2) as running:
        bench = SimulatedBench("shopify", running)
        with bench.connector() as connector:
            report = connector.check()
            with pytest.raises(ConnectorError) as raised:
                connector.push_stock(levels(connector, "MUG"))
        with bench.connector(location_id="1") as connector:
            [chosen] = connector.push_stock(levels(connector, "MUG"))
            settled = connector.check()
        with bench.connector(location_id="9") as connector:
            gone = connector.check()

    assert report.notices == ("Choose the location that receives the stock: Entrepôt 1 (1), Entrepôt 2 (2).",)
    assert raised.value.kind is ErrorKind.VALIDATION
    assert (chosen.accepted, settled.notices) == (True, ())
    assert "does not exist or is closed" in gone.notices[0]


def test_missing_rights_are_told(shopify, monkeypatch) -> None:
    monkeypatch.setattr("channels.simulators.shopify._SCOPES", ("read_orders", "read_products"))
    with shopify.connector() as connector:
        notices = connector.check().notices

    assert "write_orders" in notices[0]
    assert "60 days" in notices[1]


def parcel(order: ChannelOrder, *places: tuple[int, int], **given) -> ShipmentPush:
    lines = tuple(PushedLine(line_id=order.lines[line].external_id, quantity=units) for line, units in places)
    return ShipmentPush(
        **{
            "order_id": order.external_id,
            "key": "p",
            "lines": lines,
            "carrier": "Colissimo",
            "tracking_number": "6A1",
            **given,
        }
    )


def test_an_order_leaves_in_parcels(shopify) -> None:
    order_id = shopify.place({"MUG": 2, "TEE": 1})
    with shopify.connector() as connector:
        order = connector.order(order_id)
        connector.push_shipment(parcel(order, (0, 1)))
        between = connector.order(order_id)
        connector.push_shipment(parcel(order, (0, 1), (1, 1), tracking_number="6A2"))
        after = connector.order(order_id)

    assert (between.state, [line.quantity_shipped for line in between.lines]) == (OrderState.PART_SHIPPED, [1, 0])
    assert (after.state, shopify.report(order_id)["tracking"]) == (OrderState.SHIPPED, ["6A1", "6A2"])


def test_a_parcel_without_number_is_recognised_by_the_totals(shopify) -> None:
    order_id = shopify.place({"MUG": 3})
    with shopify.connector() as connector:
        order = connector.order(order_id)
        line = PushedLine(line_id=order.lines[0].external_id, quantity=1, total_shipped=1)
        push = ShipmentPush(order_id=order_id, key="p", lines=(line,))
        repeats = [connector.push_shipment(push).repeated for _ in range(2)]

    assert (repeats, shopify.parcels(order_id)) == ([False, True], 1)


def test_more_units_than_wait_are_a_conflict(shopify) -> None:
    order_id = shopify.place({"MUG": 1})
    with shopify.connector() as connector:
        order = connector.order(order_id)
        with pytest.raises(ConnectorError) as raised:
            connector.push_shipment(parcel(order, (0, 2)))

    assert raised.value.kind is ErrorKind.CONFLICT
    assert shopify.parcels(order_id) == 0


def test_a_cancelled_order_takes_no_parcel(shopify) -> None:
    order_id = shopify.place({"MUG": 1})
    with shopify.connector() as connector:
        order = connector.order(order_id)
        shopify.simulator.act(shopify.order(order_id), "cancel")
        with pytest.raises(ConnectorError) as raised:
            connector.push_shipment(parcel(order, (0, 1)))

    assert raised.value.kind is ErrorKind.CONFLICT


def test_work_is_moved_to_the_place_that_sends_it() -> None:
    with serve("shopify", places=2) as running:
        bench = SimulatedBench("shopify", running)
        order_id = bench.place({"MUG": 2, "TEE": 1})
        with bench.connector(location_id="1") as connector:
            order = connector.order(order_id)
            connector.push_shipment(parcel(order, (0, 1), location_id="2"))
            connector.push_shipment(parcel(order, (0, 1), (1, 1), tracking_number="6A2"))
        work = bench.order(order_id).facts["work"]

    assert [(each["place"], each["status"]) for each in work] == [(1, "CLOSED"), (2, "CLOSED")]
    assert bench.report(order_id)["tracking"] == ["6A1", "6A2"]


def test_a_parcel_from_two_places_is_finished_by_the_repeat() -> None:
    with serve("shopify", places=2) as running:
        bench = SimulatedBench("shopify", running)
        order_id = bench.place({"MUG": 1, "TEE": 1})
        with bench.connector(location_id="1") as connector:
            order = connector.order(order_id)
            line = bench.order(order_id).facts["work"][0]["lines"][1]["id"]
            bench.simulator.writes.move(
                f"gid://shopify/FulfillmentOrder/{bench.order(order_id).facts['work'][0]['id']}",
                "gid://shopify/Location/2",
                [{"id": f"gid://shopify/FulfillmentOrderLineItem/{line}", "quantity": 1}],
            )
            both = parcel(order, (0, 1), (1, 1))
            connector.push_shipment(parcel(order, (0, 1)))
            result = connector.push_shipment(both)
            again = connector.push_shipment(both)

    assert (result.repeated, again.repeated, bench.parcels(order_id)) == (False, True, 2)


def test_goods_ready_to_collect_are_told_once(shopify) -> None:
    order_id = shopify.place({"MUG": 1}, delivery="pickup")
    sent = shopify.place({"MUG": 1})
    with shopify.connector() as connector:
        repeats = [connector.push_ready(ReadyPush(order_id=order_id, key="r")).repeated for _ in range(2)]
        with pytest.raises(ConnectorError) as raised:
            connector.push_ready(ReadyPush(order_id=sent, key="r"))

    assert (repeats, shopify.report(order_id)["ready"]) == ([False, True], True)
    assert raised.value.kind is ErrorKind.CONFLICT


def test_some_units_are_cancelled_once(shopify) -> None:
    order_id = shopify.place({"MUG": 3})
    before = shopify.stock("MUG")
    with shopify.connector() as connector:
        order = connector.order(order_id)
        lines = (PushedLine(line_id=order.lines[0].external_id, quantity=2),)
        push = CancellationPush(order_id=order_id, key="c1", reason=CancelReason.NO_STOCK, lines=lines)
        results = [connector.push_cancellation(push) for _ in range(2)]
        [line] = connector.order(order_id).lines

    assert [each.repeated for each in results] == [False, True]
    assert (results[0].stock_touched, shopify.stock("MUG")) == (True, before + 2)
    assert (line.quantity_cancelled, line.quantity_due) == (2, 1)


def test_an_order_that_left_cannot_be_cancelled(shopify) -> None:
    order_id = shopify.place({"MUG": 1})
    with shopify.connector() as connector:
        connector.push_shipment(parcel(connector.order(order_id), (0, 1)))
        with pytest.raises(ConnectorError) as raised:
            connector.push_cancellation(CancellationPush(order_id=order_id, key="c"))

    assert raised.value.kind is ErrorKind.CONFLICT


def refund_of(order: ChannelOrder, **given) -> RefundPush:
    line = order.lines[0]
    lines = (RefundLine(line_id=line.external_id, quantity=1, net=Decimal("10.42"), tax=Decimal("2.08")),)
    return RefundPush(
        order_id=order.external_id, key="r1", currency="EUR", amount=Decimal("12.50"), lines=lines, **given
    )


def test_the_money_moves_only_where_it_is_asked(shopify) -> None:
    recorded, paid_back = shopify.place({"MUG": 2}), shopify.place({"MUG": 2})
    with shopify.connector() as connector:
        connector.push_refund(refund_of(connector.order(recorded), reason="Cassé"))
        connector.push_refund(refund_of(connector.order(paid_back), through_gateway=True))
        orders_after = [connector.order(each) for each in (recorded, paid_back)]

    assert [each.payment.state for each in orders_after] == [PaymentState.PAID, PaymentState.PART_REFUNDED]
    assert orders_after[1].payment.refunded_gross == Decimal("12.50")
    assert shopify.report(recorded)["refunds"] == [{"amount": 0.0, "note": "[baton:r1] Cassé"}]


def test_a_lost_refund_answer_makes_no_second_refund(shopify) -> None:
    order_id = shopify.place({"MUG": 2})
    with shopify.connector() as connector:
        push = refund_of(connector.order(order_id))
        shopify.fault("after_error", writes_only=True)
        with pytest.raises(ConnectorError) as raised:
            connector.push_refund(push)
        repeated = connector.push_refund(push).repeated

    assert (raised.value.outcome_unknown, repeated, shopify.refunds(order_id)) == (True, True, 1)


def signed(topic: str, content: object, key: str = "s") -> tuple[dict[str, str], bytes]:
    body = json.dumps(content).encode()
    sign = base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()
    return {"x-shopify-hmac-sha256": sign, "X-Shopify-Topic": topic, "X-Shopify-Webhook-Id": "w1"}, body


@pytest.mark.parametrize(
    ("topic", "content", "subject", "external_id"),
    [
        ("orders/updated", {"id": 7001}, WebhookSubject.ORDER, "gid://shopify/Order/7001"),
        ("refunds/create", {"id": 1, "order_id": 7001}, WebhookSubject.ORDER, "gid://shopify/Order/7001"),
        ("fulfillments/update", {"id": 1, "order_id": 7001}, WebhookSubject.ORDER, "gid://shopify/Order/7001"),
        ("orders/updated", {}, WebhookSubject.ORDER, None),
        ("orders/updated", [], WebhookSubject.ORDER, None),
        ("products/update", {"id": 5}, WebhookSubject.LISTING, None),
        ("inventory_levels/update", {"inventory_item_id": 5}, WebhookSubject.STOCK, None),
        ("customers/redact", {"customer": {"id": 1}}, WebhookSubject.PRIVACY, None),
        ("themes/publish", {"id": 1}, WebhookSubject.OTHER, None),
    ],
)
def test_a_delivery_says_what_it_is_about(topic, content, subject, external_id) -> None:
    headers, body = signed(topic, content)

    event = Shopify.verify_webhook(headers, body, ["s"])

    assert (event.topic, event.subject, event.external_id, event.delivery_id) == (topic, subject, external_id, "w1")


def test_the_old_secret_is_good_while_it_is_known() -> None:
    headers, body = signed("orders/paid", {"id": 1}, key="old")

    assert Shopify.verify_webhook(headers, body, ["new", "old"]).external_id == "gid://shopify/Order/1"
    with pytest.raises(ConnectorError) as raised:
        Shopify.verify_webhook(headers, body, ["new"])
    assert raised.value.kind is ErrorKind.AUTH
