"""What is made of what, in an order, and what would be made of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    Parts = Mapping[str, Collection[str]]


def parts_first(made_of: Parts) -> list[str]:
    """Each thing after everything that it is made of, as far as rings allow; the same order for the same parts."""
    order: list[str] = []
    seen: set[str] = set()
    for start in sorted(made_of):
        path = [] if start in seen else [(start, iter(sorted(made_of[start])))]
        seen.add(start)
        while path:
            thing, parts = path[-1]
            part = next((part for part in parts if part in made_of and part not in seen), None)
            if part is None:
                order.append(thing)
                path.pop()
            else:
                seen.add(part)
                path.append((part, iter(sorted(made_of[part]))))
    return order


def rings(made_of: Parts) -> list[set[str]]:
    """The things that are made of each other, directly or through others, by ring; one that is made of itself is a ring alone."""
    used_in: dict[str, list[str]] = {thing: [] for thing in made_of}
    for thing, parts in made_of.items():
        for part in parts:
            if part in used_in:
                used_in[part].append(thing)
    found: list[set[str]] = []
    seen: set[str] = set()
    # Kosaraju: from the wholes down, whoever leads to a thing and comes after it in this order is in a ring with it.
    for start in reversed(parts_first(made_of)):
        ring, left = set[str](), [start]
        while left:
            thing = left.pop()
            if thing not in seen:
                seen.add(thing)
                ring.add(thing)
                left += used_in[thing]
        if len(ring) > 1 or (ring and start in made_of[start]):
            found.append(ring)
    return found
