"""Orders are served from the locations that their channel's stock view has, and the decision says so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inventory.services import save_view
from oms.orders.enums import UnitState
from oms.orders.models import UnitGroup
from orchestration.enums import Method, ParkReason
from orchestration.models import RoutingDecision
from orchestration.rules.decisions import Decision
from orchestration.rules.engine import plan
from orchestration.rules.rulesets import default_ruleset
from orchestration.services import place_orders
from orchestration.services.trial import try_order
from orchestration.types import NarrowView
from tests.factories import make_channel, make_location, make_sku, make_stock, new_order
from tests.orchestration.rules_world import network, order, place, uid

REN, NAN, DEP = place("REN"), place("NAN", "44000"), place("DEP", "13001")
STOCK = network([REN, NAN, DEP], {"MUG": {"REN": 5, "NAN": 5, "DEP": 1}})
WEB = uid("web")


def narrowed(*codes: str) -> list:
    return [replace(STOCK, views={WEB: NarrowView("Web", frozenset(map(uid, codes)))}), default_ruleset()]


def places_of(made) -> list:
    return [each.location_id for each in made.assignments]


def test_each_order_of_a_batch_is_served_from_its_own_view():
    views = {"CMD-1": WEB, "CMD-2": None, "CMD-3": WEB}
    orders = [order({"MUG": 1}, number=number, view_id=view_id) for number, view_id in views.items()]

    plans = plan(orders, *narrowed("NAN", "DEP"))

    found = {made.order_id: places_of(made) for made in plans}
    assert found == {uid("CMD-1"): [NAN.id], uid("CMD-2"): [REN.id], uid("CMD-3"): [NAN.id]}


def test_a_store_outside_the_view_does_not_hand_over_what_is_collected_there():
    collected = order({"MUG": 1}, method=Method.CLICK_AND_COLLECT, collect_location_id=REN.id, view_id=WEB)

    (made,) = plan([collected], *narrowed("NAN"))

    assert [units.reason for units in made.parked] == [ParkReason.NOT_IN_VIEW]


def test_what_is_sent_to_a_store_comes_from_the_view():
    sent = order({"MUG": 1}, method=Method.SHIP_TO_STORE, collect_location_id=REN.id, view_id=WEB)

    (made,) = plan([sent], *narrowed("NAN"))

    assert places_of(made) == [NAN.id]


def test_units_that_only_others_have_are_parked_with_the_reason():
    (made,) = plan([order({"MUG": 3}, view_id=WEB)], *narrowed("DEP"))

    assert (places_of(made), made.parked[0].quantity) == ([DEP.id], 2)
    decision = made.decision
    assert decision.parked_reason(decision.parked[0], "en") == (
        "The locations that have it are not in the channel\u2019s stock view"
    )
    assert decision.parked_reason(decision.parked[0], "fr") == (
        "Les lieux qui en ont ne sont pas dans la vue de stock du canal"
    )


@pytest.fixture
def mug(tenant, now):
    sku = make_sku("MUG")
    make_stock(sku, make_location("RENNES", postcode="35000", latitude=None, groups=["west"]), 5, now=now)
    far = make_location("LYON", postcode="69001", city="Lyon", latitude=None, kind="WAREHOUSE", groups=["east"])
    make_stock(sku, far, 5, now=now)
    return sku


@pytest.mark.parametrize(
    "members",
    [
        {"location_codes": ["LYON"]},
        {"kinds": ["WAREHOUSE"]},
        {"groups": ["east"]},
        {"query": {"city": ["lyon"]}},
    ],
)
@pytest.mark.parametrize("inherited", [False, True])
def test_the_nearest_store_is_no_candidate_when_the_view_does_not_have_it(mug, now, members, inherited):
    view = save_view(code="web", name="Web", **members)
    if inherited:
        view = save_view(code="heir", name="Heir", parent_id=view.pk)
    channel = make_channel("web", stock_view_id=view.pk)

    place_orders(orders=[new_order(channel, (mug, 1), now=now)], now=now)

    group = UnitGroup.objects.get()
    assert (group.state, group.location.code) == (UnitState.ASSIGNED, "LYON")
    decision = Decision.from_json(RoutingDecision.objects.get().document)
    attempt = decision.attempts[0]
    rejected = next(each for each in attempt.candidates if each.code == "RENNES")
    assert decision.failure(attempt, rejected, "en") == f"Not in the stock view “{view.name}”"
    assert decision.failure(attempt, rejected, "fr") == f"Hors de la vue de stock «\u202f{view.name}\u202f»"
    (tried,) = try_order(order_id=group.order_id, rulesets=[default_ruleset()], now=now)
    assert [each.code for each in tried.placements] == ["LYON"]


def test_a_view_that_chooses_nobody_has_everybody(mug, now):
    channel = make_channel("web", stock_view_id=save_view(code="web", name="Web", percentage=50).pk)

    place_orders(orders=[new_order(channel, (mug, 1), now=now)], now=now)

    assert UnitGroup.objects.get().location.code == "RENNES"
    filters = Decision.from_json(RoutingDecision.objects.get().document).attempts[0].filters
    assert "stock_view" not in {item.kind for item in filters}
