"""How people sign in: no open registration; where the tenant demands it, no page without a second factor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.adapter import DefaultAccountAdapter

if TYPE_CHECKING:
    from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # the package is untyped
    """People are invited by a tenant, so nobody signs up alone."""

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        return False
