"""Conditions: what parses, what is refused and how, what holds, and how it reads."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from orchestration.enums import CustomerKind, Method
from orchestration.rules.conditions import dump_conditions, holds, parse_conditions
from orchestration.rules.errors import InvalidRules
from orchestration.rules.fields import FIELDS, OPERATORS, Arity, Facts, FieldKind
from orchestration.rules.readback import describe_condition
from orchestration.types import AllOf
from tests.orchestration.rules_world import NOW, line, order

PARIS = ZoneInfo("Europe/Paris")
ORDER = order(
    [
        line("MUG", 2, category="Tableware", brand="Groix", weight_g=400),
        line("HAT", 1, category="Clothing", brand="Groix", weight_g=100),
    ],
    "35000",
    channel="amazon-fr",
    channel_family="marketplace",
    priority=5,
    tags=frozenset({"VIP", "gift"}),
    promised_at=NOW + timedelta(hours=36),
)


def check(field, op, value, **more):
    return holds(parse_conditions({"field": field, "op": op, "value": value, **more}), Facts(ORDER, NOW, PARIS))


@pytest.mark.parametrize(
    ("field", "op", "value"),
    [
        ("order.channel", "is", "AMAZON-FR"),
        ("order.channel", "is_not", "web"),
        ("order.channel", "in", ["web", "amazon-fr"]),
        ("order.channel", "not_in", ["web"]),
        ("order.channel", "starts_with", ["amazon"]),
        ("order.channel_family", "is", "marketplace"),
        ("order.customer_kind", "is", "B2C"),
        ("order.method", "in", ["DELIVERY", "SHIP_TO_STORE"]),
        ("order.amount", "eq", "59.90"),
        ("order.amount", "between", [50, "59.9"]),
        ("order.currency", "is", "eur"),
        ("order.priority", "gte", 5),
        ("order.priority", "lt", 6),
        ("order.tags", "has", "vip"),
        ("order.tags", "has_any", ["vip", "old"]),
        ("order.tags", "has_all", ["gift", "VIP"]),
        ("order.tags", "has_none", ["old"]),
        ("order.units", "eq", 3),
        ("order.lines", "ne", 3),
        ("order.weight_kg", "eq", "0.9"),
        ("order.weight_kg", "lte", 0.9),
        ("order.received_at", "before", "2026-11-20T11:00:01+01:00"),
        ("order.received_at", "between", ["2026-11-20T11:00:00+01:00", "2026-11-21T11:00:00+01:00"]),
        ("order.hours_to_promise", "eq", 36),
        ("destination.country", "is", "fr"),
        ("destination.postcode", "starts_with", ["35", "44"]),
        ("destination.department", "in", ["35"]),
        ("time.now", "after", "2026-11-20T10:59:59+01:00"),
        ("time.weekday", "is", "FRI"),
        ("time.hour", "eq", 11),
        ("line.sku", "is", "mug"),
        ("line.category", "is", "clothing"),
        ("line.brand", "is", "GROIX"),
        ("line.quantity", "gt", 1),
        ("line.weight_kg", "lt", "0.2"),
    ],
)
def test_every_field_is_read(field, op, value):
    assert check(field, op, value)


@pytest.mark.parametrize(
    ("field", "op", "value"),
    [
        ("order.channel", "is_not", "amazon-fr"),
        ("order.channel", "not_in", ["Amazon-FR"]),
        ("order.customer_kind", "is_not", "B2C"),
        ("order.method", "not_in", ["DELIVERY"]),
        ("order.amount", "gt", "59.90"),
        ("order.amount", "ne", "59.9"),
        ("order.amount", "between", [60, 61]),
        ("order.tags", "has_all", ["vip", "old"]),
        ("order.tags", "has_none", ["old", "vip"]),
        ("order.received_at", "after", "2026-11-20T10:00:00+00:00"),
        ("line.quantity", "gt", 2),
    ],
)
def test_every_operator_can_say_no(field, op, value):
    assert not check(field, op, value)


def test_a_field_of_lines_asks_for_any_line_or_every_line():
    assert check("line.category", "is", "Clothing")
    assert not check("line.category", "is", "Clothing", lines="all")
    assert check("line.brand", "is", "Groix", lines="all")


def test_a_missing_fact_is_false_whatever_the_operator():
    unpromised = Facts(replace(ORDER, promised_at=None), NOW, PARIS)

    for op in ("lt", "gte", "ne"):
        tree = parse_conditions({"field": "order.hours_to_promise", "op": op, "value": 1})
        assert not holds(tree, unpromised)


def test_the_department_is_known_in_france_only():
    tree = parse_conditions({"field": "destination.department", "op": "is", "value": "35"})

    assert holds(tree, Facts(order({"MUG": 1}, " 35 000"), NOW, PARIS))
    assert not holds(tree, Facts(order({"MUG": 1}, "35000", country="DE"), NOW, PARIS))


def test_trees_combine():
    yes = {"field": "order.priority", "op": "eq", "value": 5}
    no = {"field": "order.priority", "op": "eq", "value": 6}
    facts = Facts(ORDER, NOW, PARIS)

    assert holds(parse_conditions({"all": []}), facts)
    assert holds(parse_conditions({"all": [yes, {"not": no}]}), facts)
    assert not holds(parse_conditions({"all": [yes, no]}), facts)
    assert holds(parse_conditions({"any": [no, yes]}), facts)
    assert not holds(parse_conditions({"any": [no, {"all": [yes, no]}]}), facts)


def test_what_is_dumped_parses_back_to_the_same_tree():
    tree = parse_conditions(
        {
            "all": [
                {"field": "order.channel", "op": "in", "value": ["web", "shop"]},
                {"not": {"field": "line.weight_kg", "op": "gt", "value": "1.50", "lines": "all"}},
                {"any": [{"field": "time.now", "op": "before", "value": "2026-11-21T09:00:00+01:00"}]},
                {"field": "order.amount", "op": "between", "value": [1, 2.5]},
            ],
        },
    )

    assert parse_conditions(dump_conditions(tree)) == tree
    assert dump_conditions(AllOf()) == {"all": []}


TEXT = {"field": "order.channel", "op": "is", "value": "web"}


@pytest.mark.parametrize(
    ("data", "where", "code"),
    [
        ([], "when", "not_an_object"),
        ({}, "when", "not_a_condition"),
        ({"all": [], "any": [TEXT]}, "when", "not_a_condition"),
        ({"all": [], "op": "is"}, "when", "not_a_condition"),
        ({"every": []}, "when", "unknown_key"),
        ({"alll": []}, "when", "unknown_key_close"),
        ({"all": {}}, "when.all", "not_a_list"),
        ({"any": []}, "when.any", "wrong_length"),
        ({"all": [TEXT, {"not": 1}]}, "when.all[1].not", "not_an_object"),
        ({"field": "order.chanel", "op": "is", "value": "web"}, "when.field", "unknown_field_close"),
        ({"field": 3, "op": "is", "value": "web"}, "when.field", "unknown_field"),
        ({"field": "order.channel", "value": "web"}, "when", "missing_key"),
        ({**TEXT, "op": "gt"}, "when.op", "unknown_operator"),
        ({**TEXT, "value": ""}, "when.value", "not_a_text"),
        ({**TEXT, "value": 4}, "when.value", "not_a_text"),
        ({**TEXT, "op": "in", "value": []}, "when.value", "wrong_length"),
        ({**TEXT, "op": "in", "value": ["a", 1]}, "when.value[1]", "not_a_text"),
        ({**TEXT, "lines": "any"}, "when.lines", "not_per_line"),
        ({"field": "line.sku", "op": "is", "value": "A", "lines": "some"}, "when.lines", "unknown_choice"),
        ({"field": "order.method", "op": "is", "value": "DELIVERI"}, "when.value", "unknown_choice_close"),
        ({"field": "order.method", "op": "in", "value": ["DELIVERY", "X"]}, "when.value[1]", "unknown_choice"),
        ({"field": "order.amount", "op": "gt", "value": "many"}, "when.value", "not_a_number"),
        ({"field": "order.amount", "op": "gt", "value": True}, "when.value", "not_a_number"),
        ({"field": "order.amount", "op": "gt", "value": "NaN"}, "when.value", "not_a_number"),
        ({"field": "order.amount", "op": "gt", "value": "1e99999"}, "when.value", "not_a_number"),
        ({"field": "order.amount", "op": "gt", "value": "1e-99999"}, "when.value", "not_a_number"),
        ({"field": "order.amount", "op": "between", "value": [1]}, "when.value", "wrong_length"),
        ({"field": "order.amount", "op": "between", "value": [2, 1]}, "when.value", "upside_down"),
        ({"field": "time.now", "op": "before", "value": "tomorrow"}, "when.value", "not_a_moment"),
        ({"field": "time.now", "op": "before", "value": "2026-11-21T09:00:00"}, "when.value", "not_a_moment"),
    ],
)
def test_what_does_not_parse_says_where_and_what(data, where, code):
    with pytest.raises(InvalidRules) as refusal:
        parse_conditions(data)

    assert (refusal.value.where, refusal.value.code) == (where, code)
    assert str(refusal.value) == f"{where}: {refusal.value.what('en')}"
    assert "{" not in refusal.value.what("fr").replace(refusal.value.params.get("got", ""), "")


def test_a_near_miss_is_answered_with_the_right_word():
    with pytest.raises(InvalidRules, match=r"did you mean order\.channel\?"):
        parse_conditions({"field": "order.chanel", "op": "is", "value": "web"})


def test_bottomless_trees_are_refused():
    tree = TEXT
    for _ in range(6):
        tree = {"not": tree}

    with pytest.raises(InvalidRules) as refusal:
        parse_conditions(tree)

    assert refusal.value.code == "too_deep"


AMAZON = {"field": "order.channel", "op": "is", "value": "amazon"}
HEAVY = {"field": "order.weight_kg", "op": "gt", "value": 20}


@pytest.mark.parametrize(
    ("data", "french", "english"),
    [
        ({"all": []}, "toujours", "always"),
        (
            {"all": [AMAZON, HEAVY]},
            "le canal est «\u202fAmazon France\u202f» et le poids est de plus de 20\u00a0kg",
            "the channel is “Amazon France” and the weight is over 20\u00a0kg",
        ),
        (
            {"all": [HEAVY, {"any": [AMAZON, {"field": "order.tags", "op": "has_any", "value": ["vip", "gift"]}]}]},
            (
                "le poids est de plus de 20\u00a0kg et (le canal est «\u202fAmazon France\u202f» ou les étiquettes "
                "comprennent «\u202fvip\u202f» ou «\u202fgift\u202f»)"
            ),
            "the weight is over 20\u00a0kg and (the channel is “Amazon France” or the tags include “vip” or “gift”)",
        ),
        (
            {"not": {"field": "line.category", "op": "is", "value": "Food"}},
            "la catégorie de chaque ligne n\u2019est pas «\u202fFood\u202f»",
            "the category of every line is not “Food”",
        ),
        (
            {"not": {"any": [AMAZON, HEAVY]}},
            "il n\u2019est pas vrai que (le canal est «\u202fAmazon France\u202f» ou le poids est de plus de 20\u00a0kg)",
            "it is not true that (the channel is “Amazon France” or the weight is over 20\u00a0kg)",
        ),
        (
            {"field": "order.amount", "op": "between", "value": ["10.50", 1200]},
            "le montant est de 10,50 à 1\u202f200",
            "the amount is from 10.50 to 1,200",
        ),
        (
            {"field": "order.method", "op": "in", "value": ["DELIVERY", "SHIP_TO_STORE"]},
            "le mode de livraison est livraison ou livraison en magasin",
            "the delivery method is home delivery or ship to store",
        ),
        (
            {"field": "time.now", "op": "before", "value": "2026-12-01T09:05:00+01:00"},
            "la date du jour est avant le 1 déc. 2026 à 09:05",
            "the present time is before 1 Dec 2026, 09:05",
        ),
        (
            {"field": "line.quantity", "op": "gte", "value": 3, "lines": "all"},
            "la quantité de chaque ligne est de 3 au moins",
            "the quantity of every line is at least 3",
        ),
    ],
)
def test_conditions_read_back_in_both_languages(data, french, english):
    tree = parse_conditions(data)
    names = {"amazon": "Amazon France"}

    assert describe_condition(tree, "fr", names) == french
    assert describe_condition(tree, "en-GB", names) == english


def some_value(field):
    if field.choices:
        return field.choices[0], field.choices[-1]
    if field.kind is FieldKind.NUMBER:
        return 1, 2
    if field.kind is FieldKind.MOMENT:
        return "2026-11-20T10:00:00+00:00", "2026-11-21T10:00:00+00:00"
    return "a", "b"


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_and_operator_parses_evaluates_and_reads_back(name):
    field = FIELDS[name]
    low, high = some_value(field)
    for op, arity in OPERATORS[field.kind].items():
        value = low if arity is Arity.ONE else [low, high]
        tree = parse_conditions({"field": name, "op": op, "value": value})

        assert holds(tree, Facts(ORDER, datetime(2026, 1, 1, tzinfo=UTC), PARIS)) in {True, False}
        sentences = {describe_condition(tree, language) for language in ("fr", "en")}
        assert len(sentences) == 2
        assert not any("{" in sentence or name in sentence for sentence in sentences)


def test_choices_follow_the_enums():
    assert FIELDS["order.method"].choices == tuple(method.value for method in Method)
    assert FIELDS["order.customer_kind"].choices == tuple(kind.value for kind in CustomerKind)
    assert parse_conditions({"field": "order.amount", "op": "eq", "value": 1.1}).value == Decimal("1.1")
