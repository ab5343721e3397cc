"""How connections and what they carry look: one tone, one icon and one word each."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from channels.connectors.errors import UnknownConnectorError
from channels.connectors.registry import connector_class
from channels.enums import ConnectionState
from oms.web import elements, formats

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

    from channels.models import Connection

# Publications slower than this are late: buyers ask for stock that is never older than five minutes.
PUBLICATION_GOAL = timedelta(minutes=5)


def state_pill(row: Connection, *, quiet: bool = False) -> SafeString:
    """What the connection does now."""
    if row.state == ConnectionState.REFUSED:
        return elements.mark("bad", "lock", ConnectionState.REFUSED.label, quiet=quiet)
    if row.state == ConnectionState.PAUSED:
        return elements.pill("paused", quiet=quiet)
    if row.failures:
        return elements.mark("bad", "alert-triangle", _("Not answering"), quiet=quiet)
    return elements.mark("good", "circle-check", ConnectionState.ACTIVE.label, quiet=quiet)


def kind_label(kind: str) -> str:
    """What the connector calls itself."""
    try:
        return connector_class(kind).label
    except UnknownConnectorError:
        return kind


def delay(milliseconds: float | None) -> str:
    """A delay in few words: under a second to the millisecond."""
    if milliseconds is None:
        return "\N{EN DASH}"
    span = timedelta(milliseconds=milliseconds)
    if span < timedelta(seconds=1):
        return _("%(count)s ms") % {"count": formats.number(round(milliseconds))}
    return formats.duration(span)


def is_late(milliseconds: float | None) -> bool:
    return milliseconds is not None and timedelta(milliseconds=milliseconds) > PUBLICATION_GOAL
