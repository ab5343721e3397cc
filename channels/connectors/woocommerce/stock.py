"""Write stock in WooCommerce's batches: products together, variations by parent, each answer checked."""

from collections.abc import Iterator, Sequence

from channels.connectors.enums import ErrorKind
from channels.connectors.errors import ConnectorError
from channels.connectors.types import PushResult, StockPush
from channels.connectors.woocommerce.client import MAX_PAGE_SIZE, Client
from channels.connectors.woocommerce.listing_mapping import push_result, refused, stock_update

_Numbered = tuple[int, StockPush]


def push_levels(client: Client, levels: Sequence[StockPush], *, manage_stock: bool) -> list[PushResult]:
    """One result per level. Once a batch was acknowledged, a later failure is told per level, not raised."""
    results = {at: problem for at, each in enumerate(levels) if (problem := _unsendable(each)) is not None}
    sendable = [(at, each) for at, each in enumerate(levels) if at not in results]
    acknowledged, failure = False, None
    for parent_id, batch in _batches(sendable):
        if failure is None:
            try:
                results |= _push(client, parent_id, batch, manage_stock=manage_stock)
                acknowledged = True
                continue
            except ConnectorError as problem:
                if not acknowledged:
                    raise
                failure = problem
        results |= {at: refused(each, failure.message, failure.kind) for at, each in batch}
    return [results[at] for at in range(len(levels))]


def _push(client: Client, parent_id: str, batch: Sequence[_Numbered], *, manage_stock: bool) -> dict[int, PushResult]:
    updates = [stock_update(each, manage_stock=manage_stock) for _, each in batch]
    answers = client.update_products(updates, parent_id)
    if len(answers) != len(batch):
        raise ConnectorError("WooCommerce answered another number of products than asked.", kind=ErrorKind.CONTRACT)
    return {at: push_result(each, answer) for (at, each), answer in zip(batch, answers, strict=True)}


def _batches(levels: Sequence[_Numbered]) -> Iterator[tuple[str, list[_Numbered]]]:
    groups: dict[str, list[_Numbered]] = {}
    for at, each in levels:
        parent_id = each.listing.product_id if each.listing.variant_id else ""
        groups.setdefault(parent_id, []).append((at, each))
    for parent_id, group in groups.items():
        for start in range(0, len(group), MAX_PAGE_SIZE):
            yield parent_id, group[start : start + MAX_PAGE_SIZE]


def _unsendable(level: StockPush) -> PushResult | None:
    """A batch skips the shop's own validation, and would turn a wrong quantity into 0."""
    number = level.listing.variant_id or level.listing.product_id
    if not number.isdecimal():
        return refused(level, "The listing has no product number.")
    if level.quantity < 0:
        return refused(level, "A stock below zero is not sent.")
    return None
