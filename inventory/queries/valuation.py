"""What stock is worth: value, turnover and age, by what people group it by. docs/valuation.md has the definitions.

Values are units times the average cost of their SKU for their legal entity, exact to four decimals and never rounded here.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext as _

from inventory.enums import Clock, GroupBy
from inventory.errors import NotKept
from inventory.queries.as_of import STOCK_THEN, ledger_floor, select_then
from inventory.queries.costs import AVERAGE, HELD, HELD_COST, JOIN_HELD
from inventory.rules.periods import sample_instants
from inventory.rules.turnover import AGES, Turnover, turnover_of
from oms.database.rows import select
from oms.tenancy.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime
    from uuid import UUID

_GROUPS = {
    GroupBy.LOCATION: "p.code, p.name",
    GroupBy.LEGAL_ENTITY: "e.code, e.name",
    GroupBy.CATEGORY: "s.category, s.category",
    GroupBy.BRAND: "s.brand, s.brand",
    GroupBy.SKU: "s.code, s.name",
}
_JOINED = """
JOIN inventory_sku s ON s.tenant_id = %(tenant)s AND s.id = {row}.sku_id
JOIN inventory_location p ON p.tenant_id = %(tenant)s AND p.id = {row}.location_id
JOIN tenancy_legalentity e ON e.tenant_id = %(tenant)s AND e.id = p.legal_entity_id
"""
# What a SKU cost an entity at the instant: after the last receipt until then, or before the first.
_COST_THEN = """
cost_then AS (
    SELECT c.sku_id, c.legal_entity_id, coalesce(h.average, c.opening) AS average FROM inventory_skucost c
    LEFT JOIN (SELECT DISTINCT ON (sku_id, legal_entity_id) sku_id, legal_entity_id, average FROM inventory_costchange
               WHERE tenant_id = %(tenant)s AND recorded_at <= %(at)s ORDER BY sku_id, legal_entity_id, version DESC) h
      ON h.sku_id = c.sku_id AND h.legal_entity_id = c.legal_entity_id
    WHERE c.tenant_id = %(tenant)s
)
"""
_OWNED = "(t.on_hand + t.quarantined + t.damaged + t.in_transit)"
_VALUES = """
WITH {then}, {cost}
SELECT {group}, sum(t.on_hand), sum(t.in_transit), sum(t.quarantined), sum(t.damaged), coalesce(sum({owned} * {average}), 0),
       coalesce(sum({owned}) FILTER (WHERE {average} IS NULL), 0)
FROM stock_then t {joined} LEFT JOIN cost_then c ON c.sku_id = t.sku_id AND c.legal_entity_id = e.id
GROUP BY 1, 2 HAVING bool_or({owned} <> 0) ORDER BY 1, 2
"""
_COST_OF_GOODS = """
WITH {held}, t AS (
    SELECT l.sku_id, l.location_id, m.recorded_at, -m.quantity AS units
    FROM inventory_stockmovement m JOIN inventory_stocklevel l ON l.tenant_id = %(tenant)s AND l.id = m.level_id
    WHERE m.tenant_id = %(tenant)s AND m.bucket = 'ON_HAND' AND m.reason IN ('DISPATCH', 'STORE_SALE')
      AND m.recorded_at >= %(recorded)s AND m.{instant} >= %(begin)s AND m.{instant} < %(end)s
      AND (%(locations)s::uuid[] IS NULL OR l.location_id = ANY(%(locations)s::uuid[]))
)
SELECT {group}, sum(t.units), coalesce(sum(t.units * {cost}), 0)
FROM t {joined} {priced}
GROUP BY 1, 2 ORDER BY 1, 2
"""
# The newest layers are what is left: first in, first out. Units that moved between places of the entity are no new layer.
_AGES = """
WITH {then}, {cost}, owned AS (
    SELECT t.sku_id, p.legal_entity_id, sum({owned}) AS units FROM stock_then t
    JOIN inventory_location p ON p.tenant_id = %(tenant)s AND p.id = t.location_id GROUP BY 1, 2 HAVING sum({owned}) > 0
), layer AS (
    SELECT l.sku_id, p.legal_entity_id, m.occurred_at, m.quantity,
           sum(m.quantity) OVER (PARTITION BY l.sku_id, p.legal_entity_id ORDER BY m.occurred_at DESC, m.id DESC) - m.quantity AS newer
    FROM inventory_stockmovement m
    JOIN inventory_stocklevel l ON l.tenant_id = %(tenant)s AND l.id = m.level_id
    JOIN inventory_location p ON p.tenant_id = %(tenant)s AND p.id = l.location_id
    WHERE m.tenant_id = %(tenant)s AND m.bucket = 'ON_HAND' AND m.quantity > 0 AND m.{instant} <= %(at)s
      AND m.reason IN ('OPENING', 'RECEIPT', 'SYNC', 'COUNT', 'ADJUSTMENT', 'RETURN', 'ASSEMBLY', 'DISASSEMBLY')
), left_over AS (
    SELECT o.sku_id, o.legal_entity_id, width_bucket(extract(epoch FROM %(at)s - y.occurred_at) / 86400, %(ages)s::numeric[]) AS age,
           least(y.quantity, o.units - y.newer) AS units
    FROM owned o JOIN layer y USING (sku_id, legal_entity_id) WHERE y.newer < o.units
    UNION ALL
    SELECT o.sku_id, o.legal_entity_id, cardinality(%(ages)s::numeric[]), o.units - coalesce(y.units, 0)
    FROM owned o LEFT JOIN (SELECT sku_id, legal_entity_id, sum(quantity) AS units FROM layer GROUP BY 1, 2) y USING (sku_id, legal_entity_id)
    WHERE o.units > coalesce(y.units, 0)
)
SELECT {group}, t.age, sum(t.units), coalesce(sum(t.units * {average}), 0)
FROM left_over t JOIN inventory_sku s ON s.tenant_id = %(tenant)s AND s.id = t.sku_id
JOIN tenancy_legalentity e ON e.tenant_id = %(tenant)s AND e.id = t.legal_entity_id
LEFT JOIN cost_then c ON c.sku_id = t.sku_id AND c.legal_entity_id = e.id
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
LONGEST = timedelta(days=3653)


