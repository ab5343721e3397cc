"""One rule tried on one demand: who serves it, and what was seen when that was decided."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from inventory.geo.distance import Point
from orchestration.enums import ParkReason
from orchestration.rules.compiled import CompiledRule
from orchestration.rules.filters import bars_sku, is_barred
from orchestration.rules.network import Network
from orchestration.rules.ranking import Key, pick
from orchestration.rules.scoring import Scorer
from orchestration.rules.split import Members, Puzzle, Quantities, allocate
from orchestration.rules.story import Allocation, Ask, Choice, Trial
from orchestration.types import OrderView


def attempt(rule: CompiledRule, order: OrderView, asks: Sequence[Ask], taken: frozenset[int]) -> Trial:
    """Try to serve the asks by one rule. Nothing is taken from the network yet."""
    network = rule.network
    destination = network.destination(order)
    distances = network.distances(destination)
    stock = tuple([network.row(ask.sku_id).copy() for ask in asks])
    base = _candidates(rule, order, destination, distances, taken)
    rows = _usable(rule, order, asks, stock)
    quantities = tuple([ask.quantity for ask in asks])
    scorer = Scorer(rule, distances, rows, quantities, network.used, certainty_of(rule, asks))
    choice = _choose(rule, scorer, base, len(taken))
    return Trial(rule, order, tuple(asks), stock, rows, network.used.copy(), taken, distances, choice)


def certainty_of(rule: CompiledRule, asks: Sequence[Ask]) -> Sequence[Sequence[float]]:
    """Return how sure each location's stock of each ask is, where the rule ranks by it."""
    return [rule.network.certainty(ask.sku_id) for ask in asks] if rule.ranks_confidence else ()


def _candidates(
    rule: CompiledRule,
    order: OrderView,
    destination: Point | None,
    distances: Mapping[int, float],
    taken: frozenset[int],
) -> Sequence[int]:
    base: Sequence[int] = rule.candidates(order, destination, distances)
    network = rule.network
    if rule.checks_refusals and order.excluded:
        barred = _barred(network, order)
        base = [index for index in base if index not in barred]
    if rule.checks_capacity and network.full:
        base = [index for index in base if index not in network.full or index in taken]
    if len(taken) >= rule.rule.split.max_parcels:
        base = [index for index in base if index in taken]
    return base


def _barred(network: Network, order: OrderView) -> set[int | None]:
    """Return the locations excluded for the whole order."""
    return {
        network.find(location_id)
        for location_id, exclusion in order.excluded.items()
        if exclusion.sku_ids is None and is_barred(exclusion, network.now)
    }


def _usable(
    rule: CompiledRule, order: OrderView, asks: Sequence[Ask], stock: Sequence[list[int]]
) -> Sequence[list[int]]:
    """Hide the stock that line filters forbid: figures too old, SKUs refused by their location, doubtful ones."""
    if rule.max_minutes is None and rule.min_confidence is None and not (rule.checks_refusals and order.excluded):
        return stock
    return [_usable_row(rule, order, ask.sku_id, row) for ask, row in zip(asks, stock, strict=True)]


def _usable_row(rule: CompiledRule, order: OrderView, sku_id: UUID, row: list[int]) -> list[int]:
    hidden: set[int | None] = set(rule.stale(sku_id) | rule.doubtful(sku_id))
    if rule.checks_refusals:
        now = rule.network.now
        excluded = order.excluded.items()
        hidden.update(rule.network.find(place) for place, exclusion in excluded if bars_sku(exclusion, sku_id, now))
    return [0 if index in hidden else quantity for index, quantity in enumerate(row)]


def _choose(rule: CompiledRule, scorer: Scorer, base: Sequence[int], taken: int) -> Choice:
    whole = serving_all(scorer, base)
    if whole:
        return Choice({pick(whole, scorer.keys_of_whole()): scorer.quantities})
    if rule.whole or not base:
        return Choice({}, obstacle=_why_not_whole(scorer, base))
    policy = rule.rule.split
    room = policy.max_parcels - taken if taken < policy.max_parcels else taken
    return _combine(rule, scorer, base, room)


