"""What people say about stock and views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.enums import MANUAL_REASONS, Bucket, LocationKind
from inventory.services.levels import LARGEST
from inventory.types import Move
from inventory.web.choices import NONE, choose, code_choices

if TYPE_CHECKING:
    from inventory.models import Location

BUCKETS = (Bucket.ON_HAND, Bucket.QUARANTINED, Bucket.DAMAGED)
CODE = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"


class MoveForm(forms.Form):
    """A movement by hand, at a place to choose or at the one given. The key makes a form that is sent twice one movement."""

    location = forms.ChoiceField(label=gettext_lazy("Location"))
    bucket = forms.ChoiceField(
        label=gettext_lazy("Bucket"), choices=[(each.value, each.label) for each in BUCKETS], initial=Bucket.ON_HAND
    )
    quantity = forms.IntegerField(
        label=gettext_lazy("Quantity"), help_text=gettext_lazy("With a minus sign for units that leave.")
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"),
        choices=[NONE, *((each.value, each.label) for each in MANUAL_REASONS)],
    )
    unit_cost = forms.DecimalField(
        label=gettext_lazy("Unit cost"),
        help_text=gettext_lazy("Of a receipt; without one the average cost stays."),
        min_value=0,
        max_digits=12,
        decimal_places=4,
        required=False,
    )
    note = forms.CharField(label=gettext_lazy("Note"), max_length=300, required=False)
    key = forms.CharField(max_length=60, widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, place: Location | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place = place
        if place is None:
            choose(self, location=[NONE, *code_choices()])
        else:
            del self.fields["location"], self.fields["unit_cost"]
        self.fields["key"].initial = f"web-{uuid4()}"
        self.order_fields(["location", "quantity", "reason", "unit_cost", "bucket", "note", "key"])

    def clean_quantity(self) -> int:
        quantity = int(self.cleaned_data["quantity"])
        if not quantity:
            raise forms.ValidationError(_("A movement of zero units is none."))
        return quantity

    def move_of(self, sku: str) -> Move:
        """What a valid form asks of a SKU."""
        given = self.cleaned_data
        return Move(
            sku,
            self.place.code if self.place else given["location"],
            given["quantity"],
            given["reason"],
            bucket=given["bucket"],
            key=given["key"],
            note=given["note"],
            unit_cost=given.get("unit_cost"),
        )


class FenceForm(forms.Form):
    """How many units of a location only the views of a pool may sell."""

    location = forms.ChoiceField(label=gettext_lazy("Location"))
    pool = forms.RegexField(
        CODE,
        label=gettext_lazy("Ring-fence"),
        max_length=40,
        help_text=gettext_lazy("The name that stock views give to it, for a channel or a campaign."),
    )
    quantity = forms.IntegerField(
        label=gettext_lazy("Units"),
        min_value=0,
        help_text=gettext_lazy("Zero gives all units back to the common stock."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "fence_%s", **kwargs})
        choose(self, location=[NONE, *code_choices()])


class OwnBufferForm(forms.Form):
    """Units of one SKU at one place that are held back where no rule says how many, and why."""

    units = forms.IntegerField(label=gettext_lazy("Units held back"), min_value=0, max_value=LARGEST - 1)
    note = forms.CharField(label=gettext_lazy("Reason"), max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "buffer_%s", **kwargs})


class WhereForm(forms.Form):
    """Locations by kind, group and code."""

    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Kinds of location"),
        required=False,
        choices=LocationKind.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    groups = forms.CharField(
        label=gettext_lazy("Groups"), required=False, help_text=gettext_lazy("Names with commas between.")
    )
    location_codes = forms.MultipleChoiceField(
        label=gettext_lazy("Locations"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, location_codes=code_choices())

    def clean_groups(self) -> list[str]:
        return words_in(self.cleaned_data["groups"])


def words_in(text: str) -> list[str]:
    """The parts between commas, once each."""
    return list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
