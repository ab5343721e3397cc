"""What people send from the store app."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oms.fulfilment.enums import DECLARED
from oms.fulfilment.types import Tracking
from oms.fulfilment.web.carriers import CARRIERS, tracking_page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from oms.fulfilment.web.cards import Item

MOST_PARCELS = 20


class CountForm(forms.Form):
    """How many units of one line are picked."""

    line = forms.UUIDField()
    count = forms.IntegerField(min_value=0)


class RefuseForm(forms.Form):
    """Why, how many of each line, and whether the other orders with these items go too."""

    reason = forms.ChoiceField(
        choices=[(reason.value, reason.label) for reason in DECLARED],
        error_messages={"required": gettext_lazy("Say why.")},
        label=gettext_lazy("Why?"),
    )
    cascade = forms.BooleanField(required=False)

    def __init__(self, items: Sequence[Item], data: Any = None) -> None:
        super().__init__(data)
        self.items = [item for item in items if item.left]
        for item in self.items:
            self.fields[field_of(item.id)] = forms.IntegerField(
                min_value=0, max_value=item.left, required=False, initial=item.left, label=item.name
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not self.quantities():
            raise forms.ValidationError(_("Choose at least one unit to refuse."))
        return data

    def quantities(self) -> dict[UUID, int]:
        """Units to refuse by line; a field that was not sent means all that is left of its line."""
        sent = {item.id: self._count(item) for item in self.items}
        return {line_id: count for line_id, count in sent.items() if count}

    def _count(self, item: Item) -> int:
        count: int | None = self.cleaned_data.get(field_of(item.id))
        return item.left if count is None else count


def field_of(line_id: UUID) -> str:
    return f"quantity-{line_id}"


class ParcelForm(forms.Form):
    """One parcel that leaves with a carrier."""

    carrier = forms.ChoiceField(
        label=gettext_lazy("Carrier"),
        choices=[("", gettext_lazy("Choose…")), *((each.code, each.name) for each in CARRIERS.values())],
    )
    name = forms.CharField(label=gettext_lazy("Name of the carrier"), max_length=80, required=False)
    number = forms.CharField(label=gettext_lazy("Tracking number"), max_length=80, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        carrier = CARRIERS.get(data.get("carrier", ""))
        if carrier is None:
            return data
        if carrier.tracked and not data.get("number"):
            self.add_error("number", _("Scan or type the number on the label."))
        if carrier.code == "other" and not data.get("name"):
            self.add_error("name", _("Which carrier?"))
        return data

    def tracking(self) -> Tracking:
        """The parcel as the service takes it."""
        carrier, number = CARRIERS[self.cleaned_data["carrier"]], self.cleaned_data["number"] or ""
        name = self.cleaned_data["name"] if carrier.code == "other" else str(carrier.name)
        return Tracking(name, number if carrier.tracked else "", tracking_page(carrier, number))


class BaseParcels(forms.BaseFormSet[ParcelForm]):
    """At least one parcel, each filled in, and no two with the same number."""

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return {**super().get_form_kwargs(index), "empty_permitted": False, "use_required_attribute": False}

    def clean(self) -> None:
        if not self.forms:
            raise forms.ValidationError(_("Add a parcel."))
        numbers = [form.cleaned_data["number"] for form in self.forms if form.cleaned_data.get("number")]
        if len(numbers) != len(set(numbers)):
            raise forms.ValidationError(_("Two parcels have the same tracking number."))


Parcels = forms.formset_factory(
    ParcelForm, formset=BaseParcels, extra=0, min_num=1, max_num=MOST_PARCELS, validate_max=True
)


class ShelfForm(forms.Form):
    """Where the parcel waits for its customer."""

    shelf = forms.CharField(label=gettext_lazy("Shelf"), max_length=40, required=False)


class HandoverForm(forms.Form):
    """How the person proved that the parcel is theirs."""

    CODE, CUSTOMER, OTHER = "code", "customer", "other"

    proof = forms.ChoiceField(
        choices=[(CODE, ""), (CUSTOMER, ""), (OTHER, "")],
        error_messages={"required": gettext_lazy("Choose how the person was recognised.")},
    )
    code = forms.CharField(label=gettext_lazy("Collection code"), max_length=12, required=False)
    name = forms.CharField(label=gettext_lazy("Name on the document"), max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("proof") == self.CODE and not data.get("code"):
            self.add_error("code", _("Type the code."))
        if data.get("proof") == self.OTHER and not data.get("name"):
            self.add_error("name", _("Type the name that is on the document."))
        return data
