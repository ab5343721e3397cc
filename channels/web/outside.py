"""Views that talk to a channel: a transaction must not stay open while another company's server thinks."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http.response import HttpResponseBase

V = TypeVar("V", bound="Callable[..., HttpResponseBase]")


def outside_scope(view: V) -> V:
    """Check the access in the tenant's scope, then run the view outside it; it opens the scopes that it needs."""
    vars(view)["tenant_scope_inside"] = frozenset({"GET", "POST"})
    return view
