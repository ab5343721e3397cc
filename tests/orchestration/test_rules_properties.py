"""What holds for every plan, whatever the network, the orders and the rules [I12] [I13]."""

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.enums import AfterAction, CriterionKind, FilterKind, Method, Outcome
from orchestration.rules.decisions import Decision
from orchestration.rules.engine import plan
from orchestration.rules.opening import opening_hours, opens_at
from orchestration.rules.rulesets import TOLERANT
from orchestration.types import Criterion, Exclusion, Filter, SplitPolicy
from tests.orchestration.rules_world import NOW, cell, line, network, order, place, rule, ruleset, uid

CODES = ("A", "B", "C", "D", "E", "F")
SKUS = ("MUG", "HAT", "PEN")
CLOSED_UNTIL_TUESDAY = opening_hours("Europe/Paris", {"tue": [["09:00", "19:00"]]})
MANY = settings(max_examples=25)


@st.composite
def places(draw, code):
    known = place(
        code,
        ships=draw(st.sampled_from([True, True, False])),
        collects=draw(st.booleans()),
        active=draw(st.sampled_from([True, True, True, False])),
        daily_capacity=draw(st.sampled_from([None, None, 0, 1, 2])),
        priority=draw(st.integers(1, 3)),
        latitude=draw(st.sampled_from([48.0, 48.05, 48.2, 45.0, None])),
        longitude=draw(st.sampled_from([0.0, 0.3])),
        parcel_cost=Decimal(draw(st.integers(300, 900))) / 100,
        groups=frozenset(draw(st.sets(st.sampled_from(["east", "west"])))),
        postcode=draw(st.sampled_from(["35000", "75001", "99999"])),
    )
    closed = draw(st.sampled_from([False, False, True]))
    return replace(known, opening=CLOSED_UNTIL_TUESDAY) if closed else known


cells = st.builds(
    lambda available, minutes, known: cell(available, as_of=NOW - timedelta(minutes=minutes), known=known),
    st.integers(-2, 5),
    st.sampled_from([0, 0, 90]),
    st.sampled_from([True, True, True, False]),
)


@st.composite
def networks(draw):
    codes = CODES[: draw(st.integers(1, len(CODES)))]
    stock = {sku: draw(st.dictionaries(st.sampled_from(codes), cells)) for sku in SKUS}
    return network([draw(places(code)) for code in codes], stock)


exclusions = st.builds(
    Exclusion,
    st.just("NOT_FOUND"),
    st.sampled_from([None, NOW, NOW + timedelta(hours=1)]),
    st.sampled_from([None, frozenset({uid("MUG")}), frozenset({uid("HAT"), uid("PEN")})]),
)


@st.composite
def orders(draw, number):
    wanted = draw(st.lists(st.tuples(st.sampled_from(SKUS), st.integers(1, 4)), min_size=1, max_size=4))
    lines = [
        line(sku, quantity, unit_group_id=uid(f"{number} {position}"))
        for position, (sku, quantity) in enumerate(wanted)
    ]
    excluded = draw(st.dictionaries(st.sampled_from(CODES), exclusions, max_size=2))
    return order(
        lines,
        draw(st.sampled_from(["35000", "13001", "99999"])),
        number=number,
        priority=draw(st.integers(0, 1)),
        received_at=NOW - timedelta(minutes=draw(st.integers(0, 2))),
        method=draw(st.sampled_from([Method.DELIVERY, Method.DELIVERY, *Method])),
        collect_location_id=uid(draw(st.sampled_from(CODES))),
        excluded={uid(code): exclusion for code, exclusion in excluded.items()},
    )


batches = st.integers(1, 4).flatmap(lambda size: st.tuples(*[orders(f"CMD-{index}") for index in range(size)]))
filters = st.lists(
    st.sampled_from(
        [
            Filter(FilterKind.SERVICE),
            Filter(FilterKind.STOCK, {"scope": "partial"}),
            Filter(FilterKind.STOCK, {"scope": "whole"}),
            Filter(FilterKind.STOCK_AGE, {"max_minutes": 60}),
            Filter(FilterKind.NOT_REFUSED),
            Filter(FilterKind.OPENING, {"within_hours": 24}),
            Filter(FilterKind.CAPACITY),
            Filter(FilterKind.MAX_DISTANCE, {"km": Decimal(300)}),
            Filter(FilterKind.GROUP, {"any_of": ("east",)}),
        ],
    ),
    unique_by=lambda item: item.kind,
).map(tuple)
criteria = st.lists(
    st.sampled_from([Criterion(kind, Decimal(5 * (kind in TOLERANT))) for kind in CriterionKind]),
    unique_by=lambda item: item.by,
    max_size=4,
).map(tuple)
splits = st.builds(
    SplitPolicy,
    st.integers(1, 4),
    st.booleans(),
    st.booleans(),
    st.sampled_from([None, None, Decimal(6)]),
)
rules = st.builds(rule, filters=filters, ranking=criteria, split=splits, after=st.sampled_from(AfterAction))
rulesets = st.lists(rules, min_size=1, max_size=3).map(
    lambda found: ruleset(*(replace(each, name=f"Rule {index}") for index, each in enumerate(found)))
)


