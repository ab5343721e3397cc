"""What people say about stock, views and locations."""

from __future__ import annotations

import re
from datetime import date, time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.enums import MANUAL_REASONS, Bucket, LocationKind
from inventory.queries import locations, stock_views

if TYPE_CHECKING:
    from collections.abc import Iterable

    from inventory.models import Location, StockView

BUCKETS = (Bucket.ON_HAND, Bucket.QUARANTINED, Bucket.DAMAGED)
CODE = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
DAYS = (
    gettext_lazy("Monday"),
    gettext_lazy("Tuesday"),
    gettext_lazy("Wednesday"),
    gettext_lazy("Thursday"),
    gettext_lazy("Friday"),
    gettext_lazy("Saturday"),
    gettext_lazy("Sunday"),
)
_SPAN = re.compile(r"^(\d{1,2}):(\d{2})\s*[-\N{EN DASH}]\s*(\d{1,2}):(\d{2})$")


class MoveForm(forms.Form):
    """A movement by hand. The key makes a form that is sent twice one movement."""

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
    note = forms.CharField(label=gettext_lazy("Note"), max_length=300, required=False)
    key = forms.CharField(max_length=60, widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = [(place.code, place.name) for place in locations().order_by("name", "pk")]
        self.fields["location"] = forms.ChoiceField(label=_("Location"), choices=[("", "\N{EM DASH}"), *places])
        self.fields["key"].initial = f"web-{uuid4()}"
        self.order_fields(["location", "quantity", "reason", "bucket", "note", "key"])

    def clean_quantity(self) -> int:
        quantity = int(self.cleaned_data["quantity"])
        if not quantity:
            raise forms.ValidationError(_("A movement of zero units is none."))
        return quantity


class UploadForm(forms.Form):
    """A file of levels."""

    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        help_text=gettext_lazy("Columns sku, location and on_hand; commas or semicolons; UTF-8; at most 2 MB."),
    )


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
    percentage = forms.IntegerField(label=gettext_lazy("Share sold, in %"), min_value=0, max_value=100, initial=100)
    buffer = forms.IntegerField(label=gettext_lazy("Buffer"), min_value=0, initial=0)
    cap = forms.IntegerField(label=gettext_lazy("At most"), min_value=0, required=False)

    def __init__(self, *args: Any, view: StockView | None = None, **kwargs: Any) -> None:
        if view is not None:
            names = ("code", "name", "location_codes", "kinds", "percentage", "buffer", "cap")
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
        self.order_fields(["code", "name", "percentage", "buffer", "cap", "kinds", "groups", "location_codes"])

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"])
        if stock_views().filter(code=code).exists():
            raise forms.ValidationError(_("There is a stock view %(code)s already.") % {"code": code})
        return code

    def clean_groups(self) -> list[str]:
        return words_in(self.cleaned_data["groups"])

    @property
    def values(self) -> dict[str, Any]:
        """The view's fields."""
        return {"code": self.view.code, **self.cleaned_data} if self.view is not None else dict(self.cleaned_data)


class LocationForm(forms.Form):
    """How a location works: what it may do, when, how much and how fast."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    active = forms.BooleanField(
        label=gettext_lazy("Active"),
        required=False,
        help_text=gettext_lazy("Its stock is sold and it is given orders."),
    )
    ships = forms.BooleanField(label=gettext_lazy("Ships parcels"), required=False)
    collects = forms.BooleanField(label=gettext_lazy("Customers collect here"), required=False)
    takes_returns = forms.BooleanField(label=gettext_lazy("Takes returns"), required=False)
    daily_capacity = forms.IntegerField(
        label=gettext_lazy("Orders a day"), min_value=0, required=False, help_text=gettext_lazy("Empty means no limit.")
    )
    minutes_to_accept = forms.IntegerField(label=gettext_lazy("Minutes to accept"), min_value=1, max_value=10080)
    minutes_to_prepare = forms.IntegerField(label=gettext_lazy("Minutes to prepare"), min_value=1, max_value=10080)
    priority = forms.IntegerField(label=gettext_lazy("Priority"), min_value=-1000, max_value=1000)
    groups = forms.CharField(
        label=gettext_lazy("Groups"), required=False, help_text=gettext_lazy("Names with commas between.")
    )
    closures = forms.CharField(
        label=gettext_lazy("Closed on"),
        required=False,
        help_text=gettext_lazy("Dates such as 2026-12-25, with commas between."),
    )

    def __init__(self, *args: Any, location: Location, **kwargs: Any) -> None:
        names = [name for name in type(self).base_fields if name not in {"groups", "closures"}]
        kwargs["initial"] = {
            **{name: getattr(location, name) for name in names},
            "groups": ", ".join(location.groups),
            "closures": ", ".join(location.closures),
        }
        super().__init__(*args, **kwargs)
        for number, label in enumerate(DAYS, start=1):
            self.fields[f"day-{number}"] = forms.CharField(
                label=label,
                required=False,
                initial=hours_text(location.opening.get(str(number), [])),
                widget=forms.TextInput(attrs={"placeholder": "09:00-12:30, 14:00-19:00"}),
            )

    @property
    def facts(self) -> list[forms.BoundField]:
        return [self[name] for name in type(self).base_fields]

    @property
    def days(self) -> list[forms.BoundField]:
        return [self[f"day-{number}"] for number in range(1, len(DAYS) + 1)]

    def clean_groups(self) -> list[str]:
        return words_in(self.cleaned_data["groups"])

    def clean_closures(self) -> list[str]:
        found = words_in(self.cleaned_data["closures"])
        for text in found:
            try:
                date.fromisoformat(text)
            except ValueError:
                raise forms.ValidationError(_("“%(text)s” is not a date.") % {"text": text}) from None
        return sorted(found)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for number in range(1, len(DAYS) + 1):
            name = f"day-{number}"
            try:
                data[name] = hours_in(data.get(name) or "")
            except ValueError as mistake:
                self.add_error(name, _("“%(text)s” is no opening time; write 09:00-19:00.") % {"text": mistake})
        return data

    @property
    def changes(self) -> dict[str, Any]:
        """The location's fields that differ from what was shown."""
        own = {name: self.cleaned_data[name] for name in type(self).base_fields}
        days = {str(n): spans for n in range(1, len(DAYS) + 1) if (spans := self.cleaned_data[f"day-{n}"])}
        return {**own, "opening": days}


def words_in(text: str) -> list[str]:
    """The parts between commas, once each."""
    return list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def hours_text(spans: Iterable[list[str]]) -> str:
    """`09:00-12:30, 14:00-19:00`."""
    return ", ".join(f"{begin}-{end}" for begin, end in spans)


def hours_in(text: str) -> list[list[str]]:
    """Opening times in order. Raises ValueError with the part that cannot be read."""
    found: list[list[str]] = []
    for part in words_in(text):
        match = _SPAN.match(part)
        if match is None:
            raise ValueError(part)
        try:
            begin, end = time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4]))
        except ValueError:
            raise ValueError(part) from None
        if begin >= end or (found and found[-1][1] > f"{begin:%H:%M}"):
            raise ValueError(part)
        found.append([f"{begin:%H:%M}", f"{end:%H:%M}"])
    return found
