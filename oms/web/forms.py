from __future__ import annotations

from django import forms


class SaveViewForm(forms.Form):
    """A name for a list's present filters."""

    page = forms.SlugField(max_length=60)
    name = forms.CharField(max_length=60)
    query = forms.CharField(max_length=2000, required=False)
    shared = forms.BooleanField(required=False)
