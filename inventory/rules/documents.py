"""Which state of a document may follow which. What is not listed is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inventory.enums import CountState, PurchaseState, TransferState

if TYPE_CHECKING:
    from collections.abc import Mapping

    Moves = Mapping[str, frozenset[str]]

PURCHASE: Moves = {
    PurchaseState.DRAFT: frozenset({PurchaseState.CONFIRMED, PurchaseState.CANCELLED}),
    PurchaseState.CONFIRMED: frozenset({PurchaseState.RECEIVING, PurchaseState.CANCELLED}),
    PurchaseState.RECEIVING: frozenset({PurchaseState.RECEIVING, PurchaseState.CLOSED}),
    PurchaseState.CLOSED: frozenset(),
    PurchaseState.CANCELLED: frozenset(),
}
TRANSFER: Moves = {
    TransferState.PROPOSED: frozenset({TransferState.REQUESTED, TransferState.CANCELLED}),
    TransferState.REQUESTED: frozenset({TransferState.DISPATCHED, TransferState.CANCELLED}),
    TransferState.DISPATCHED: frozenset({TransferState.RECEIVED, TransferState.CLOSED}),
    TransferState.RECEIVED: frozenset({TransferState.CLOSED}),
    TransferState.CLOSED: frozenset(),
    TransferState.CANCELLED: frozenset(),
}
COUNT: Moves = {
    CountState.COUNTING: frozenset({CountState.REVIEW, CountState.CANCELLED}),
    CountState.REVIEW: frozenset({CountState.COUNTING, CountState.POSTED, CountState.CANCELLED}),
    CountState.POSTED: frozenset(),
    CountState.CANCELLED: frozenset(),
}


def may_become(moves: Moves, state: str, wanted: str) -> bool:
    """Whether a document of that state may take the wanted one."""
    return wanted in moves[state]
