"""The settings a connection needs, described so that a form can be drawn and checked from them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from channels.connectors.enums import FieldKind
from channels.connectors.errors import SettingsError

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off", ""})


def gettext_noop(text: str) -> str:
    """Mark a string for translation; whoever shows it translates it."""
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One setting. Secrets are stored encrypted and never shown again."""

    name: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    required: bool = False
    help: str = ""
    default: str | int | bool = ""
    choices: tuple[tuple[str, str], ...] = ()
    advanced: bool = False


ALLOW_PRIVATE_ADDRESSES = Field(
    name="allow_private_addresses",
    label=gettext_noop("Allow private addresses"),
    kind=FieldKind.BOOL,
    default=False,
    help=gettext_noop("Only for a shop on this machine or in your own network."),
    advanced=True,
)

CALLS_PER_SECOND = Field(
    name="calls_per_second",
    label=gettext_noop("Calls per second"),
    kind=FieldKind.INTEGER,
    default=20,
    help=gettext_noop("The most that the shop's own server can bear, from all of Baton's workers together."),
    advanced=True,
)

WEBHOOK_SECRET = Field(
    name="webhook_secret",
    label=gettext_noop("Webhook secret"),
    kind=FieldKind.SECRET,
    help=gettext_noop("The channel signs its messages with it. Leave empty to rely on polling alone."),
)
PREVIOUS_WEBHOOK_SECRET = Field(
    name="previous_webhook_secret",
    label=gettext_noop("Previous webhook secret"),
    kind=FieldKind.SECRET,
    help=gettext_noop("Still accepted while the channel changes over to the new secret."),
    advanced=True,
)


def webhook_secrets(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The secrets a delivery may be signed with, newest first."""
    names = (WEBHOOK_SECRET.name, PREVIOUS_WEBHOOK_SECRET.name)
    return tuple(str(settings[name]) for name in names if settings.get(name))


def clean_settings(schema: Iterable[Field], values: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with their defaults and types. Raises SettingsError naming every field that is wrong."""
    known = {each.name: each for each in schema}
    cleaned: dict[str, Any] = {}
    problems = {name: gettext_noop("This setting does not exist.") for name in values if name not in known}
    for name, each in known.items():
        try:
            cleaned[name] = _clean(each, values.get(name))
        except ValueError as problem:
            problems[name] = str(problem)
    if problems:
        raise SettingsError(problems)
    return cleaned


def _clean(each: Field, value: object) -> object:
    if value is None or (isinstance(value, str) and not value.strip()):
        if each.required:
            raise ValueError(gettext_noop("This setting is required."))
        return each.default
    match each.kind:
        case FieldKind.BOOL:
            return _boolean(value)
        case FieldKind.INTEGER:
            return _integer(value)
        case FieldKind.URL:
            return _url(value)
        case FieldKind.CHOICE:
            return _choice(each, value)
        case FieldKind.TEXT | FieldKind.SECRET:
            return str(value).strip()


def _boolean(value: object) -> bool:
    text = str(value).strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError(gettext_noop("Answer yes or no."))


def _integer(value: object) -> int:
    try:
        return int(str(value).strip())
    except ValueError as problem:
        raise ValueError(gettext_noop("This is not a whole number.")) from problem


def _url(value: object) -> str:
    text = str(value).strip().rstrip("/")
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
    except ValueError as problem:
        raise ValueError(gettext_noop("This is not a web address.")) from problem
    if parts.scheme not in {"http", "https"} or not host:
        raise ValueError(gettext_noop("This is not a web address that starts with https:// or http://."))
    if parts.username or parts.password:
        raise ValueError(gettext_noop("Leave user name and password out of the address."))
    return text


def _choice(each: Field, value: object) -> str:
    text = str(value).strip()
    if text not in {name for name, _label in each.choices}:
        raise ValueError(gettext_noop("This is not one of the choices."))
    return text
