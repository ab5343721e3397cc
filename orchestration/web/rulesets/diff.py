"""What differs between two rulesets, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from orchestration.enums import AfterAction
from orchestration.rules.readback import describe_condition
from orchestration.types import AllOf
from orchestration.web.rulesets.reading import AFTER, FILTERS, filter_words, read_rule, split_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from orchestration.types import Rule, Ruleset


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: in which rule, of what, from what to what."""

    where: str
    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to know before publishing."""

    is_good: bool
    text: str


@dataclass(frozen=True, slots=True)
class Speech:
    """The language and the names that differences are told in."""

    language: str
    currency: str
    names: Mapping[str, str]


def changes_between(before: Ruleset, after: Ruleset, speech: Speech) -> list[Change]:
    """Every difference, rule by rule; rules are the same when their names are."""
    return list(_changes(before, after, speech))


def _changes(before: Ruleset, after: Ruleset, speech: Speech) -> Iterator[Change]:
    everything = _("Ruleset")
    if before.name != after.name:
        yield Change(everything, _("Name"), before.name, after.name)
    if before.when != after.when:
        applies = [describe_condition(each.when, speech.language, speech.names) for each in (before, after)]
        yield Change(everything, _("Applies to"), *applies)
    if before.time_zone != after.time_zone:
        yield Change(everything, _("Time zone"), before.time_zone, after.time_zone)
    old, new = ({rule.name: rule for rule in each.rules} for each in (before, after))
    for name in old:
        if name not in new:
            yield Change(name, _("Rule"), _("present"), _("removed"))
    for name, rule in new.items():
        if name not in old:
            reading = read_rule(rule, 0, speech.language, currency=speech.currency, names=speech.names)
            yield Change(name, _("Rule"), "", reading.sentence)
        else:
            yield from _rule_changes(old[name], rule, speech)
    kept_before, kept_after = [n for n in old if n in new], [n for n in new if n in old]
    if kept_before != kept_after:
        yield Change(everything, _("Order of the rules"), ", ".join(kept_before), ", ".join(kept_after))


def _rule_changes(before: Rule, after: Rule, speech: Speech) -> Iterator[Change]:
    if before.when != after.when:
        said = [
            _("always") if rule.when == AllOf() else describe_condition(rule.when, speech.language, speech.names)
            for rule in (before, after)
        ]
        yield Change(after.name, _("When"), *said)
    yield from _filter_changes(before, after)
    if before.ranking != after.ranking:
        ranks = [
            ", ".join(read_rule(rule, 0, speech.language, currency=speech.currency, names=speech.names).ranking)
            for rule in (before, after)
        ]
        yield Change(after.name, _("Ranking"), *ranks)
    old, new = (split_words(rule, speech.language, currency=speech.currency) for rule in (before, after))
    if old != new:
        yield Change(after.name, _("Split"), old, new)
    for field, label in (
        ("divide_lines", _("One line over several locations")),
        ("place_part", _("Place what can be placed")),
    ):
        one, other = getattr(before.split, field), getattr(after.split, field)
        if one != other:
            yield Change(after.name, label, _("yes") if one else _("no"), _("yes") if other else _("no"))
    if before.after != after.after:
        yield Change(after.name, _("Units that are left"), str(AFTER[before.after]), str(AFTER[after.after]))


def _filter_changes(before: Rule, after: Rule) -> Iterator[Change]:
    old, new = ({filter_words(item.kind, item.params): item.kind for item in rule.filters} for rule in (before, after))
    gone, come = [text for text in old if text not in new], [text for text in new if text not in old]
    for text in gone:
        match = next((other for other in come if new[other] is old[text]), "")
        if match:
            come.remove(match)
        yield Change(after.name, str(FILTERS[old[text]]), text, match or _("no limit"))
    for text in come:
        yield Change(after.name, str(FILTERS[new[text]]), _("no limit"), text)


def checks_of(ruleset: Ruleset) -> list[Check]:
    """What a person should know before the rules go live."""
    unreachable, stopped_by = [], ""
    for rule in ruleset.rules:
        if stopped_by:
            unreachable.append(rule.name)
        elif rule.when == AllOf() and rule.after is not AfterAction.NEXT_RULE:
            stopped_by = rule.name
    if unreachable:
        text = _("Never reached, because “%(rule)s” takes every order: %(names)s.")
        reach = Check(is_good=False, text=text % {"rule": stopped_by, "names": ", ".join(unreachable)})
    else:
        reach = Check(is_good=True, text=_("Every rule can be reached."))
    if stopped_by or ruleset.rules[-1].after is not AfterAction.NEXT_RULE:
        end = Check(is_good=True, text=_("Units that find no location have an outcome."))
    else:
        end = Check(is_good=False, text=_("The last rule leads to no other: units that are left go to a person."))
    unranked = [rule.name for rule in ruleset.rules if not rule.ranking]
    rank = (
        Check(
            is_good=False,
            text=_("Without ranking, the first location by code wins: %(names)s.") % {"names": ", ".join(unranked)},
        )
        if unranked
        else Check(is_good=True, text=_("Ties are always broken, by location code in the end."))
    )
    return [reach, end, rank]
