"""The engine's behaviour, case by case."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from orchestration.enums import AfterAction, CriterionKind, FilterKind, LocationKind, Method, ParkReason
from orchestration.rules.conditions import parse_conditions
from orchestration.rules.engine import plan
from orchestration.rules.opening import opening_hours
from orchestration.rules.rulesets import default_ruleset
from orchestration.types import Criterion, Exclusion, Filter, SplitPolicy
from tests.orchestration.rules_world import (
    NOW,
    cell,
    certain,
    line,
    network,
    order,
    parked,
    place,
    placed,
    rule,
    ruleset,
    uid,
)

REN, NAN, PAR = place("REN", "35000"), place("NAN", "44000"), place("PAR", "75001")


def test_the_closest_location_that_has_everything_is_chosen():
    snapshot = network([PAR, NAN, REN], {"MUG": {"PAR": 5, "NAN": 5}})

    (made,) = plan([order({"MUG": 2})], snapshot, default_ruleset())

    assert placed(made) == {"NAN": {"MUG": 2}}
    assert [(item.location_id, item.quantity) for item in made.assignments] == [(NAN.id, 2)]
    assert made.parked == ()


def test_one_location_is_preferred_to_a_closer_split():
    snapshot = network([PAR, NAN, REN], {"MUG": {"REN": 1, "PAR": 5}, "HAT": {"NAN": 1, "PAR": 5}})

    (made,) = plan([order({"MUG": 1, "HAT": 1})], snapshot, default_ruleset())

    assert placed(made) == {"PAR": {"MUG": 1, "HAT": 1}}


def test_locations_within_the_tolerance_are_equal_and_priority_decides():
    near = place("AAA", latitude=48.0, longitude=0.0, priority=2)
    nearly = place("BBB", latitude=48.07, longitude=0.0, priority=1)  # 7.8 km farther
    snapshot = network([near, nearly], {"MUG": {"AAA": 1, "BBB": 1}})
    here = order({"MUG": 1}, latitude=48.0, longitude=0.0)

    (made,) = plan([here], snapshot, default_ruleset())

    assert placed(made) == {"BBB": {"MUG": 1}}
    assert made.decision.attempts[0].decided_by is CriterionKind.PRIORITY


def test_a_full_tie_ends_on_the_location_code():
    twins = [place(code, "35000") for code in ("C", "A", "B")]
    snapshot = network(twins, {"MUG": {"A": 1, "B": 1, "C": 1}})

    (made,) = plan([order({"MUG": 1})], snapshot, default_ruleset())

    assert placed(made) == {"A": {"MUG": 1}}
    assert made.decision.attempts[0].decided_by is None


def test_an_order_is_split_over_the_fewest_locations():
    snapshot = network(
        [REN, NAN, PAR],
        {"MUG": {"REN": 1}, "HAT": {"NAN": 1, "PAR": 1}, "BAG": {"NAN": 1}, "PEN": {"REN": 1, "PAR": 1}},
    )

    (made,) = plan([order({"MUG": 1, "HAT": 1, "BAG": 1, "PEN": 1})], snapshot, default_ruleset())

    assert placed(made) == {"REN": {"MUG": 1, "PEN": 1}, "NAN": {"HAT": 1, "BAG": 1}}


def test_one_line_may_come_from_two_locations_when_the_rule_divides_lines():
    snapshot = network([REN, NAN], {"MUG": {"REN": 2, "NAN": 3}})
    split = SplitPolicy(max_parcels=2, divide_lines=False, place_part=True)

    (divided,) = plan([order({"MUG": 5})], snapshot, default_ruleset())
    (kept,) = plan([order({"MUG": 5})], snapshot, ruleset(rule(split=split)))

    assert placed(divided) == {"REN": {"MUG": 2}, "NAN": {"MUG": 3}}
    assert placed(kept) == {}
    assert parked(kept) == {"MUG": (5, "split_limit")}


def test_what_cannot_be_placed_is_parked_and_the_rest_goes():
    snapshot = network([REN], {"MUG": {"REN": 2}})

    (made,) = plan([order({"MUG": 3, "HAT": 1})], snapshot, default_ruleset())

    assert placed(made) == {"REN": {"MUG": 2}}
    assert parked(made) == {"MUG": (1, "no_stock"), "HAT": (1, "no_stock")}
    assert {units.action for units in made.parked} == {AfterAction.PARK}


def test_all_or_nothing_parks_everything_and_says_which_line_held_it_back():
    together = rule(split=SplitPolicy(max_parcels=2, divide_lines=True, place_part=False))
    snapshot = network([REN], {"MUG": {"REN": 2}})

    (made,) = plan([order({"MUG": 1, "HAT": 1})], snapshot, ruleset(together))

    assert made.assignments == ()
    assert parked(made) == {"MUG": (1, "kept_together"), "HAT": (1, "no_stock")}


def test_a_rule_that_never_splits_wants_everything_in_one_place():
    never = rule(split=SplitPolicy(max_parcels=1))
    snapshot = network([REN, NAN], {"MUG": {"REN": 1}, "HAT": {"NAN": 1}})

    (made,) = plan([order({"MUG": 1, "HAT": 1})], snapshot, ruleset(never))

    assert made.assignments == ()
    assert parked(made) == {"MUG": (1, "split_limit"), "HAT": (1, "split_limit")}
    assert [item.failed for item in made.decision.attempts[0].candidates] == [2, 2]


def test_a_split_that_costs_too_much_is_not_made():
    dear = rule(split=SplitPolicy(max_parcels=2, max_extra_cost=Decimal("6.39")))
    cheap = rule(split=SplitPolicy(max_parcels=2, max_extra_cost=Decimal("6.40")))
    snapshot = network([REN, NAN], {"MUG": {"REN": 1}, "HAT": {"NAN": 1}})
    both = order({"MUG": 1, "HAT": 1})

    assert parked(plan([both], snapshot, ruleset(dear))[0])["MUG"] == (1, "split_too_dear")
    assert placed(plan([both], snapshot, ruleset(cheap))[0]) == {"REN": {"MUG": 1}, "NAN": {"HAT": 1}}


def test_a_batch_shares_stock_by_priority_then_age_then_id():
    snapshot = network([REN], {"MUG": {"REN": 2}})
    late = order({"MUG": 1}, number="LATE", received_at=NOW + timedelta(minutes=1))
    early = order({"MUG": 1}, number="EARLY")
    urgent = order({"MUG": 1}, number="URGENT", received_at=NOW + timedelta(hours=1), priority=5)

    plans = plan([late, early, urgent], snapshot, default_ruleset())

    assert [made.decision.number for made in plans] == ["URGENT", "EARLY", "LATE"]
    assert [len(made.assignments) for made in plans] == [1, 1, 0]


def test_a_decision_shows_the_stock_as_the_order_saw_it():
    snapshot = network([REN], {"MUG": {"REN": 5}})

    first, second = plan(
        [order({"MUG": 2}, number="A"), order({"MUG": 1}, number="B", received_at=NOW + timedelta(1))],
        snapshot,
        default_ruleset(),
    )

    assert second.decision.attempts[0].candidates[0].stock == (3,)
    assert first.decision.attempts[0].candidates[0].stock == (5,)


def test_each_order_takes_one_place_in_the_day_of_its_location():
    full = replace(REN, daily_capacity=3, capacity_used=2)
    snapshot = network([full, NAN], {"MUG": {"REN": 9, "NAN": 9}})
    orders = [order({"MUG": 2}, number=name, received_at=NOW + timedelta(int(name))) for name in ("1", "2")]

    first, second = plan(orders, snapshot, default_ruleset())

    assert placed(first) == {"REN": {"MUG": 2}}
    assert placed(second) == {"NAN": {"MUG": 2}}
    rejected = next(item for item in second.decision.attempts[0].candidates if item.code == "REN")
    assert rejected.checks[rejected.failed] == (False, [3, 3])


@pytest.mark.parametrize("method", [Method.CLICK_AND_COLLECT, Method.RESERVE_AND_COLLECT])
def test_an_order_collected_on_site_is_served_there_or_not_at_all(method):
    snapshot = network([REN, NAN], {"MUG": {"REN": 0, "NAN": 9}, "HAT": {"REN": 1, "NAN": 9}})
    collect = order({"MUG": 1, "HAT": 1}, method=method, collect_location_id=REN.id)

    (made,) = plan([collect], snapshot, default_ruleset())

    assert placed(made) == {"REN": {"HAT": 1}}
    assert parked(made) == {"MUG": (1, "no_stock")}
    assert [item.code for item in made.decision.attempts[0].candidates] == ["REN"]


def test_an_order_collected_nowhere_known_is_parked():
    snapshot = network([REN], {"MUG": {"REN": 1}})
    lost = order({"MUG": 1}, method=Method.CLICK_AND_COLLECT, collect_location_id=uid("ELSEWHERE"))

    assert parked(plan([lost], snapshot, default_ruleset())[0]) == {"MUG": (1, "no_location")}


def test_ship_to_store_comes_from_the_store_itself_or_from_one_that_ships_closest_to_it():
    far = replace(PAR, ships=True)
    close = place("LAV", "53000")
    store = replace(REN, ships=False)
    to_store = order({"MUG": 1}, "13001", method=Method.SHIP_TO_STORE, collect_location_id=REN.id)

    elsewhere = plan([to_store], network([far, close, store], {"MUG": {"PAR": 1, "LAV": 1}}), default_ruleset())
    on_site = plan([to_store], network([far, close, store], {"MUG": {"PAR": 1, "REN": 1}}), default_ruleset())

    assert placed(elsewhere[0]) == {"LAV": {"MUG": 1}}
    assert placed(on_site[0]) == {"REN": {"MUG": 1}}


def test_ship_to_a_store_that_hands_nothing_over_is_parked():
    snapshot = network([replace(REN, collects=False), NAN], {"MUG": {"NAN": 1}})
    to_store = order({"MUG": 1}, method=Method.SHIP_TO_STORE, collect_location_id=REN.id)

    assert parked(plan([to_store], snapshot, default_ruleset())[0]) == {"MUG": (1, "no_service")}


CLOSED = opening_hours("Europe/Paris", {"mon": [["09:00", "19:00"]]}, [(date(2026, 11, 23), date(2026, 11, 23))])


@pytest.mark.parametrize(
    ("location", "stock", "reason"),
    [
        (REN, cell(0), ParkReason.NO_STOCK),
        (REN, cell(9, known=False), ParkReason.STOCK_UNKNOWN),
        (replace(REN, active=False), cell(9), ParkReason.NO_SERVICE),
        (replace(REN, ships=False), cell(9), ParkReason.NO_SERVICE),
        (replace(REN, opening=CLOSED), cell(9), ParkReason.CLOSED),
        (replace(REN, daily_capacity=0), cell(9), ParkReason.CAPACITY),
    ],
)
def test_the_reason_is_what_really_failed(location, stock, reason):
    (made,) = plan([order({"MUG": 1})], network([location], {"MUG": {"REN": stock}}), default_ruleset())

    assert [units.reason for units in made.parked] == [reason]


@pytest.mark.parametrize(
    ("extra", "reason"),
    [
        (Filter(FilterKind.STOCK_AGE, {"max_minutes": 30}), ParkReason.STOCK_TOO_OLD),
        (Filter(FilterKind.CONFIDENCE, {"at_least": 80}), ParkReason.STOCK_DOUBTFUL),
        (Filter(FilterKind.MAX_DISTANCE, {"km": Decimal(50)}), ParkReason.TOO_FAR),
        (Filter(FilterKind.GROUP, {"any_of": ("east",)}), ParkReason.OUT_OF_SCOPE),
        (Filter(FilterKind.LEGAL_ENTITY, {"any_of": ("FRANCHISE",)}), ParkReason.OUT_OF_SCOPE),
        (Filter(FilterKind.COUNTRY, {"any_of": ("BE",)}), ParkReason.OUT_OF_SCOPE),
    ],
)
def test_each_optional_filter_stops_its_own(extra, reason):
    old = cell(9, as_of=NOW - timedelta(minutes=31))
    snapshot = certain(network([NAN], {"MUG": {"NAN": old}}), 79)
    strict = rule(filters=(*rule().filters, extra))

    assert placed(plan([order({"MUG": 1})], snapshot, ruleset(rule()))[0]) == {"NAN": {"MUG": 1}}
    (made,) = plan([order({"MUG": 1})], snapshot, ruleset(strict))
    assert [units.reason for units in made.parked] == [reason]


@pytest.mark.parametrize(
    ("extra", "location"),
    [
        (Filter(FilterKind.STOCK_AGE, {"max_minutes": 1}), NAN),
        (Filter(FilterKind.CONFIDENCE, {"at_least": 79}), NAN),
        (Filter(FilterKind.MAX_DISTANCE, {"km": Decimal(120)}), NAN),
        (Filter(FilterKind.GROUP, {"any_of": ("east", "west")}), replace(NAN, groups=frozenset({"west"}))),
        (Filter(FilterKind.LEGAL_ENTITY, {"any_of": ("OWN",)}), NAN),
        (Filter(FilterKind.COUNTRY, {"any_of": ("FR",)}), replace(NAN, country="fr")),
        (Filter(FilterKind.OPENING, {"within_hours": 0}), NAN),
    ],
)
def test_each_optional_filter_lets_its_own_pass(extra, location):
    strict = rule(filters=(*rule().filters, extra))

    snapshot = certain(network([location], {"MUG": {"NAN": 1}}), 79)

    (made,) = plan([order({"MUG": 1})], snapshot, ruleset(strict))

    assert placed(made) == {"NAN": {"MUG": 1}}


def test_a_location_that_refused_is_not_asked_again_until_its_time_is_over():
    snapshot = network([REN, NAN], {"MUG": {"REN": 9, "NAN": 9}})
    barred = {REN.id: Exclusion("NOT_FOUND", NOW + timedelta(hours=1))}
    over = {REN.id: Exclusion("NOT_FOUND", NOW)}

    assert placed(plan([order({"MUG": 1}, excluded=barred)], snapshot, default_ruleset())[0]) == {"NAN": {"MUG": 1}}
    assert placed(plan([order({"MUG": 1}, excluded=over)], snapshot, default_ruleset())[0]) == {"REN": {"MUG": 1}}


def test_a_refusal_of_one_sku_leaves_the_location_its_others():
    snapshot = network([REN, NAN], {"MUG": {"REN": 9, "NAN": 9}, "HAT": {"REN": 9}})
    excluded = {REN.id: Exclusion("NOT_FOUND", None, frozenset({uid("MUG")}))}

    (made,) = plan([order({"MUG": 1, "HAT": 1}, excluded=excluded)], snapshot, default_ruleset())

    assert placed(made) == {"REN": {"HAT": 1}, "NAN": {"MUG": 1}}


def test_when_all_that_have_it_refused_the_reason_says_so():
    excluded = {REN.id: Exclusion("TOO_BUSY", None)}
    snapshot = network([REN, NAN], {"MUG": {"REN": 9}})

    (made,) = plan([order({"MUG": 1}, excluded=excluded)], snapshot, default_ruleset())

    assert parked(made) == {"MUG": (1, "all_refused")}
    assert made.parked[0].params["locations"] == {"all_refused": 1, "no_stock": 1}


def test_stale_stock_of_one_line_does_not_hide_the_other():
    old = cell(9, as_of=NOW - timedelta(hours=9))
    strict = rule(filters=(*rule().filters, Filter(FilterKind.STOCK_AGE, {"max_minutes": 30})))
    snapshot = network([REN, NAN], {"MUG": {"REN": old, "NAN": 1}, "HAT": {"REN": 1}})

    (made,) = plan([order({"MUG": 1, "HAT": 1})], snapshot, ruleset(strict))

    assert placed(made) == {"REN": {"HAT": 1}, "NAN": {"MUG": 1}}


def test_rules_follow_each_other_until_everything_is_placed():
    depot = place("DEP", "69001", kind=LocationKind.WAREHOUSE, groups=frozenset({"depots"}))
    first = rule(
        name="Depots",
        filters=(*rule().filters, Filter(FilterKind.GROUP, {"any_of": ("depots",)})),
        after=AfterAction.NEXT_RULE,
    )
    second = rule(name="Stores", after=AfterAction.BACKORDER)
    snapshot = network([depot, REN], {"MUG": {"DEP": 1, "REN": 9}, "HAT": {"REN": 1}})

    (made,) = plan([order({"MUG": 1, "HAT": 1, "PEN": 1})], snapshot, ruleset(first, second))

    assert placed(made) == {"DEP": {"MUG": 1}, "REN": {"HAT": 1}}
    assert [attempt.rule for attempt in made.decision.attempts] == ["Depots", "Stores"]
    assert [units.action for units in made.parked] == [AfterAction.BACKORDER]
    assert made.decision.rule == "Depots"


def test_the_parcels_of_earlier_rules_count():
    first = rule(name="One", after=AfterAction.NEXT_RULE, split=SplitPolicy(1, divide_lines=True, place_part=True))
    second = rule(name="Two", split=SplitPolicy(max_parcels=2, divide_lines=True, place_part=True))
    snapshot = network([REN, NAN, PAR], {"MUG": {"REN": 1}, "HAT": {"NAN": 1}, "PEN": {"PAR": 1}})

    (made,) = plan([order({"MUG": 1, "HAT": 1, "PEN": 1})], snapshot, ruleset(first, second))

    assert placed(made) == {"REN": {"MUG": 1}, "NAN": {"HAT": 1}}
    assert parked(made) == {"PEN": (1, "split_limit")}


def test_a_rule_whose_conditions_do_not_hold_is_skipped():
    never = rule(name="Never", when=parse_conditions({"field": "order.channel", "op": "is", "value": "amazon"}))
    snapshot = network([REN], {"MUG": {"REN": 1}})

    (skipped,) = plan([order({"MUG": 1})], snapshot, ruleset(never))
    (served,) = plan([order({"MUG": 1}, channel="Amazon")], snapshot, ruleset(never))

    assert parked(skipped) == {"MUG": (1, "no_rule")}
    assert skipped.decision.skipped == ("Never",)
    assert placed(served) == {"REN": {"MUG": 1}}


def test_the_first_ruleset_that_accepts_an_order_plans_it_on_shared_stock():
    pro = ruleset(name="Pro", when=parse_conditions({"field": "order.customer_kind", "op": "is", "value": "B2B"}))
    rest = ruleset(name="Rest", when=parse_conditions({"field": "order.customer_kind", "op": "is", "value": "B2C"}))
    snapshot = network([REN], {"MUG": {"REN": 1}})
    mine = order({"MUG": 1}, number="1")
    theirs = order({"MUG": 1}, number="2", received_at=NOW + timedelta(1), customer_kind="B2B")

    first, second = plan([mine, theirs], snapshot, [pro, rest])
    (alone,) = plan([mine], snapshot, [pro])

    assert (first.decision.ruleset, second.decision.ruleset) == ("Rest", "Pro")
    assert (len(first.assignments), len(second.assignments)) == (1, 0)
    assert parked(alone) == {"MUG": (1, "no_ruleset")}


def test_two_lines_of_the_same_sku_share_its_stock():
    lines = [line("MUG", 2), line("MUG", 2, unit_group_id=uid("other group"))]
    snapshot = network([REN], {"MUG": {"REN": 3}})

    (made,) = plan([order(lines)], snapshot, default_ruleset())

    assert [(item.unit_group_id, item.quantity) for item in made.assignments] == [
        (uid("group MUG"), 2),
        (uid("other group"), 1),
    ]
    assert [(units.unit_group_id, units.quantity) for units in made.parked] == [(uid("other group"), 1)]


@pytest.mark.parametrize(
    ("criterion", "winner"),
    [
        (CriterionKind.PARCEL_COST, "CHEAP"),
        (CriterionKind.STOCK_DEPTH, "DEEP"),
        (CriterionKind.CONFIDENCE, "SURE"),
        (CriterionKind.REMAINING_CAPACITY, "IDLE"),
        (CriterionKind.PRIORITY, "FIRST"),
        (CriterionKind.DISTANCE, "NEAR"),
    ],
)
def test_each_criterion_prefers_what_it_is_named_for(criterion, winner):
    places = [
        place("CHEAP", "75001", parcel_cost=Decimal("4.10"), daily_capacity=5, priority=4),
        place("DEEP", "75001", daily_capacity=5, priority=4),
        place("FIRST", "75001", daily_capacity=5, priority=1),
        place("IDLE", "75001", daily_capacity=50, priority=4),
        place("NEAR", "35000", daily_capacity=5, priority=4),
        place("SURE", "75001", daily_capacity=5, priority=4),
    ]
    stock = {"MUG": {"CHEAP": 2, "DEEP": 90, "FIRST": 2, "IDLE": 2, "NEAR": 2, "SURE": 2}}

    snapshot = certain(network(places, stock), 60, SURE=90)

    (made,) = plan([order({"MUG": 1})], snapshot, ruleset(rule(ranking=(Criterion(criterion),))))

    assert list(placed(made)) == [winner]
    assert made.decision.attempts[0].decided_by is criterion


def test_a_lower_place_of_fewest_parcels_allows_more_of_them():
    near_one, near_two, far = place("A", "35000"), place("B", "35200"), place("C", "13001")
    stock = {"MUG": {"A": 1}, "HAT": {"B": 1, "C": 1}, "PEN": {"A": 0, "C": 1}, "BAG": {"D": 1}}
    fourth = place("D", "35400")
    snapshot = network([near_one, near_two, far, fourth], {**stock, "PEN": {"D": 1, "C": 1}, "BAG": {"A": 1}})
    wanted = order({"MUG": 1, "HAT": 1, "PEN": 1})
    by_distance = rule(ranking=(Criterion(CriterionKind.DISTANCE), Criterion(CriterionKind.FEWEST_PARCELS)))

    (fewest,) = plan([wanted], snapshot, default_ruleset())
    (closest,) = plan([wanted], snapshot, ruleset(by_distance))

    assert set(placed(fewest)) == {"A", "C"}
    assert set(placed(closest)) == {"A", "B", "D"}


def test_an_unknown_destination_ranks_by_the_other_criteria():
    snapshot = network([replace(REN, priority=2), replace(NAN, priority=1)], {"MUG": {"REN": 1, "NAN": 1}})

    (made,) = plan([order({"MUG": 1}, "1000", country="XX")], snapshot, default_ruleset())

    assert placed(made) == {"NAN": {"MUG": 1}}
    assert made.decision.attempts[0].candidates[0].distance_km is None


def test_stock_that_nobody_knows_is_never_used():
    snapshot = network([REN, NAN], {"MUG": {"REN": cell(50, known=False), "NAN": 1}})

    (made,) = plan([order({"MUG": 1})], snapshot, default_ruleset())

    assert placed(made) == {"NAN": {"MUG": 1}}
    assert [item.stock for item in made.decision.attempts[0].candidates] == [(1,), (None,)]


def test_a_deficit_is_no_stock():
    snapshot = network([REN], {"MUG": {"REN": cell(-4)}})

    assert parked(plan([order({"MUG": 1})], snapshot, default_ruleset())[0]) == {"MUG": (1, "no_stock")}


def test_an_empty_order_and_an_empty_network_are_no_accident():
    assert plan([order({})], network([], {}), default_ruleset())[0].assignments == ()
    assert parked(plan([order({"MUG": 1})], network([], {}), default_ruleset())[0]) == {"MUG": (1, "no_location")}


def test_nonsense_is_refused():
    snapshot = network([REN], {})

    with pytest.raises(ValueError, match="given twice"):
        plan([order({"MUG": 1}), order({"MUG": 1})], snapshot, default_ruleset())
    with pytest.raises(ValueError, match="less than one unit"):
        plan([order({"MUG": 0})], snapshot, default_ruleset())


def test_a_location_closed_now_is_chosen_when_it_opens_soon_enough():
    hours = opening_hours("Europe/Paris", {"mon": [["09:00", "19:00"]]})
    closed = replace(REN, opening=hours)
    friday_evening = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
    wednesday = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)

    soon = plan([order({"MUG": 1})], network([closed], {"MUG": {"REN": 1}}, friday_evening), default_ruleset())
    later = plan([order({"MUG": 1})], network([closed], {"MUG": {"REN": 1}}, wednesday), default_ruleset())

    assert placed(soon[0]) == {"REN": {"MUG": 1}}
    assert parked(later[0]) == {"MUG": (1, "closed")}
