"""Which connectors are installed: Baton's own and those that packages announce as `baton.connectors`."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from channels.connectors.base import Connector
from channels.connectors.errors import UnknownConnectorError
from channels.connectors.wiring import Wiring

GROUP = "baton.connectors"

_BUILT_IN = (
    EntryPoint("woocommerce", "channels.connectors.woocommerce.connector:WooCommerce", GROUP),
    EntryPoint("shopify", "channels.connectors.shopify.connector:Shopify", GROUP),
)


def kinds() -> list[str]:
    """The kinds that can be connected, in alphabetical order."""
    return sorted(_announced())


def connector_class(kind: str) -> type[Connector]:
    """The class for a kind. Raises UnknownConnectorError, or TypeError when a package announces something else."""
    try:
        found = _announced()[kind]
    except KeyError:
        raise UnknownConnectorError(f"No connector of kind {kind!r} is installed.") from None
    return _load(found)


def connect(kind: str, settings: Mapping[str, Any], wiring: Wiring | None = None) -> Connector:
    """A connector of a kind for these settings. Raises UnknownConnectorError, SettingsError."""
    return connector_class(kind).connect(settings, wiring)


@cache
def _announced() -> dict[str, EntryPoint]:
    """Installed packages may not replace a built-in kind."""
    found = {each.name: each for each in entry_points(group=GROUP)}
    return found | {each.name: each for each in _BUILT_IN}


@cache
def _load(found: EntryPoint) -> type[Connector]:
    loaded = found.load()
    if not (isinstance(loaded, type) and issubclass(loaded, Connector) and loaded.kind == found.name):
        raise TypeError(f"{found.value} announced as {found.name!r} is not a Connector of that kind.")
    return loaded
