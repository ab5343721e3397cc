"""The form of one rule of a draft, and how it changes the rule."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orchestration.enums import AfterAction, CriterionKind, FilterKind, StockScope
from orchestration.rules.rulesets import MAX_AGE_MINUTES, MAX_OPENING_HOURS, MAX_PARCELS, TOLERANT
from orchestration.rules.wording import capitalise, words
from orchestration.types import Criterion, Filter, SplitPolicy
from orchestration.web.rulesets.reading import AFTER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orchestration.types import ParamValue, Rule

SCOPES = [
    (StockScope.PARTIAL.value, gettext_lazy("at least a part of the order")),
    (StockScope.WHOLE.value, gettext_lazy("the whole order")),
]
# The limits that the form edits: the filter, its parameter and the field.
LIMITS = (
    (FilterKind.OPENING, "within_hours", "hours"),
    (FilterKind.MAX_DISTANCE, "km", "km"),
    (FilterKind.STOCK_AGE, "max_minutes", "age"),
    (FilterKind.CONFIDENCE, "at_least", "confidence"),
)
SWITCHES = ((FilterKind.NOT_REFUSED, "not_refused"), (FilterKind.CAPACITY, "capacity"))


class RuleForm(forms.Form):
    """One rule. `order` keeps the ranking while the buttons move it; each tolerant criterion has its own field."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    scope = forms.ChoiceField(label=gettext_lazy("Locations must hold"), choices=SCOPES)
    hours = forms.IntegerField(
        label=gettext_lazy("Open within (hours)"),
        min_value=0,
        max_value=MAX_OPENING_HOURS,
        required=False,
        help_text=gettext_lazy("0: open now. Empty: no limit."),
    )
    km = forms.DecimalField(
        label=gettext_lazy("Distance at most (km)"),
        min_value=0,
        max_digits=8,
        decimal_places=2,
        required=False,
        help_text=gettext_lazy("Empty: no limit."),
    )
    age = forms.IntegerField(
        label=gettext_lazy("Stock figures at most (minutes old)"),
        min_value=1,
        max_value=MAX_AGE_MINUTES,
        required=False,
        help_text=gettext_lazy("Empty: no limit."),
    )
    confidence = forms.IntegerField(
        label=gettext_lazy("Stock confidence at least (%)"),
        min_value=1,
        max_value=100,
        required=False,
        help_text=gettext_lazy("Empty: no limit."),
    )
    not_refused = forms.BooleanField(label=gettext_lazy("Leave out locations that refused the order"), required=False)
    capacity = forms.BooleanField(label=gettext_lazy("Respect the capacity of the day"), required=False)
    max_parcels = forms.IntegerField(
        label=gettext_lazy("Parcels at most"),
        min_value=1,
        max_value=MAX_PARCELS,
        help_text=gettext_lazy("1: never split."),
    )
    max_extra_cost = forms.DecimalField(
        label=gettext_lazy("Extra cost of splitting at most"),
        min_value=0,
        max_digits=8,
        decimal_places=2,
        required=False,
        help_text=gettext_lazy("Empty: no limit."),
    )
    divide_lines = forms.BooleanField(label=gettext_lazy("One line may come from several locations"), required=False)
    place_part = forms.BooleanField(label=gettext_lazy("Place what can be placed, not all or nothing"), required=False)
    after = forms.ChoiceField(
        label=gettext_lazy("Units that are left"), choices=[(a.value, AFTER[a]) for a in AfterAction]
    )
    order = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, rule: Rule, data: Any, *, prefix: str) -> None:
        self.rule = rule
        super().__init__(data, prefix=prefix, initial=initial_of(rule))
        for kind in TOLERANT:
            self.fields[f"tolerance_{kind.value}"] = forms.DecimalField(
                label=_("Equal within"), min_value=0, max_digits=8, decimal_places=2, required=False
            )

    def clean_order(self) -> tuple[CriterionKind, ...]:
        known = {kind.value: kind for kind in CriterionKind}
        wanted = dict.fromkeys(key for key in self.cleaned_data["order"].split(",") if key)
        if not set(wanted) <= set(known):
            raise forms.ValidationError(_("This ranking holds a criterion that does not exist."))
        return tuple(known[key] for key in wanted)

    def changed(self) -> Rule:
        """The rule as the form says it; the conditions stay as they are."""
        data = self.cleaned_data
        return replace(
            self.rule,
            name=data["name"],
            filters=_filters(self.rule, data),
            ranking=tuple(Criterion(kind, self._tolerance(kind)) for kind in data["order"]),
            split=SplitPolicy(data["max_parcels"], data["divide_lines"], data["place_part"], data["max_extra_cost"]),
            after=AfterAction(data["after"]),
        )

    def _tolerance(self, kind: CriterionKind) -> Decimal:
        return self.cleaned_data.get(f"tolerance_{kind.value}") or Decimal(0)


def initial_of(rule: Rule) -> dict[str, Any]:
    """What the form shows of a rule."""
    params = {item.kind: item.params for item in rule.filters}
    stock = params.get(FilterKind.STOCK, {}).get("scope", StockScope.PARTIAL)
    return {
        "name": rule.name,
        "scope": str(stock),
        **{field: params[kind][name] for kind, name, field in LIMITS if kind in params},
        **{field: kind in params for kind, field in SWITCHES},
        "max_parcels": rule.split.max_parcels,
        "max_extra_cost": rule.split.max_extra_cost,
        "divide_lines": rule.split.divide_lines,
        "place_part": rule.split.place_part,
        "after": rule.after.value,
        "order": ",".join(each.by.value for each in rule.ranking),
        **{f"tolerance_{each.by.value}": each.tolerance or None for each in rule.ranking if each.by in TOLERANT},
    }


def _filters(rule: Rule, data: Mapping[str, Any]) -> tuple[Filter, ...]:
    """The rule's filters with the form's limits; what the form does not show is kept, in its place."""
    wanted: dict[FilterKind, Mapping[str, ParamValue] | None] = {FilterKind.STOCK: {"scope": data["scope"]}}
    for kind, name, field in LIMITS:
        wanted[kind] = None if data[field] is None else {name: data[field]}
    for kind, field in SWITCHES:
        wanted[kind] = {} if data[field] else None
    kept = []
    for item in rule.filters:
        if item.kind not in wanted:
            kept.append(item)
        elif (params := wanted.pop(item.kind)) is not None:
            kept.append(Filter(item.kind, params))
    return (*kept, *(Filter(kind, params) for kind, params in wanted.items() if params is not None))


def criterion_label(kind: CriterionKind, language: str) -> str:
    """A criterion's name."""
    return capitalise(words(language).say(f"criterion_label.{kind.value}"))


class ReasonForm(forms.Form):
    """Why rules go live."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        help_text=gettext_lazy("Colleagues read it in the list of versions."),
    )
