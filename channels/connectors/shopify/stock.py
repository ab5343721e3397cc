"""Write stock: one atomic mutation; what it refuses is taken out and the rest is sent again."""

import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from channels.connectors.enums import ErrorKind
from channels.connectors.shopify import queries
from channels.connectors.shopify.client import Client
from channels.connectors.shopify.config import gid
from channels.connectors.types import Listing, PushResult, StockPush, StockReading

MAX_BATCH = 250
_READ_BATCH = 50
_MOST_ROUNDS = 5
_TRANSIENT = frozenset({"IDEMPOTENCY_CONCURRENT_REQUEST", "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"})
_GONE = frozenset({"INVALID_INVENTORY_ITEM"})
_HIGHEST = 1_000_000_000
_Record = Mapping[str, Any]


def push_levels(client: Client, levels: Sequence[StockPush], location_id: str, key: str) -> list[PushResult]:
    """One result per level. The same key with the same levels may be sent again."""
    results = {at: problem for at, each in enumerate(levels) if (problem := _unsendable(each)) is not None}
    waiting = {at: each for at, each in enumerate(levels) if at not in results}
    for attempt in range(_MOST_ROUNDS):
        if not waiting:
            break
        errors = _send(client, waiting, location_id, _attempt_key(key, attempt))
        refused = _by_level(errors, list(waiting))
        if not errors:
            results |= {at: _accepted(each) for at, each in waiting.items()}
            waiting = {}
        for at, error in refused.items():
            results[at] = _refused(waiting.pop(at), error)
    results |= {at: _refused(each, {"message": "Shopify refused the batch."}) for at, each in waiting.items()}
    return [results[at] for at in range(len(levels))]


def read_levels(client: Client, listings: Sequence[Listing], location_id: str) -> list[StockReading]:
    known: dict[str, int | None] = {}
    for start in range(0, len(listings), _READ_BATCH):
        ids = [each.inventory_id for each in listings[start : start + _READ_BATCH]]
        nodes = client.run("stock.read", queries.STOCK, {"ids": ids, "location": location_id}).get("nodes", [])
        known |= {str(each["id"]): _available(each) for each in nodes if isinstance(each, Mapping) and "id" in each}
    return [StockReading(listing=each, quantity=known.get(each.inventory_id)) for each in listings]


def listing(variant: _Record) -> Listing:
    item = variant.get("inventoryItem") or {}
    return Listing(
        external_id=str(variant["id"]),
        sku=str(variant.get("sku") or "").strip(),
        product_id=str((variant.get("product") or {}).get("id") or ""),
        variant_id=str(variant["id"]),
        inventory_id=str(item.get("id") or ""),
        title=str(variant.get("displayName") or ""),
        barcode=str(variant.get("barcode") or "").strip(),
        stock_managed=bool(item.get("tracked")),
    )


def _send(client: Client, levels: Mapping[int, StockPush], location_id: str, key: str) -> list[_Record]:
    """The user errors; none means every level is set. changeFromQuantity must be there even to skip the compare."""
    quantities = [
        {
            "inventoryItemId": each.listing.inventory_id,
            "locationId": gid("Location", each.location_id) if each.location_id else location_id,
            "quantity": each.quantity,
            "changeFromQuantity": None,
        }
        for each in levels.values()
    ]
    payload = client.mutate(
        "stock.set",
        queries.SET_STOCK,
        {
            "key": key,
            "input": {
                "name": "available",
                "reason": "correction",
                "referenceDocumentUri": f"gid://baton/StockPush/{key}",
                "quantities": quantities,
            },
        },
    )
    return list(payload["userErrors"])


def _by_level(errors: Sequence[_Record], order: Sequence[int]) -> dict[int, _Record]:
    """Which level each error means, by the position in its field path; an error without position means them all."""
    found: dict[int, _Record] = {}
    for error in errors:
        path = ".".join(str(each) for each in error.get("field") or [])
        position = re.search(r"quantities\.(\d+)", path)
        if position is None or int(position[1]) >= len(order):
            return dict.fromkeys(order, error)
        found[order[int(position[1])]] = error
    return found


def _attempt_key(key: str, attempt: int) -> str:
    """The caller's key for the first attempt; a rest is another request and needs another key."""
    if not key:
        return str(uuid.uuid4())
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{key}/{attempt}"))


def _accepted(push: StockPush) -> PushResult:
    return PushResult(listing=push.listing, accepted=True, quantity=push.quantity)


def _refused(push: StockPush, error: _Record) -> PushResult:
    code = str(error.get("code") or "")
    kind = ErrorKind.TRANSIENT if code in _TRANSIENT else ErrorKind.GONE if code in _GONE else ErrorKind.VALIDATION
    return PushResult(listing=push.listing, accepted=False, reason=str(error.get("message") or code), kind=kind)


def _unsendable(push: StockPush) -> PushResult | None:
    if not push.listing.inventory_id:
        return _refused(push, {"message": "The listing has no inventory item."})
    if not 0 <= push.quantity <= _HIGHEST:
        return _refused(push, {"message": "A stock below zero or above a billion is not sent."})
    return None


def _available(item: _Record) -> int | None:
    level = item.get("inventoryLevel")
    if not item.get("tracked") or not isinstance(level, Mapping):
        return None
    return next(
        (int(each["quantity"]) for each in level.get("quantities", []) if each.get("name") == "available"), None
    )
