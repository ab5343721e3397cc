"""What people say about stock and views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.enums import MANUAL_REASONS, Bucket, LocationKind
from inventory.queries import locations, stock_views
from inventory.types import Move

if TYPE_CHECKING:
    from inventory.models import Location, StockView

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
        choices=[("", "\N{EM DASH}"), *((each.value, each.label) for each in MANUAL_REASONS)],
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
            places = [(each.code, each.name) for each in locations().order_by("name", "pk")]
            self.fields["location"] = forms.ChoiceField(label=_("Location"), choices=[("", "\N{EM DASH}"), *places])
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
        places = [(place.code, place.name) for place in locations().order_by("name", "pk")]
        self.fields["location"] = forms.ChoiceField(label=_("Location"), choices=[("", "\N{EM DASH}"), *places])
        self.order_fields(["location", "pool", "quantity"])


class ViewForm(forms.Form):
    """A stock view. Without any location, kind or group it has every active location."""

    code = forms.RegexField(
        CODE, label=gettext_lazy("Code"), max_length=40, help_text=gettext_lazy("Letters, digits, dots and dashes.")
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    location_codes = forms.MultipleChoiceField(
        label=gettext_lazy("Locations"), required=False, widget=forms.CheckboxSelectMultiple
    )
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Kinds of location"),
        required=False,
        choices=LocationKind.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    groups = forms.CharField(
        label=gettext_lazy("Groups"), required=False, help_text=gettext_lazy("Names with commas between.")
    )
    pool = forms.RegexField(
        CODE,
        label=gettext_lazy("Ring-fence"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("The units set aside under this name are sold by this view too."),
    )
    pool_only = forms.BooleanField(label=gettext_lazy("Sell the ring-fence alone"), required=False)
    percentage = forms.IntegerField(label=gettext_lazy("Share sold, in %"), min_value=0, max_value=100, initial=100)
    buffer = forms.IntegerField(label=gettext_lazy("Buffer"), min_value=0, initial=0)
    cap = forms.IntegerField(label=gettext_lazy("At most"), min_value=0, required=False)

    def __init__(self, *args: Any, view: StockView | None = None, **kwargs: Any) -> None:
        if view is not None:
            names = ("code", "name", "location_codes", "kinds", "pool", "pool_only", "percentage", "buffer", "cap")
            kwargs["initial"] = {**{name: getattr(view, name) for name in names}, "groups": ", ".join(view.groups)}
        super().__init__(*args, **kwargs)
        self.view = view
        self.fields["location_codes"] = forms.MultipleChoiceField(
            label=_("Locations"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            choices=[(place.code, place.name) for place in locations().order_by("name", "pk")],
        )
        if view is not None:
            del self.fields["code"]
        self.order_fields(
            ["code", "name", "percentage", "buffer", "cap", "pool", "pool_only", "kinds", "groups", "location_codes"]
        )

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"])
        if stock_views().filter(code=code).exists():
            raise forms.ValidationError(_("There is a stock view %(code)s already.") % {"code": code})
        return code

    def clean_groups(self) -> list[str]:
        return words_in(self.cleaned_data["groups"])

    def clean(self) -> None:
        super().clean()
        if self.cleaned_data.get("pool_only") and not self.cleaned_data.get("pool") and "pool" not in self.errors:
            self.add_error("pool", _("A view that sells a ring-fence alone must name it."))

    @property
    def values(self) -> dict[str, Any]:
        """The view's fields."""
        return {"code": self.view.code, **self.cleaned_data} if self.view is not None else dict(self.cleaned_data)


def words_in(text: str) -> list[str]:
    """The parts between commas, once each."""
    return list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