def as_json(plans):
    return [made.decision.to_json() for made in plans]


@MANY
@given(networks(), batches, rulesets, st.randoms())
def test_the_order_of_the_batch_and_of_the_network_does_not_matter(snapshot, batch, rules_used, random):
    shuffled, locations, stock = list(batch), list(snapshot.locations), list(snapshot.stock.items())
    for pile in (shuffled, locations, stock):
        random.shuffle(pile)

    plans = plan(batch, snapshot, rules_used)
    again = plan(shuffled, replace(snapshot, locations=tuple(locations), stock=dict(stock)), rules_used)

    assert plans == again
    assert as_json(plans) == as_json(again)


@MANY
@given(networks(), batches, rulesets)
def test_every_unit_is_placed_or_parked(snapshot, batch, rules_used):
    plans = {made.order_id: made for made in plan(batch, snapshot, rules_used)}

    for asked in batch:
        made = plans[asked.id]
        counted = Counter()
        for item in (*made.assignments, *made.parked):
            assert item.quantity > 0
            counted[item.unit_group_id] += item.quantity
        assert counted == {each.unit_group_id: each.quantity for each in asked.lines}
        assert all(item.action is not AfterAction.NEXT_RULE for item in made.parked)


@MANY
@given(networks(), batches, rulesets)
def test_a_batch_never_plans_more_than_there_is(snapshot, batch, rules_used):
    used = Counter()
    for made in plan(batch, snapshot, rules_used):
        for item in made.assignments:
            used[item.sku_id, item.location_id] += item.quantity

    for spot, quantity in used.items():
        assert snapshot.stock[spot].known
        assert quantity <= snapshot.stock[spot].available


@MANY
@given(networks(), batches, rules)
def test_no_location_gets_more_orders_than_its_day_holds(snapshot, batch, rule_used):
    strict = replace(rule_used, filters=(*rule_used.filters, Filter(FilterKind.CAPACITY)))
    orders_at = Counter()
    for made in plan(batch, snapshot, ruleset(strict)):
        orders_at.update({item.location_id for item in made.assignments})

    for location in snapshot.locations:
        assert location.daily_capacity is None or orders_at[location.id] <= location.daily_capacity


def usable(snapshot, asked, rule_used, location):
    """What a location may give of each SKU, told again in the plainest way: the oracle."""
    kinds = {item.kind: item.params for item in rule_used.filters}
    if not location.active or not _serves(snapshot, asked, location):
        return {}
    if FilterKind.GROUP in kinds and not location.groups & set(kinds[FilterKind.GROUP]["any_of"]):
        return {}
    if FilterKind.CAPACITY in kinds and location.daily_capacity == 0:
        return {}
    if FilterKind.OPENING in kinds:
        opens = opens_at(location.opening, snapshot.now)
        if opens is None or opens > snapshot.now + timedelta(hours=24):
            return {}
    return {sku: held for sku in SKUS if (held := _held(snapshot, asked, kinds, location, uid(sku)))}


def _serves(snapshot, asked, location):
    if asked.method in {Method.CLICK_AND_COLLECT, Method.RESERVE_AND_COLLECT}:
        return location.id == asked.collect_location_id and location.collects
    if asked.method is Method.SHIP_TO_STORE:
        store = next((each for each in snapshot.locations if each.id == asked.collect_location_id), None)
        return bool(store and store.collects) and (location == store or location.ships)
    return location.ships


def _held(snapshot, asked, kinds, location, sku_id):
    found = snapshot.stock.get((sku_id, location.id))
    if found is None or not found.known:
        return 0
    if FilterKind.STOCK_AGE in kinds and snapshot.now - found.as_of > timedelta(minutes=60):
        return 0
    exclusion = asked.excluded.get(location.id)
    if FilterKind.NOT_REFUSED in kinds and exclusion is not None:
        barred = exclusion.until is None or exclusion.until > snapshot.now
        if barred and (exclusion.sku_ids is None or sku_id in exclusion.sku_ids):
            return 0
    return max(0, found.available)


near_rules = rules.map(
    lambda each: replace(
        each,
        filters=tuple(item for item in each.filters if item.kind is not FilterKind.MAX_DISTANCE),
        split=replace(each.split, max_extra_cost=None),
    )
)


