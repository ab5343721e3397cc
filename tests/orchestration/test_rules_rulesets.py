"""Rulesets as JSON: round trip, refusals, the default, and how rules read."""

import json
from copy import deepcopy
from decimal import Decimal

import pytest

from orchestration.enums import AfterAction, CriterionKind, FilterKind
from orchestration.rules.errors import InvalidRules
from orchestration.rules.readback import describe_rule
from orchestration.rules.rulesets import FILTER_PARAMS, choose_ruleset, default_ruleset, dump_ruleset, parse_ruleset
from orchestration.types import Criterion, Filter, SplitPolicy
from tests.orchestration.rules_world import NOW, order, rule, ruleset

DOCUMENT = {
    "name": "France B2C",
    "version": 12,
    "time_zone": "Europe/Paris",
    "when": {"field": "order.customer_kind", "op": "is", "value": "B2C"},
    "rules": [
        {
            "name": "Closest store",
            "when": {"field": "order.weight_kg", "op": "lt", "value": 20},
            "filters": [
                {"kind": "service"},
                {"kind": "active"},
                {"kind": "stock", "scope": "whole"},
                {"kind": "stock_age", "max_minutes": 30},
                {"kind": "not_refused"},
                {"kind": "opening", "within_hours": 24},
                {"kind": "capacity"},
                {"kind": "max_distance", "km": "250.5"},
                {"kind": "group", "any_of": ["stores"]},
                {"kind": "group", "any_of": ["west", "north"]},
                {"kind": "legal_entity", "any_of": ["OWN"]},
                {"kind": "country", "any_of": ["FR"]},
                {"kind": "confidence", "at_least": 80},
            ],
            "ranking": [
                {"by": "fewest_parcels"},
                {"by": "distance", "tolerance": 10},
                {"by": "priority"},
                {"by": "parcel_cost", "tolerance": "0.50"},
                {"by": "stock_depth", "tolerance": 2},
                {"by": "confidence", "tolerance": 5},
                {"by": "remaining_capacity", "tolerance": 0},
            ],
            "split": {"max_parcels": 2, "divide_lines": True, "place_part": False, "max_extra_cost": "4.00"},
            "after": "backorder",
        },
    ],
}


def test_a_ruleset_survives_json():
    parsed = parse_ruleset(json.loads(json.dumps(DOCUMENT)))

    assert dump_ruleset(parsed) == DOCUMENT
    assert parse_ruleset(dump_ruleset(parsed)) == parsed
    assert parsed.rules[0].ranking[1] == Criterion(CriterionKind.DISTANCE, Decimal(10))
    assert parsed.rules[0].filters[7] == Filter(FilterKind.MAX_DISTANCE, {"km": Decimal("250.5")})
    assert parsed.rules[0].after is AfterAction.BACKORDER


def test_what_may_be_left_out_has_a_default():
    least = {
        "name": "A",
        "rules": [{"name": "B", "filters": [], "ranking": [], "split": {"max_parcels": 1}, "after": "park"}],
    }

    parsed = parse_ruleset(least)

    assert (parsed.version, parsed.time_zone, parsed.rules[0].split) == (1, "Europe/Paris", SplitPolicy())


def test_the_default_ruleset_is_valid_and_is_what_it_says():
    default = default_ruleset()

    assert parse_ruleset(dump_ruleset(default)) == default
    assert [item.kind.value for item in default.rules[0].filters] == [
        "service",
        "active",
        "stock",
        "opening",
        "not_refused",
        "capacity",
    ]
    assert [item.by.value for item in default.rules[0].ranking] == [
        "fewest_parcels",
        "distance",
        "priority",
        "stock_depth",
    ]
    assert default.rules[0].split == SplitPolicy(max_parcels=3, divide_lines=True, place_part=True)
    assert default.rules[0].after is AfterAction.PARK


def change(path, value):
    document = deepcopy(DOCUMENT)
    *way, last = path
    target = document
    for step in way:
        target = target[step]
    if value is KeyError:
        del target[last]
    else:
        target[last] = value
    return document


