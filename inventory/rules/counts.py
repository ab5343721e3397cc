"""Where the difference of a count goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

K = TypeVar("K")


def spread_difference(difference: int, on_hand: Sequence[tuple[K, int]]) -> list[tuple[K, int]] | None:
    """Give a difference to levels in their order, the common stock first: what is more to it, what is less until it is empty.

    None when the levels hold less than is missing.
    """
    if difference >= 0:
        return [(on_hand[0][0], difference)] if difference else []
    parts = []
    missing = -difference
    for key, units in on_hand:
        part = min(missing, units)
        if part:
            parts.append((key, -part))
            missing -= part
    return None if missing else parts
