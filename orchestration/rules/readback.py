"""Rules and conditions read back as plain sentences."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from orchestration.enums import FilterKind
from orchestration.rules.fields import FIELDS, OPERATORS, Arity, Field, FieldKind
from orchestration.rules.refusals import criterion_in_words
from orchestration.rules.wording import Words, capitalise, words
from orchestration.types import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    ConditionValue,
    Filter,
    Not,
    ParamValue,
    Rule,
    SplitPolicy,
)

Names = Mapping[str, str]

# "Not any line is" reads "every line is not": people say the opposite rather than "it is not true that".
OPPOSITES = {
    "is": "is_not",
    "is_not": "is",
    "in": "not_in",
    "not_in": "in",
    "eq": "ne",
    "ne": "eq",
    "lt": "gte",
    "gte": "lt",
    "gt": "lte",
    "lte": "gt",
    "has": "has_none",
    "has_any": "has_none",
    "has_none": "has_any",
}


def describe_condition(condition: Condition, language: str, names: Names | None = None) -> str:
    """Say a condition; `names` gives people's words for codes (channels, tags, categories)."""
    return _Reader(words(language), names or {}).condition(condition)


def describe_rule(rule: Rule, language: str, *, currency: str = "EUR", names: Names | None = None) -> str:
    """Say a rule in a few sentences; amounts are in `currency`."""
    return _Reader(words(language), names or {}).rule(rule, currency)


class _Reader:
    def __init__(self, speech: Words, names: Names) -> None:
        self._speech = speech
        self._names = names

    def condition(self, condition: Condition, *, inner: bool = False) -> str:
        match condition:
            case AllOf(()):
                return self._speech.say("condition.always")
            case AllOf((item,)) | AnyOf((item,)):
                return self.condition(item, inner=inner)
            case AllOf(items) | AnyOf(items):
                link = self._speech.say("link.and" if isinstance(condition, AllOf) else "link.or")
                text = f" {link} ".join(self.condition(item, inner=True) for item in items)
                return self._speech.say("condition.group", item=text) if inner else text
            case Not(Comparison() as item) if item.op in OPPOSITES:
                return self._comparison(replace(item, op=OPPOSITES[item.op], every_line=not item.every_line))
            case Not(item):
                return self._speech.say("condition.not", item=self.condition(item, inner=True))
            case Comparison():
                return self._comparison(condition)

    def rule(self, rule: Rule, currency: str) -> str:
        speech = self._speech
        when = "rule.always" if rule.when == AllOf() else "rule.if"
        criteria = [criterion_in_words(item, "criterion", currency, speech) for item in rule.ranking]
        body = speech.say(
            "rule.body" if criteria else "rule.body_unranked",
            when=speech.say(when, condition=self.condition(rule.when)),
            filters=speech.join([self._filter(item) for item in rule.filters]),
            criteria=f", {speech.say('link.then')} ".join(criteria),
        )
        sentences = [body, *self._split(rule.split, currency), speech.say(f"rule.after.{rule.after.value}")]
        return " ".join(capitalise(sentence) for sentence in sentences)

    def _comparison(self, comparison: Comparison) -> str:
        field = FIELDS[comparison.field]
        quantifier = "" if field.read_line is None else ".all" if comparison.every_line else ".any"
        subject = self._speech.say(f"field.{field.name}{quantifier}")
        values = self._values(comparison.value, field)
        arity = OPERATORS[field.kind][comparison.op]
        params = {"value": values[0], "some": self._speech.join(values, "or"), "all": self._speech.join(values)}
        if arity is Arity.RANGE:
            params |= {"low": values[0], "high": values[1]}
        return self._speech.say(f"op.{field.kind.value}.{comparison.op}", field=subject, **params)

    def _values(self, value: ConditionValue, field: Field) -> list[str]:
        items = value if isinstance(value, tuple) else (value,)
        return [self._value(item, field) for item in items]

    def _value(self, value: str | Decimal | datetime, field: Field) -> str:
        if isinstance(value, Decimal):
            return self._speech.say(f"unit.{field.unit}", n=self._speech.number(value))
        if isinstance(value, datetime):
            return self._speech.moment(value, with_year=True)
        if field.kind is FieldKind.CHOICE:
            return self._speech.name("choice", value)
        return self._speech.quote(self._names.get(value, value))

    def _filter(self, item: Filter) -> str:
        speech, params = self._speech, item.params
        key = f"filter.{item.kind.value}"
        if item.kind is FilterKind.STOCK:
            return speech.say(f"{key}.{params['scope']}")
        if item.kind is FilterKind.OPENING:
            return speech.say(f"{key}.within" if params["within_hours"] else f"{key}.now", n=params["within_hours"])
        return speech.say(key, **{name: self._param(value) for name, value in params.items()})

    def _param(self, value: ParamValue) -> str:
        if isinstance(value, tuple):
            return self._speech.join([self._speech.quote(self._names.get(code, code)) for code in value], "or")
        return value if isinstance(value, str) else self._speech.number(value)

    def _split(self, split: SplitPolicy, currency: str) -> list[str]:
        speech = self._speech
        if split.max_parcels == 1:
            spread = speech.say("rule.never_split")
        elif split.max_extra_cost is None:
            spread = speech.say("rule.split", n=split.max_parcels)
        else:
            cost = speech.money(split.max_extra_cost, currency)
            spread = speech.say("rule.split_cost", n=split.max_parcels, cost=cost)
        return [spread, speech.say("rule.part" if split.place_part else "rule.all_or_nothing")]
