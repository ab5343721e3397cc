"""An order's timeline: newest first, with the technical events folded."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import ngettext

from oms.web.parts import Moment
from orchestration.web.orders.sentences import Sentence, Teller, sentence_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from oms.events.models import Event
    from orchestration.web.orders.dossier import Dossier

MOST_DETAILS = 3


def history_of(dossier: Dossier, language: str) -> list[Moment]:
    """The moments of the timeline."""
    return moments(reversed(dossier.events), Teller(dossier, language))


def moments(events: Iterable[Event], teller: Teller) -> list[Moment]:
    """Events as people read them. A few technical ones are details of what they led to; many are a moment of their own."""
    told = [(event, sentence_of(event, teller)) for event in events]
    shown: list[Moment] = []
    for is_technical, run in groupby(told, key=lambda pair: pair[1].technical):
        pairs = list(run)
        if not is_technical:
            shown += [_moment(event, sentence) for event, sentence in pairs]
        elif shown and len(pairs) <= MOST_DETAILS:
            shown[-1] = replace(shown[-1], more=_lines(pairs))
        else:
            shown.append(_folded(pairs))
    return shown


def _moment(event: Event, sentence: Sentence) -> Moment:
    return Moment(
        title=sentence.title,
        text=sentence.text,
        at=event.recorded_at,
        icon=sentence.icon,
        tone=sentence.tone,
        actor=_actor(event, sentence),
        id=str(event.pk),
    )


def _actor(event: Event, sentence: Sentence) -> str:
    """Who did it: a person by name; the rules or the channel say more than the name of the system does."""
    if event.actor.get("kind") == "SYSTEM" and sentence.actor:
        return sentence.actor
    return event.actor.get("label", "") or sentence.actor


def _lines(pairs: Sequence[tuple[Event, Sentence]]) -> str:
    return "\n".join(
        f"{date_format(timezone.localtime(event.recorded_at), 'H:i:s')}  {sentence.title}"
        + (f", {sentence.text}" if sentence.text else "")
        for event, sentence in pairs
    )


def _folded(pairs: Sequence[tuple[Event, Sentence]]) -> Moment:
    title = ngettext("%(count)s technical event", "%(count)s technical events", len(pairs)) % {"count": len(pairs)}
    newest = pairs[0][0]
    return Moment(title=title, at=newest.recorded_at, icon="code", more=_lines(pairs))


def as_json(events: Iterable[Event]) -> str:
    """The events as the API and webhooks tell them."""
    rows = [
        {
            "id": str(event.pk),
            "sequence": event.sequence,
            "kind": event.kind,
            "recorded_at": event.recorded_at.isoformat(),
            "actor": event.actor,
            "request_id": event.request_id,
            "payload": event.payload,
        }
        for event in events
    ]
    return json.dumps(rows, ensure_ascii=False, indent=2)
