"""What each kind of event says to people. A kind without a teller is shown by its code, folded with the technical ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from oms.fulfilment import events as work
from oms.fulfilment.enums import HandoverProof, RefusalReason, StockEffect
from oms.orders import events as told
from oms.orders.enums import HoldReason, PaymentState
from oms.web import formats
from orchestration import events as routing
from orchestration.rules.wording import words
from orchestration.web.orders.forms import CancelReason
from orchestration.web.orders.panels import TRIGGERS, rules_name

if TYPE_CHECKING:
    from oms.events.models import Event
    from orchestration.web.orders.dossier import Dossier

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One line of the timeline: a bold beginning, the rest of it, its sign. Technical ones are folded."""

    title: str
    text: str = ""
    icon: str = "point"
    tone: str = ""
    actor: str = ""
    technical: bool = False


@dataclass(frozen=True, slots=True)
class Teller:
    """What sentences need besides the event."""

    dossier: Dossier
    language: str

    def place(self, payload: Payload) -> str:
        return self.dossier.places.get(str(payload.get("location")), "")

    def work_place(self, payload: Payload) -> str:
        """The location of the fulfilment order that the event is about."""
        for each in self.dossier.works:
            if str(each.pk) == payload.get("fulfilment"):
                return str(each.location.name)
        return self.place(payload)

    def rules(self, payload: Payload) -> str:
        found = next((d for d in self.dossier.decisions if str(d.id) == payload.get("decision")), None)
        return _("Rules %(name)s") % {"name": rules_name(found.decision)} if found else ""

    def reason(self, code: str) -> str:
        """A reason in words, whichever room wrote it."""
        for known in (CancelReason, HoldReason, RefusalReason):
            if code in known.values:
                return str(known(code).label)
        key, speech = f"parked.{code}", words(self.language)
        return speech.say(key, n="", asked="", available="").strip() if speech.has(key) else code


def _accepted(teller: Teller, payload: Payload) -> Sentence:
    order = teller.dossier.order
    source = f"{order.channel.name} {payload.get('external_number', '')}".strip()
    return Sentence(
        _("Order received"), formats.units(payload.get("units", order.units)), icon="shopping-cart", actor=source
    )


def _changed(_teller: Teller, payload: Payload) -> Sentence:
    before, after = payload.get("payment", ("", ""))
    labels = dict(PaymentState.choices)
    text = _("%(before)s, then %(after)s") % {"before": labels.get(before, before), "after": labels.get(after, after)}
    return Sentence(_("Payment changed"), text, icon="credit-card", tone="info")


def _held(teller: Teller, payload: Payload) -> Sentence:
    text = ". ".join(part for part in (teller.reason(payload.get("reason", "")), payload.get("note", "")) if part)
    return Sentence(_("Put on hold"), text, icon="player-pause")


def _released(_teller: Teller, _payload: Payload) -> Sentence:
    return Sentence(_("Released"), icon="player-play", tone="good")


def _cancelled(teller: Teller, payload: Payload) -> Sentence:
    count = sum(unit["quantity"] for unit in payload.get("units", ()))
    text = _("%(units)s: %(reason)s") % {
        "units": formats.units(count),
        "reason": teller.reason(payload.get("reason", "")),
    }
    return Sentence(_("Cancelled"), text, icon="ban")


def _note(_teller: Teller, payload: Payload) -> Sentence:
    return Sentence(_("Note"), payload.get("text", ""), icon="message")


def _created(teller: Teller, payload: Payload) -> Sentence:
    text = _("%(number)s, %(units)s") % {
        "number": payload.get("number", ""),
        "units": formats.units(payload.get("units", 0)),
    }
    return Sentence(
        _("Given to %(location)s") % {"location": teller.place(payload)}, text, icon="inbox", technical=True
    )


def _work_accepted(teller: Teller, payload: Payload) -> Sentence:
    return Sentence(_("Accepted"), teller.place(payload), icon="check")


def _refused(teller: Teller, payload: Payload) -> Sentence:
    text = _("by %(location)s, %(units)s: %(reason)s. %(effect)s.") % {
        "location": teller.place(payload),
        "units": formats.units(payload.get("units", 0)),
        "reason": teller.reason(payload.get("reason", "")),
        "effect": dict(StockEffect.choices).get(payload.get("effect", ""), ""),
    }
    return Sentence(_("Refused"), text, icon="circle-x", tone="bad")


def _expired(teller: Teller, payload: Payload) -> Sentence:
    return Sentence(_("No answer in time"), teller.place(payload), icon="clock-x", tone="bad")


