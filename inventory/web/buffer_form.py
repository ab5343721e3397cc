"""A buffer rule as people write it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.enums import BufferMeasure
from inventory.models import BufferRule
from inventory.queries import skus_by_code, values_of_skus
from inventory.services import check_buffer_rule
from inventory.web.choices import choose, same
from inventory.web.forms import WhereForm, words_in
from oms.tenancy.errors import InvalidInput
from oms.web.fields import DayInput, SkusInput

if TYPE_CHECKING:
    from uuid import UUID

    from django.forms import BoundField

LARGEST = 999_999_999
MOST_CODES = 1000
PARTS = {
    "how": ("name", "measure", "amount", "least", "most", "priority", "active"),
    "where": ("confidence_below", "kinds", "groups", "location_codes"),
    "what": ("categories", "brands", "sku_codes"),
    "when": ("starts_on", "ends_on"),
}


def _day(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=DayInput, **options)


class BufferForm(WhereForm):
    """How much is held back, where, of what and when. An empty list means all."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    measure = forms.ChoiceField(
        label=gettext_lazy("Held back"),
        choices=BufferMeasure.choices,
        widget=forms.RadioSelect,
        initial=BufferMeasure.UNITS,
    )
    amount = forms.IntegerField(label=gettext_lazy("How much"), min_value=0, max_value=LARGEST, initial=1)
    least = forms.IntegerField(
        label=gettext_lazy("At least, in units"),
        min_value=0,
        max_value=LARGEST,
        required=False,
        help_text=gettext_lazy("For a percentage, which is rounded up."),
    )
    most = forms.IntegerField(label=gettext_lazy("At most, in units"), min_value=0, max_value=LARGEST, required=False)
    priority = forms.IntegerField(
        label=gettext_lazy("Priority"),
        min_value=0,
        max_value=LARGEST,
        initial=100,
        help_text=gettext_lazy("Of the rules that fit, the lowest number counts."),
    )
    active = forms.BooleanField(label=gettext_lazy("Active"), required=False, initial=True)
    confidence_below = forms.IntegerField(
        label=gettext_lazy("Only where confidence is under, in %"),
        min_value=1,
        max_value=100,
        required=False,
        help_text=gettext_lazy("How likely the stock is right, learned from picks, refusals and counts."),
    )
    starts_on = _day(
        gettext_lazy("First day"), help_text=gettext_lazy("Each location begins and ends by its own clock.")
    )
    ends_on = _day(gettext_lazy("Last day"))
    categories = forms.MultipleChoiceField(
        label=gettext_lazy("Categories"), required=False, widget=forms.CheckboxSelectMultiple
    )
    brands = forms.MultipleChoiceField(
        label=gettext_lazy("Brands"), required=False, widget=forms.CheckboxSelectMultiple
    )
    sku_codes = forms.CharField(
        label=gettext_lazy("SKUs"),
        required=False,
        widget=SkusInput(attrs={"rows": 3}),
        help_text=gettext_lazy("Codes with commas or line breaks between."),
    )

    def __init__(self, *args: Any, rule: BufferRule | None = None, **kwargs: Any) -> None:
        if rule is not None:
            own = {name: getattr(rule, name) for name in type(self).base_fields}
            kwargs["initial"] = own | {name: ", ".join(own[name]) for name in ("groups", "sku_codes")}
        super().__init__(*args, **kwargs)
        self.rule = rule
        choose(
            self,
            categories=_found("category", rule.categories if rule else []),
            brands=_found("brand", rule.brands if rule else []),
        )

    @property
    def parts(self) -> dict[str, list[BoundField]]:
        """The fields by the part of the page they are in."""
        return {part: [self[name] for name in names] for part, names in PARTS.items()}

    def clean_sku_codes(self) -> list[str]:
        codes = words_in(self.cleaned_data["sku_codes"].replace("\n", ","))
        unknown = sorted(set(codes) - set(skus_by_code(codes)) - set(self.rule.sku_codes if self.rule else ()))
        if unknown:
            raise forms.ValidationError(_("Unknown SKU: %(codes)s.") % {"codes": ", ".join(unknown)})
        if len(codes) > MOST_CODES:
            raise forms.ValidationError(
                _("At most %(count)s SKUs; a category or brand says more.") % {"count": MOST_CODES}
            )
        return codes

    def clean(self) -> None:
        super().clean()
        if self.errors:
            return
        try:
            check_buffer_rule(self.as_rule())
        except InvalidInput as refusal:
            for name, fault in refusal.data["faults"].items():
                self.add_error(name, fault)

    def as_rule(self) -> BufferRule:
        """What is written, as a rule that is kept nowhere."""
        return BufferRule(**self.cleaned_data, **({"pk": self.rule.pk} if self.rule else {}))


def _found(name: str, chosen: list[str]) -> list[tuple[str, str]]:
    """The values that SKUs have of a field, and those chosen that none has any more."""
    return same(sorted({*values_of_skus(name), *chosen}))


def rule_id_of(text: str) -> UUID | None:
    """The id in a form's field, None where there is none."""
    value = forms.UUIDField(required=False)
    try:
        found: UUID | None = value.clean(text)
    except forms.ValidationError:
        found = None
    return found
