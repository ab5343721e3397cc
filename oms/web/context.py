"""What every page's layout needs; worked out only when the layout asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import get_language, get_language_info

from oms.tenancy.queries import tenant_choices
from oms.web.navigation import address, navigation, start_page
from oms.web.words import script_words

if TYPE_CHECKING:
    from django.http import HttpRequest

    from oms.tenancy.models import Tenant, User
    from oms.tenancy.types import Access, TenantChoice
    from oms.web.navigation import Group

THEME_COOKIE = "theme"
THEMES = ("auto", "light", "dark")


@dataclass
class Shell:
    """The layout's view of the request."""

    request: HttpRequest

    @property
    def user(self) -> User | None:
        user = getattr(self.request, "user", None)
        return user if user is not None and user.is_authenticated else None

    @property
    def access(self) -> Access | None:
        return getattr(self.request, "access", None)

    @property
    def tenant(self) -> Tenant | None:
        return getattr(self.request, "tenant", None)

    @cached_property
    def tenants(self) -> list[TenantChoice]:
        return tenant_choices(self.user.pk) if self.user else []

    @cached_property
    def navigation(self) -> list[Group]:
        return navigation(self.request, self.access)

    @property
    def home(self) -> str:
        return start_page(self.access)

    @property
    def theme(self) -> str:
        chosen = self.user.theme if self.user else self.request.COOKIES.get(THEME_COOKIE, "auto")
        return chosen if chosen in THEMES else "auto"

    @property
    def language(self) -> str:
        return get_language() or settings.LANGUAGE_CODE

    @property
    def languages(self) -> list[dict[str, Any]]:
        """Each language under its own name."""
        return [dict(get_language_info(code)) for code, _name in settings.LANGUAGES]

    @property
    def shortcuts(self) -> bool:
        return self.user.shortcuts if self.user else True

    @property
    def here(self) -> str:
        """The page's own address, to come back to."""
        return self.request.get_full_path()

    @cached_property
    def words(self) -> str:
        return script_words()

    @property
    def switch_tenant(self) -> str:
        return address("tenancy:switch") or address("switch-tenant")

    @property
    def time_zone(self) -> str | None:
        """The company's, for pages that are not its own; None before one is chosen."""
        tenant = getattr(self.request, "tenant", None)
        return tenant.time_zone if tenant else None


def shell(request: HttpRequest) -> dict[str, Shell]:
    """Context processor."""
    return {"shell": Shell(request)}
