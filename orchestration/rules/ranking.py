"""Lexicographic ranking with tolerance bands.

A band is anchored at the best value still in play: every candidate within the tolerance of it is equal on that
criterion, and the next criterion decides between them. Anchoring makes "equal" transitive (a plain pairwise
tolerance is not: 0, 8 and 16 km at 10 km), with no step at round numbers as fixed buckets have. Rank 1 is the one
picked among all, rank 2 the one picked when it is gone, and so on: the rank is the order in which refusals would
pass the units on. The last resort is the position in the network, which is the order of the location codes.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import NamedTuple


class Key(NamedTuple):
    """A criterion made comparable: lower is better."""

    value: Callable[[int], float]
    tolerance: float


def pick(candidates: Sequence[int], keys: Sequence[Key]) -> int:
    """Return the best of the candidates, which are given in the order that breaks ties."""
    for value, tolerance in keys:
        if len(candidates) == 1:
            break
        values = [value(candidate) for candidate in candidates]
        limit = min(values) + tolerance
        candidates = [candidate for candidate, seen in zip(candidates, values, strict=True) if seen <= limit]
    return candidates[0]


def deciding_key(second: int, candidates: Sequence[int], keys: Sequence[Key]) -> int | None:
    """Return which key set the best candidate apart from the second, None when only the tie-break did."""
    for position, (value, tolerance) in enumerate(keys):
        values = [value(candidate) for candidate in candidates]
        limit = min(values) + tolerance
        candidates = [candidate for candidate, seen in zip(candidates, values, strict=True) if seen <= limit]
        if second not in candidates:
            return position
    return None


def order_by_picking(candidates: Sequence[int], keys: Sequence[Key], at_most: int) -> list[int]:
    """Return the first `at_most` candidates, given in ascending order, by rank."""
    keys = [key for key in keys if len({key.value(candidate) for candidate in candidates}) > 1]
    if not keys:
        return list(candidates[:at_most])
    (value, tolerance), *others = keys
    left = sorted(candidates, key=value)
    ranked: list[int] = []
    while left and len(ranked) < at_most:
        end = bisect_right(left, value(left[0]) + tolerance, key=value)
        best = left[0] if end == 1 else pick(sorted(left[:end]), others)
        ranked.append(best)
        left.remove(best)
    return ranked
