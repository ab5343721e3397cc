"""The fields that conditions may read, and the operators of each type."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from inventory.geo.postcodes import FRENCH_POSTCODE_COUNTRIES, department, normalise_postcode
from orchestration.enums import CustomerKind, Method
from orchestration.types import LineView, OrderView

WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
GRAMS = Decimal(1000)
SECONDS_PER_HOUR = Decimal(3600)


class FieldKind(StrEnum):
    TEXT = "text"
    CHOICE = "choice"
    NUMBER = "number"
    SET = "set"
    MOMENT = "moment"


class Arity(StrEnum):
    """What an operator compares with."""

    ONE = "one"
    SOME = "some"
    RANGE = "range"


OPERATORS: Mapping[FieldKind, Mapping[str, Arity]] = {
    FieldKind.TEXT: {
        "is": Arity.ONE,
        "is_not": Arity.ONE,
        "in": Arity.SOME,
        "not_in": Arity.SOME,
        "starts_with": Arity.SOME,
    },
    FieldKind.CHOICE: {"is": Arity.ONE, "is_not": Arity.ONE, "in": Arity.SOME, "not_in": Arity.SOME},
    FieldKind.NUMBER: {
        "eq": Arity.ONE,
        "ne": Arity.ONE,
        "lt": Arity.ONE,
        "lte": Arity.ONE,
        "gt": Arity.ONE,
        "gte": Arity.ONE,
        "between": Arity.RANGE,
    },
    FieldKind.SET: {"has": Arity.ONE, "has_any": Arity.SOME, "has_all": Arity.SOME, "has_none": Arity.SOME},
    FieldKind.MOMENT: {"before": Arity.ONE, "after": Arity.ONE, "between": Arity.RANGE},
}

FieldValue = str | Decimal | int | datetime | frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What conditions look at: the order, the instant, and the zone in which clocks are read."""

    order: OrderView
    now: datetime
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Field:
    """A readable fact. Exactly one of `read` and `read_line` is set."""

    name: str
    kind: FieldKind
    read: Callable[[Facts], FieldValue] | None = None
    read_line: Callable[[LineView], FieldValue] | None = None
    choices: tuple[str, ...] = ()
    unit: str = ""


def _destination_department(facts: Facts) -> str:
    order = facts.order
    if order.country.upper() not in FRENCH_POSTCODE_COUNTRIES:
        return ""
    return department(normalise_postcode(order.postcode))


def _hours_to_promise(facts: Facts) -> Decimal | None:
    promised = facts.order.promised_at
    if promised is None:
        return None
    return Decimal(int((promised - facts.now).total_seconds())) / SECONDS_PER_HOUR


_DECLARED = (
    Field("order.channel", FieldKind.TEXT, lambda facts: facts.order.channel),
    Field("order.channel_family", FieldKind.TEXT, lambda facts: facts.order.channel_family),
    Field(
        "order.customer_kind",
        FieldKind.CHOICE,
        lambda facts: facts.order.customer_kind,
        choices=tuple(kind.value for kind in CustomerKind),
    ),
    Field(
        "order.method",
        FieldKind.CHOICE,
        lambda facts: facts.order.method,
        choices=tuple(method.value for method in Method),
    ),
    Field("order.amount", FieldKind.NUMBER, lambda facts: facts.order.amount),
    Field("order.currency", FieldKind.TEXT, lambda facts: facts.order.currency),
    Field("order.priority", FieldKind.NUMBER, lambda facts: facts.order.priority),
    Field("order.tags", FieldKind.SET, lambda facts: facts.order.tags),
    Field("order.units", FieldKind.NUMBER, lambda facts: sum(line.quantity for line in facts.order.lines)),
    Field("order.lines", FieldKind.NUMBER, lambda facts: len(facts.order.lines)),
    Field(
        "order.weight_kg",
        FieldKind.NUMBER,
        lambda facts: sum(line.weight_g * line.quantity for line in facts.order.lines) / GRAMS,
        unit="kg",
    ),
    Field("order.received_at", FieldKind.MOMENT, lambda facts: facts.order.received_at),
    Field("order.hours_to_promise", FieldKind.NUMBER, _hours_to_promise, unit="h"),
    Field("destination.country", FieldKind.TEXT, lambda facts: facts.order.country),
    Field("destination.postcode", FieldKind.TEXT, lambda facts: facts.order.postcode),
    Field("destination.department", FieldKind.TEXT, _destination_department),
    Field("time.now", FieldKind.MOMENT, lambda facts: facts.now),
    Field(
        "time.weekday",
        FieldKind.CHOICE,
        lambda facts: WEEKDAYS[facts.now.astimezone(facts.zone).weekday()],
        choices=WEEKDAYS,
    ),
    Field("time.hour", FieldKind.NUMBER, lambda facts: facts.now.astimezone(facts.zone).hour, unit="h"),
    Field("line.sku", FieldKind.TEXT, read_line=lambda line: line.sku),
    Field("line.category", FieldKind.TEXT, read_line=lambda line: line.category),
    Field("line.brand", FieldKind.TEXT, read_line=lambda line: line.brand),
    Field("line.quantity", FieldKind.NUMBER, read_line=lambda line: line.quantity),
    Field("line.weight_kg", FieldKind.NUMBER, read_line=lambda line: line.weight_g / GRAMS, unit="kg"),
)

FIELDS: Mapping[str, Field] = {field.name: field for field in _DECLARED}
