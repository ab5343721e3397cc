"""What the buffer rules make of levels: which rule counts, how much it holds back, and what a rule would change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from django.utils.translation import gettext as _

from inventory.models import BufferRule, BufferSweep
from inventory.queries.confidence import BELIEFS, EVIDENCE, OF_LEVEL
from oms.database.rows import select
from oms.tenancy.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet


def _wanted(levels: str) -> str:
    """CTEs that end in `wanted`: of each of these levels what is held back now, what should be, and by which rule."""
    return f"""
{BELIEFS}, rule AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(rules)s::jsonb)
    AS r(rank int, id uuid, name text, starts_on date, ends_on date, location_codes text[], kinds text[], groups text[], categories text[],
         brands text[], sku_codes text[], measure text, amount bigint, least int, most int, confidence_below int)
), here AS MATERIALIZED (
    SELECT p.id AS location_id, r.* FROM inventory_location p
    JOIN rule r ON (r.location_codes || r.kinds || r.groups = '{{}}' OR p.code = ANY(r.location_codes) OR p.kind = ANY(r.kinds)
                    OR p.groups::text[] && r.groups)
    CROSS JOIN LATERAL (SELECT (%(now)s::timestamptz AT TIME ZONE p.time_zone)::date AS day) today
    WHERE p.tenant_id = %(tenant)s AND today.day >= coalesce(r.starts_on, today.day) AND today.day <= coalesce(r.ends_on, today.day)
), chosen AS (
    SELECT l.id, l.sku_id, l.location_id, l.on_hand, l.reserved, l.buffer, l.own_buffer, l.known
    FROM inventory_stocklevel l WHERE l.tenant_id = %(tenant)s AND l.pool = '' AND {levels}
), winner AS (
    SELECT l.id, min(h.rank) AS rank FROM chosen l
    JOIN inventory_sku s ON s.tenant_id = %(tenant)s AND s.id = l.sku_id
    JOIN here h ON h.location_id = l.location_id
    JOIN belief b ON b.location_id = l.location_id
    LEFT JOIN {EVIDENCE}
    WHERE (h.categories = '{{}}' OR s.category = ANY(h.categories)) AND (h.brands = '{{}}' OR s.brand = ANY(h.brands))
      AND (h.sku_codes = '{{}}' OR s.code = ANY(h.sku_codes)) AND (h.confidence_below IS NULL OR 100 * {OF_LEVEL} < h.confidence_below)
    GROUP BY l.id
), wanted AS (
    SELECT l.*, r.id AS rule_id, r.name AS rule_name,
           CASE r.measure WHEN 'UNITS' THEN r.amount
                          WHEN 'PERCENT' THEN least(greatest((l.on_hand * r.amount + 99) / 100, r.least), r.most)
                          ELSE l.own_buffer END::int AS wanted
    FROM chosen l LEFT JOIN winner w ON w.id = l.id LEFT JOIN rule r ON r.rank = w.rank
)
"""


_OF_SKUS = "l.sku_id = ANY(%(skus)s::uuid[])"
_OF_LEVELS = "l.id = ANY(%(levels)s::uuid[])"
_DIFFERING = """
SELECT id, buffer, wanted, rule_id, rule_name FROM wanted WHERE wanted <> buffer ORDER BY sku_id, location_id LIMIT %(most)s
"""
_PLAN_OF_SKUS = f"WITH {_wanted(_OF_SKUS)} {_DIFFERING}"
_PLAN_OF_LEVELS = f"WITH {_wanted(_OF_LEVELS)} {_DIFFERING}"
_EXPLAIN = f"WITH {_wanted(_OF_SKUS)} SELECT id, rule_id, rule_name FROM wanted WHERE rule_id IS NOT NULL"
_CHANGES = f"""
WITH {_wanted("true")}, changing AS (
    SELECT w.sku_id, w.location_id, w.on_hand, w.buffer, w.wanted,
           CASE WHEN w.known THEN greatest(w.on_hand - w.reserved - w.buffer, least(w.on_hand - w.reserved, 0)) END AS before,
           CASE WHEN w.known THEN greatest(w.on_hand - w.reserved - w.wanted, least(w.on_hand - w.reserved, 0)) END AS after
    FROM wanted w WHERE w.wanted <> w.buffer
)
"""
_SUMS = """
SELECT count(*), coalesce(sum(after - before) FILTER (WHERE after > before), 0)::bigint,
       coalesce(sum(before - after) FILTER (WHERE after < before), 0)::bigint FROM changing
