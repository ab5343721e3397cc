"""Template tags and filters of the shell; what they draw comes from `oms.web.elements`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template
from django.utils.html import format_html, format_html_join

from oms.web import charts, elements, formats
from oms.web.assets import asset_url
from oms.web.deadlines import Deadline
from oms.web.fields import control_of, kind_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime, timedelta
    from decimal import Decimal

    from django.forms import BoundField
    from django.template.context import RequestContext
    from django.utils.safestring import SafeString

register = template.Library()
NOTHING = "\N{EN DASH}"

register.simple_tag(elements.icon, name="icon")
register.simple_tag(elements.pill, name="pill")
register.simple_tag(elements.mark, name="mark")
register.simple_tag(elements.tag, name="tag")
register.simple_tag(elements.channel, name="channel")
register.simple_tag(elements.ref, name="ref")
register.simple_tag(elements.time_of, name="time_of")
register.simple_tag(elements.stock, name="stock")
register.simple_tag(elements.source_age, name="source_age")
register.simple_tag(charts.sparkline, name="sparkline")
register.simple_tag(charts.bar, name="bar")


@register.simple_tag
def countdown(
    due: datetime | None,
    *,
    since: datetime | None = None,
    done: datetime | None = None,
    answer: bool = False,
    left_word: bool = False,
) -> SafeString:
    """`{% countdown order.promised_at done=order.shipped_at %}`."""
    return elements.countdown(Deadline(due, since, done, answer=answer) if due else None, left_word=left_word)


@register.filter
def money(amount: Decimal | None, currency: str) -> str:
    """`{{ order.total|money:order.currency }}`."""
    return NOTHING if amount is None else formats.money(amount, currency)


@register.filter
def number(value: Decimal | None) -> str:
    """Grouped thousands, true minus sign."""
    return NOTHING if value is None else formats.number(value)


@register.filter
def percent(share: float | None, places: int = 1) -> str:
    """0.942 as 94.2%."""
    return NOTHING if share is None else formats.percent(share, places)


@register.filter
def browser(user_agent: str) -> str:
    """`Firefox, Windows`, or the first words of one that we do not know."""
    return formats.browser(user_agent)


@register.filter
def duration(span: timedelta | None) -> str:
    """The two largest units."""
    return NOTHING if span is None else formats.duration(span)


@register.filter
def exact(when: datetime | None) -> str:
    """The whole moment, for titles."""
    return NOTHING if when is None else formats.exact(when)


@register.filter
def day(value: date | None) -> str:
    """A date with its year."""
    return NOTHING if value is None else formats.day(value)


@register.simple_tag
def attributes(attrs: Mapping[str, Any]) -> SafeString:
    """What a component was given and did not declare, as escaped HTML attributes. None and False are left out."""
    shown = attrs.attrs_dict() if hasattr(attrs, "attrs_dict") else dict(attrs)
    pairs = [(name, value) for name, value in shown.items() if value is not None and value is not False]
    return format_html_join("", "{}", ((_attribute(name, value),) for name, value in pairs))


def _attribute(name: str, value: object) -> SafeString:
    if value is True:
        return format_html(" {}", name)
    return format_html(' {}="{}"', name, value)


@register.simple_tag
def stylesheet(path: str) -> SafeString | str:
    """A link to a stylesheet, if the file exists."""
    url = asset_url(path)
    return format_html('<link rel="stylesheet" href="{}">', url) if url else ""


@register.simple_tag
def script(path: str, *, module: bool = True) -> SafeString | str:
    """A deferred script, if the file exists."""
    url = asset_url(path)
    if not url:
        return ""
    return (
        format_html('<script type="module" src="{}"></script>', url)
        if module
        else format_html('<script defer src="{}"></script>', url)
    )


@register.simple_tag
def asset(path: str) -> str:
    """A static file's address, empty when the file does not exist."""
    return asset_url(path)


@register.simple_tag(takes_context=True)
def query(context: RequestContext, **changes: Any) -> str:
    """The present query string with some parameters replaced; None removes one."""
    params = context["request"].GET.copy()
    for name, value in changes.items():
        if value is None or value == "":
            params.pop(name, None)
        else:
            params[name] = str(value)
    return f"?{params.urlencode()}"


@register.simple_tag
def control(field: BoundField, *, placeholder: str = "", size: str = "", autofocus: bool = False) -> SafeString:
    """A form field's control with our classes; Django adds the ids of help and errors."""
    return control_of(field, placeholder=placeholder, size=size, autofocus=autofocus)


@register.filter
def words(values: Sequence[object]) -> str:
    """Values with commas between."""
    return ", ".join(str(value) for value in values)


@register.filter
def control_kind(field: BoundField) -> str:
    """How the field is laid out: line, check, choices or hidden."""
    return kind_of(field)
