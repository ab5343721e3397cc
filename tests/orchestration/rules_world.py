"""A small network in plain words, for the tests of the pure rules."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import NAMESPACE_URL, UUID, uuid5

from orchestration.enums import AfterAction, CriterionKind, CustomerKind, FilterKind, LocationKind, Method
from orchestration.rules.opening import always_open
from orchestration.types import (
    AllOf,
    Criterion,
    Filter,
    LineView,
    LocationView,
    OrderView,
    Rule,
    Ruleset,
    Snapshot,
    SplitPolicy,
    StockCell,
)

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)  # a Friday, 11:00 in Paris


def uid(name: str) -> UUID:
    return uuid5(NAMESPACE_URL, name)


def place(code: str, postcode: str = "35000", **changes: object) -> LocationView:
    known = {
        "id": uid(code),
        "code": code,
        "name": code.title(),
        "kind": LocationKind.STORE,
        "country": "FR",
        "postcode": postcode,
        "latitude": None,
        "longitude": None,
        "priority": 1,
        "groups": frozenset(),
        "legal_entity": "OWN",
        "ships": True,
        "collects": True,
        "active": True,
        "opening": always_open("Europe/Paris"),
        "daily_capacity": None,
        "capacity_used": 0,
        "parcel_cost": Decimal("6.40"),
    }
    return LocationView(**{**known, **changes})


def line(sku: str, quantity: int = 1, **changes: object) -> LineView:
    known = {
        "unit_group_id": uid(f"group {sku}"),
        "order_line_id": uid(f"line {sku}"),
        "sku_id": uid(sku),
        "sku": sku,
        "quantity": quantity,
    }
    return LineView(**{**known, **changes})


def order(lines: Mapping[str, int] | Sequence[LineView], postcode: str = "35000", **changes: object) -> OrderView:
    if isinstance(lines, Mapping):
        lines = [line(sku, quantity) for sku, quantity in lines.items()]
    number = str(changes.get("number", "CMD-1"))
    known = {
        "id": uid(number),
        "number": number,
        "received_at": NOW,
        "priority": 0,
        "channel": "web",
        "channel_family": "cms",
        "customer_kind": CustomerKind.B2C,
        "method": Method.DELIVERY,
        "country": "FR",
        "postcode": postcode,
        "latitude": None,
        "longitude": None,
        "collect_location_id": None,
        "amount": Decimal("59.90"),
        "currency": "EUR",
        "tags": frozenset(),
        "lines": tuple(lines),
    }
    return OrderView(**{**known, **changes})


def cell(available: int, **changes: object) -> StockCell:
    return StockCell(available, on_hand=available, **{"as_of": NOW, **changes})


def network(
    places: Sequence[LocationView], stock: Mapping[str, Mapping[str, int | StockCell]], now: datetime = NOW
) -> Snapshot:
    """Stock reads `{"MUG": {"REN": 5}}`."""
    cells = {
        (uid(sku), uid(code)): held if isinstance(held, StockCell) else cell(held)
        for sku, levels in stock.items()
        for code, held in levels.items()
    }
    return Snapshot(tuple(places), cells, now, "EUR")


def certain(snapshot: Snapshot, percent: float, **others: float) -> Snapshot:
    """The same stock, as sure as that everywhere but at the other locations."""
    named = {uid(code): share for code, share in others.items()}
    return replace(snapshot, confidence={place: named.get(place[1], percent) for place in snapshot.stock})


def rule(**changes: object) -> Rule:
    known = {
        "name": "Closest",
        "when": AllOf(),
        "filters": (
            Filter(FilterKind.SERVICE),
            Filter(FilterKind.ACTIVE),
            Filter(FilterKind.STOCK, {"scope": "partial"}),
        ),
        "ranking": (Criterion(CriterionKind.FEWEST_PARCELS), Criterion(CriterionKind.DISTANCE, Decimal(10))),
        "split": SplitPolicy(max_parcels=3, divide_lines=True, place_part=True),
        "after": AfterAction.PARK,
    }
    return Rule(**{**known, **changes})


def ruleset(*rules: Rule, **changes: object) -> Ruleset:
    return Ruleset(**{"name": "Test", "version": 7, "rules": rules or (rule(),), **changes})


def placed(plan: object) -> dict[str, dict[str, int]]:
    """Read a plan back as `{"REN": {"MUG": 2}}`, by the names in its decision."""
    result: dict[str, dict[str, int]] = {}
    for item in plan.decision.placements:
        shelf = result.setdefault(item.code, {})
        shelf[item.sku] = shelf.get(item.sku, 0) + item.quantity
    return result


def parked(plan: object) -> dict[str, tuple[int, str]]:
    return {item.sku: (item.quantity, item.reason.value) for item in plan.decision.parked}
