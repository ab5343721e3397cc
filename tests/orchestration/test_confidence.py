"""Routing by how sure stock is: a filter and a criterion, asked for only by rules that look at it, and explained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from inventory.services import learn
from inventory.types import Observed
from oms.tenancy.types import SYSTEM
from orchestration.models import RoutingDecision
from orchestration.queries.snapshot import with_confidence
from orchestration.rules.decisions import Decision
from orchestration.rules.rulesets import default_ruleset, dump_ruleset, parse_ruleset
from orchestration.services import place_orders, publish_ruleset, save_draft
from tests.factories import make_channel, make_location, make_sku, make_stock, new_order
from tests.orchestration.rules_world import network

if TYPE_CHECKING:
    from inventory.models import StockLevel


@pytest.fixture
def levels(tenant, now) -> list[StockLevel]:
    """The same mug in Rennes, which is near and whose shelf was empty twice, and in Brest."""
    mug = make_sku("MUG")
    found = [
        make_stock(mug, make_location(code, name=code.title(), latitude=latitude), 5, now=now)
        for code, latitude in (("RENNES", 48.1), ("BREST", 48.4))
    ]
    learn(observations=[Observed(mug.pk, found[0].location_id, "MISSING", key, now) for key in "ab"])
    return found


def publish(now, **changes: Any) -> None:
    document: Any = dump_ruleset(default_ruleset())
    for name, more in changes.items():
        document["rules"][0][name] = more(document["rules"][0][name])
    draft = save_draft(document=document, actor=SYSTEM)
    publish_ruleset(version_id=draft.pk, reason="x", now=now, actor=SYSTEM)


def routed(levels, now) -> Any:
    place_orders(orders=[new_order(make_channel("web"), (levels[0].sku, 1), now=now)], now=now)
    return Decision.from_json(RoutingDecision.objects.get().document)


def test_the_surest_is_preferred_and_the_decision_says_so(levels, now):
    publish(now, ranking=lambda _old: [{"by": "confidence", "tolerance": 5}, {"by": "distance", "tolerance": 0}])

    decision = routed(levels, now)

    assert [each.code for each in decision.placements] == ["BREST"]
    scores = {each.code: each.scores[0] for each in decision.attempts[0].candidates}
    assert scores["BREST"] > 90
    assert scores["RENNES"] < 65
    assert "stock is most certain" in decision.summary("en")
    assert "stock est le plus fiable" in decision.summary("fr")


def test_within_the_tolerance_the_closest_wins(levels, now):
    publish(now, ranking=lambda _old: [{"by": "confidence", "tolerance": 50}, {"by": "distance", "tolerance": 0}])

    assert [each.code for each in routed(levels, now).placements] == ["RENNES"]


def test_who_is_too_uncertain_is_no_candidate(levels, now):
    publish(now, filters=lambda old: [*old, {"kind": "confidence", "at_least": 80}])

    decision = routed(levels, now)

    assert [each.code for each in decision.placements] == ["BREST"]
    attempt = decision.attempts[0]
    rejected = next(each for each in attempt.candidates if each.code == "RENNES")
    assert decision.failure(attempt, rejected, "en") == "Stock confidence 60%, at least 80% wanted"
    assert decision.failure(attempt, rejected, "fr") == "Fiabilité du stock 60\u00a0%, 80\u00a0% au moins demandés"


def test_without_a_rule_that_asks_nobody_looks(levels, now, django_assert_num_queries):
    plain = parse_ruleset(dump_ruleset(default_ruleset()))
    snapshot = network([], {})

    with django_assert_num_queries(0):
        assert with_confidence(snapshot, [], plain) is snapshot
    assert [each.code for each in routed(levels, now).placements] == ["RENNES"]
