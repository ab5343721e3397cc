"""What the buttons of a draft do: pure changes of a ruleset."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from orchestration.enums import CriterionKind
from orchestration.types import Criterion

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeVar

    from orchestration.types import Rule, Ruleset

    T = TypeVar("T")

PARTS = 3


def apply_button(ruleset: Ruleset, button: str) -> Ruleset:
    """Do what a button says: `rule-up:0`, `rule-down:0`, `up:0:distance`, `down:0:distance`, `drop:0:distance`, `add:0:distance`.

    A button that means nothing, or nothing any more, changes nothing.
    """
    verb, _colon, rest = button.partition(":")
    position, _colon, criterion = rest.partition(":")
    if not position.isdigit() or int(position) >= len(ruleset.rules):
        return ruleset
    index = int(position)
    if verb in {"rule-up", "rule-down"}:
        return replace(ruleset, rules=tuple(moved(ruleset.rules, index, -1 if verb == "rule-up" else 1)))
    rules = list(ruleset.rules)
    rules[index] = _ranked(rules[index], verb, criterion)
    return replace(ruleset, rules=tuple(rules))


def _ranked(rule: Rule, verb: str, criterion: str) -> Rule:
    present = [each.by.value for each in rule.ranking]
    if verb == "add" and criterion in set(CriterionKind) - set(present):
        return replace(rule, ranking=(*rule.ranking, Criterion(CriterionKind(criterion))))
    if criterion not in present:
        return rule
    at = present.index(criterion)
    if verb == "drop":
        return replace(rule, ranking=(*rule.ranking[:at], *rule.ranking[at + 1 :]))
    step = {"up": -1, "down": 1}.get(verb, 0)
    return replace(rule, ranking=tuple(moved(rule.ranking, at, step)))


def moved(items: Sequence[T], index: int, step: int) -> list[T]:
    """The items with one of them moved by a step; at the end it stays where it is."""
    target = min(max(index + step, 0), len(items) - 1)
    rest = [*items[:index], *items[index + 1 :]]
    return [*rest[:target], items[index], *rest[target:]]
