"""The side navigation as data: what it shows depends on the routes that exist and on what the person may do."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from django.urls import NoReverseMatch, reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from oms.tenancy.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise

    from oms.tenancy.types import Access


@dataclass(frozen=True, slots=True)
class Count:
    """A figure beside an entry; a loud one asks for action and says what it counts."""

    value: int
    label: StrOrPromise = ""
    loud: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One link. `url` is the name of a route; `count` the dotted path of a function (request) -> Count or None."""

    url: str
    label: StrOrPromise
    icon: str
    permission: Permission | None = None
    count: str = ""
    words: StrOrPromise = ""


@dataclass(frozen=True, slots=True)
class Section:
    label: StrOrPromise
    entries: tuple[Entry, ...]
    foot: bool = False


SECTIONS: tuple[Section, ...] = (
    Section(
        "",
        (
            Entry("home", _("Home"), icon="home", permission=Permission.ORDERS_READ),
            Entry("orders:list", _("Orders"), icon="shopping-cart", permission=Permission.ORDERS_READ),
            Entry("store:home", _("Store app"), icon="device-mobile", permission=Permission.FULFILMENT_WRITE),
            Entry("fulfilment:list", _("Fulfilment orders"), icon="packages", permission=Permission.FULFILMENT_READ),
            Entry("returns:list", _("Returns"), icon="truck-return", permission=Permission.ORDERS_READ),
        ),
    ),
    Section(
        _("Stock"),
        (
            Entry("inventory:matrix", _("Stock by location"), icon="stack-2", permission=Permission.STOCK_READ),
            Entry(
                "inventory:movements", _("Stock movements"), icon="arrows-exchange", permission=Permission.STOCK_READ
            ),
            Entry(
                "inventory:purchase-orders",
                _("Purchasing"),
                icon="truck-loading",
                permission=Permission.STOCK_READ,
                words=_("purchase orders inbound receive supplier"),
            ),
            Entry("inventory:transfers", _("Transfers"), icon="arrows-left-right", permission=Permission.STOCK_READ),
            Entry(
                "inventory:counts",
                _("Counts"),
                icon="clipboard-list",
                permission=Permission.STOCK_READ,
                words=_("inventory shrinkage"),
            ),
            Entry(
                "inventory:imports",
                _("Imports"),
                icon="file-import",
                permission=Permission.STOCK_READ,
                words=_("file CSV Excel upload export"),
            ),
            Entry("inventory:valuation", _("Valuation"), icon="report-money", permission=Permission.STOCK_READ),
            Entry(
                "inventory:buffers",
                _("Buffers"),
                icon="shield-half",
                permission=Permission.STOCK_READ,
                words=_("safety stock threshold hold back"),
            ),
            Entry("inventory:views", _("Stock views"), icon="eye", permission=Permission.STOCK_READ),
            Entry("inventory:skus", _("Catalogue"), icon="tags", permission=Permission.CATALOGUE_READ),
        ),
    ),
    Section(
        _("Sourcing"),
        (
            Entry("orchestration:rulesets", _("Rules"), icon="route", permission=Permission.ROUTING_READ),
            Entry("orchestration:decisions", _("Decisions"), icon="bulb", permission=Permission.ROUTING_READ),
            Entry("orchestration:parked", _("Orders to place"), icon="route-off", permission=Permission.ROUTING_READ),
        ),
    ),
    Section(
        _("Network"),
        (
            Entry("channels:list", _("Channels"), icon="plug", permission=Permission.CHANNELS_READ),
            Entry("inventory:locations", _("Locations"), icon="map-pin", permission=Permission.STOCK_READ),
            Entry("analytics:dashboards", _("Analytics"), icon="chart-bar", permission=Permission.ANALYTICS_READ),
        ),
    ),
    Section(
        _("Account"),
        (
            Entry("events:dead-letters", _("Failed deliveries"), icon="mail-x", permission=Permission.EVENTS_READ),
            Entry(
                "invariants",
                _("Invariants"),
                icon="shield-check",
                permission=Permission.EVENTS_READ,
                count="oms.events.web.monitor.broken",
            ),
            Entry("onboarding", _("Getting started"), icon="list-check", permission=Permission.TENANT_ADMIN),
            Entry("tenancy:settings", _("Settings"), icon="settings", permission=Permission.TENANT_ADMIN),
        ),
        foot=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Link:
    """An entry that this person sees on this page."""

    label: StrOrPromise
    icon: str
    href: str
    current: bool
    count: Count | None = None


@dataclass(frozen=True, slots=True)
class Group:
    label: StrOrPromise
    links: tuple[Link, ...]
    foot: bool


def navigation(request: HttpRequest, access: Access | None) -> list[Group]:
    """The groups of links that the person may follow; a route that does not exist yet is no link."""
    if access is None:
        return []
    current = _current(request.path, access)
    groups = (
        Group(s.label, tuple(_link(request, e, href, current) for e, href in _open(s.entries, access)), s.foot)
        for s in SECTIONS
    )
    return [group for group in groups if group.links]


def destinations(access: Access | None) -> list[tuple[Entry, str]]:
    """Every entry the person may follow, with its address; the palette offers them."""
    return [] if access is None else [pair for section in SECTIONS for pair in _open(section.entries, access)]


def start_page(access: Access | None) -> str:
    """Where a person lands: the first entry that their role opens."""
    found = destinations(access)
    return found[0][1] if found else reverse("web:welcome")


def _open(entries: Iterable[Entry], access: Access) -> list[tuple[Entry, str]]:
    allowed = (e for e in entries if e.permission is None or access.may(e.permission))
    return [(entry, href) for entry in allowed if (href := address(entry.url))]


@lru_cache(maxsize=128)
def address(name: str) -> str:
    """The route's address, or nothing when no room declares it."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _current(path: str, access: Access) -> str:
    """The longest address that the page's own begins with, so that an order's page marks Orders."""
    found = [href for _entry, href in destinations(access) if path == href or (href != "/" and path.startswith(href))]
    return max(found, key=len, default="")


def _link(request: HttpRequest, entry: Entry, href: str, current: str) -> Link:
    counted: Count | None = import_string(entry.count)(request) if entry.count else None
    return Link(entry.label, entry.icon, href, href == current, counted)
