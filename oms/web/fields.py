"""Form controls in our looks, whatever the widget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from django import forms
from django.urls import reverse_lazy

if TYPE_CHECKING:
    from django.forms import BoundField
    from django.utils.safestring import SafeString


class DayInput(forms.DateInput):
    """A day, chosen from a calendar; a browser reads it in one format whatever the language."""

    input_type = "date"

    def __init__(self, attrs: dict[str, str] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


SKUS = reverse_lazy("inventory:sku-suggestions")
_TYPED = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}


class SkuInput(forms.TextInput):
    """The code of a SKU; while a code, a name or a barcode is typed, the SKUs it may be are offered."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({**_TYPED, "data-suggest": SKUS, **(attrs or {})})


class SkusInput(forms.Textarea):
    """Many codes of SKUs, each offered like one alone: as `items` with commas or line breaks between, or at the beginning of `lines`."""

    def __init__(self, attrs: dict[str, Any] | None = None, *, parts: Literal["items", "lines"] = "items") -> None:
        super().__init__({**_TYPED, "data-suggest": SKUS, "data-parts": parts, **(attrs or {})})


def kind_of(field: BoundField) -> str:
    """How the field is laid out: check, choices, hidden or line."""
    widget = field.field.widget
    if widget.is_hidden:
        return "hidden"
    if isinstance(widget, (forms.RadioSelect, forms.CheckboxSelectMultiple)):
        return "choices"
    return "check" if isinstance(widget, forms.CheckboxInput) else "line"


def control_of(field: BoundField, *, placeholder: str = "", size: str = "", autofocus: bool = False) -> SafeString:
    """The control with the class of its kind and what readers need: required, invalid, described by."""
    attrs: dict[str, str | bool] = {"class": _classes(field, size)}
    usual = str(field.field.widget.attrs.get("placeholder", ""))
    if placeholder:
        attrs["placeholder"] = placeholder
    elif usual:
        # Libraries repeat the label as a placeholder; said once is enough.
        attrs["placeholder"] = False
    if autofocus:
        attrs["autofocus"] = True
    return field.as_widget(attrs=attrs)


def _classes(field: BoundField, size: str) -> str:
    widget = field.field.widget
    own = str(widget.attrs.get("class", ""))
    if isinstance(widget, (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple)):
        base = "bt-check"
    elif isinstance(widget, forms.Select):
        base = "form-select"
    else:
        base = "form-control"
    sized = f"{base}-{size}" if size and base != "bt-check" else ""
    invalid = "is-invalid" if field.errors else ""
    return " ".join(c for c in (own, base, sized, invalid) if c)
