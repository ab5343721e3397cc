"""The network and the people of the order pages; the home page counts the same orders."""

from tests.orchestration.conftest import clock, network, place, rivals_order, signed_in

__all__ = ["clock", "network", "place", "rivals_order", "signed_in"]
