"""The order page: the decision as it was stored, the words of every event, and what is open."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from inventory.services import set_levels
from inventory.types import LevelSetting
from oms.events import registry
from oms.events.queries import timeline
from oms.events.services import record
from oms.fulfilment import events as fulfilment_events
from oms.fulfilment.models import FulfilmentOrder
from oms.fulfilment.services import accept, collect, mark_ready, pack, pick, refuse, ship
from oms.fulfilment.types import Tracking
from oms.orders import events as order_events
from oms.orders import rules as order_rules
from oms.orders.services import add_note, cancel_units, hold_order
from oms.tenancy.types import SYSTEM, Actor
from orchestration import events as routing_events
from orchestration.models import RoutingDecision
from orchestration.queries import decisions_of
from orchestration.services import force_location, route_refused
from orchestration.types import Refusal
from orchestration.web.orders import dossier
from orchestration.web.orders.sentences import SENTENCES
from tests.factories import make_location, make_stock

pytestmark = pytest.mark.usefixtures("clock")
QUERIES = 16


def text_of(response) -> str:
    """The words of the page, one space between."""
    assert response.status_code == 200, response.content
    main = response.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())


@pytest.mark.parametrize("lines", [1, 2])
def test_the_page_costs_the_same_queries_whatever_the_order_holds(place, signed_in, network, lines):
    order = place(*[(network.mug, 1 + index) for index in range(lines)])
    client = signed_in("MANAGER")
    client.get(f"/orders/{order.number}/")

    with CaptureQueriesContext(connection) as queries:
        assert client.get(f"/orders/{order.number}/").status_code == 200

    assert len(queries) == QUERIES


def test_candidates_beyond_the_first_are_folded_and_all_there(place, signed_in, network, now):
    for number in range(14):
        make_stock(network.mug, make_location(f"SHOP-{number}", latitude=43.0, longitude=5.0), 3, now=now)

    page = signed_in("MANAGER").get(f"/orders/{place().number}/")

    assert re.search(r"\d+ more locations", text_of(page))
    assert all(f">SHOP-{number}</th>" in page.content.decode() for number in range(14))


def test_who_may_open_it(rivals_order, place, signed_in):
    order = place()

    assert signed_in("STORE_STAFF").get(f"/orders/{order.number}/").status_code == 403
    assert signed_in("MANAGER").get("/orders/CMD-2026-999999/").status_code == 404
    # Both tenants number from 1, so that the rival's number is one of ours: it must open ours.
    found = text_of(signed_in("MANAGER").get(f"/orders/{rivals_order.number.lower()}/"))
    assert "Rival Customer" not in found
    assert "Élodie Kerjean" in found


def test_an_analyst_reads_and_is_offered_no_act(place, signed_in):
    order = place()
    page = signed_in("ANALYST").get(f"/orders/{order.number}/").content.decode()

    assert "Why this location?" in page
    for act in ("hold", "release", "reroute", "force", "cancel", "note", "technical"):
        assert f"/orders/{order.number}/{act}/" not in page


def test_the_panel_is_the_stored_decision_although_the_world_has_changed(place, signed_in, network, now):
    order = place((network.mug, 2))
    (stored,) = decisions_of(order.pk)
    set_levels(levels=[LevelSetting("MUG", "RENNES", 0), LevelSetting("MUG", "NANTES", 0)], now=now)

    page = text_of(signed_in("MANAGER").get(f"/orders/{order.number}/"))

    assert " ".join(stored.decision.summary("en").split()) in page
    assert "Standard v1 · rule 1 “Fewest parcels, then closest” · decided on" in page
    assert "Stock Distance Cost Missing Priority Source 1 Rennes Le Bastard Chosen 3 under 1 km €0.00 0 0 0 s" in page
    assert re.search(r"2 Nantes Crébillon Eligible 10 \d+ km €0\.00", page)
    assert "Ranking: fewest parcels, distance within 10 km, location priority, stock depth, location code." in page


def test_a_rejected_location_says_its_first_failing_condition(place, signed_in, network, now):
    make_stock(network.mug, make_location("BREST", name="Brest Siam", ships=False), 9, now=now)
    order = place((network.mug, 1))

    assert "Brest Siam Does not ship 9" in text_of(signed_in("MANAGER").get(f"/orders/{order.number}/"))
    assert "Brest Siam N\N{RIGHT SINGLE QUOTATION MARK}expédie pas 9" in text_of(
        signed_in("OWNER", language="fr").get(f"/orders/{order.number}/")
    )


def test_a_split_shows_two_cards_and_the_decision_once(place, signed_in, network):
    order = place((network.mug, 12))
    page = signed_in("MANAGER").get(f"/orders/{order.number}/").content.decode()

    assert len(re.findall(r'id="work-PREP-', page)) == 2
    (decision,) = RoutingDecision.objects.all()
    assert page.count(f'id="decision-{decision.pk}"') == 1
    assert "Decided together with the work above" in page


def test_a_refusal_is_a_banner_that_leads_to_the_new_decision(place, signed_in, network, now):
    order = place()
    first = FulfilmentOrder.objects.get()
    refuse(fulfilment_id=first.pk, reason="DAMAGED", now=now)
    refusal = Refusal(order.pk, network.rennes.pk, frozenset({network.mug.pk}), "DAMAGED")
    route_refused(refusals=[refusal], now=now, trigger="fulfilment.refused")
    response = signed_in("MANAGER").get(f"/orders/{order.number}/")
    page = text_of(response)

    newest = decisions_of(order.pk)[0]
    assert "Rennes Le Bastard refused at 11:42: Damaged." in page
    assert "Routed again to Nantes Crébillon." in page
    assert f'href="#decision-{newest.id}"'.encode() in response.content
    assert "Refused by Rennes Le Bastard, 1 unit: Damaged. The refused quantity moves to damaged." in page
    assert re.search(r"Rennes Le Bastard Refused on .*: damaged", page)
    assert "Earlier work and decisions" in page


def test_parked_units_say_why_and_offer_a_way_out(place, signed_in, network):
    order = place((network.teapot, 2))
    page = text_of(signed_in("MANAGER").get(f"/orders/{order.number}/"))

    assert "2 units have no location." in page
    assert "No stock in the 2 locations considered" in page
    assert "Force a location…" in page


def test_a_hold_is_a_banner_with_its_owner(place, signed_in, now):
    order = place()
    hold_order(
        order_id=order.pk, now=now, reason="FRAUD", note="two cards tried", actor=Actor("PERSON", "1", "Marie Le Goff")
    )
    page = text_of(signed_in("MANAGER").get(f"/orders/{order.number}/"))

    assert "On hold: Fraud check. two cards tried. Marie Le Goff" in page
    assert "Release…" in page
    assert "On hold: Fraud check." in text_of(signed_in("ANALYST").get(f"/orders/{order.number}/"))


def test_a_total_that_differs_is_said(place, signed_in, network, now):
    order = place((network.mug, 1), total=99, sold_elsewhere=True)

    assert "The channel's total is not the sum of the order's parts." in text_of(
        signed_in("MANAGER").get(f"/orders/{order.number}/")
    )


def test_a_forced_location_says_who_and_why(place, signed_in, network, now):
    order = place()
    force_location(
        order_id=order.pk,
        location_id=network.nantes.pk,
        reason="the customer passes by",
        now=now,
        actor=Actor("PERSON", "1", "Marie Le Goff"),
    )

    assert "Marie Le Goff chose this location: the customer passes by" in text_of(
        signed_in("MANAGER").get(f"/orders/{order.number}/")
    )


def test_the_card_follows_the_work(place, signed_in, network, now):
    order = place()
    client = signed_in("MANAGER")
    work = FulfilmentOrder.objects.get()

    def steps() -> str:
        page = client.get(f"/orders/{order.number}/").content.decode()
        (found,) = re.findall(r'aria-current="step">.*?</svg>([^<]+)<', page)
        return found

    assert steps() == "To accept"
    accept(fulfilment_id=work.pk, now=now)
    assert steps() == "To pick"
    pick(fulfilment_id=work.pk, picked={line.pk: 1 for line in work.lines.all()}, now=now)
    assert steps() == "Picking"
    pack(fulfilment_id=work.pk, now=now)
    assert steps() == "To ship"
    ship(fulfilment_id=work.pk, parcels=[Tracking("Colissimo", "6A1", "https://track.example/6A1")], now=now)
    page = client.get(f"/orders/{order.number}/").content.decode()
    assert 'aria-current="step"' not in page
    assert 'href="https://track.example/6A1"' in page
    assert "Reroute…" not in page


def test_a_collection_shows_its_shelf_and_its_proof(place, signed_in, network, now):
    order = place(method="CLICK_AND_COLLECT", collect_location="RENNES")
    work = FulfilmentOrder.objects.get()
    pick(fulfilment_id=work.pk, picked={line.pk: 1 for line in work.lines.all()}, now=now)
    pack(fulfilment_id=work.pk, now=now)
    mark_ready(fulfilment_id=work.pk, now=now, shelf="B2")
    client = signed_in("MANAGER")
    assert "Waiting for the customer" in text_of(client.get(f"/orders/{order.number}/"))

    collect(fulfilment_id=work.pk, now=now, identity_of="Élodie Kerjean")

    page = text_of(client.get(f"/orders/{order.number}/"))
    assert "Identity document seen: Élodie Kerjean" in page
    assert "Shelf B2" not in page


def test_every_kind_of_event_about_an_order_has_a_sentence():
    told = {
        kind
        for module in (order_events, fulfilment_events, routing_events)
        for name, kind in vars(module).items()
        if name.isupper() and kind in registry.kinds()
    }

    assert told - {routing_events.RULESET_PUBLISHED, routing_events.MORE_WAITING} == set(SENTENCES)


@pytest.fixture
def long_life(place, network, now):
    """An order to which nearly everything happened."""
    order = place((network.mug, 2), (network.teapot, 1))
    marie = Actor("PERSON", "1", "Marie Le Goff")
    first = FulfilmentOrder.objects.get()
    refuse(fulfilment_id=first.pk, reason="DAMAGED", now=now, actor=marie)
    refusal = Refusal(order.pk, network.rennes.pk, frozenset({network.mug.pk}), "DAMAGED")
    route_refused(refusals=[refusal], now=now, trigger="fulfilment.refused")
    add_note(order_id=order.pk, text="She calls back at two.", actor=marie)
    teapot = order.lines.get(sku=network.teapot)
    cancel_units(order_id=order.pk, now=now, reason="NO_STOCK", quantities={teapot.pk: 1}, actor=marie)
    work = FulfilmentOrder.objects.get(state="TO_ACCEPT")
    accept(fulfilment_id=work.pk, now=now, actor=marie)
    pick(fulfilment_id=work.pk, picked={line.pk: 2 for line in work.lines.all()}, now=now, actor=marie)
    pack(fulfilment_id=work.pk, now=now, actor=marie)
    ship(fulfilment_id=work.pk, parcels=[Tracking("Colissimo", "6A1")], now=now, actor=marie)
    return order


def test_the_timeline_tells_it_all_newest_first_and_folds_what_is_technical(long_life, signed_in):
    page = text_of(signed_in("MANAGER").get(f"/orders/{long_life.number}/"))
    told = [
        "Shipped Nantes Crébillon, Colissimo 6A1 Marie Le Goff",
        "Packed 2 units, Nantes Crébillon",
        "Picked MUG 2/2",
        "Accepted Nantes Crébillon",
        "Cancelled 1 unit: Out of stock",
        "Note She calls back at two.",
        "Routed Nantes Crébillon, after a refusal Rules Standard v1",
        "Refused by Rennes Le Bastard, 2 units: Damaged. The refused quantity moves to damaged.",
        "No location found 1 unit: no stock in the locations considered Rules Standard v1",
        "Routed Rennes Le Bastard, on arrival Rules Standard v1",
        "Order received 3 units Boutique en ligne",
    ]

    places = [page.find(sentence) for sentence in told]

    assert -1 not in places, [sentence for sentence, at in zip(told, places, strict=True) if at == -1]
    assert places == sorted(places)


def test_the_timeline_speaks_french(long_life, signed_in):
    page = text_of(signed_in("OWNER", language="fr").get(f"/orders/{long_life.number}/"))

    with translation.override("fr"):
        assert translation.gettext("Order received") in page
    assert "Order received" not in page


def test_a_kind_nobody_has_words_for_is_folded_and_does_not_break_the_page(place, signed_in):
    order = place()
    registry.declare("test.unheard", "A kind of another room.")
    record("test.unheard", "order", order.pk, {"odd": 1}, SYSTEM)

    assert "test.unheard" in text_of(signed_in("MANAGER").get(f"/orders/{order.number}/"))


def test_what_integrators_see(place, signed_in, network):
    order = place(raw={"id": 1042, "note": "<script>"})
    client = signed_in("MANAGER")

    whole = client.get(f"/orders/{order.number}/technical/").content.decode()
    part = client.get(f"/orders/{order.number}/technical/", headers={"HX-Request": "true"}).content.decode()

    assert "&quot;id&quot;: 1042" in whole
    assert "<script>&quot;" not in whole
    assert "&quot;kind&quot;: &quot;order.routed&quot;" in part
    assert "<html" not in part
    assert signed_in("ANALYST").get(f"/orders/{order.number}/technical/").status_code == 403


def test_the_customers_other_orders_are_one_click_away(place, signed_in):
    order = place(customer_email="e@keravel.example")
    place(customer_email="e@keravel.example")
    page = signed_in("MANAGER").get(f"/orders/{order.number}/").content.decode()

    assert 'href="/orders/?q=e%40keravel.example">2 orders<' in page


def test_a_deadline_counts_down_from_the_servers_clock(place, signed_in, now):
    order = place(promised_at=now + timedelta(hours=5))

    assert "5 h 00 left" in text_of(signed_in("MANAGER").get(f"/orders/{order.number}/"))


def test_what_the_page_offers_is_what_the_services_allow():
    assert order_rules.HOLDABLE == dossier.HOLDABLE
    assert order_rules.CANCELLABLE == dossier.CANCELLABLE


def test_events_are_numbered_for_conflicts(place):
    order = place()
    events = list(timeline(subject_type="order", subject_id=order.pk))

    assert dossier.read_dossier(dossier.open_order(order.number)).version == events[-1].sequence == 3
