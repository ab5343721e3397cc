import pytest

from channels.connectors.errors import SettingsError, UnknownConnectorError
from channels.connectors.fields import webhook_secrets
from channels.connectors.registry import connect, connector_class, kinds


def problems_of(kind, **settings) -> dict[str, str]:
    with pytest.raises(SettingsError) as raised:
        connect(kind, settings)
    return raised.value.problems


def test_every_wrong_setting_is_named_at_once() -> None:
    found = problems_of("woocommerce", url="ftp://shop.example", consumer_key=" ", colour="red", manage_stock="perhaps")

    assert set(found) == {"url", "consumer_key", "consumer_secret", "colour", "manage_stock"}


@pytest.mark.parametrize(
    "url", ["shop.example", "https://", "https://user:pass@shop.example", "http://[::1", "https://x:99999"]
)
def test_what_is_not_a_web_address_is_refused(url) -> None:
    assert "url" in problems_of("woocommerce", url=url, consumer_key="k", consumer_secret="s")


def test_at_least_one_call_a_second_is_made() -> None:
    found = problems_of(
        "woocommerce", url="https://shop.example", consumer_key="k", consumer_secret="s", calls_per_second=0
    )

    assert set(found) == {"calls_per_second"}


def test_statuses_of_extensions_must_name_a_known_state() -> None:
    found = problems_of(
        "woocommerce", url="https://shop.example", consumer_key="k", consumer_secret="s", extra_statuses="packing=SOON"
    )

    assert "TO_FULFIL" in found["extra_statuses"]


@pytest.mark.parametrize(
    "shop", ["", "evil.example/.myshopify.com", "a b.myshopify.com", "x@y.myshopify.com", "é.myshopify.com"]
)
def test_a_shopify_domain_cannot_point_elsewhere(shop) -> None:
    assert "shop" in problems_of("shopify", shop=shop, access_token="t")


def test_shopify_needs_a_token_or_credentials() -> None:
    assert "access_token" in problems_of("shopify", shop="boutique.myshopify.com", client_id="only")


def test_webhook_secrets_come_newest_first() -> None:
    settings = {"webhook_secret": "new", "previous_webhook_secret": "old", "client_secret": "app"}

    assert webhook_secrets(settings) == ("new", "old")
    assert connector_class("shopify").webhook_secrets(settings) == ("new", "old", "app")
    assert connector_class("woocommerce").webhook_secrets({}) == ()


def test_only_installed_kinds_can_be_connected() -> None:
    with pytest.raises(UnknownConnectorError):
        connect("kaufhaus", {})

    assert kinds() == ["shopify", "woocommerce"]