"""
# What most changes what can be sold comes first.
_ROWS = """
SELECT s.code, s.name, p.code, p.name, c.on_hand, c.buffer, c.wanted, c.before, c.after
FROM changing c JOIN inventory_sku s ON s.tenant_id = %(tenant)s AND s.id = c.sku_id
JOIN inventory_location p ON p.tenant_id = %(tenant)s AND p.id = c.location_id
ORDER BY abs(coalesce(c.after - c.before, 0)) DESC, s.code, p.code LIMIT %(most)s
"""
# The first moment after one at which a rule begins or ends somewhere.
_NEXT_BORDER = """
SELECT min(day::timestamp AT TIME ZONE p.time_zone) FROM (SELECT DISTINCT time_zone FROM inventory_location WHERE tenant_id = %(tenant)s) p
CROSS JOIN (SELECT starts_on AS day FROM inventory_bufferrule WHERE tenant_id = %(tenant)s AND active
            UNION SELECT ends_on + 1 FROM inventory_bufferrule WHERE tenant_id = %(tenant)s AND active) border
WHERE day::timestamp AT TIME ZONE p.time_zone > %(after)s
"""
_FIELDS = (
    *("id", "name", "starts_on", "ends_on", "location_codes", "kinds", "groups", "categories", "brands", "sku_codes"),
    *("measure", "amount", "least", "most", "confidence_below"),
)


class Wanted(NamedTuple):
    """A level whose buffer is not what it should be; no rule means that its own one counts."""

    level_id: UUID
    buffer: int
    wanted: int
    rule_id: UUID | None
    rule_name: str | None


class Change(NamedTuple):
    """What a rule would change of one level; nothing is available where stock is unknown."""

    sku: str
    sku_name: str
    location: str
    location_name: str
    on_hand: int
    buffer: int
    buffer_after: int
    available: int | None
    available_after: int | None


class Preview(NamedTuple):
    """How many levels would change, how many units more and fewer could be sold, and the largest changes."""

    levels: int
    gained: int
    lost: int
    rows: tuple[Change, ...]


def buffer_rules() -> QuerySet[BufferRule]:
    """Every rule, in the order in which they are tried."""
    return BufferRule.objects.order_by("priority", "pk")


def get_buffer_rule(rule_id: UUID) -> BufferRule:
    """One rule. Raises NotFound."""
    found = BufferRule.objects.filter(pk=rule_id).first()
    if found is None:
        raise NotFound(_("There is no such buffer rule."))
    return found


def doubts() -> bool:
    """Whether an active rule looks at how sure stock is, which changes by time alone."""
    return BufferRule.objects.filter(active=True, confidence_below__isnull=False).exists()


def has_buffer_rules() -> bool:
    """Whether any rule is active."""
    return BufferRule.objects.filter(active=True).exists()


def is_sweeping() -> bool:
    """Whether levels are still on their way to what the rules say."""
    return BufferSweep.objects.filter(is_open=True).exists()


def wanted_buffers(
    *,
    now: datetime,
    most: int | None = None,
    sku_ids: Collection[UUID] | None = None,
    level_ids: Collection[UUID] = (),
) -> list[Wanted]:
    """The levels of these SKUs, or of this list, whose buffer is not what the rules say; ring-fences have none."""
    parameters = {**_rules(buffer_rules().filter(active=True)), "now": now, "most": most}
    if sku_ids is not None:
        found = select(_PLAN_OF_SKUS, {**parameters, "skus": list(sku_ids)})
    else:
        found = select(_PLAN_OF_LEVELS, {**parameters, "levels": list(level_ids)})
    return [Wanted._make(row) for row in found]


def ruling(sku_ids: Collection[UUID], *, now: datetime) -> dict[UUID, tuple[UUID, str]]:
    """The rule, by id and name, that counts for each level of these SKUs that one fits."""
    parameters = {**_rules(buffer_rules().filter(active=True)), "now": now, "skus": list(sku_ids)}
    return {level_id: (rule_id, name) for level_id, rule_id, name in select(_EXPLAIN, parameters)}


def preview_buffers(rule: BufferRule, *, now: datetime, rows: int = 10) -> Preview:
    """What would change if the rule were in force now, whatever its days, instead of the kept one of its id."""
    draft = BufferRule(**{name: getattr(rule, name) for name in (*_FIELDS, "priority")})
    draft.starts_on = draft.ends_on = None
    others = buffer_rules().filter(active=True).exclude(pk=rule.pk)
    ordered = sorted([*others, draft], key=lambda each: (each.priority, each.pk))
    parameters: dict[str, Any] = {**_rules(ordered), "now": now}
    ((levels, gained, lost),) = select(_CHANGES + _SUMS, parameters)
    found = select(_CHANGES + _ROWS, {**parameters, "most": rows}) if levels else []
    return Preview(levels, gained, lost, tuple(Change._make(row) for row in found))


def next_border(after: datetime) -> datetime | None:
    """When the next active rule begins or ends at some location."""
    found: datetime | None = select(_NEXT_BORDER, {"after": after})[0][0]
    return found


def _rules(rules: Sequence[BufferRule] | QuerySet[BufferRule]) -> dict[str, Any]:
    documents = [
        {"rank": rank, **{name: getattr(rule, name) for name in _FIELDS}} for rank, rule in enumerate(rules, start=1)
    ]
    return {"rules": orjson.dumps(documents).decode()}