class Value(NamedTuple):
    """What is owned under one heading, in units, and what it is worth; `uncosted` units have no known cost."""

    code: str
    name: str
    on_hand: int
    in_transit: int
    quarantined: int
    damaged: int
    value: Decimal
    uncosted: int

    @property
    def units(self) -> int:
        return self.on_hand + self.in_transit + self.quarantined + self.damaged


class Aged(NamedTuple):
    """Units and value under one heading by age; the places are those of `inventory.rules.AGES`."""

    code: str
    name: str
    units: tuple[int, ...]
    values: tuple[Decimal, ...]


def stock_value(
    at: datetime, *, by: GroupBy, clock: Clock = Clock.RECORDED, location_ids: Collection[UUID] | None = None
) -> list[Value]:
    """What was owned at an instant and what it was worth then, by heading. Raises NotKept."""
    statement = _VALUES.format(
        then=STOCK_THEN[clock],
        cost=_COST_THEN,
        group=_GROUPS[by],
        owned=_OWNED,
        average=AVERAGE,
        joined=_JOINED.format(row="t"),
    )
    return [Value._make(row) for row in select_then(statement, at, location_ids=location_ids)]


def stock_turnover(
    begin: datetime,
    end: datetime,
    *,
    by: GroupBy,
    clock: Clock = Clock.RECORDED,
    location_ids: Collection[UUID] | None = None,
) -> tuple[list[Turnover], list[tuple[datetime, Decimal]]]:
    """How often stock was sold and for how many days it lasts, by heading, and the value at each instant of the mean.

    The mean is that of the values at the beginning, at each end of a month, and at the end. Raises InvalidInput, NotKept.
    """
    if not begin < end <= begin + LONGEST:
        raise InvalidInput(_("A period begins before it ends, and lasts ten years at most."))
    instants = sample_instants(begin, end)
    # First what was sold: the value at the beginning refuses what is no longer kept.
    sold = _cost_of_goods(begin, end, by=by, clock=clock, location_ids=location_ids)
    values = [
        {(row.code, row.name): row.value for row in stock_value(at, by=by, clock=clock, location_ids=location_ids)}
        for at in instants
    ]
    headings = sorted(set(sold).union(*values))
    rows = [turnover_of(each, *sold.get(each, (0, Decimal(0))), _worth(values, each), end - begin) for each in headings]
    return rows, [(at, sum(found.values(), Decimal(0))) for at, found in zip(instants, values, strict=True)]


def _worth(values: Collection[Mapping[tuple[str, str], Decimal]], heading: tuple[str, str]) -> list[Decimal]:
    return [found.get(heading, Decimal(0)) for found in values]


def _cost_of_goods(
    begin: datetime, end: datetime, *, by: GroupBy, clock: Clock, location_ids: Collection[UUID] | None
) -> dict[tuple[str, str], tuple[int, Decimal]]:
    statement = _COST_OF_GOODS.format(
        held=HELD,
        priced=JOIN_HELD,
        cost=HELD_COST,
        instant=clock.column,
        group=_GROUPS[by],
        joined=_JOINED.format(row="t"),
    )
    # Nothing is recorded before it happens: the ledger's own clock narrows what is read, whichever is asked.
    parameters = {
        "begin": begin,
        "end": end,
        "recorded": begin,
        "locations": None if location_ids is None else list(location_ids),
    }
    return {(code, name): (int(units), cost) for code, name, units, cost in select(statement, parameters)}


def stock_ages(at: datetime, *, by: GroupBy, clock: Clock = Clock.RECORDED) -> list[Aged]:
    """How old what was owned at an instant was, first in first out, by heading. Raises InvalidInput for a location, NotKept."""
    if by is GroupBy.LOCATION:
        raise InvalidInput(_("Age is reckoned for a legal entity as a whole: moving a unit does not make it new."))
    statement = _AGES.format(
        then=STOCK_THEN[clock],
        cost=_COST_THEN,
        group=_GROUPS[by],
        owned=_OWNED,
        average=AVERAGE,
        instant=clock.column,
    )
    ages = [age / timedelta(days=1) for age in AGES]
    found: dict[tuple[str, str], dict[int, tuple[int, Decimal]]] = {}
    for code, name, age, units, value in select_then(statement, at, ages=ages):
        found.setdefault((code, name), {})[age] = (int(units), value)
    _refuse_unknown_ages(at)
    nothing = (0, Decimal(0))
    rows = {heading: [cells.get(age, nothing) for age in range(len(AGES) + 1)] for heading, cells in found.items()}
    return [
        Aged(*heading, tuple(units for units, _value in cells), tuple(value for _units, value in cells))
        for heading, cells in rows.items()
    ]


def _refuse_unknown_ages(at: datetime) -> None:
    """A layer that is no longer kept must have been of the last age already."""
    floor = ledger_floor()
    if floor is not None and at < floor + AGES[-1]:
        raise NotKept(
            _("The ledger is kept from %(at)s on: how old stock was is known from %(since)s on.")
            % {"at": f"{floor:%Y-%m-%d}", "since": f"{floor + AGES[-1]:%Y-%m-%d}"},
            since=(floor + AGES[-1]).isoformat(),
        )
