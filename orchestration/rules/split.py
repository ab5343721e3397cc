"""Which few locations together serve an order: an exact search within a bound of work, then a greedy cover.

Locations are bits, in order of preference, so the last location of a set comes out of one `and` per line. Sets of one
and two are always searched to the end; after `MAX_TRIES` locations tried, larger ones may be missed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

MAX_TRIES = 6_000
MAX_SETS = 256
LAST_CHOICES = 4
PAIR = 2

Quantities = tuple[int, ...]
Members = tuple[int, ...]


@dataclass(slots=True)
class Puzzle:
    """What is wanted of each line, and what each location could give of it, best location first."""

    wanted: Quantities
    gives: Mapping[int, Quantities]
    allowed: Callable[[Members], bool]
    too_dear: bool = False
    names: tuple[int, ...] = ()
    size: int = 0
    tries: int = 0
    found: dict[Members, None] = field(default_factory=dict)
    _masks: dict[tuple[int, int], int] = field(default_factory=dict)
    _best: list[list[int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.names = tuple(self.gives)

    def covers(self, size: int) -> list[Members]:
        """Return sets of at most `size` locations that together give everything wanted."""
        self.size, self.tries, self.found = size, 0, {}
        self._best = [self._top_sums(line, size) for line in range(len(self.wanted))]
        if self._reachable(self.wanted, size):
            self._explore(self.wanted, size, ())
        return list(self.found)

    def best_part(self, size: int) -> Members:
        """Return a set of at most `size` locations that gives as much as a greedy choice and exchanges can."""
        chosen: list[int] = []
        while len(chosen) < size:
            best = self._best_addition(chosen)
            if best is None:
                break
            chosen.append(best)
        return tuple(self._exchange(chosen))

    def _explore(self, left: Quantities, size: int, chosen: Members) -> None:
        lines = [line for line, quantity in enumerate(left) if quantity]
        if size == 1:
            self._finish(left, lines, chosen)
            return
        scarcest = min(lines, key=lambda line: self._mask(line, 1).bit_count())
        for bit in _bits(self._mask(scarcest, 1)):
            name = self.names[bit]
            if name in chosen:
                continue
            self.tries += 1
            after = self._after(left, name)
            if any(after) and self._reachable(after, size - 1):
                self._explore(after, size - 1, (*chosen, name))
            if self._is_spent():
                return

    def _finish(self, left: Quantities, lines: Sequence[int], chosen: Members) -> None:
        complete = -1
        for line in lines:
            complete &= self._mask(line, left[line])
        kept = 0
        for bit in _bits(complete):
            if self.names[bit] in chosen:
                continue
            members = tuple(sorted((*chosen, self.names[bit])))
            if not self.allowed(members):
                self.too_dear = True
                self.tries += 1
                continue
            self.found[members] = None
            kept += 1
            if kept == LAST_CHOICES:
                return

    def _is_spent(self) -> bool:
        return len(self.found) >= MAX_SETS or (self.tries > MAX_TRIES and self.size > PAIR)

    def _mask(self, line: int, quantity: int) -> int:
        """Return the locations that give at least `quantity` of a line, as bits."""
        mask = self._masks.get((line, quantity))
        if mask is None:
            mask = sum(1 << bit for bit, name in enumerate(self.names) if self.gives[name][line] >= quantity)
            self._masks[line, quantity] = mask
        return mask

    def _top_sums(self, line: int, size: int) -> list[int]:
        largest = sorted((gives[line] for gives in self.gives.values()), reverse=True)[:size]
        return [0, *accumulate(largest)]

    def _reachable(self, left: Quantities, size: int) -> bool:
        """Say whether `size` locations could give all that is left, were they free to specialise by line."""
        return all(quantity <= best[min(size, len(best) - 1)] for quantity, best in zip(left, self._best, strict=True))

    def _after(self, left: Quantities, name: int) -> Quantities:
        return tuple(max(0, quantity - given) for quantity, given in zip(left, self.gives[name], strict=True))

    def _left_by(self, chosen: Sequence[int]) -> Quantities:
        left = self.wanted
        for name in chosen:
            left = self._after(left, name)
        return left

    def _gain(self, left: Quantities, name: int) -> int:
        return sum(min(quantity, given) for quantity, given in zip(left, self.gives[name], strict=True))

    def _best_addition(self, chosen: Sequence[int]) -> int | None:
        left = self._left_by(chosen)
        gains = [(self._gain(left, name), -bit) for bit, name in enumerate(self.names) if name not in chosen]
        for gain, minus_bit in sorted(gains, reverse=True):
            if gain == 0:
                return None
            name = self.names[-minus_bit]
            if self.allowed(tuple(sorted((*chosen, name)))):
                return name
            self.too_dear = True
        return None

    def _exchange(self, chosen: list[int]) -> list[int]:
        """Replace each member once by whoever gives more in its place."""
        for position, name in enumerate(chosen):
            others = chosen[:position] + chosen[position + 1 :]
            best = self._best_addition(others)
            left = self._left_by(others)
            if best is not None and self._gain(left, best) > self._gain(left, name):
                chosen = [*others[:position], best, *others[position:]]
        return chosen


def allocate(members: Sequence[int], wanted: Quantities, gives: Mapping[int, Quantities]) -> dict[int, Quantities]:
    """Share each line among the members (best first): whole from one when possible, else from the deepest first."""
    shares = {member: [0] * len(wanted) for member in members}
    for line, quantity in enumerate(wanted):
        whole = next((member for member in members if gives[member][line] >= quantity), None)
        queue = [whole] if whole is not None else sorted(members, key=lambda member: -gives[member][line])
        left = quantity
        for member in queue:
            taken = min(left, gives[member][line])
            shares[member][line] = taken
            left -= taken
    return {member: tuple(share) for member, share in shares.items() if any(share)}


def _bits(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest
