"""What people must say when they act on an order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from inventory.queries import locations
from oms.orders.enums import HoldReason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from oms.orders.models import KitLine, OrderLine

LONGEST_REASON = 200


class CancelReason(models.TextChoices):
    """Why a person cancels units."""

    CUSTOMER = "CUSTOMER", gettext_lazy("The customer asked for it")
    NO_STOCK = "NO_STOCK", gettext_lazy("Out of stock")
    FRAUD = "FRAUD", gettext_lazy("Suspected fraud")
    ADDRESS = "ADDRESS", gettext_lazy("The address cannot be delivered to")
    DUPLICATE = "DUPLICATE", gettext_lazy("Ordered twice")
    OTHER = "OTHER", gettext_lazy("Other")


HOLDABLE_FOR = [
    (choice.value, choice.label)
    for choice in (HoldReason.MANUAL, HoldReason.FRAUD, HoldReason.ADDRESS, HoldReason.REMORSE)
]


class HoldForm(forms.Form):
    """Why an order must wait."""

    reason = forms.ChoiceField(label=gettext_lazy("Reason"), choices=HOLDABLE_FOR, initial=HoldReason.MANUAL)
    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("Colleagues read it on the order."),
    )


class RerouteForm(forms.Form):
    """Why the present locations are not good enough."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        help_text=gettext_lazy("It is kept on the order's timeline."),
    )


class ForceForm(RerouteForm):
    """Which location a person wants, and why."""

    location = forms.ChoiceField(label=gettext_lazy("Location"))

    field_order = ("location", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = locations().filter(active=True).order_by("name", "pk")
        self.fields["location"] = forms.ChoiceField(
            label=_("Location"), choices=[("", "—"), *((str(place.pk), place.name) for place in places)]
        )
        self.order_fields(self.field_order)


class CancelForm(forms.Form):
    """Why units are cancelled; with a comment when no reason of the list fits."""

    reason = forms.ChoiceField(label=gettext_lazy("Reason"), choices=[("", "—"), *CancelReason.choices])
    comment = forms.CharField(label=gettext_lazy("Comment"), max_length=LONGEST_REASON, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("reason") == CancelReason.OTHER and not data.get("comment"):
            self.add_error("comment", _("Say which other reason it is."))
        return data


class CancelUnitsForm(CancelForm):
    """How many units of each line, and why. `lines` comes with how many of each can still be cancelled."""

    def __init__(self, lines: Sequence[tuple[OrderLine | KitLine, int]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = lines
        for line, most in lines:
            self.fields[self._name(line)] = forms.IntegerField(
                label=line.title or line.sku.code,
                min_value=0,
                max_value=most,
                initial=most,
                help_text=ngettext("of %(count)s unit", "of %(count)s units", most) % {"count": most},
            )
        self.order_fields([*(self._name(line) for line, _most in lines), "reason", "comment"])

    def _name(self, line: OrderLine | KitLine) -> str:
        return f"line-{line.pk}"

    @property
    def quantities(self) -> dict[UUID, int]:
        """The units to cancel, by line as it was sold."""
        asked = {line.pk: self.cleaned_data.get(self._name(line)) or 0 for line, _most in self.lines}
        return {line_id: count for line_id, count in asked.items() if count}

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not self.errors and not self.quantities:
            raise forms.ValidationError(_("Choose at least one unit to cancel."))
        return data


class NoteForm(forms.Form):
    """A note for colleagues."""

    text = forms.CharField(
        label=gettext_lazy("Note"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}), strip=True
    )
