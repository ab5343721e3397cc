"""A ruleset in words: each rule's sentence, and the parts it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oms.orders.queries import channels
from orchestration.enums import AfterAction, FilterKind
from orchestration.rules.readback import describe_condition, describe_rule
from orchestration.rules.refusals import criterion_in_words
from orchestration.rules.wording import capitalise, words
from orchestration.types import AllOf

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django_stubs_ext import StrOrPromise

    from orchestration.types import Rule, Ruleset

AFTER: dict[AfterAction, StrOrPromise] = {
    AfterAction.NEXT_RULE: gettext_lazy("Go to the next rule"),
    AfterAction.PARK: gettext_lazy("Leave them to a person"),
    AfterAction.BACKORDER: gettext_lazy("Backorder them"),
    AfterAction.CANCEL: gettext_lazy("Cancel them"),
}
FILTERS: dict[FilterKind, StrOrPromise] = {
    FilterKind.SERVICE: gettext_lazy("Offers the service"),
    FilterKind.ACTIVE: gettext_lazy("Is active"),
    FilterKind.STOCK_VIEW: gettext_lazy("Is in the channel's stock view"),
    FilterKind.STOCK: gettext_lazy("Stock"),
    FilterKind.STOCK_AGE: gettext_lazy("Age of the stock figures"),
    FilterKind.CONFIDENCE: gettext_lazy("Stock confidence"),
    FilterKind.NOT_REFUSED: gettext_lazy("Has not refused"),
    FilterKind.OPENING: gettext_lazy("Opening"),
    FilterKind.CAPACITY: gettext_lazy("Capacity of the day"),
    FilterKind.MAX_DISTANCE: gettext_lazy("Distance"),
    FilterKind.GROUP: gettext_lazy("Group"),
    FilterKind.LEGAL_ENTITY: gettext_lazy("Legal entity"),
    FilterKind.COUNTRY: gettext_lazy("Country"),
}


@dataclass(frozen=True, slots=True)
class RuleReading:
    """One rule: what it is called, what it says, and its parts as tokens."""

    number: int
    name: str
    when: str
    filters: tuple[str, ...]
    ranking: tuple[str, ...]
    split: str
    after: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole ruleset in words."""

    name: str
    version: int
    applies: str
    rules: tuple[RuleReading, ...]


def names_of_codes() -> dict[str, str]:
    """People's words for the codes that conditions hold."""
    return dict(channels().values_list("code", "name"))


def read_ruleset(ruleset: Ruleset, language: str, *, currency: str, names: Mapping[str, str]) -> Reading:
    """The ruleset in the words of a language."""
    rules = tuple(
        read_rule(rule, number, language, currency=currency, names=names)
        for number, rule in enumerate(ruleset.rules, start=1)
    )
    applies = (
        _("Every order") if ruleset.when == AllOf() else capitalise(describe_condition(ruleset.when, language, names))
    )
    return Reading(ruleset.name, ruleset.version, applies, rules)


def read_rule(rule: Rule, number: int, language: str, *, currency: str, names: Mapping[str, str]) -> RuleReading:
    """One rule in the words of a language."""
    speech = words(language)
    return RuleReading(
        number=number,
        name=rule.name,
        when=_("Always") if rule.when == AllOf() else capitalise(describe_condition(rule.when, language, names)),
        filters=tuple(filter_words(item.kind, item.params) for item in rule.filters),
        ranking=tuple(
            capitalise(criterion_in_words(each, "criterion_label", currency, speech)) for each in rule.ranking
        ),
        split=split_words(rule, language, currency=currency),
        after=str(AFTER[rule.after]),
        sentence=describe_rule(rule, language, currency=currency, names=names),
    )


def filter_words(kind: FilterKind, params: Mapping[str, object]) -> str:
    """A filter and its limit, in two or three words."""
    if kind is FilterKind.STOCK:
        return _("Holds the whole order") if params.get("scope") == "whole" else _("Holds part of the order")
    if kind is FilterKind.OPENING:
        hours = params.get("within_hours")
        return _("Open within %(count)s h") % {"count": hours} if hours else _("Open now")
    limits = {
        FilterKind.MAX_DISTANCE: (_("Within %(count)s km"), "km"),
        FilterKind.STOCK_AGE: (_("Stock figures under %(count)s min old"), "max_minutes"),
        FilterKind.CONFIDENCE: (_("Stock confidence from %(count)s %% up"), "at_least"),
    }
    if kind in limits:
        sentence, name = limits[kind]
        return sentence % {"count": params.get(name)}
    wanted = params.get("any_of")
    if isinstance(wanted, tuple):
        return _("%(filter)s: %(values)s") % {"filter": FILTERS[kind], "values": ", ".join(map(str, wanted))}
    return str(FILTERS[kind])


def split_words(rule: Rule, language: str, *, currency: str) -> str:
    """How far a rule spreads an order."""
    split = rule.split
    if split.max_parcels == 1:
        return _("Never")
    if split.max_extra_cost is None:
        return _("%(count)s parcels at most") % {"count": split.max_parcels}
    return _("%(count)s parcels at most, for %(cost)s more at most") % {
        "count": split.max_parcels,
        "cost": words(language).money(split.max_extra_cost, currency),
    }
