"""Conditions as data: parse, dump and evaluate a JSON tree over the registered fields."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from orchestration.rules.errors import InvalidRules
from orchestration.rules.fields import FIELDS, OPERATORS, Arity, Facts, Field, FieldKind, FieldValue
from orchestration.rules.reading import (
    read_choice,
    read_decimal,
    read_list,
    read_moment,
    read_object,
    read_text,
    read_texts,
    unknown,
)
from orchestration.types import AllOf, AnyOf, Comparison, Condition, ConditionValue, Json, Not

MAX_DEPTH = 6
NODES = ("all", "any", "not", "field")


def parse_conditions(data: object, where: str = "when", depth: int = 1) -> Condition:
    """Return the checked tree; raise InvalidRules naming the path and the fault.

    Nodes: `{"all": [...]}`, `{"any": [...]}`, `{"not": {...}}` and
    `{"field": "order.channel", "op": "in", "value": [...], "lines": "any" | "all"}`.
    """
    if depth > MAX_DEPTH:
        raise InvalidRules(where, "too_deep", most=str(MAX_DEPTH))
    node = read_object(data, where, required=(), optional=(*NODES, "op", "value", "lines"))
    kinds = [kind for kind in NODES if kind in node]
    if len(kinds) != 1 or (kinds[0] != "field" and len(node) != 1):
        raise InvalidRules(where, "not_a_condition", known=", ".join(NODES))
    if kinds[0] == "field":
        return _parse_comparison(node, where)
    if kinds[0] == "not":
        return Not(parse_conditions(node["not"], f"{where}.not", depth + 1))
    path = f"{where}.{kinds[0]}"
    items = tuple(
        parse_conditions(item, f"{path}[{index}]", depth + 1)
        for index, item in enumerate(read_list(node[kinds[0]], path, at_least=int(kinds[0] == "any")))
    )
    return AllOf(items) if kinds[0] == "all" else AnyOf(items)


def dump_conditions(condition: Condition) -> dict[str, Json]:
    """Return the JSON of a tree; `parse_conditions` gives the same tree back."""
    match condition:
        case AllOf(items):
            return {"all": [dump_conditions(item) for item in items]}
        case AnyOf(items):
            return {"any": [dump_conditions(item) for item in items]}
        case Not(item):
            return {"not": dump_conditions(item)}
        case Comparison():
            node: dict[str, Json] = {
                "field": condition.field,
                "op": condition.op,
                "value": _dump_value(condition.value),
            }
            if FIELDS[condition.field].read_line is not None:
                node["lines"] = "all" if condition.every_line else "any"
            return node


def holds(condition: Condition, facts: Facts) -> bool:
    """Evaluate a tree. A fact that is missing makes its comparison false, whatever the operator."""
    match condition:
        case AllOf(items):
            return all(holds(item, facts) for item in items)
        case AnyOf(items):
            return any(holds(item, facts) for item in items)
        case Not(item):
            return not holds(item, facts)
        case Comparison():
            return _compare(condition, facts)


def _parse_comparison(node: Mapping[str, object], where: str) -> Comparison:
    read_object(node, where, required=("field", "op", "value"), optional=("lines",))
    name = read_choice(node["field"], f"{where}.field", FIELDS, "field")
    field = FIELDS[name]
    operators = OPERATORS[field.kind]
    op = read_choice(node["op"], f"{where}.op", operators, "operator")
    if "lines" in node and field.read_line is None:
        raise InvalidRules(f"{where}.lines", "not_per_line", field=name)
    lines = read_choice(node.get("lines", "any"), f"{where}.lines", ("any", "all"), "choice")
    value = _parse_value(node["value"], f"{where}.value", field, operators[op])
    return Comparison(name, op, value, every_line=lines == "all")


def _parse_value(data: object, where: str, field: Field, arity: Arity) -> ConditionValue:
    if arity is Arity.ONE:
        return _parse_scalar(data, where, field)
    if arity is Arity.SOME:
        texts = read_texts(data, where)
        for index, text in enumerate(texts):
            _check_choice(text, f"{where}[{index}]", field)
        return texts
    low, high = (
        _parse_scalar(item, f"{where}[{index}]", field)
        for index, item in enumerate(read_list(data, where, at_least=2, at_most=2))
    )
    if cast("Any", low) > high:
        raise InvalidRules(where, "upside_down", low=str(low), high=str(high))
    return cast("ConditionValue", (low, high))


def _parse_scalar(data: object, where: str, field: Field) -> str | Decimal | datetime:
    if field.kind is FieldKind.NUMBER:
        return read_decimal(data, where)
    if field.kind is FieldKind.MOMENT:
        return read_moment(data, where)
    text = read_text(data, where)
    _check_choice(text, where, field)
    return text


def _check_choice(text: str, where: str, field: Field) -> None:
    if field.choices and text not in field.choices:
        raise unknown(where, "choice", text, field.choices)


def _dump_value(value: ConditionValue) -> Json:
    if isinstance(value, tuple):
        return [_dump_scalar(item) for item in value]
    return _dump_scalar(value)


def _dump_scalar(value: str | Decimal | datetime) -> Json:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else str(value)
    return value.isoformat() if isinstance(value, datetime) else value


def _compare(comparison: Comparison, facts: Facts) -> bool:
    field = FIELDS[comparison.field]
    test = _TESTS[field.kind][comparison.op]
    if field.read is not None:
        return _passes(test, field.read(facts), comparison.value)
    read_line = field.read_line
    if read_line is None:  # pragma: no cover -- the registry sets one of the two
        return False
    results = (_passes(test, read_line(line), comparison.value) for line in facts.order.lines)
    return all(results) if comparison.every_line else any(results)


def _passes(test: Callable[[Any, Any], bool], seen: FieldValue, wanted: ConditionValue) -> bool:
    return seen is not None and test(seen, wanted)


def _fold(wanted: tuple[str, ...]) -> set[str]:
    return {text.casefold() for text in wanted}


def _folds(seen: frozenset[str]) -> set[str]:
    return {text.casefold() for text in seen}


# Texts compare without case: codes are typed by people. The values were typed by the parser.
_TESTS: Mapping[FieldKind, Mapping[str, Callable[[Any, Any], bool]]] = {
    FieldKind.TEXT: {
        "is": lambda seen, wanted: seen.casefold() == wanted.casefold(),
        "is_not": lambda seen, wanted: seen.casefold() != wanted.casefold(),
        "in": lambda seen, wanted: seen.casefold() in _fold(wanted),
        "not_in": lambda seen, wanted: seen.casefold() not in _fold(wanted),
        "starts_with": lambda seen, wanted: seen.casefold().startswith(tuple(_fold(wanted))),
    },
    FieldKind.CHOICE: {
        "is": lambda seen, wanted: seen == wanted,
        "is_not": lambda seen, wanted: seen != wanted,
        "in": lambda seen, wanted: seen in wanted,
        "not_in": lambda seen, wanted: seen not in wanted,
    },
    FieldKind.NUMBER: {
        "eq": lambda seen, wanted: seen == wanted,
        "ne": lambda seen, wanted: seen != wanted,
        "lt": lambda seen, wanted: seen < wanted,
        "lte": lambda seen, wanted: seen <= wanted,
        "gt": lambda seen, wanted: seen > wanted,
        "gte": lambda seen, wanted: seen >= wanted,
        "between": lambda seen, wanted: wanted[0] <= seen <= wanted[1],
    },
    FieldKind.SET: {
        "has": lambda seen, wanted: wanted.casefold() in _folds(seen),
        "has_any": lambda seen, wanted: not _folds(seen).isdisjoint(_fold(wanted)),
        "has_all": lambda seen, wanted: _folds(seen) >= _fold(wanted),
        "has_none": lambda seen, wanted: _folds(seen).isdisjoint(_fold(wanted)),
    },
    FieldKind.MOMENT: {
        "before": lambda seen, wanted: seen < wanted,
        "after": lambda seen, wanted: seen > wanted,
        "between": lambda seen, wanted: wanted[0] <= seen <= wanted[1],
    },
}
