"""Acting on one order: each act does what it says, refusals change nothing, and nobody overwrites anybody."""

from __future__ import annotations

import re

import pytest

from inventory.models import StockLevel
from oms.events.queries import timeline
from oms.fulfilment.models import FulfilmentOrder
from oms.fulfilment.services import accept, pack, pick, ship
from oms.fulfilment.types import Tracking
from oms.orders.models import UnitGroup
from oms.orders.services import add_note, hold_order
from oms.tenancy.types import Actor

pytestmark = pytest.mark.usefixtures("clock")
ACTS = ("hold", "release", "reroute", "force", "cancel")


def version_on(client, order, act: str) -> str:
    page = client.get(f"/orders/{order.number}/{act}/").content.decode()
    return re.search(r'name="version" value="(\d+)"', page)[1]


def do(client, order, act: str, *, follow: bool = False, **data):
    """Open the act's page and send it, as a person does."""
    body = {"version": version_on(client, order, act), **data}
    return client.post(f"/orders/{order.number}/{act}/", body, follow=follow)


def states() -> list[tuple[str, int]]:
    return sorted(UnitGroup.objects.values_list("state", "quantity"))


def kinds(order) -> list[str]:
    return [event.kind for event in timeline(subject_type="order", subject_id=order.pk)]


@pytest.fixture
def marie(signed_in):
    return signed_in("MANAGER")


def test_holding_keeps_the_units_and_returns_to_the_order(place, marie):
    order = place()

    done = do(marie, order, "hold", reason="FRAUD", note="two cards", follow=True)

    assert done.redirect_chain == [(f"/orders/{order.number}/", 302)]
    assert "The order is on hold." in done.content.decode()
    assert states() == [("HELD", 1)]


def test_releasing_ends_every_hold(place, marie, now):
    order = place()
    hold_order(order_id=order.pk, now=now)

    do(marie, order, "release")

    assert states() == [("PENDING", 1)]
    assert kinds(order)[-1] == "order.released"


def test_rerouting_asks_another_location_and_keeps_the_reason(place, marie, network):
    order = place()

    do(marie, order, "reroute", reason="The shop is flooded, and will be for a good while longer")

    assert UnitGroup.objects.get().location_id == network.nantes.pk
    note = timeline(subject_type="order", subject_id=order.pk).last()
    assert (note.kind, note.payload["text"]) == (
        "order.note",
        "The shop is flooded, and will be for a good while longer",
    )
    assert note.actor["label"] == "Manager Le Goff"


def test_forcing_gives_the_order_to_the_location(place, marie, network):
    order = place()

    do(marie, order, "force", location=str(network.nantes.pk), reason="customer passes by")

    assert UnitGroup.objects.get().location_id == network.nantes.pk
    assert StockLevel.objects.get(location=network.nantes).reserved == 1
    assert StockLevel.objects.get(location=network.rennes).reserved == 0


def test_forcing_where_there_is_no_stock_is_refused_in_words_and_changes_nothing(place, marie, network):
    order = place((network.mug, 5))
    before = (
        states(),
        kinds(order),
        FulfilmentOrder.objects.count(),
        sorted(StockLevel.objects.values_list("reserved", flat=True)),
    )

    refused = do(marie, order, "force", location=str(network.rennes.pk), reason="customer passes by")

    assert refused.status_code == 409
    assert "Rennes Le Bastard does not have the stock for this order." in refused.content.decode()
    assert 'value="customer passes by"' in refused.content.decode()
    after = (
        states(),
        kinds(order),
        FulfilmentOrder.objects.count(),
        sorted(StockLevel.objects.values_list("reserved", flat=True)),
    )
    assert after == before


def test_cancelling_some_units_leaves_the_others(place, marie, network):
    order = place((network.mug, 2), (network.teapot, 1))
    mug, teapot = order.lines.get(sku=network.mug), order.lines.get(sku=network.teapot)

    do(
        marie,
        order,
        "cancel",
        **{f"line-{mug.pk}": "1", f"line-{teapot.pk}": "0", "reason": "CUSTOMER", "comment": "changed her mind"},
    )

    assert states() == [("ASSIGNED", 1), ("CANCELLED", 1), ("PARKED", 1)]
    assert StockLevel.objects.get(location=network.rennes).reserved == 1
    assert kinds(order)[-2:] == ["order.units_cancelled", "order.note"]


def test_cancelling_everything(place, marie, network):
    order = place((network.mug, 2))
    line = order.lines.get()

    do(marie, order, "cancel", **{f"line-{line.pk}": "2", "reason": "DUPLICATE"})

    order.refresh_from_db()
    assert order.status == "CANCELLED"
    assert StockLevel.objects.get(location=network.rennes).reserved == 0


