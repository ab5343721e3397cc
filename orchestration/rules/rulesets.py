"""The JSON form of rulesets: parse with helpful refusals, dump, choose by order, and the default."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from orchestration.enums import AfterAction, CriterionKind, FilterKind, StockScope
from orchestration.rules.conditions import dump_conditions, holds, parse_conditions
from orchestration.rules.errors import InvalidRules
from orchestration.rules.fields import Facts
from orchestration.rules.reading import (
    read_bool,
    read_choice,
    read_decimal,
    read_int,
    read_list,
    read_object,
    read_text,
    read_texts,
)
from orchestration.types import (
    AllOf,
    Criterion,
    Filter,
    Json,
    OrderView,
    ParamValue,
    Rule,
    Ruleset,
    SplitPolicy,
)

MAX_RULES = 50
MAX_PARCELS = 10
MAX_OPENING_HOURS = 24 * 30
MAX_AGE_MINUTES = 60 * 24 * 365
EVERY_ORDER: dict[str, Json] = {"all": []}


def _read_scope(data: object, where: str) -> str:
    return read_choice(data, where, tuple(StockScope), "choice")


def _read_countries(data: object, where: str) -> tuple[str, ...]:
    return tuple(code.upper() for code in read_texts(data, where))


def _read_km(data: object, where: str) -> Decimal:
    return read_decimal(data, where, low=Decimal(0))


# The parameters of each filter: all are required.
FILTER_PARAMS: Mapping[FilterKind, Mapping[str, Callable[[object, str], ParamValue]]] = {
    FilterKind.SERVICE: {},
    FilterKind.ACTIVE: {},
    FilterKind.STOCK_VIEW: {},
    FilterKind.STOCK: {"scope": _read_scope},
    FilterKind.STOCK_AGE: {"max_minutes": lambda data, where: read_int(data, where, low=1, high=MAX_AGE_MINUTES)},
    FilterKind.CONFIDENCE: {"at_least": lambda data, where: read_int(data, where, low=1, high=100)},
    FilterKind.NOT_REFUSED: {},
    FilterKind.OPENING: {"within_hours": lambda data, where: read_int(data, where, low=0, high=MAX_OPENING_HOURS)},
    FilterKind.CAPACITY: {},
    FilterKind.MAX_DISTANCE: {"km": _read_km},
    FilterKind.GROUP: {"any_of": read_texts},
    FilterKind.LEGAL_ENTITY: {"any_of": read_texts},
    FilterKind.COUNTRY: {"any_of": _read_countries},
}

# Criteria that can call two values equal; the others compare exactly.
TOLERANT = frozenset(
    {
        CriterionKind.DISTANCE,
        CriterionKind.PARCEL_COST,
        CriterionKind.STOCK_DEPTH,
        CriterionKind.CONFIDENCE,
        CriterionKind.REMAINING_CAPACITY,
    },
)


def parse_ruleset(data: object) -> Ruleset:
    """Return the checked ruleset; raise InvalidRules naming the path and the fault."""
    node = read_object(data, "ruleset", required=("name", "rules"), optional=("version", "when", "time_zone"))
    rules = tuple(
        _parse_rule(item, f"rules[{index}]")
        for index, item in enumerate(read_list(node["rules"], "rules", at_least=1, at_most=MAX_RULES))
    )
    _refuse_twins([rule.name for rule in rules], "rules", "name")
    return Ruleset(
        name=read_text(node["name"], "name"),
        version=read_int(node.get("version", 1), "version", low=1, high=10**9),
        rules=rules,
        when=parse_conditions(node.get("when", EVERY_ORDER)),
        time_zone=_read_time_zone(node.get("time_zone", "Europe/Paris"), "time_zone"),
    )


def dump_ruleset(ruleset: Ruleset) -> dict[str, Json]:
    """Return the JSON of a ruleset; `parse_ruleset` gives the same ruleset back."""
    return {
        "name": ruleset.name,
        "version": ruleset.version,
        "time_zone": ruleset.time_zone,
        "when": dump_conditions(ruleset.when),
        "rules": [_dump_rule(rule) for rule in ruleset.rules],
    }


def default_ruleset() -> Ruleset:
    """Return the ruleset that a new tenant starts with: it works unedited for stores and warehouses."""
    rule = Rule(
        name="Fewest parcels, then closest",
        when=AllOf(),
        filters=(
            Filter(FilterKind.SERVICE),
            Filter(FilterKind.ACTIVE),
            Filter(FilterKind.STOCK, {"scope": StockScope.PARTIAL}),
            Filter(FilterKind.OPENING, {"within_hours": 72}),
            Filter(FilterKind.NOT_REFUSED),
            Filter(FilterKind.CAPACITY),
        ),
        ranking=(
            Criterion(CriterionKind.FEWEST_PARCELS),
            Criterion(CriterionKind.DISTANCE, Decimal(10)),
            Criterion(CriterionKind.PRIORITY),
            Criterion(CriterionKind.STOCK_DEPTH),
        ),
        split=SplitPolicy(max_parcels=3, divide_lines=True, place_part=True),
        after=AfterAction.PARK,
    )
    return Ruleset(name="Standard", version=1, rules=(rule,))


def choose_ruleset(order: OrderView, rulesets: Iterable[Ruleset], now: datetime) -> Ruleset | None:
    """Return the first ruleset whose assignment conditions accept the order."""
    return next((ruleset for ruleset in rulesets if accepts(ruleset, order, now)), None)


def accepts(ruleset: Ruleset, order: OrderView, now: datetime) -> bool:
    return holds(ruleset.when, Facts(order, now, ZoneInfo(ruleset.time_zone)))


def weighs_confidence(ruleset: Ruleset) -> bool:
    """Say whether any rule looks at how sure stock is."""
    return any(item.kind is FilterKind.CONFIDENCE for rule in ruleset.rules for item in rule.filters) or any(
        item.by is CriterionKind.CONFIDENCE for rule in ruleset.rules for item in rule.ranking
    )


def dump_filter(item: Filter) -> dict[str, Json]:
    return {"kind": item.kind.value, **{key: _dump_param(value) for key, value in item.params.items()}}


def parse_filter(data: object, where: str) -> Filter:
    if not isinstance(data, Mapping):
        read_object(data, where, required=("kind",))
    kind = FilterKind(read_choice(cast("Mapping[str, object]", data).get("kind"), f"{where}.kind", _FILTERS, "filter"))
    readers = FILTER_PARAMS[kind]
    node = read_object(data, where, required=("kind", *readers))
    return Filter(kind, {key: read(node[key], f"{where}.{key}") for key, read in readers.items()})


def dump_criterion(criterion: Criterion) -> dict[str, Json]:
    node: dict[str, Json] = {"by": criterion.by.value}
    if criterion.by in TOLERANT:
        node["tolerance"] = _dump_param(criterion.tolerance)
    return node


def parse_criterion(data: object, where: str) -> Criterion:
    node = read_object(data, where, required=("by",), optional=("tolerance",))
    by = CriterionKind(read_choice(node["by"], f"{where}.by", _CRITERIA, "criterion"))
    if "tolerance" in node and by not in TOLERANT:
        raise InvalidRules(f"{where}.tolerance", "no_tolerance", criterion=by.value)
    return Criterion(by, read_decimal(node.get("tolerance", 0), f"{where}.tolerance", low=Decimal(0)))


_FILTERS = tuple(kind.value for kind in FilterKind)
_CRITERIA = tuple(kind.value for kind in CriterionKind)
_ACTIONS = tuple(action.value for action in AfterAction)


def _parse_rule(data: object, where: str) -> Rule:
    node = read_object(data, where, required=("name", "filters", "ranking", "split", "after"), optional=("when",))
    return Rule(
        name=read_text(node["name"], f"{where}.name"),
        when=parse_conditions(node.get("when", EVERY_ORDER), f"{where}.when"),
        filters=_parse_filters(node["filters"], f"{where}.filters"),
        ranking=_parse_ranking(node["ranking"], f"{where}.ranking"),
        split=_parse_split(node["split"], f"{where}.split"),
        after=AfterAction(read_choice(node["after"], f"{where}.after", _ACTIONS, "action")),
    )


def _parse_filters(data: object, where: str) -> tuple[Filter, ...]:
    items = tuple(parse_filter(item, f"{where}[{index}]") for index, item in enumerate(read_list(data, where)))
    # Two groups may both be required; any other filter given twice is a slip.
    _refuse_twins([item.kind for item in items if item.kind is not FilterKind.GROUP], where, "kind")
    return items


def _parse_ranking(data: object, where: str) -> tuple[Criterion, ...]:
    items = tuple(parse_criterion(item, f"{where}[{index}]") for index, item in enumerate(read_list(data, where)))
    _refuse_twins([item.by for item in items], where, "by")
    return items


def _parse_split(data: object, where: str) -> SplitPolicy:
    keys = ("divide_lines", "place_part", "max_extra_cost")
    node = read_object(data, where, required=("max_parcels",), optional=keys)
    limit = node.get("max_extra_cost")
    return SplitPolicy(
        max_parcels=read_int(node["max_parcels"], f"{where}.max_parcels", low=1, high=MAX_PARCELS),
        divide_lines=read_bool(node.get("divide_lines", False), f"{where}.divide_lines"),
        place_part=read_bool(node.get("place_part", False), f"{where}.place_part"),
        max_extra_cost=None if limit is None else read_decimal(limit, f"{where}.max_extra_cost", low=Decimal(0)),
    )


def _dump_rule(rule: Rule) -> dict[str, Json]:
    split = rule.split
    return {
        "name": rule.name,
        "when": dump_conditions(rule.when),
        "filters": [dump_filter(item) for item in rule.filters],
        "ranking": [dump_criterion(item) for item in rule.ranking],
        "split": {
            "max_parcels": split.max_parcels,
            "divide_lines": split.divide_lines,
            "place_part": split.place_part,
            "max_extra_cost": None if split.max_extra_cost is None else str(split.max_extra_cost),
        },
        "after": rule.after.value,
    }


def _dump_param(value: ParamValue) -> Json:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else str(value)
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, str) else value


def _read_time_zone(data: object, where: str) -> str:
    name = read_text(data, where)
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidRules(where, "unknown_time_zone", got=name) from None
    return name


def _refuse_twins(names: Sequence[str], where: str, key: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InvalidRules(where, "twice", key=key, got=str(name))
        seen.add(name)
