"""Which locations a stock view has, decided anew at each reading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from inventory.models import StockView
from inventory.rules.views import choices_of
from oms.database.rows import read_rows, select

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date
    from uuid import UUID

# `{0}` is the number of the choice. A location is in a choice by any of these.
_ANY_OF = {
    "codes": "p.code = ANY(%(codes{0})s::text[])",
    "kinds": "p.kind = ANY(%(kinds{0})s::text[])",
    "groups": "p.groups && %(groups{0})s::varchar[]",
}
# It answers a query when all of these that the query names hold.
_ALL_OF = {
    "kind": "p.kind = ANY(%(kind{0})s::text[])",
    "group": "p.groups && %(group{0})s::varchar[]",
    "country": "p.country = ANY(%(country{0})s::text[])",
    "city": "lower(p.city) IN (SELECT lower(city) FROM unnest(%(city{0})s::text[]) AS f(city))",
    "postcode": "EXISTS (SELECT 1 FROM unnest(%(postcode{0})s::text[]) AS f(start) WHERE starts_with(p.postcode, f.start))",
    "legal_entity": "p.legal_entity_id IN (SELECT e.id FROM tenancy_legalentity e"
    " WHERE e.tenant_id = %(tenant)s AND e.code = ANY(%(legal_entity{0})s::text[]))",
    "ships": "p.ships = %(ships{0})s",
    "collects": "p.collects = %(collects{0})s",
    "takes_returns": "p.takes_returns = %(takes_returns{0})s",
}
_MEMBERS = """
SELECT p.id, p.code, p.name, current_date FROM inventory_location p
WHERE p.tenant_id = %(tenant)s AND p.active {chosen} ORDER BY p.code, p.id
"""


class Chosen(NamedTuple):
    """A condition on `inventory_location p` with its parameters; an empty one holds for every location."""

    where: str
    parameters: dict[str, Any]


class Member(NamedTuple):
    """An active location of a view; `today` is the day at the database."""

    id: UUID
    code: str
    name: str
    today: date


def chosen_by(view: StockView) -> Chosen:
    """What the view and its ancestors ask of a location."""
    wheres: list[str] = []
    parameters: dict[str, Any] = {}
    for number, choice in enumerate(choices_of(view)):
        query = choice.get("query", {})
        ways = [way.format(number) for name, way in _ANY_OF.items() if choice.get(name)]
        if query:
            ways.append("(" + " AND ".join(_ALL_OF[name].format(number) for name in query) + ")")
        given = {name: values for name, values in choice.items() if name != "query"} | query
        # Both a choice and its query may name kinds and groups; their parameters have names of their own.
        parameters |= {f"{name}{number}": value for name, value in given.items()}
        wheres.append("(" + " OR ".join(ways) + ")")
    return Chosen(" AND ".join(wheres), parameters)


def members_of(view: StockView) -> list[Member]:
    """The active locations of a view, by code."""
    chosen = chosen_by(view)
    statement = _MEMBERS.format(chosen=f"AND {chosen.where}" if chosen.where else "")
    return [Member._make(row) for row in select(statement, chosen.parameters)]


def narrow_views(view_ids: Collection[UUID]) -> dict[UUID, tuple[str, frozenset[UUID]]]:
    """The name and the locations of those of the views that do not have every location."""
    views = read_rows(StockView, "id = ANY(%(views)s::uuid[])", {"views": list(view_ids)}) if view_ids else []
    return {
        view.pk: (view.name, frozenset(member.id for member in members_of(view))) for view in views if choices_of(view)
    }