@MANY
@given(networks(), orders("CMD-1"), near_rules)
def test_units_come_only_from_locations_that_may_give_them(snapshot, asked, rule_used):
    (made,) = plan([asked], snapshot, ruleset(rule_used))

    names = {uid(sku): sku for sku in SKUS}
    allowed = {each.id: usable(snapshot, asked, rule_used, each) for each in snapshot.locations}
    assert all(names[item.sku_id] in allowed[item.location_id] for item in made.assignments)


def fewest_parcels(snapshot, asked, rule_used):
    """The least number of locations that can serve the whole order, by trying every set; None when no set can."""
    wanted = Counter()
    for each in asked.lines:
        wanted[each.sku] += each.quantity
    whole = any(item.params.get("scope") == "whole" for item in rule_used.filters)
    limit = 1 if whole else rule_used.split.max_parcels
    gives = [usable(snapshot, asked, rule_used, each) for each in snapshot.locations]
    for size in range(1, limit + 1):
        if any(_covers(members, wanted, rule_used.split) for members in combinations(gives, size)):
            return size
    return None


def _covers(members, wanted, split):
    combine = sum if split.divide_lines else max
    return all(combine(member.get(sku, 0) for member in members) >= quantity for sku, quantity in wanted.items())


@MANY
@given(networks(), orders("CMD-1"), near_rules)
def test_an_order_is_placed_whole_exactly_when_it_can_be_and_in_the_fewest_parcels(snapshot, asked, rule_used):
    (made,) = plan([asked], snapshot, ruleset(rule_used))

    least = fewest_parcels(snapshot, asked, rule_used)
    assert (least is not None) == (made.parked == ())
    ranked = [item.by for item in rule_used.ranking]
    if least is not None and CriterionKind.FEWEST_PARCELS not in ranked[1:]:
        assert len({item.location_id for item in made.assignments}) == least


@MANY
@given(networks(), orders("CMD-1"), rules, st.sampled_from(SKUS), st.sampled_from(CODES), st.integers(1, 4))
def test_more_stock_never_makes_a_placed_order_unplaceable(snapshot, asked, rule_used, sku, code, more):
    (before,) = plan([asked], snapshot, ruleset(rule_used))
    spot = uid(sku), uid(code)
    held = snapshot.stock.get(spot, cell(0))
    richer = replace(snapshot, stock={**snapshot.stock, spot: held._replace(available=held.available + more)})

    (after,) = plan([asked], richer, ruleset(rule_used))

    assert before.parked != () or after.parked == ()


@MANY
@given(networks(), batches, rulesets)
def test_the_parcels_of_an_order_stay_within_the_most_generous_rule(snapshot, batch, rules_used):
    most = max(each.split.max_parcels for each in rules_used.rules)

    for made in plan(batch, snapshot, rules_used):
        assert len({item.location_id for item in made.assignments}) <= most


@MANY
@given(networks(), batches, rulesets)
def test_the_explanation_agrees_with_the_plan(snapshot, batch, rules_used):
    for made in plan(batch, snapshot, rules_used):
        decision = made.decision
        placed = Counter()
        for attempt in decision.attempts:
            for candidate in attempt.candidates:
                assert (candidate.outcome is Outcome.REJECTED) == (candidate.failed is not None)
                assert [check.passed for check in candidate.checks].count(False) >= int(candidate.failed is not None)
                placed[candidate.location_id] += sum(candidate.gives)
            ranks = [candidate.rank for candidate in attempt.candidates if candidate.rank is not None]
            assert ranks == list(range(1, attempt.eligible + 1))
            if len(attempt.chosen) == 1 and attempt.alone:
                assert attempt.chosen[0].rank == 1
        wanted = Counter()
        for item in made.assignments:
            wanted[item.location_id] += item.quantity
        assert +placed == wanted


@MANY
@given(networks(), batches, rulesets)
def test_a_decision_survives_json_and_can_be_told(snapshot, batch, rules_used):
    for made in plan(batch, snapshot, rules_used):
        decision = made.decision
        document = json.loads(json.dumps(decision.to_json()))

        assert Decision.from_json(document) == decision
        assert Decision.from_json(document).to_json() == document
        assert Decision.from_json(json.loads(decision.to_record())) == decision
        for language in ("fr", "en"):
            told = [decision.summary(language)]
            for attempt in decision.attempts:
                told.append(decision.ranking(attempt, language))
                told += [decision.failure(attempt, candidate, language) for candidate in attempt.candidates]
            told += [decision.parked_reason(units, language) for units in decision.parked]
            assert told[0]
            assert not any("{" in sentence or "None" in sentence for sentence in told)
