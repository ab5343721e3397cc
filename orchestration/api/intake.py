"""From a JSON order to the order that the rooms know, and from what became of it to its answer."""

from __future__ import annotations

from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from rest_framework.serializers import ValidationError

from oms.orders.errors import InvalidOrder
from oms.orders.types import Address, NewLine, NewOrder
from oms.rest.problems import located, problem_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from oms.orders.types import Intake

LARGEST_TOTAL = Decimal("999999999999.99")
CENT = Decimal("0.01")
SAME = (
    "external_id",
    "external_number",
    "kind",
    "method",
    "payment_state",
    "shipping",
    "fees",
    "discount",
    "tax",
    "priority",
    "promised_at",
    "ship_by",
    "note",
    "collect_location",
)


def to_new_order(body: Mapping[str, Any], channels: Mapping[str, tuple[UUID, str]], *, now: datetime) -> NewOrder:
    """The order of a valid body; `channels` gives each code's id and currency. Raises InvalidOrder, ValidationError."""
    if body["channel"] not in channels:
        raise InvalidOrder(f"There is no channel {body['channel']}.", field="channel")
    channel_id, currency = channels[body["channel"]]
    lines = tuple(NewLine(**line) for line in body["lines"])
    customer = body.get("customer", {})
    return NewOrder(
        channel_id=channel_id,
        lines=lines,
        currency=body.get("currency", currency),
        total=body["total"] if "total" in body else _sum(body, lines),
        placed_at=body.get("placed_at") or now,
        tags=tuple(body["tags"]),
        customer_name=customer.get("name", ""),
        customer_email=customer.get("email", ""),
        customer_phone=customer.get("phone", ""),
        ship_to=Address(**body.get("ship_to", {})),
        bill_to=Address(**body.get("bill_to", {})),
        **{name: body[name] for name in SAME},
    )


def _sum(body: Mapping[str, Any], lines: tuple[NewLine, ...]) -> Decimal:
    parts = sum(((line.unit_price * line.quantity - line.discount).quantize(CENT) for line in lines), Decimal(0))
    total: Decimal = parts + body["shipping"] + body["fees"] - body["discount"]
    if not 0 <= total <= LARGEST_TOTAL:
        raise ValidationError({"total": [f"The parts amount to {total}, which is not a total."]})
    return total


def to_outcome(index: int, body: Mapping[str, Any], outcome: Intake | Exception, path: str) -> dict[str, Any]:
    """One entry of a bulk's answer; the pointers of its problem begin at the order."""
    external_id = str(body.get("external_id", ""))
    refusal = outcome if isinstance(outcome, Exception) else outcome.refusal
    entry: dict[str, Any] = {"index": index, "external_id": external_id, "id": None, "number": None, "created": False}
    if refusal is not None:
        problem = problem_of(refusal)
        if problem is None:
            raise refusal
        return {**entry, "status": problem.status, "problem": located(problem, body).document(path)}
    placed: Any = outcome
    status = HTTPStatus.CREATED if placed.created else HTTPStatus.OK
    done = {"id": placed.order_id, "number": placed.number, "created": placed.created, "status": int(status)}
    return {**entry, **done, "problem": None}
