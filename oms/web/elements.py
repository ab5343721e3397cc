"""The smallest parts of a page, as safe HTML: icon, pill, tag, channel, reference, countdown, moment, stock cell.

Components in templates/components and table cells are made of these, so that a state looks the same everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from oms.web import formats
from oms.web.assets import asset_url
from oms.web.deadlines import ICONS, Deadline, Urgency
from oms.web.states import LOUD_TONES, state_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SPRITE = "lib/icons.svg"
NOTHING = format_html('<span class="bt-3" aria-hidden="true">{}</span>', "\N{EN DASH}")
SOURCE_AGE_WARN = timedelta(minutes=5)
SOURCE_AGE_BAD = timedelta(minutes=30)
CHANNEL_COLOURS = 7


def icon(name: str, *, size: str = "", tone: str = "", extra: str = "") -> SafeString:
    """An icon of the sprite. `size` is s, l or xl; `tone` colours it. It never speaks: a word stands beside it."""
    classes = " ".join(c for c in ("bt-i", size and f"bt-i-{size}", tone and f"bt-m-{tone}", extra) if c)
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#i-{}"/></svg>', classes, asset_url(SPRITE), name
    )


def pill(key: str, *, quiet: bool = False, label: StrOrPromise = "") -> SafeString:
    """The pill of a known state; quiet in tables, except where a person must act."""
    state = state_of(key)
    return mark(state.tone, state.icon, label or state.label, quiet=quiet)


def mark(tone: str, icon_name: str, label: StrOrPromise, *, quiet: bool = False) -> SafeString:
    """A pill of any tone, for words that are not in the table of states."""
    silent = " bt-pill-quiet" if quiet and tone not in LOUD_TONES else ""
    return format_html('<span class="bt-pill bt-pill-{}{}">{}{}</span>', tone, silent, icon(icon_name), label)


def tag(label: StrOrPromise, *, icon_name: str = "") -> SafeString:
    """A fact without a tone, such as the method of an order."""
    return format_html('<span class="bt-tag">{}{}</span>', icon(icon_name, size="s") if icon_name else "", label)


def channel(name: str, *, colour: int = 1, monogram: str = "", bare: bool = False) -> SafeString:
    """Two letters on the channel's colour, and its name. Colours are 1 to 7, by order of creation."""
    letters = monogram or initials(name)
    shown = format_html('<i aria-hidden="true">{}</i>', letters)
    shade = (colour - 1) % CHANNEL_COLOURS + 1
    if bare:
        return format_html('<span class="bt-ch bt-ch-{}">{}<span class="bt-sr">{}</span></span>', shade, shown, name)
    return format_html('<span class="bt-ch bt-ch-{}">{}{}</span>', shade, shown, name)


def initials(name: str) -> str:
    """`La Redoute` gives LR, `Amazon` gives Am."""
    words = name.split()
    return f"{words[0][0]}{words[1][0]}".upper() if len(words) > 1 else name[:2].capitalize()


def ref(reference: str, url: str = "") -> SafeString:
    """A reference with its constant part in grey and its number strong: CMD-2026-**018388**."""
    prefix, dash, digits = reference.rpartition("-")
    if url:
        return format_html('<a class="bt-ref" href="{}">{}{}<b>{}</b></a>', url, prefix, dash, digits)
    return format_html('<span class="bt-ref">{}{}<b>{}</b></span>', prefix, dash, digits)


def folded(text: str, below: str) -> SafeString:
    """A cell, and below it on a phone what a column says that has no room there."""
    return format_html('{}<span class="bt-folded bt-3">{}</span>', text, below) if below else format_html("{}", text)


def time_of(when: datetime | None, now: datetime | None = None) -> SafeString:
    """A moment in few words, with the exact one as its title."""
    if when is None:
        return NOTHING
    words = formats.moment(when, now or timezone.now())
    return format_html('<time datetime="{}" title="{}">{}</time>', when.isoformat(), formats.exact(when), words)


