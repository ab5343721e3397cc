"""What an owner says about people, keys and safety."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oms.tenancy.enums import Role
from oms.tenancy.permissions import BOUND_TO_LOCATIONS, Permission
from oms.tenancy.queries import memberships

if TYPE_CHECKING:
    from datetime import datetime

# Locations belong to a room above this one: it is asked by name, as the navigation asks for its figures.
PLACES = "inventory.web.choices.place_choices"


class RoleForm(forms.Form):
    """A role, and the locations of those who see only theirs."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=Role.choices, initial=Role.STORE_STAFF)
    locations = forms.MultipleChoiceField(
        label=gettext_lazy("Locations"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["locations"] = forms.MultipleChoiceField(
            label=_("Locations"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            choices=import_string(PLACES)(),
            help_text=_("Only for store staff and partners, who see nothing of the others."),
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("role") in BOUND_TO_LOCATIONS and not data.get("locations"):
            self.add_error("locations", _("Choose at least one location: this role sees only its own."))
        return data

    @property
    def location_ids(self) -> list[UUID]:
        """The chosen locations; none for a role that sees them all."""
        if self.cleaned_data["role"] not in BOUND_TO_LOCATIONS:
            return []
        return [UUID(each) for each in self.cleaned_data["locations"]]


class PersonForm(RoleForm):
    """Somebody who will work here."""

    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=254)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200, required=False)

    field_order = ("email", "name", "role", "locations")

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        if memberships().filter(user__email=email, active=True).exists():
            raise forms.ValidationError(_("This person belongs to the company already; change their role in the list."))
        return email


class KeyForm(forms.Form):
    """A key for a program."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("Scopes"),
        choices=[(each.value, each.value) for each in Permission],
        widget=forms.CheckboxSelectMultiple,
    )
    expires_at = forms.DateTimeField(
        label=gettext_lazy("Useless after"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )

    def clean_expires_at(self) -> datetime | None:
        moment: datetime | None = self.cleaned_data["expires_at"]
        if moment is not None and moment <= timezone.now():
            raise forms.ValidationError(_("This moment is over already."))
        return moment


class SafetyForm(forms.Form):
    """What every member must do."""

    mfa_required = forms.BooleanField(
        label=gettext_lazy("Everybody needs a second factor"),
        required=False,
        help_text=gettext_lazy("Whoever has none is led to its set-up with their next click, you too."),
    )
