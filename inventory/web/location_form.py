"""What people say about a location: what it is, where, what it does, when and how fast."""

from __future__ import annotations

import re
from datetime import date, time
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.enums import LocationKind
from inventory.queries import locations
from inventory.web.forms import CODE, words_in
from oms.tenancy.queries import legal_entities

if TYPE_CHECKING:
    from collections.abc import Iterable

    from inventory.models import Location

DAYS = (
    gettext_lazy("Monday"),
    gettext_lazy("Tuesday"),
    gettext_lazy("Wednesday"),
    gettext_lazy("Thursday"),
    gettext_lazy("Friday"),
    gettext_lazy("Saturday"),
    gettext_lazy("Sunday"),
)
LISTS = ("groups", "closures")
# What the page shows together.
PARTS = {
    "identity": ("code", "name", "kind", "legal_entity"),
    "address": ("address", "postcode", "city", "country"),
    "point": ("latitude", "longitude", "time_zone"),
    "services": ("active", "ships", "collects", "takes_returns"),
    "pace": ("daily_capacity", "minutes_to_accept", "minutes_to_prepare"),
    "choice": ("priority", "parcel_cost", "groups"),
}
_SPAN = re.compile(r"^(\d{1,2}):(\d{2})\s*[-\N{EN DASH}]\s*(\d{1,2}):(\d{2})$")


class LocationForm(forms.Form):
    """A new location, or the one that is given; its code stays what it was."""

    code = forms.RegexField(
        CODE, label=gettext_lazy("Code"), max_length=40, help_text=gettext_lazy("Letters, digits, dots and dashes.")
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=LocationKind.choices)
    legal_entity = forms.ChoiceField(label=gettext_lazy("Legal entity"))
    address = forms.CharField(label=gettext_lazy("Address"), max_length=300, required=False)
    postcode = forms.CharField(label=gettext_lazy("Postcode"), max_length=12)
    city = forms.CharField(label=gettext_lazy("City"), max_length=100)
    country = forms.RegexField(
        r"^[A-Z]{2}$", label=gettext_lazy("Country"), initial="FR", help_text=gettext_lazy("Two letters, such as FR.")
    )
    latitude = forms.FloatField(label=gettext_lazy("Latitude"), min_value=-90, max_value=90, required=False)
    longitude = forms.FloatField(label=gettext_lazy("Longitude"), min_value=-180, max_value=180, required=False)
    time_zone = forms.CharField(label=gettext_lazy("Time zone"), max_length=50, initial="Europe/Paris")
    active = forms.BooleanField(
        label=gettext_lazy("Active"),
        required=False,
        initial=True,
        help_text=gettext_lazy("Its stock is sold and it is given orders."),
    )
    ships = forms.BooleanField(label=gettext_lazy("Ships parcels"), required=False, initial=True)
    collects = forms.BooleanField(label=gettext_lazy("Customers collect here"), required=False)
    takes_returns = forms.BooleanField(label=gettext_lazy("Takes returns"), required=False)
    daily_capacity = forms.IntegerField(
        label=gettext_lazy("Orders a day"), min_value=0, required=False, help_text=gettext_lazy("Empty means no limit.")
    )
    minutes_to_accept = forms.IntegerField(
        label=gettext_lazy("Minutes to accept"), min_value=1, max_value=10080, initial=60
    )
    minutes_to_prepare = forms.IntegerField(
        label=gettext_lazy("Minutes to prepare"), min_value=1, max_value=10080, initial=120
    )
    priority = forms.IntegerField(
        label=gettext_lazy("Priority"),
        min_value=-1000,
        max_value=1000,
        initial=0,
        help_text=gettext_lazy("The lowest number is chosen first, where rules rank by it."),
    )
    parcel_cost = forms.DecimalField(
        label=gettext_lazy("Cost of a parcel"), min_value=0, max_digits=8, decimal_places=2, initial=0
    )
    groups = forms.CharField(
        label=gettext_lazy("Groups"), required=False, help_text=gettext_lazy("Names with commas between.")
    )
    closures = forms.CharField(
        label=gettext_lazy("Closed on"),
        required=False,
        help_text=gettext_lazy("Dates such as 2026-12-25, with commas between."),
    )

    def __init__(self, *args: Any, location: Location | None = None, **kwargs: Any) -> None:
        self.location = location
        if location is not None:
            kwargs["initial"] = _shown(location)
        super().__init__(*args, **kwargs)
        if location is not None:
            del self.fields["code"]
        self.entities = {str(entity.pk): entity for entity in legal_entities()}
        names = [(key, entity.name) for key, entity in self.entities.items()]
        self.fields["legal_entity"] = forms.ChoiceField(label=_("Legal entity"), choices=names)
        opening = location.opening if location is not None else {}
        for number, label in enumerate(DAYS, start=1):
            self.fields[f"day-{number}"] = forms.CharField(
                label=label,
                required=False,
                initial=hours_text(opening.get(str(number), [])),
                widget=forms.TextInput(attrs={"placeholder": "09:00-12:30, 14:00-19:00"}),
            )

    @property
    def parts(self) -> dict[str, list[forms.BoundField]]:
        """The fields by the part of the page they are in."""
        return {part: [self[name] for name in names if name in self.fields] for part, names in PARTS.items()}

    @property
    def days(self) -> list[forms.BoundField]:
        return [self[f"day-{number}"] for number in range(1, len(DAYS) + 1)]

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"])
        if locations().filter(code=code).exists():
            raise forms.ValidationError(_("There is a location %(code)s already.") % {"code": code})
        return code

    def clean_time_zone(self) -> str:
        zone = str(self.cleaned_data["time_zone"])
        if zone not in available_timezones():
            raise forms.ValidationError(_("“%(text)s” is no time zone; write Europe/Paris.") % {"text": zone})
        return zone

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
        if (data.get("latitude") is None) != (data.get("longitude") is None):
            self.add_error("latitude", _("Give both coordinates, or none."))
        for number in range(1, len(DAYS) + 1):
            name = f"day-{number}"
            try:
                data[name] = hours_in(data.get(name) or "")
            except ValueError as mistake:
                self.add_error(name, _("“%(text)s” is no opening time; write 09:00-19:00.") % {"text": mistake})
        return data

    @property
    def values(self) -> dict[str, Any]:
        """The location's fields."""
        own = {name: self.cleaned_data[name] for name in type(self).base_fields if name in self.fields}
        own["legal_entity"] = self.entities[own["legal_entity"]]
        own["opening"] = {str(n): spans for n in range(1, len(DAYS) + 1) if (spans := self.cleaned_data[f"day-{n}"])}
        return own

    @property
    def changes(self) -> dict[str, Any]:
        """Those of them that differ from what the location has."""
        return {name: value for name, value in self.values.items() if value != getattr(self.location, name)}


def _shown(location: Location) -> dict[str, Any]:
    first = {name: getattr(location, name) for name in LocationForm.base_fields}
    lists = {name: ", ".join(first[name]) for name in LISTS}
    return {**first, **lists, "legal_entity": str(location.legal_entity_id)}


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
