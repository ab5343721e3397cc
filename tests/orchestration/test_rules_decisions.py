"""What a decision tells: the table, the sentences, the JSON, the rounds [I13]."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from importlib.resources import files
from string import Formatter

import pytest

from orchestration.enums import (
    AfterAction,
    CriterionKind,
    FilterKind,
    LocationKind,
    Method,
    Outcome,
    ParkReason,
)
from orchestration.rules.decisions import Decision
from orchestration.rules.engine import plan
from orchestration.rules.fields import FIELDS, OPERATORS, WEEKDAYS
from orchestration.rules.opening import opening_hours
from orchestration.rules.records import Crowd, RunnerUp, Shortage
from orchestration.rules.rulesets import default_ruleset
from orchestration.rules.wording import words
from orchestration.types import Criterion, Exclusion, Filter
from tests.orchestration.rules_world import NOW, cell, network, order, place, rule, ruleset, uid

NANTES = place("NAN", "44000", name="Nantes Crébillon")
ANGERS = place("ANG", "49000", name="Angers Ralliement", parcel_cost=Decimal("6.95"))
LORIENT = place("LOR", "56100", name="Lorient Ménager", parcel_cost=Decimal("6.95"))
RENNES = place("REN", "35000", name="Rennes Le Bastard")
DEPOT = place("DEP", "35400", name="Entrepôt Saint-Malo", kind=LocationKind.WAREHOUSE)
VANNES = place("VAN", "56000", name="Vannes Port", daily_capacity=30, capacity_used=30)
BREST = place("BRE", "29200", name="Brest Siam")
LE_MANS = place("LEM", "72000", name="Le Mans", opening=opening_hours("Europe/Paris", {"tue": [["09:00", "12:00"]]}))
STOCK = {
    "CIRE": {
        "NAN": 7,
        "ANG": 2,
        "LOR": 1,
        "REN": 3,
        "DEP": 0,
        "VAN": 1,
        "LEM": 4,
        "BRE": cell(5, as_of=NOW - timedelta(minutes=48)),
    },
    "MARINIERE": {"DEP": 3},
}
SNAPSHOT = network([NANTES, ANGERS, LORIENT, RENNES, DEPOT, VANNES, BREST, LE_MANS], STOCK)
RULES = ruleset(
    rule(
        name="Magasin le plus proche",
        filters=(*default_ruleset().rules[0].filters, Filter(FilterKind.STOCK_AGE, {"max_minutes": 30})),
        ranking=(Criterion(CriterionKind.DISTANCE, Decimal(10)), Criterion(CriterionKind.PARCEL_COST)),
    ),
    name="France B2C",
    version=12,
)
REFUSED = {RENNES.id: Exclusion("NOT_FOUND", None, None, NOW - timedelta(minutes=18))}


def decide(lines, rules=RULES, snapshot=SNAPSHOT, **changes):
    (made,) = plan([order(lines, excluded=changes.pop("excluded", REFUSED), **changes)], snapshot, rules)
    return made.decision


def test_why_this_location_in_french_and_english():
    decision = decide({"CIRE": 1})

    assert decision.summary("fr") == (
        "Nantes Crébillon\u00a0: le plus proche des 3 magasins qui ont l\u2019article. "
        "Deuxième choix\u00a0: Angers Ralliement, 11\u00a0km plus loin et 0,55\u00a0€ de plus."
    )
    assert decision.summary("en") == (
        "Nantes Crébillon: the closest of the 3 stores that have the item. "
        "Runner-up: Angers Ralliement, 11\u00a0km farther and €0.55 more."
    )
    assert (decision.ruleset, decision.version, decision.rule) == ("France B2C", 12, "Magasin le plus proche")


def test_the_table_of_candidates():
    decision = decide({"CIRE": 1})
    (attempt,) = decision.attempts

    rows = [
        (item.rank, item.name, decision.failure(attempt, item, "fr"), item.stock, item.distance_km)
        for item in attempt.candidates
    ]

    assert rows == [
        (1, "Nantes Crébillon", "", (7,), 98.4),
        (2, "Angers Ralliement", "", (2,), 109.8),
        (3, "Lorient Ménager", "", (1,), 132.6),
        (None, "Rennes Le Bastard", "A refusé le 20 nov. à 10:42\u00a0: introuvable", (3,), 0.0),
        (None, "Entrepôt Saint-Malo", "Stock 0, demandé 1", (0,), 62.7),
        (None, "Vannes Port", "Capacité du jour atteinte, 30 sur 30", (1,), 94.6),
        (None, "Le Mans", "Fermé jusqu\u2019au 24 nov. à 09:00", (4,), 140.6),
        (None, "Brest Siam", "Source trop ancienne, seuil 30\u00a0min", (5,), 211.3),
    ]
    assert attempt.candidates[0].scores == (98.4, 6.4)
    assert attempt.candidates[-1].source_age == 48 * 60
    assert (
        decision.ranking(attempt, "fr") == "Classement\u00a0: distance à 10\u00a0km près, coût du colis, code du lieu."
    )
    assert attempt.runner_up == RunnerUp((ANGERS.id,), ("Angers Ralliement",), 11.4, Decimal("0.55"))


def test_all_results_of_a_candidate_are_kept_with_what_was_seen():
    (attempt,) = decide({"CIRE": 1}).attempts
    rennes = next(item for item in attempt.candidates if item.code == "REN")

    results = {item.kind.value: tuple(check) for item, check in zip(attempt.filters, rennes.checks, strict=True)}

    assert results == {
        "service": (True, "ships"),
        "active": (True, True),
        "stock": (True, [3]),
        "opening": (True, "now"),
        "not_refused": (
            False,
            {"reason": "NOT_FOUND", "since": "2026-11-20T09:42:00+00:00", "until": None, "skus": None},
        ),
        "capacity": (True, [0, None]),
        "stock_age": (True, [0]),
    }


def test_a_split_says_how_many_parcels_what_they_cost_and_the_next_best_set():
    decision = decide({"CIRE": 1, "MARINIERE": 2})

    assert decision.summary("fr") == (
        "Entrepôt Saint-Malo et Nantes Crébillon\u00a0: commande répartie en 2 colis, aucun lieu n\u2019a tous les "
        "articles. Surcoût\u00a0: 6,40\u00a0€. Deuxième choix\u00a0: Entrepôt Saint-Malo et Angers Ralliement, "
        "11\u00a0km plus loin et 0,55\u00a0€ de plus."
    )
    assert decision.summary("en").startswith(
        "Entrepôt Saint-Malo and Nantes Crébillon: order split into 2 parcels, no location has all the items. "
        "Extra cost: €6.40."
    )
    assert {item.code: item.gives for item in decision.attempts[0].chosen} == {"DEP": (0, 2), "NAN": (1, 0)}


def test_parked_units_are_told_with_their_reason():
    decision = decide({"CIRE": 1, "ZED": 3})

    assert decision.summary("fr").endswith(
        "Confié à une personne\u00a0: 3 unités de ZED, plus de stock dans les 8 lieux examinés."
    )
    assert decision.summary("en").endswith(
        "Parked for a person: 3 units of ZED, no stock in the 8 locations considered."
    )
    assert decision.parked_reason(decision.parked[0], "fr") == "Plus de stock dans les 8 lieux examinés"
    assert (
        decide({"MARINIERE": 5})
        .summary("en")
        .endswith("Parked for a person: 2 units of MARINIERE, 3 of 5 placed, no more stock elsewhere.")
    )


@pytest.mark.parametrize(
    ("changes", "french", "english"),
    [
        (
            {"method": Method.CLICK_AND_COLLECT, "collect_location_id": NANTES.id},
            "Nantes Crébillon\u00a0: lieu de retrait choisi par le client.",
            "Nantes Crébillon: the point of collection chosen by the customer.",
        ),
        (
            {"lines": {"MARINIERE": 1}},
            "Entrepôt Saint-Malo\u00a0: seul entrepôt éligible.",
            "Entrepôt Saint-Malo: the only eligible warehouse.",
        ),
        (
            {"lines": {"CIRE": 5}},
            "Nantes Crébillon\u00a0: seul des 3 magasins éligibles à avoir les 5 unités.",
            "Nantes Crébillon: the only one of the 3 eligible stores that has the 5 units.",
        ),
    ],
)
def test_other_reasons_for_one_location(changes, french, english):
    decision = decide(changes.pop("lines", {"CIRE": 1}), **changes)

    assert decision.summary("fr") == french
    assert decision.summary("en") == english


@pytest.mark.parametrize(
    ("criterion", "phrase"),
    [
        (Criterion(CriterionKind.PARCEL_COST), "le moins cher des 3 magasins"),
        (Criterion(CriterionKind.STOCK_DEPTH), "le mieux fourni des 3 magasins"),
        (Criterion(CriterionKind.PRIORITY), "le premier par code des 3 magasins"),
    ],
)
def test_the_sentence_names_the_criterion_that_decided(criterion, phrase):
    cheap = replace(NANTES, parcel_cost=Decimal("5.00"))
    snapshot = replace(SNAPSHOT, locations=(cheap, *(each for each in SNAPSHOT.locations if each != NANTES)))
    rules = replace(RULES, rules=(replace(RULES.rules[0], ranking=(criterion,)),))

    assert phrase in decide({"CIRE": 1}, rules, snapshot).summary("fr")


def test_nothing_to_place_is_said():
    assert decide({}).summary("fr") == "Il n\u2019y a rien à placer."


def test_json_is_plain_and_complete():
    decision = decide({"CIRE": 1, "ZED": 1})
    text = json.dumps(decision.to_json())

    assert Decision.from_json(json.loads(text)) == decision
    assert list(decision.to_json()) == [
        "order_id",
        "number",
        "method",
        "decided_at",
        "ruleset",
        "version",
        "currency",
        "time_zone",
        "skipped",
        "attempts",
        "placements",
        "parked",
        "rounds",
    ]
    assert text == json.dumps(decide({"CIRE": 1, "ZED": 1}).to_json())


def test_a_plan_made_again_keeps_the_rounds_before_it():
    first = decide({"CIRE": 1})
    gone = Shortage(NANTES.id, uid("CIRE"), asked=1, available=0)

    second = decide({"CIRE": 1}, snapshot=replace(SNAPSHOT, locations=SNAPSHOT.locations[1:])).replacing(first, [gone])
    third = decide({"CIRE": 1}).replacing(second, [Shortage(ANGERS.id, None, asked=1)])

    assert [item.shortages for item in third.rounds] == [(gone,), (Shortage(ANGERS.id, None, 1),)]
    assert [item.placements[0].code for item in third.rounds] == ["NAN", "ANG"]
    assert third.summary("fr").endswith("Plan refait 2 fois, le stock ou la place venaient d\u2019être pris.")
    assert second.summary("en").endswith("Planned again once, stock or capacity had just been taken.")
    assert Decision.from_json(json.loads(json.dumps(third.to_json()))) == third


def test_a_large_network_is_told_without_losing_a_location():
    crowd = [place(f"S{index:03}", "13001", latitude=43.0 + index / 1000, longitude=5.0) for index in range(300)]
    stock = {"MUG": {f"S{index:03}": 1 for index in range(0, 300, 5)} | {"NAN": 4}}

    (made,) = plan([order({"MUG": 1})], network([NANTES, *crowd], stock), default_ruleset())
    (attempt,) = made.decision.attempts

    assert [item.rank for item in attempt.candidates[:20]] == list(range(1, 21))
    assert [item.outcome for item in attempt.candidates].count(Outcome.REJECTED) == 20
    eligible, short = attempt.crowds
    assert (eligible.failed, eligible.count) == (None, 61 - 20)
    assert (short.failed, short.count) == (FilterKind.STOCK, 240 - 20)
    told = {item.code for item in attempt.candidates} | {code for group in attempt.crowds for code in group.codes}
    assert told == {location.code for location in (NANTES, *crowd)}
    assert isinstance(short, Crowd)
    assert short.nearest_km == pytest.approx(747, abs=5)
    assert len(json.dumps(made.decision.to_json())) < 40_000


def test_both_languages_have_the_same_words_with_the_same_blanks():
    documents = [
        json.loads(files("orchestration.rules").joinpath(f"words/{language}.json").read_text("utf-8"))
        for language in ("en", "fr")
    ]

    blanks = [
        {key: {part[1] for part in Formatter().parse(text) if part[1]} for key, text in each.items()}
        for each in documents
    ]
    assert blanks[0] == blanks[1]


def test_every_word_that_code_may_ask_for_exists():
    speech = words("en")
    asked = [
        *(f"parked.{reason.value}" for reason in ParkReason),
        *(f"summary.{action.value}" for action in AfterAction if action is not AfterAction.NEXT_RULE),
        *(f"rule.after.{action.value}" for action in AfterAction),
        *(f"summary.best.{kind.value}" for kind in CriterionKind),
        *(f"{group}.{kind.value}" for kind in CriterionKind for group in ("criterion", "criterion_label")),
        *(
            f"field.{name}{end}"
            for name, field in FIELDS.items()
            for end in (("",) if field.read else (".any", ".all"))
        ),
        *(f"op.{kind.value}.{op}" for kind, operators in OPERATORS.items() for op in operators),
        *(f"unit.{field.unit}" for field in FIELDS.values()),
        *(f"choice.{choice}" for field in FIELDS.values() for choice in field.choices),
        *(f"choice.{day}" for day in WEEKDAYS),
    ]

    assert [key for key in asked if not speech.has(key)] == []


def test_a_language_nobody_speaks_is_english():
    assert words("de") == words("en-US") == words("EN")
    assert words("fr_FR") == words("fr")


def test_numbers_and_money_follow_the_language():
    french, english = words("fr"), words("en")

    assert french.number(1234567.5) == "1\u202f234\u202f567,5"
    assert english.number(Decimal("1234.50")) == "1,234.50"
    assert french.money(Decimal("1234.5"), "EUR") == "1\u202f234,50\u00a0€"
    assert english.money(Decimal("0.555"), "EUR") == "€0.56"
    assert english.money(Decimal(12), "CHF") == "CHF\u00a012.00"
    assert french.money(Decimal(1200), "JPY") == "1\u202f200\u00a0JPY"
    assert french.distance(0.4) == "moins de 1\u00a0km"
    assert french.join(["a", "b", "c"], "or") == "a, b ou c"
