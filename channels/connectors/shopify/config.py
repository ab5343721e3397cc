"""What a Shopify connection needs to know."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from channels.connectors.enums import FieldKind
from channels.connectors.errors import SettingsError
from channels.connectors.fields import (
    ALLOW_PRIVATE_ADDRESSES,
    PREVIOUS_WEBHOOK_SECRET,
    WEBHOOK_SECRET,
    Field,
    clean_settings,
    gettext_noop,
)

API_VERSION = "2026-10"
_DOMAIN = ".myshopify.com"

SCHEMA = (
    Field(
        name="shop",
        label=gettext_noop("Shop"),
        help=gettext_noop("The shop's own domain, for example boutique.myshopify.com."),
    ),
    Field(
        name="access_token",
        label=gettext_noop("Admin API access token"),
        kind=FieldKind.SECRET,
        help=gettext_noop("Of an app installed in the shop. Leave empty to use client ID and secret instead."),
    ),
    Field(name="client_id", label=gettext_noop("Client ID")),
    Field(
        name="client_secret",
        label=gettext_noop("Client secret"),
        kind=FieldKind.SECRET,
        help=gettext_noop("Also signs the shop's messages, unless a webhook secret is given."),
    ),
    Field(
        name="location_id",
        label=gettext_noop("Location that receives the stock"),
        help=gettext_noop("The number of the location in Shopify. May be empty where the shop has only one."),
    ),
    WEBHOOK_SECRET,
    PREVIOUS_WEBHOOK_SECRET,
    Field(
        name="api_url",
        label=gettext_noop("API address"),
        kind=FieldKind.URL,
        help=gettext_noop("Only to reach something else than Shopify, such as a simulator."),
        advanced=True,
    ),
    ALLOW_PRIVATE_ADDRESSES,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """`root` is the address before /admin. Either a token or client credentials are there."""

    root: str
    access_token: str
    client_id: str
    client_secret: str
    location_id: str
    allow_private_addresses: bool

    @classmethod
    def parse(cls, settings: Mapping[str, Any]) -> Self:
        """Raises SettingsError."""
        cleaned = clean_settings(SCHEMA, settings)
        has_client = cleaned["client_id"] and cleaned["client_secret"]
        if not cleaned["access_token"] and not has_client:
            raise SettingsError({"access_token": gettext_noop("Give an access token, or client ID and client secret.")})
        return cls(
            root=cleaned["api_url"] or f"https://{_domain(cleaned['shop'])}",
            access_token=cleaned["access_token"],
            client_id=cleaned["client_id"],
            client_secret=cleaned["client_secret"],
            location_id=gid("Location", cleaned["location_id"]) if cleaned["location_id"] else "",
            allow_private_addresses=cleaned["allow_private_addresses"],
        )


def gid(kind: str, number: str) -> str:
    """Shopify's global name of a thing, from its number or from the name itself."""
    return number if number.startswith("gid://") else f"gid://shopify/{kind}/{number}"


def _domain(shop: str) -> str:
    name = shop.strip().lower().removeprefix("https://").removeprefix("http://").strip("/").removesuffix(_DOMAIN)
    if not name or not name.replace("-", "").isalnum() or not name.isascii():
        raise SettingsError({"shop": gettext_noop("This is not the domain of a shop: it ends in .myshopify.com.")})
    return name + _DOMAIN
