"""What the variants of a product are called: the words they share, and those each has alone."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_ENDS = " ,;:/-\N{EN DASH}"


def shared_words(names: Sequence[str]) -> str:
    """The whole words that all names begin with, without the sign after them; nothing when a name has no other word."""
    split = [name.split() for name in names]
    words = [each[0] for each in takewhile(lambda each: len(set(each)) == 1, zip(*split, strict=False))]
    return "" if any(len(words) == len(each) for each in split) else " ".join(words).rstrip(_ENDS)


def own_words(name: str, shared: str) -> str:
    """What is left of a name without the words it shares."""
    return name.removeprefix(shared).strip(_ENDS) or name
