"""The choice of a location, and its three queues."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from oms.fulfilment.enums import FulfilmentState
from oms.fulfilment.queries import open_work, queue, queue_sizes
from oms.fulfilment.web.cards import age, cards, short_ref
from oms.fulfilment.web.pages import store_page
from oms.fulfilment.web.places import opening_words, places_of
from oms.tenancy.permissions import Permission
from oms.web.pages import page
from oms.web.palette import matches

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django_stubs_ext import StrOrPromise

    from inventory.models import Location
    from oms.fulfilment.web.cards import Card
    from oms.tenancy.requests import TenantRequest

FIRST, MOST = 50, 500
NEWEST = 100


@dataclass(frozen=True, slots=True)
class Queue:
    """One of the three queues: its key in the address, its label, and the states it gathers."""

    key: str
    label: StrOrPromise
    states: tuple[str, ...]
    nothing: StrOrPromise
    hint: StrOrPromise


ACCEPT = Queue(
    "accept",
    gettext_lazy("To accept"),
    (FulfilmentState.TO_ACCEPT,),
    gettext_lazy("Nothing to accept"),
    gettext_lazy("New orders appear here by themselves."),
)
PICK = Queue(
    "pick",
    gettext_lazy("To pick"),
    (FulfilmentState.ACCEPTED, FulfilmentState.PICKING),
    gettext_lazy("Nothing to pick"),
    gettext_lazy("Orders that you accept appear here."),
)
READY = Queue(
    "ready",
    gettext_lazy("To hand over"),
    (FulfilmentState.PACKED, FulfilmentState.READY_TO_COLLECT),
    gettext_lazy("Nothing to hand over"),
    gettext_lazy("Packed parcels wait here for the carrier or the customer."),
)
QUEUES = {each.key: each for each in (ACCEPT, PICK, READY)}


@dataclass(frozen=True, slots=True)
class Tile:
    """One queue as its tile shows it."""

    key: str
    label: str
    href: str
    count: int
    since: str
    current: bool


@page(Permission.FULFILMENT_WRITE)
def home(request: TenantRequest) -> HttpResponse:
    """The choice of a location; who works at one alone is taken there."""
    places = list(places_of(request.access).filter(active=True))
    if len(places) == 1:
        return redirect("store:queue", places[0].code)
    query = request.GET.get("q", "")
    work = open_work([place.pk for place in places])
    shown = [
        (place, sizes_by_queue(work.get(place.pk, {})))
        for place in places
        if matches(query, place.name, place.code, place.city)
    ]
    # The busiest first; those without work keep the order of their names.
    shown.sort(key=lambda pair: (-pair[1]["accept"], -sum(pair[1].values())))
    return render(request, "store/home.html", {"places": shown, "query": query, "all": len(places)})


def sizes_by_queue(states: Mapping[str, int]) -> dict[str, int]:
    """How much waits in each queue."""
    return {each.key: sum(states.get(state, 0) for state in each.states) for each in QUEUES.values()}


@store_page()
def show_queue(request: TenantRequest, place: Location, key: str = "accept") -> HttpResponse:
    """One queue, the most urgent job first. Asked again with the ETag it gave, it answers 304 while nothing changed."""
    now = timezone.now()
    most = _most(request.GET.get("n", ""))
    jobs = list(queue(place.pk, QUEUES[key].states)[: most + 1])
    tiles = _tiles(place, key, now)
    waiting = [
        [str(pk), short_ref(number)]
        for pk, number in queue(place.pk, ACCEPT.states).values_list("pk", "order__number")[:NEWEST]
    ]
    context: dict[str, Any] = {
        "place": place,
        "queue": QUEUES[key],
        "tiles": tiles,
        "cards": cards(jobs[:most], now),
        "more": min(most * 2, MOST) if len(jobs) > most and most < MOST else None,
        "waiting": json.dumps(waiting),
        "count": tiles[0].count,
        "opening": opening_words(place, now),
        "now": now,
    }
    etag = _etag(context["cards"], tiles, waiting, context["more"])
    if request.htmx and request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": etag})
    part = "#queue" if request.htmx else ""
    response = render(request, f"store/queue.html{part}", {**context, "etag": etag})
    response["ETag"] = etag
    return response


def _tiles(place: Location, key: str, now: datetime) -> list[Tile]:
    sizes = queue_sizes(place.pk)
    found = []
    for each in QUEUES.values():
        mine = [sizes[state] for state in each.states if state in sizes]
        oldest = min((since for _count, since in mine), default=None)
        found.append(
            Tile(
                key=each.key,
                label=str(each.label),
                href=queue_address(place.code, each.key),
                count=sum(count for count, _since in mine),
                since=_("since %(time)s") % {"time": age(now - oldest)} if oldest else "",
                current=each.key == key,
            )
        )
    return found


def queue_address(code: str, key: str) -> str:
    """The address of a queue; the first one has the location's own."""
    return reverse("store:queue", args=[code] if key == "accept" else [code, key])


def _etag(*shown: list[Card] | list[Tile] | list[list[str]] | int | None) -> str:
    """Of what is seen: it changes when a word or a bar on the page does, and not with every second."""
    seen = repr((get_language(), shown)).encode()
    return f'"{hashlib.sha256(seen).hexdigest()[:32]}"'


def _most(given: str) -> int:
    return min(max(int(given), FIRST), MOST) if given.isdecimal() else FIRST
