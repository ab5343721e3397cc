"""What WooCommerce is told of parcels, alone and together."""

from dataclasses import replace

import pytest

from channels.connectors.enums import ErrorKind
from channels.connectors.errors import ConnectorError
from channels.connectors.types import CancellationPush, PushedLine, ShipmentPush


def shipment(order, *places: tuple[int, int], key="p1", **given) -> ShipmentPush:
    lines = tuple(PushedLine(line_id=order.lines[line].external_id, quantity=units) for line, units in places)
    return ShipmentPush(
        order_id=order.external_id, key=key, lines=lines, carrier="Colissimo", tracking_number=f"6A{key}", **given
    )


def test_a_part_of_an_order_is_noted_and_only_the_last_parcel_completes_it(woo) -> None:
    order_id = woo.place({"MUG": 2, "TEE": 1})
    with woo.connector() as connector:
        order = connector.order(order_id)
        connector.push_shipment(shipment(order, (0, 2), key="p1"))
        between = woo.report(order_id)
        connector.push_shipment(shipment(order, (1, 1), key="p2", tracking_url="https://track.example/p2"))

    after = woo.report(order_id)
    assert (between["status"], between["customer_notes"]) == ("processing", ["Colissimo 6Ap1"])
    assert (after["status"], woo.parcels(order_id)) == ("completed", 2)
    assert after["customer_notes"] == ["Colissimo 6Ap2 https://track.example/p2", "Colissimo 6Ap1"]
    assert after["tracking"] == ["6Ap2"]


def test_the_last_parcel_completes_an_order_whose_rest_was_given_up(woo) -> None:
    order_id = woo.place({"MUG": 2})
    with woo.connector() as connector:
        connector.push_shipment(shipment(connector.order(order_id), (0, 1), complete=True))

    assert woo.report(order_id)["status"] == "completed"


def test_a_note_that_was_lost_is_written_by_the_repeat_and_only_once(woo) -> None:
    order_id = woo.place({"MUG": 1})
    with woo.connector() as connector:
        push = shipment(connector.order(order_id), (0, 1))
        woo.running.app.state.faults.replace([{"kind": "server_error", "method": "POST", "path": "notes", "times": 1}])
        with pytest.raises(ConnectorError):
            connector.push_shipment(push)
        assert woo.report(order_id)["customer_notes"] == []
        repeats = [connector.push_shipment(push).repeated for _ in range(2)]

    assert repeats == [True, True]
    assert woo.report(order_id)["customer_notes"] == ["Colissimo 6Ap1"]


def placed_orders(woo, connector, count) -> list:
    return [connector.order(woo.place({"MUG": 1})) for _ in range(count)]


def test_parcels_told_together_take_two_calls_and_one_for_each_note(woo) -> None:
    with woo.connector() as connector:
        orders = placed_orders(woo, connector, 5)
        calls = []
        connector._client._http._client.event_hooks = {"request": [lambda each: calls.append(each.url.path)]}
        results = connector.push_shipments([shipment(each, (0, 1), key=f"k{each.number}") for each in orders])

    assert [each.repeated for each in results] == [False] * 5
    assert [path.rpartition("/v3/")[2].split("/")[0] for path in calls] == ["orders"] * 7
    assert [path.endswith("/notes") for path in calls] == [False, False] + [True] * 5
    for order in orders:
        told = woo.report(order.external_id)
        assert (told["status"], told["customer_notes"]) == ("completed", [f"Colissimo 6Ak{order.number}"])


def test_parcels_of_one_order_are_written_together(woo) -> None:
    order_id = woo.place({"MUG": 2, "TEE": 1})
    with woo.connector() as connector:
        order = connector.order(order_id)
        calls = []
        connector._client._http._client.event_hooks = {"request": [lambda each: calls.append(each.url.path)]}
        first, second = shipment(order, (0, 2), key="p1"), shipment(order, (1, 1), key="p2")
        results = connector.push_shipments([replace(first, tracking_number=""), second])

    told = woo.report(order_id)
    assert [each.repeated for each in results] == [False, False]
    assert [path.rpartition("/v3/")[2] for path in calls[:2]] == ["orders", "orders/batch"]
    assert (told["status"], woo.parcels(order_id), told["tracking"]) == ("completed", 2, ["6Ap2"])
    assert told["customer_notes"] == ["Colissimo 6Ap2"]


def test_what_is_not_plain_is_told_apart_and_stops_no_other(woo) -> None:
    with woo.connector() as connector:
        good, closed, gone, strange = placed_orders(woo, connector, 4)
        woo.simulator.act(woo.order(closed.external_id), "cancel")
        woo.simulator.act(woo.order(gone.external_id), "trash")
        pushes = [shipment(each, (0, 1), key=each.external_id) for each in (closed, gone, strange, good)]
        pushes[2] = replace(pushes[2], order_id="no number")
        *failures, done = connector.push_shipments(pushes)

    assert [each.kind for each in failures] == [ErrorKind.CONFLICT, ErrorKind.CONFLICT, ErrorKind.VALIDATION]
    assert not done.repeated
    assert [woo.parcels(each.external_id) for each in (good, closed, gone, strange)] == [1, 0, 0, 0]


@pytest.mark.parametrize("lost", ["orders/batch", "notes"])
def test_after_a_lost_answer_parcels_and_notes_are_there_once(woo, lost) -> None:
    with woo.connector() as connector:
        orders = placed_orders(woo, connector, 3)
        pushes = [shipment(each, (0, 1), key=each.external_id) for each in orders]
        woo.running.app.state.faults.replace([{"kind": "after_error", "path": lost, "times": 1}])
        first = connector.push_shipments(pushes)
        second = connector.push_shipments(pushes)

    assert [each.outcome_unknown for each in first if isinstance(each, ConnectorError)] == [True] * (
        3 if lost == "orders/batch" else 1
    )
    assert [each.repeated for each in second] == [True] * 3
    for order in orders:
        assert woo.parcels(order.external_id) == 1
        assert len(woo.report(order.external_id)["customer_notes"]) == 1


def test_a_shop_that_takes_no_batch_of_orders_is_told_one_by_one(woo) -> None:
    with woo.connector() as connector:
        orders = placed_orders(woo, connector, 2)
        woo.running.app.state.faults.replace([{"kind": "server_error", "path": "orders/batch", "status": 404}])
        results = connector.push_shipments([shipment(each, (0, 1), key=each.external_id) for each in orders])

    assert [each.repeated for each in results] == [False, False]
    assert [woo.parcels(each.external_id) for each in orders] == [1, 1]


def test_a_closed_order_takes_no_parcel(woo) -> None:
    order_id = woo.place({"MUG": 1})
    with woo.connector() as connector:
        order = connector.order(order_id)
        woo.simulator.act(woo.order(order_id), "cancel")
        with pytest.raises(ConnectorError) as raised:
            connector.push_shipment(shipment(order, (0, 1)))

    assert raised.value.kind is ErrorKind.CONFLICT
    assert woo.parcels(order_id) == 0


def test_an_order_that_left_cannot_be_cancelled(woo) -> None:
    order_id = woo.place({"MUG": 1})
    with woo.connector() as connector:
        connector.push_shipment(shipment(connector.order(order_id), (0, 1)))
        with pytest.raises(ConnectorError) as raised:
            connector.push_cancellation(CancellationPush(order_id=order_id, key="c1"))

    assert raised.value.kind is ErrorKind.CONFLICT