@pytest.mark.parametrize(
    ("path", "value", "where", "code"),
    [
        (["name"], "  ", "name", "not_a_text"),
        (["name"], KeyError, "ruleset", "missing_key"),
        (["owner"], "me", "ruleset", "unknown_key"),
        (["version"], "12", "version", "not_an_integer"),
        (["version"], True, "version", "not_an_integer"),
        (["time_zone"], "Europe/Pariss", "time_zone", "unknown_time_zone"),
        (["time_zone"], "../../etc/passwd", "time_zone", "unknown_time_zone"),
        (["rules"], [], "rules", "wrong_length"),
        (["rules"], [DOCUMENT["rules"][0]] * 2, "rules", "twice"),
        (["rules", 0], "closest", "rules[0]", "not_an_object"),
        (["rules", 0, "when"], {"field": "order.wait"}, "rules[0].when", "missing_key"),
        (["rules", 0, "after"], "parc", "rules[0].after", "unknown_action_close"),
        (["rules", 0, "split", "max_parcels"], 0, "rules[0].split.max_parcels", "not_an_integer"),
        (["rules", 0, "split", "max_extra_cost"], -1, "rules[0].split.max_extra_cost", "too_low"),
        (["rules", 0, "split", "divide_lines"], "yes", "rules[0].split.divide_lines", "not_a_boolean"),
        (["rules", 0, "filters", 0], {"kind": "services"}, "rules[0].filters[0].kind", "unknown_filter_close"),
        (["rules", 0, "filters", 0], ["service"], "rules[0].filters[0]", "not_an_object"),
        (["rules", 0, "filters", 0], {}, "rules[0].filters[0].kind", "unknown_filter"),
        (["rules", 0, "filters", 0], {"kind": "active"}, "rules[0].filters", "twice"),
        (["rules", 0, "filters", 2], {"kind": "stock"}, "rules[0].filters[2]", "missing_key"),
        (["rules", 0, "filters", 2, "scope"], "half", "rules[0].filters[2].scope", "unknown_choice"),
        (["rules", 0, "filters", 7, "km"], "far", "rules[0].filters[7].km", "not_a_number"),
        (["rules", 0, "filters", 7, "miles"], 3, "rules[0].filters[7]", "unknown_key"),
        (["rules", 0, "filters", 8, "any_of"], [], "rules[0].filters[8].any_of", "wrong_length"),
        (["rules", 0, "ranking", 1], {"by": "distanse"}, "rules[0].ranking[1].by", "unknown_criterion_close"),
        (["rules", 0, "ranking", 1, "tolerance"], -1, "rules[0].ranking[1].tolerance", "too_low"),
        (["rules", 0, "ranking", 2, "tolerance"], 1, "rules[0].ranking[2].tolerance", "no_tolerance"),
        (["rules", 0, "ranking", 2], {"by": "distance"}, "rules[0].ranking", "twice"),
    ],
)
def test_faults_are_named_with_their_path_in_both_languages(path, value, where, code):
    with pytest.raises(InvalidRules) as refusal:
        parse_ruleset(change(path, value))

    assert (refusal.value.where, refusal.value.code) == (where, code)
    assert refusal.value.what("fr") != refusal.value.what("en")


def test_every_filter_has_its_parameters_declared():
    assert set(FILTER_PARAMS) == set(FilterKind)


def test_the_first_ruleset_that_accepts_an_order_is_chosen():
    consumer, any_order = parse_ruleset(DOCUMENT), default_ruleset()

    assert choose_ruleset(order({"MUG": 1}), [consumer, any_order], NOW) is consumer
    assert choose_ruleset(order({"MUG": 1}, customer_kind="B2B"), [consumer, any_order], NOW) is any_order
    assert choose_ruleset(order({"MUG": 1}, customer_kind="B2B"), [consumer], NOW) is None


def test_rules_read_back_in_both_languages():
    (full,) = parse_ruleset(DOCUMENT).rules

    assert describe_rule(full, "fr", names={"stores": "Magasins"}) == (
        "Si le poids est de moins de 20\u00a0kg\u00a0: parmi les lieux qui assurent le service demandé, sont actifs, "
        "ont toute la commande, ont un stock relevé depuis moins de 30\u00a0min, n\u2019ont pas refusé la commande, "
        "sont ouverts ou ouvrent sous 24\u00a0h, n\u2019ont pas atteint leur capacité du jour, "
        "sont à 250,5\u00a0km au plus, font partie de «\u202fMagasins\u202f», "
        "font partie de «\u202fwest\u202f» ou «\u202fnorth\u202f», appartiennent à «\u202fOWN\u202f», "
        "sont dans le pays «\u202fFR\u202f» et ont un stock fiable à 80\u00a0% au moins, retenir celui qui demande le moins de colis, "
        "puis le plus proche (à 10\u00a0km près), puis le plus prioritaire, puis le moins cher (à 0,50\u00a0€ près), "
        "puis le mieux fourni (à 2 près), puis celui dont le stock est le plus fiable (à 5 près), puis celui qui a le plus de capacité restante\u202f; "
        "à égalité, le premier par code. Répartir sur 2 lieux au plus, si le surcoût ne dépasse pas 4,00\u00a0€. "
        "Tout placer ou ne rien placer. S\u2019il reste des unités, les mettre en reliquat."
    )
    assert describe_rule(default_ruleset().rules[0], "en") == (
        "For every order: among the locations that offer the service asked for, are active, hold at least a part of "
        "the order, are open or open within 72\u00a0h, have not refused the order and have room left in their day, "
        "choose the one that needs the fewest parcels, then the closest (within 10\u00a0km), then the one with the "
        "best priority, then the one with the most stock; on a tie, the first by code. Split it over 3 locations at "
        "most. Place what can be placed. If units are left, park them for a person."
    )


def test_a_rule_without_ranking_or_split_reads_well():
    bare = rule(ranking=(), split=SplitPolicy(), filters=(Filter(FilterKind.OPENING, {"within_hours": 0}),))

    assert describe_rule(bare, "fr") == (
        "Pour toute commande\u00a0: parmi les lieux qui sont ouverts, retenir le premier par code. "
        "Ne jamais répartir la commande. Tout placer ou ne rien placer. "
        "S\u2019il reste des unités, les confier à une personne."
    )
    assert ruleset(bare).rules == (bare,)