@pytest.mark.parametrize("asked", ["3", "-1", "x", "0"])
def test_cancelling_what_is_not_there_is_refused(place, marie, network, asked):
    order = place((network.mug, 2))
    line = order.lines.get()

    refused = do(marie, order, "cancel", **{f"line-{line.pk}": asked, "reason": "CUSTOMER"})

    assert refused.status_code == 422
    assert states() == [("ASSIGNED", 2)]


@pytest.mark.parametrize(
    ("act", "data"),
    [("hold", {"reason": "NONSENSE"}), ("reroute", {"reason": " "}), ("force", {"reason": "x"}), ("cancel", {})],
)
def test_a_form_without_what_it_needs_comes_back_and_changes_nothing(place, marie, act, data):
    order = place()

    refused = do(marie, order, act, **data)

    assert refused.status_code == 422
    assert states() == [("ASSIGNED", 1)]
    assert kinds(order) == ["order.accepted", "fulfilment.created", "order.routed"]


def test_an_act_that_comes_too_late_says_so(place, marie, now):
    order = place()
    work = FulfilmentOrder.objects.get()
    pick(fulfilment_id=work.pk, picked={line.pk: 1 for line in work.lines.all()}, now=now)
    pack(fulfilment_id=work.pk, now=now)
    ship(fulfilment_id=work.pk, parcels=[Tracking("Colissimo", "6A1")], now=now)

    for act, data in (("hold", {"reason": "MANUAL"}), ("release", {}), ("reroute", {"reason": "x"})):
        refused = do(marie, order, act, **data)
        assert refused.status_code == 409, act
        assert "Nothing was changed." in refused.content.decode()
    assert "There is nothing to do this to." in marie.get(f"/orders/{order.number}/hold/").content.decode()
    assert states() == [("SHIPPED", 1)]


def test_what_others_did_meanwhile_is_shown_before_anything_is_done(place, marie, network, now):
    order = place()
    seen = version_on(marie, order, "hold")
    accept(fulfilment_id=FulfilmentOrder.objects.get().pk, now=now, actor=Actor("PERSON", "2", "Hugo Lemaire"))

    stale = marie.post(f"/orders/{order.number}/hold/", {"version": seen, "reason": "FRAUD", "note": "two cards"})

    page = stale.content.decode()
    assert stale.status_code == 409
    assert "Hugo Lemaire changed this" in page
    assert "Rennes Le Bastard" in page
    assert 'value="two cards"' in page
    assert states() == [("ASSIGNED", 1)]

    again = re.search(r'name="version" value="(\d+)"', page)[1]
    marie.post(f"/orders/{order.number}/hold/", {"version": again, "reason": "FRAUD", "note": "two cards"})
    assert states() == [("HELD", 1)]


@pytest.mark.parametrize("version", ["", "abc", "-1", "٣"])
def test_a_form_that_saw_nothing_is_stale(place, marie, version):
    order = place()

    assert marie.post(f"/orders/{order.number}/hold/", {"version": version, "reason": "FRAUD"}).status_code == 409
    assert states() == [("ASSIGNED", 1)]


def test_a_note_disturbs_nobody(place, marie):
    order = place()
    seen = version_on(marie, order, "hold")
    add_note(order_id=order.pk, text="She called.", actor=Actor("PERSON", "2", "Hugo Lemaire"))

    assert marie.post(f"/orders/{order.number}/hold/", {"version": seen, "reason": "FRAUD"}).status_code == 302


def test_notes_are_left_and_empty_ones_refused(place, marie):
    order = place()

    left = marie.post(f"/orders/{order.number}/note/", {"text": "She <b>called</b>."}, follow=True)
    refused = marie.post(f"/orders/{order.number}/note/", {"text": "  "}, follow=True)

    assert "She &lt;b&gt;called&lt;/b&gt;." in left.content.decode()
    assert "Write the note first; nothing was saved." in refused.content.decode()
    assert kinds(order).count("order.note") == 1


def test_roles_do_what_the_table_says(place, signed_in, network):
    order = place()
    analyst, service = signed_in("ANALYST"), signed_in("CUSTOMER_SERVICE")

    for act in ACTS:
        assert analyst.get(f"/orders/{order.number}/{act}/").status_code == 403
        assert analyst.post(f"/orders/{order.number}/{act}/", {"version": "3"}).status_code == 403
    assert analyst.post(f"/orders/{order.number}/note/", {"text": "x"}).status_code == 403
    assert service.get(f"/orders/{order.number}/hold/").status_code == 200
    assert service.get(f"/orders/{order.number}/force/").status_code == 403
    assert states() == [("ASSIGNED", 1)]


def test_another_tenants_order_is_not_there(rivals_order, network, signed_in):
    client = signed_in("OWNER")

    for act in (*ACTS, "note", "technical"):
        path = f"/orders/{rivals_order.number}/{act}/"
        assert client.get(path).status_code in {404, 405}, act
        assert client.post(path, {"version": "9", "text": "x"}).status_code in {404, 405}, act
