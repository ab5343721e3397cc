"""Forms drawn from what a connector says of its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.connectors.enums import FieldKind
from channels.connectors.registry import connector_class
from inventory.queries import stock_views
from oms.orders.enums import ChannelFamily
from oms.web.fields import SkuInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.forms import BoundField

    from channels.connectors.fields import Field
    from channels.errors import InvalidSettings

PREFIX = "set-"
NOTHING = "\N{EM DASH}"


class SettingsForm(forms.Form):
    """What one kind of connector needs, and what people call the channel. `kept` holds the present settings."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    stock_view = forms.ChoiceField(
        label=gettext_lazy("Stock view"),
        required=False,
        help_text=gettext_lazy("What the channel is told it can sell. Without one: every active location."),
    )

    def __init__(self, kind: str, *args: Any, kept: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.kept = kind, dict(kept or {})
        self.schema = connector_class(kind).settings_schema
        self.fields["stock_view"] = forms.ChoiceField(
            label=_("Stock view"),
            required=False,
            help_text=self.fields["stock_view"].help_text,
            choices=[("", _("All locations")), *((str(view.pk), view.name) for view in stock_views())],
        )
        for each in self.schema:
            self.fields[PREFIX + each.name] = field_of(each, kept=self.kept)

    @property
    def usual(self) -> Iterator[BoundField]:
        """The fields that everybody fills in."""
        hidden = {PREFIX + each.name for each in self.schema if each.advanced}
        return (self[name] for name in self.fields if name not in hidden)

    @property
    def advanced(self) -> list[BoundField]:
        """The fields that few people need."""
        return [self[PREFIX + each.name] for each in self.schema if each.advanced]

    @property
    def settings(self) -> dict[str, Any]:
        """The connector's part; an empty text empties the setting, an empty secret keeps the one that is stored."""
        given = {each.name: self.cleaned_data.get(PREFIX + each.name) for each in self.schema}
        return {name: "" if value is None else value for name, value in given.items()}

    @property
    def channel(self) -> dict[str, Any]:
        """The sales channel's part."""
        return {"name": self.cleaned_data["name"], "stock_view_id": self.cleaned_data["stock_view"] or None}

    def refuse(self, refusal: InvalidSettings) -> None:
        """Say beside each field what the connector refused."""
        problems = refusal.data.get("problems") or {}
        for name, problem in problems.items():
            field = PREFIX + name
            self.add_error(field if field in self.fields else None, _(problem))
        if not problems:
            self.add_error(None, refusal.message)


class ConnectForm(SettingsForm):
    """A new channel."""

    family = forms.ChoiceField(
        label=gettext_lazy("Kind of channel"), choices=ChannelFamily.choices, initial=ChannelFamily.SHOP
    )
    country = forms.RegexField(
        r"^[A-Z]{2}$", label=gettext_lazy("Country"), initial="FR", help_text=gettext_lazy("Two letters, such as FR.")
    )
    currency = forms.RegexField(
        r"^[A-Z]{3}$",
        label=gettext_lazy("Currency"),
        initial="EUR",
        help_text=gettext_lazy("Three letters, such as EUR."),
    )

    @property
    def channel(self) -> dict[str, Any]:
        own = {name: self.cleaned_data[name] for name in ("family", "country", "currency")}
        return {**super().channel, **own}


def field_of(each: Field, *, kept: Mapping[str, Any]) -> forms.Field:
    """The form field of one setting; a secret is never put into the page."""
    common: dict[str, Any] = {
        "label": _(each.label),
        "required": each.required,
        "help_text": _(each.help) if each.help else "",
        "initial": kept.get(each.name, each.default),
    }
    match each.kind:
        case FieldKind.BOOL:
            return forms.BooleanField(**{**common, "required": False})
        case FieldKind.INTEGER:
            return forms.IntegerField(**common)
        case FieldKind.CHOICE:
            choices = [(value, _(label)) for value, label in each.choices]
            return forms.ChoiceField(choices=choices if each.required else [("", NOTHING), *choices], **common)
        case FieldKind.URL:
            return forms.CharField(widget=forms.URLInput(), max_length=500, **common)
        case FieldKind.SECRET:
            return _secret(common, is_kept=bool(kept.get(each.name)))
        case FieldKind.TEXT:
            return forms.CharField(max_length=500, **common)


def _secret(common: dict[str, Any], *, is_kept: bool) -> forms.Field:
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password", "spellcheck": "false"})
    if not is_kept:
        return forms.CharField(widget=widget, max_length=2000, **{**common, "initial": ""})
    words = _("One is stored and never shown again. Leave empty to keep it.")
    return forms.CharField(
        widget=widget, max_length=2000, **{**common, "initial": "", "required": False, "help_text": words}
    )


class LinkForm(forms.Form):
    """Which SKU a listing is."""

    sku = forms.CharField(label=gettext_lazy("SKU"), max_length=100, widget=SkuInput)


class DiscardForm(forms.Form):
    """Why a person gives something up."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=200, help_text=gettext_lazy("It is kept in the audit trail.")
    )
