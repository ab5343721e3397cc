"""The rows of an order's lines: what was sold, and what is to be prepared of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oms.orders.models import KitLine, OrderLine
from oms.orders.rules import priced, rounded, shares, weights_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from inventory.types import KitPart
    from oms.orders.types import NewLine


def rows_of_lines(
    order_id: UUID,
    lines: Sequence[NewLine],
    skus: Mapping[str, UUID],
    parts: Mapping[UUID, Sequence[KitPart]],
) -> tuple[list[KitLine], list[OrderLine]]:
    """The kits of an order and the lines to prepare, numbered together: the parts of a kit follow it."""
    kits: list[KitLine] = []
    made: list[OrderLine] = []
    for line in lines:
        fields = {"order_id": order_id, "position": len(kits) + len(made) + 1, **_fields(line, skus[line.sku])}
        if skus[line.sku] in parts:
            kit = KitLine(**fields)
            kits.append(kit)
            made += _parts(kit, parts[kit.sku_id])
        else:
            made.append(OrderLine(**fields))
    return kits, made


def _fields(line: NewLine, sku_id: UUID) -> dict[str, object]:
    return {
        "external_id": line.external_id,
        "sku_id": sku_id,
        "title": line.title[:300],
        "quantity": line.quantity,
        "unit_price": line.unit_price,
        "discount": line.discount,
        "tax": line.tax,
    }


def _parts(kit: KitLine, parts: Sequence[KitPart]) -> list[OrderLine]:
    """A line for each component; together they cost, and are taxed, what the kit is. A discount of theirs is what rounding leaves."""
    weights = weights_of(parts)
    amounts = shares(rounded(kit.unit_price * kit.quantity - kit.discount), weights)
    taxes = shares(rounded(kit.tax), weights)
    lines = []
    for number, (part, amount, tax) in enumerate(zip(parts, amounts, taxes, strict=True), start=1):
        quantity = kit.quantity * part.quantity
        unit_price, discount = priced(amount, quantity)
        lines.append(
            OrderLine(
                order_id=kit.order_id,
                position=kit.position + number,
                kit_id=kit.pk,
                per_kit=part.quantity,
                sku_id=part.sku_id,
                title=part.name[:300],
                quantity=quantity,
                unit_price=unit_price,
                discount=discount,
                tax=tax,
            )
        )
    return lines


def units_of(line: NewLine, skus: Mapping[str, UUID], parts: Mapping[UUID, Sequence[KitPart]]) -> int:
    """How many units are to be prepared of a line."""
    kit = parts.get(skus[line.sku])
    return line.quantity if kit is None else line.quantity * sum(part.quantity for part in kit)
