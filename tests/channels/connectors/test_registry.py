"""A third party adds a connector by installing a package."""

from importlib.metadata import EntryPoint

import pytest

from channels.connectors import registry
from channels.connectors.base import Connector
from channels.connectors.enums import StockSemantics
from channels.connectors.types import CheckReport


class Kaufhaus(Connector):
    kind = "kaufhaus"
    label = "Kaufhaus"
    capabilities = frozenset()
    stock_semantics = StockSemantics.ON_HAND
    settings_schema = ()

    @classmethod
    def connect(cls, settings, wiring=None):
        cls.clean_settings(settings)
        return cls()

    def check(self):
        return CheckReport(shop_name="Kaufhaus")


def announce(monkeypatch, *points: EntryPoint) -> None:
    monkeypatch.setattr(registry, "entry_points", lambda group: points if group == registry.GROUP else ())
    registry._announced.cache_clear()


@pytest.fixture(autouse=True)
def forget():
    yield
    registry._announced.cache_clear()


def test_an_installed_package_adds_its_kind(monkeypatch) -> None:
    announce(monkeypatch, EntryPoint("kaufhaus", f"{__name__}:Kaufhaus", registry.GROUP))
    monkeypatch.setattr(EntryPoint, "load", lambda self: Kaufhaus)

    assert registry.kinds() == ["kaufhaus", "shopify", "woocommerce"]
    assert registry.connect("kaufhaus", {}).check().shop_name == "Kaufhaus"


def test_a_package_cannot_take_the_place_of_a_built_in_kind(monkeypatch) -> None:
    announce(monkeypatch, EntryPoint("shopify", "somewhere.else:Shopify", registry.GROUP))

    assert registry.connector_class("shopify").__module__ == "channels.connectors.shopify.connector"


def test_what_is_no_connector_is_not_loaded(monkeypatch) -> None:
    announce(monkeypatch, EntryPoint("odd", "json:loads", registry.GROUP))

    with pytest.raises(TypeError, match="not a Connector"):
        registry.connector_class("odd")