def serving_all(scorer: Scorer, base: Sequence[int]) -> Sequence[int]:
    """Return the locations that serve the whole demand alone."""
    for row, quantity in zip(scorer.rows, scorer.quantities, strict=True):
        base = [index for index in base if row[index] >= quantity]
    return base


def _why_not_whole(scorer: Scorer, base: Sequence[int]) -> ParkReason:
    """Say whether it is for lack of something, or only because no location has everything."""
    totals = (sum(row[index] for index in base) for row in scorer.rows)
    short = any(total < quantity for total, quantity in zip(totals, scorer.quantities, strict=True))
    return ParkReason.KEPT_TOGETHER if short else ParkReason.SPLIT_LIMIT


def _combine(rule: CompiledRule, scorer: Scorer, base: Sequence[int], room: int) -> Choice:
    """Serve by several locations, or serve a part, as far as the rule's splitting policy goes."""
    gives = {index: given for index in base if any(given := scorer.gives(index))}
    if not gives:
        return Choice({})
    wanted = attainable(scorer.quantities, tuple(gives.values()), divides=rule.rule.split.divide_lines)
    if wanted != scorer.quantities and not rule.rule.split.place_part:
        return Choice({}, obstacle=ParkReason.KEPT_TOGETHER)
    alone = [index for index in gives if covers(gives[index], wanted)]
    if alone:
        return Choice({pick(alone, scorer.keys_of_whole()): wanted})
    puzzle = Puzzle(wanted, _by_preference(gives, scorer), lambda members: _is_worth(rule, members))
    found = _search(puzzle, room, stop_at_first=rule.fewest_first)
    if found:
        return _best_of(found, puzzle, scorer)
    obstacle = ParkReason.SPLIT_TOO_DEAR if puzzle.too_dear else ParkReason.SPLIT_LIMIT
    if not rule.rule.split.place_part:
        return Choice({}, obstacle=obstacle)
    return Choice(allocate(puzzle.best_part(room), wanted, puzzle.gives), obstacle=obstacle)


def covers(given: Quantities, wanted: Quantities) -> bool:
    return all(quantity >= need for quantity, need in zip(given, wanted, strict=True))


def attainable(asked: Quantities, gives: Sequence[Quantities], *, divides: bool) -> Quantities:
    """Return how much of each line all the candidates together could give."""
    most = sum if divides else max
    columns = zip(*gives, strict=True)
    return tuple(min(quantity, most(column)) for quantity, column in zip(asked, columns, strict=True))


def _by_preference(gives: Mapping[int, Quantities], scorer: Scorer) -> dict[int, Quantities]:
    """Put the locations in the order the search tries them; bands are fixed here, the final pick anchors them."""
    scales: list[tuple[Key, float]] = [(key, key.tolerance or 1.0) for key in scorer.keys_of_whole()]

    def preference(index: int) -> tuple[float, ...]:
        return (*(_band(key.value(index), scale) for key, scale in scales), index)

    return {index: gives[index] for index in sorted(gives, key=preference)}


def _band(value: float, scale: float) -> float:
    return value // scale if value not in {float("inf"), float("-inf")} else value


def _is_worth(rule: CompiledRule, members: Members) -> bool:
    if rule.max_extra_cost is None:
        return True
    costs = [rule.network.costs[index] for index in members]
    return sum(costs) - min(costs) <= rule.max_extra_cost


def _search(puzzle: Puzzle, room: int, *, stop_at_first: bool) -> list[Members]:
    found: list[Members] = []
    for size in range(2, room + 1):
        found.extend(puzzle.covers(size))
        if found and stop_at_first:
            break
    return found


def _best_of(found: Sequence[Members], puzzle: Puzzle, scorer: Scorer) -> Choice:
    shared: dict[Members, Allocation] = {}
    rank = {name: position for position, name in enumerate(puzzle.names)}
    for members in found:
        shares = allocate(sorted(members, key=rank.__getitem__), puzzle.wanted, puzzle.gives)
        shared.setdefault(tuple(sorted(shares)), shares)
    solutions = [shared[members] for members in sorted(shared)]
    keys = scorer.keys_of_sets(solutions)
    positions = range(len(solutions))
    best = pick(positions, keys)
    others = [position for position in positions if position != best]
    return Choice(solutions[best], rival=solutions[pick(others, keys)] if others else None)