def countdown(deadline: Deadline | None, now: datetime | None = None, *, left_word: bool = False) -> SafeString:
    """The time left, said by the server; countdown.js goes on from there without asking the device's clock."""
    if deadline is None:
        return NOTHING
    at = now or timezone.now()
    urgency = deadline.urgency(at)
    ticking = "" if urgency is Urgency.DONE else _ticking(deadline, at, left_word=left_word)
    return format_html(
        '<time class="bt-cd bt-cd-{}" datetime="{}" title="{}"{}>{}<b>{}</b></time>',
        urgency.value,
        deadline.due.isoformat(),
        formats.exact(deadline.due),
        ticking,
        icon(ICONS[urgency]),
        countdown_words(deadline, at, left_word=left_word),
    )


def countdown_words(deadline: Deadline, now: datetime, *, left_word: bool = False) -> str:
    """What a countdown says at this moment."""
    if deadline.done is not None:
        if deadline.done > deadline.due:
            return _("done %(time)s late") % {"time": formats.duration(deadline.done - deadline.due)}
        return _("kept, %(time)s") % {"time": formats.moment(deadline.done, now)}
    left = deadline.left(now)
    if left < timedelta(0):
        return _("%(time)s late") % {"time": formats.duration(left)}
    if left_word or deadline.urgency(now) is Urgency.LATE:
        return _("%(time)s left") % {"time": formats.duration(left)}
    return formats.duration(left)


def _ticking(deadline: Deadline, now: datetime, *, left_word: bool) -> SafeString:
    return format_html(
        ' data-left="{}" data-soon="{}"{}{}',
        int(deadline.left(now).total_seconds()),
        int(deadline.soon_below().total_seconds()),
        SafeString(" data-answer") if deadline.answer else "",
        SafeString(" data-word") if left_word else "",
    )


@dataclass(frozen=True, slots=True)
class Stock:
    """One number of stock as a cell shows it; `quantity` None is unknown, which is never published."""

    quantity: int | None
    low_below: int | None = None

    @property
    def kind(self) -> str:
        if self.quantity is None:
            return "unk"
        if self.quantity < 0:
            return "neg"
        if self.quantity == 0:
            return "0"
        return "low" if self.low_below is not None and self.quantity < self.low_below else ""


def stock(quantity: int | None, *, low_below: int | None = None) -> SafeString:
    """A quantity that says in an icon and a title when it is low, negative or unknown."""
    cell = Stock(quantity, low_below)
    shown = "?" if quantity is None else formats.number(quantity)
    signs = {"low": "arrow-down", "neg": "alert-triangle"}
    titles = {
        "unk": _("Unknown: the source is too old, nothing is published"),
        "neg": _("Deficit"),
        "low": _("Under the threshold of %(count)s") % {"count": low_below},
    }
    title = titles.get(cell.kind, "")
    return format_html(
        '<span class="bt-sc{}"{}>{}{}{}</span>',
        f" bt-sc-{cell.kind}" if cell.kind else "",
        format_html(' title="{}"', title) if title else "",
        icon(signs[cell.kind]) if cell.kind in signs else "",
        shown,
        format_html('<span class="bt-sr"> ({})</span>', title) if title else "",
    )


def source_age(as_of: datetime | None, now: datetime | None = None) -> SafeString:
    """How old a source's last word is: over 5 minutes to be watched, over 30 too old."""
    if as_of is None:
        return format_html('<span class="bt-age bt-age-bad">{}{}</span>', icon("alert-triangle"), _("never"))
    age = (now or timezone.now()) - as_of
    tone, sign, word = ("", "", "")
    if age > SOURCE_AGE_BAD:
        tone, sign, word = "bad", "alert-triangle", _("too old")
    elif age > SOURCE_AGE_WARN:
        tone, sign, word = "warn", "clock-exclamation", _("to be watched")
    return format_html(
        '<span class="bt-age{}" title="{}">{}{}{}</span>',
        f" bt-age-{tone}" if tone else "",
        formats.exact(as_of),
        icon(sign) if sign else "",
        formats.duration(age),
        format_html('<span class="bt-sr"> ({})</span>', word) if word else "",
    )
