"""The command palette: go to a page, find an object, do an action. Rooms register what can be found.

from oms.web import palette

def find_orders(request, query):
    return [palette.Result(o.number, url, group=palette.ORDERS, icon="shopping-cart", detail=o.customer, state=o.status) for o in …]

palette.register(find_orders, permission=Permission.ORDERS_READ)      # in the room's AppConfig.ready
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from oms.web.navigation import destinations

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django_stubs_ext import StrOrPromise

    from oms.tenancy.permissions import Permission
    from oms.tenancy.requests import TenantRequest

PER_GROUP = 6
LONGEST_QUERY = 120


@dataclass(frozen=True, slots=True)
class Group:
    """A heading of the results; `rank` orders the headings."""

    key: str
    label: StrOrPromise
    rank: int


GO_TO = Group("go", _("Go to"), 50)
ORDERS = Group("orders", _("Orders"), 10)
CUSTOMERS = Group("customers", _("Customers"), 20)
SKUS = Group("skus", _("SKUs"), 30)
LOCATIONS = Group("locations", _("Locations"), 40)
STOCK_DOCUMENTS = Group("stock-documents", _("Purchase orders, transfers, counts"), 45)
ACTIONS = Group("actions", _("Actions"), 60)


@dataclass(frozen=True, slots=True)
class Result:
    """One thing found. `state` is a key of `oms.web.states`; an exact hit goes first. An action has `post`."""

    label: StrOrPromise
    url: str
    group: Group
    icon: str
    detail: StrOrPromise = ""
    state: str = ""
    exact: bool = False
    post: dict[str, str] = field(default_factory=dict)


class Provider(Protocol):
    """Finds at most a handful of results for a query that is trimmed and not empty, in well under 100 ms."""

    def __call__(self, request: TenantRequest, query: str, /) -> Iterable[Result]: ...


_PROVIDERS: list[tuple[Provider, Permission | None]] = []


def register(provider: Provider, *, permission: Permission | None = None) -> None:
    """Offer what the provider finds to people who have the permission. Registering twice is once."""
    if (provider, permission) not in _PROVIDERS:
        _PROVIDERS.append((provider, permission))


@dataclass(frozen=True, slots=True)
class Found:
    """One heading and what stands under it."""

    group: Group
    results: tuple[Result, ...]


def search(request: TenantRequest, query: str) -> list[Found]:
    """What the query finds for this person, by heading; an empty query shows where one can go."""
    query = " ".join(query.split())[:LONGEST_QUERY]
    found = list(_pages(request, query)) + list(_preferences(request, query))
    if query:
        for provider, permission in _PROVIDERS:
            if permission is None or request.access.may(permission):
                found += islice(provider(request, query), PER_GROUP)
    return _by_group(found)


def exact_hit(found: Iterable[Found]) -> Result | None:
    """The one thing that the query names exactly, if there is one."""
    hits = [result for group in found for result in group.results if result.exact]
    return hits[0] if len(hits) == 1 else None


def folded(text: object) -> str:
    """Without case and accents, so that `commande` finds `Commandes` and `depot` finds `Dépôt`."""
    decomposed = unicodedata.normalize("NFKD", str(text).casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def matches(query: str, *texts: object) -> bool:
    """Every word of the query begins a word of the texts."""
    words = [word for text in texts for word in folded(text).replace("-", " ").split()]
    return all(any(word.startswith(part) for word in words) for part in folded(query).split())


def _by_group(found: Iterable[Result]) -> list[Found]:
    groups: dict[str, list[Result]] = {}
    for result in found:
        groups.setdefault(result.group.key, []).append(result)
    shown = [Found(results[0].group, tuple(sorted(results, key=lambda r: not r.exact))) for results in groups.values()]
    return sorted(shown, key=lambda f: (not any(r.exact for r in f.results), f.group.rank))


def _pages(request: TenantRequest, query: str) -> Iterator[Result]:
    for entry, href in destinations(request.access):
        if matches(query, entry.label, entry.words):
            yield Result(entry.label, href, GO_TO, icon=entry.icon)


def _preferences(_request: TenantRequest, query: str) -> Iterator[Result]:
    theme, language = reverse("web:theme"), reverse("web:language")
    actions = (
        Result(_("Light theme"), theme, ACTIONS, icon="sun", post={"theme": "light"}),
        Result(_("Dark theme"), theme, ACTIONS, icon="moon", post={"theme": "dark"}),
        Result(_("Same theme as the device"), theme, ACTIONS, icon="device-desktop", post={"theme": "auto"}),
        Result("Français", language, ACTIONS, icon="language", detail=_("Language"), post={"language": "fr"}),
        Result("English", language, ACTIONS, icon="language", detail=_("Language"), post={"language": "en"}),
        Result(_("Keyboard shortcuts"), reverse("web:shortcuts"), ACTIONS, icon="keyboard"),
    )
    if query:
        yield from (action for action in actions if matches(query, action.label, action.detail))
