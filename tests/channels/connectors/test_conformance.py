"""Every installed connector keeps the contract, against a shop that speaks the real wire format."""

from channels.connectors import conformance
from channels.connectors.base import Connector
from channels.connectors.enums import Capability, StockSemantics
from channels.connectors.registry import connector_class, kinds
from tests.channels.connectors.conftest import KINDS


def test_every_installed_connector_is_tried() -> None:
    assert tuple(kinds()) == KINDS


def test_connector_keeps_the_contract(bench) -> None:
    assert conformance.run(bench) == []


def test_declarations_are_sound() -> None:
    found = {kind: list(conformance.declaration_problems(connector_class(kind))) for kind in kinds()}

    assert found == {kind: [] for kind in kinds()}


def test_a_connector_that_declares_what_it_does_not_do_is_found() -> None:
    class Boaster(Connector):
        kind = "Boaster"
        label = ""
        capabilities = frozenset({Capability.PUSH_STOCK})
        stock_semantics = StockSemantics.AVAILABLE
        settings_schema = ()
        max_stock_batch = 0

        def order(self, external_id):
            return None

    assert list(conformance.declaration_problems(Boaster)) == [
        "kind 'Boaster' is not a lower-case word",
        "there is no label",
        "max_stock_batch is below 1",
        "order and the declaration of PULL_ORDERS do not agree",
        "push_stock and the declaration of PUSH_STOCK do not agree",
    ]
