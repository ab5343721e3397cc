"""What the style guide shows: every component with plausible content."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oms.web.parts import Moment, Segment, Term, steps
from oms.web.states import STATES


class SampleForm(forms.Form):
    """Each kind of field."""

    name = forms.CharField(label=gettext_lazy("Name"), help_text=gettext_lazy("As it is written on the parcel."))
    quantity = forms.IntegerField(label=gettext_lazy("Quantity"), min_value=1)
    location = forms.ChoiceField(
        label=gettext_lazy("Location"), choices=[("nantes", "Nantes Crébillon"), ("brest", "Brest Siam")]
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"),
        choices=[("found", gettext_lazy("Not found")), ("busy", gettext_lazy("Too busy"))],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label=gettext_lazy("Note"), widget=forms.Textarea(attrs={"rows": 2}), required=False)
    also = forms.BooleanField(label=gettext_lazy("Also refuse the other orders of this item"), required=False)


def styleguide_context() -> dict[str, Any]:
    """Data for the style guide page."""
    now = timezone.now()

    def minutes(count: int) -> datetime:
        return now + timedelta(minutes=count)

    return {
        "states": list(STATES.values()),
        "soon": minutes(33),
        "fine": minutes(318),
        "overdue": minutes(-42),
        "kept": minutes(-30),
        "since": minutes(-10),
        "answer": minutes(4),
        "aged": [now - timedelta(seconds=12), minutes(-7), minutes(-48), None],
        "steps": steps([_("Routed"), _("To accept"), _("Packed"), _("Shipped")], 1),
        "timeline": _timeline(now),
        "terms": _terms(),
        "segments": [
            Segment(_("Available"), "?figure=available", current=True),
            Segment(_("On hand"), "?figure=on-hand"),
        ],
        "points": [3, 5, 4, 8, 7, 9, 12, 11, 14],
        "amounts": [Decimal("1488.00"), Decimal("-12.5")],
        "form": SampleForm(),
        "invalid": SampleForm({"name": "", "quantity": "0", "location": "brest", "reason": "found"}),
    }


def _timeline(now: datetime) -> list[Moment]:
    return [
        Moment(
            _("Rerouted"),
            now - timedelta(minutes=1),
            "route",
            "accent",
            text="Nantes Crébillon",
            actor="France B2C v12",
            id="1",
        ),
        Moment(
            _("Refused"),
            now - timedelta(minutes=2),
            "circle-x",
            "bad",
            text=_("Not found"),
            actor="Hugo Lemaire",
            id="2",
        ),
        Moment(
            _("Payment captured"),
            now - timedelta(hours=30),
            "credit-card",
            "good",
            actor="Shopify",
            more='{"amount": "187.90"}',
        ),
    ]


def _terms() -> list[Term]:
    return [
        Term("14", _("On hand")),
        Term("5", _("Reserved"), sign="\N{MINUS SIGN}"),
        Term("2", _("Buffer"), sign="\N{MINUS SIGN}"),
        Term("7", _("Available"), sign="=", result=True),
    ]
