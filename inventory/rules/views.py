"""What a stock view has of its parent, and which locations it chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from uuid import UUID

# The terms that a view may leave to its parent, and the fields of each.
TERMS: dict[str, tuple[str, ...]] = {
    "percentage": ("percentage",),
    "buffer": ("buffer",),
    "cap": ("cap",),
    "pool": ("pool", "pool_only"),
    "supply": ("supply", "horizon"),
}
# What a location may be asked by a query; a switch is on or off, the others are any of a list.
SWITCHES = ("ships", "collects", "takes_returns")
LISTS = ("kind", "group", "country", "city", "postcode", "legal_entity")


class View(Protocol):
    """What these rules read of a view."""

    location_codes: list[str]
    kinds: list[str]
    groups: list[str]
    query: Any
    within: Any


def choice_of(view: View) -> dict[str, Any]:
    """The view's own choice of locations, as its descendants keep it; empty when it chooses none, which is all."""
    choice = {"codes": list(view.location_codes), "kinds": list(view.kinds), "groups": list(view.groups)}
    chosen = {name: values for name, values in choice.items() if values}
    return {**chosen, "query": dict(view.query)} if view.query else chosen


def choices_of(view: View) -> list[dict[str, Any]]:
    """Every choice that a location of the view must be in: its own, then its ancestors'; none is every location."""
    return [choice for choice in (choice_of(view), *view.within) if choice]


def handed_down(parent: View, inherited: Collection[str]) -> dict[str, Any]:
    """The fields that a view has from its parent when these terms are inherited."""
    fields = {field: getattr(parent, field) for term in inherited for field in TERMS[term]}
    return {**fields, "within": choices_of(parent)}


def is_ancestor(view_id: UUID, of: UUID | None, parents: Mapping[UUID, UUID | None]) -> bool:
    """Whether a view is another one, or among its parents, theirs, and so on."""
    seen: set[UUID] = set()
    while of is not None and of not in seen:
        if of == view_id:
            return True
        seen.add(of)
        of = parents.get(of)
    return False


def descendants(view_id: UUID, parents: Mapping[UUID, UUID | None]) -> list[UUID]:
    """Everything below a view, each after its own parent."""
    found: list[UUID] = [view_id]
    for above in found:
        found += [child for child, parent in parents.items() if parent == above and child not in found]
    return found[1:]


def differences(before: Mapping[str, Any], after: Mapping[str, Any], fields: Sequence[str]) -> dict[str, list[Any]]:
    """What changed, as [before, after] by field."""
    return {name: [before.get(name), after[name]] for name in fields if before.get(name) != after[name]}
