"""The columns and filters that the lists of purchase orders, transfers and counts share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy

from oms.web import elements, formats
from oms.web.lists import ChoiceFilter, Column, DateFilter, Option

if TYPE_CHECKING:
    from django.db.models import TextChoices

EXPECTED: Column[Any] = Column(
    "expected",
    gettext_lazy("Expected on"),
    value=lambda row: row.expected_date,
    cell=lambda row: formats.day(row.expected_date) if row.expected_date else "\N{EN DASH}",
    sort="expected_date",
    nullable=True,
    align="right",
    priority=2,
)
CREATED: Column[Any] = Column(
    "created",
    gettext_lazy("Created"),
    value=lambda row: row.created_at,
    sort="created_at",
    newest_first=True,
    align="right",
    priority=3,
)
CREATED_BETWEEN = DateFilter("created", gettext_lazy("Created"), field="created_at")


def state_column(states: type[TextChoices]) -> Column[Any]:
    """The state of a document, as a pill in the words of its kind."""
    return Column(
        "state",
        gettext_lazy("State"),
        value=lambda row: str(states(row.state).label),
        cell=lambda row: elements.pill(row.state, quiet=True, label=states(row.state).label),
    )


def state_filter(states: type[TextChoices]) -> ChoiceFilter:
    """The documents in chosen states."""
    options = tuple(Option(value, label) for value, label in states.choices)
    return ChoiceFilter("state", gettext_lazy("State"), options=options, field="state")
