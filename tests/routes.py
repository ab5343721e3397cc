"""Every address of the product that is our own, as the URL resolver knows them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.urls import URLPattern, get_resolver
from django.urls.resolvers import RoutePattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOMS = ("oms.", "inventory.", "orchestration.", "channels.", "returns.", "analytics.")
PARAMETER = re.compile(r"<(?:[^>:]+:)?([^>]+)>")


@dataclass(frozen=True)
class Route:
    """An address with its parameters, and the view behind it."""

    address: str
    view: Callable[..., Any]
    parameters: dict[str, str] = field(default_factory=dict)

    @property
    def cls(self) -> Any:
        """The viewset, or None of a function."""
        return getattr(self.view, "cls", None)

    @property
    def actions(self) -> dict[str, str]:
        """A viewset's actions by method, without the ones that follow from others."""
        found = getattr(self.view, "actions", None) or {}
        return {method.upper(): action for method, action in found.items() if method != "head"}

    def at(self, **values: object) -> str:
        """The address with its parameters filled in."""
        return "/" + PARAMETER.sub(lambda found: str(values[found[1]]), self.address)

    def __str__(self) -> str:
        return "/" + PARAMETER.sub(r"{\1}", self.address)


def routes() -> list[Route]:
    """All our own, in the order of their addresses."""
    found = [route for route in _walk(get_resolver().url_patterns, "", {}) if module_of(route).startswith(ROOMS)]
    return sorted(found, key=str)


def module_of(route: Route) -> str:
    return (route.cls or route.view).__module__


def _walk(patterns: list[Any], before: str, parameters: dict[str, str]) -> Iterator[Route]:
    for each in patterns:
        if not isinstance(each.pattern, RoutePattern):
            continue
        converters = {name: type(converter).__name__ for name, converter in each.pattern.converters.items()}
        address, known = before + str(each.pattern), parameters | converters
        if isinstance(each, URLPattern):
            yield Route(address, each.callback, known)
        else:
            yield from _walk(each.url_patterns, address, known)
