from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy


class DiscardForm(forms.Form):
    """Why a person gives a delivery up."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=200, help_text=gettext_lazy("It is kept in the audit trail.")
    )