def _picked(teller: Teller, payload: Payload) -> Sentence:
    lines = [f"{line['sku']} {line['picked']}/{line['of']}" for line in payload.get("lines", ())]
    return Sentence(_("Picked"), ", ".join(lines), icon="basket-check", tone="info", actor=teller.work_place(payload))


def _packed(teller: Teller, payload: Payload) -> Sentence:
    text = _("%(units)s, %(location)s") % {
        "units": formats.units(payload.get("units", 0)),
        "location": teller.place(payload),
    }
    return Sentence(_("Packed"), text, icon="package", tone="info")


def _shipped(teller: Teller, payload: Payload) -> Sentence:
    parcels = [f"{each['carrier']} {each['number']}".strip() for each in payload.get("parcels", ())]
    text = ", ".join([teller.place(payload), *parcels])
    return Sentence(_("Shipped"), text, icon="truck-delivery", tone="good")


def _ready(teller: Teller, payload: Payload) -> Sentence:
    shelf = _("shelf %(shelf)s") % {"shelf": payload["shelf"]} if payload.get("shelf") else ""
    text = ", ".join(part for part in (teller.place(payload), shelf) if part)
    return Sentence(_("Ready for pickup"), text, icon="building-store", tone="good")


def _collected(teller: Teller, payload: Payload) -> Sentence:
    proof = dict(HandoverProof.choices).get(payload.get("proof", ""), "")
    text = ", ".join(str(part) for part in (teller.place(payload), proof) if part)
    return Sentence(_("Collected"), text, icon="user-check", tone="good")


def _withdrawn(teller: Teller, payload: Payload) -> Sentence:
    text = _("from %(location)s, %(units)s") % {
        "location": teller.place(payload),
        "units": formats.units(payload.get("units", 0)),
    }
    return Sentence(_("Work withdrawn"), text, icon="arrow-back-up", technical=True)


def _routed(teller: Teller, payload: Payload) -> Sentence:
    names = {str(each.pk): each.location.name for each in teller.dossier.works}
    places = [names[pk] for pk in payload.get("fulfilments", ()) if pk in names]
    title = _("Split over %(count)s locations") % {"count": len(places)} if len(places) > 1 else _("Routed")
    trigger = TRIGGERS.get(payload.get("trigger", ""), "")
    text = ", ".join([*places, str(trigger)]) if trigger else ", ".join(places)
    return Sentence(title, text, icon="route", tone="accent", actor=teller.rules(payload))


def _parked(teller: Teller, payload: Payload) -> Sentence:
    reasons = ", ".join(teller.reason(code) for code in payload.get("reasons", ()))
    text = _("%(units)s: %(reason)s") % {"units": formats.units(payload.get("parked", 0)), "reason": reasons}
    return Sentence(_("No location found"), text, icon="route-off", tone="bad", actor=teller.rules(payload))


def _forced(teller: Teller, payload: Payload) -> Sentence:
    text = _("%(location)s: %(reason)s") % {"location": teller.place(payload), "reason": payload.get("reason", "")}
    return Sentence(_("Location chosen by a person"), text, icon="map-pin", tone="accent")


SENTENCES: Mapping[str, Callable[[Teller, Payload], Sentence]] = {
    told.ORDER_ACCEPTED: _accepted,
    told.ORDER_CHANGED: _changed,
    told.ORDER_HELD: _held,
    told.ORDER_RELEASED: _released,
    told.UNITS_CANCELLED: _cancelled,
    told.ORDER_NOTE: _note,
    work.FULFILMENT_CREATED: _created,
    work.FULFILMENT_ACCEPTED: _work_accepted,
    work.FULFILMENT_REFUSED: _refused,
    work.FULFILMENT_EXPIRED: _expired,
    work.FULFILMENT_PICKED: _picked,
    work.FULFILMENT_PACKED: _packed,
    work.FULFILMENT_SHIPPED: _shipped,
    work.FULFILMENT_READY: _ready,
    work.FULFILMENT_COLLECTED: _collected,
    work.FULFILMENT_CANCELLED: _withdrawn,
    routing.ORDER_ROUTED: _routed,
    routing.ORDER_PARKED: _parked,
    routing.ORDER_FORCED: _forced,
}


def sentence_of(event: Event, teller: Teller) -> Sentence:
    """What an event says."""
    found = SENTENCES.get(event.kind)
    return found(teller, event.payload) if found else Sentence(event.kind, icon="point", technical=True)
