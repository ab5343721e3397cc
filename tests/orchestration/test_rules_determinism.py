"""The same orders, stock and rules give the same plans [I12]: what guarantees it, taken out and in place.

Whatever shuffling Hypothesis finds is in test_rules_properties.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from itertools import permutations

import pytest
from django.conf import settings

from orchestration.rules import engine, network
from orchestration.rules.engine import plan
from orchestration.rules.rulesets import default_ruleset
from tests.orchestration.rules_world import NOW, order, place, uid
from tests.orchestration.rules_world import network as stocked


def as_given(rows, **_key):
    return list(rows)


def winners() -> set[str]:
    """Who gets an order of which three twins could be chosen, over every order in which they are listed."""
    twins = [place(code, "35000") for code in ("A", "B", "C")]
    seen = stocked(twins, {"MUG": {"A": 1, "B": 1, "C": 1}})
    shuffled = [replace(seen, locations=listed) for listed in permutations(seen.locations)]
    plans = [plan([order({"MUG": 1})], each, default_ruleset()) for each in shuffled]
    return {made.decision.placements[0].code for ((made),) in plans}


def served() -> set[str]:
    """Which of three orders of the same moment gets the last unit, over every order in which they are given."""
    seen = stocked([place("A", "35000")], {"MUG": {"A": 1}})
    orders = [order({"MUG": 1}, number=name, id=uid(name), received_at=NOW) for name in ("1", "2", "3")]
    plans = [made for given in permutations(orders) for made in plan(given, seen, default_ruleset())]
    return {made.decision.number for made in plans if made.assignments}


@pytest.mark.parametrize(("module", "outcome"), [(network, winners), (engine, served)], ids=["places", "orders"])
def test_without_the_order_that_breaks_ties_the_first_named_wins(monkeypatch, module, outcome):
    monkeypatch.setattr(module, "sorted", as_given, raising=False)

    assert len(outcome()) == 3


@pytest.mark.parametrize("outcome", [winners, served])
def test_ties_are_broken_whatever_is_named_first(outcome):
    assert len(outcome()) == 1


PROGRAM = """
from orchestration.enums import FilterKind
from orchestration.rules.engine import plan
from orchestration.types import Filter
from tests.orchestration.rules_world import network, order, place, rule, ruleset
places = [place(code, "35000", groups=frozenset({"east", "west", "north", code})) for code in "ABCDEF"]
stock = {sku: {code: 2 for code in "ABCDEF"} for sku in ("MUG", "HAT", "PEN")}
rules = ruleset(rule(filters=(*rule().filters, Filter(FilterKind.GROUP, {"any_of": ("east", "west")}))))
orders = [order({"PEN": 3, "MUG": 5, "HAT": 1}, number=str(number)) for number in range(3)]
print([made.decision.to_json() for made in plan(orders, network(places, stock), rules)])
"""


def test_two_processes_plan_the_same():
    """Sets of words are walked in another order in each process."""
    told = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={"PYTHONHASHSEED": seed},
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }

    assert len(told) == 1
    assert "placements" in told.pop()
