"""Every filter of a trial on every location in its scope: the long form of what planning did in short."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import and_
from typing import TypeVar

from orchestration.rules.filters import LINE_FILTERS, MOVING_FILTERS, Check, LineColumn, Scene
from orchestration.rules.network import known_km
from orchestration.rules.story import Trial

T = TypeVar("T")


@dataclass(slots=True)
class Verdicts:
    """The results, by position in `scope`: `checks` follow the filters, `failed` is the first that failed.

    `lines` are the results of the line filters, under the position of the filter.
    """

    scope: Sequence[int]
    checks: Sequence[tuple[Check, ...]]
    failed: Sequence[int | None]
    lines: dict[int, LineColumn]

    def first_failing(self, ask: int) -> list[int | None]:
        """Return the first filter that keeps each location from serving one ask."""
        return [self._first_failing(row, ask) for row in range(len(self.scope))]

    def _first_failing(self, row: int, ask: int) -> int | None:
        for position, check in enumerate(self.checks[row]):
            column = self.lines.get(position)
            if not (check.passed if column is None else column.passed[ask][row]):
                return position
        return None


def judge(trial: Trial) -> Verdicts:
    """Judge the locations in the trial's scope, at the stock and capacity of that moment."""
    static = trial.rule.static(trial.order)
    scene = _scene(trial, static.scope)
    kept = [[True] * len(static.scope) for _ in trial.asks]
    columns: list[Sequence[Check]] = []
    lines: dict[int, LineColumn] = {}
    for position, (item, known) in enumerate(zip(trial.rule.filters, static.columns, strict=True)):
        if known is not None:
            columns.append(known)
        elif item.kind in LINE_FILTERS:
            lines[position] = LINE_FILTERS[item.kind](item.params, scene)
            columns.append(_narrow(kept, lines[position], whole=trial.rule.whole))
        else:
            columns.append(MOVING_FILTERS[item.kind](item.params, scene))
    checks = list(zip(*columns, strict=True))
    return Verdicts(static.scope, checks, _first_failures(columns, len(static.scope)), lines)


def _scene(trial: Trial, scope: Sequence[int]) -> Scene:
    network = trial.rule.network
    return Scene(
        order=trial.order,
        collect=network.collect_location(trial.order),
        now=network.now,
        locations=[network.locations[index] for index in scope],
        opens_at=(),
        distances=[known_km(trial.distances[index]) for index in scope],
        used=[trial.used[index] - (index in trial.taken) for index in scope],
        sku_ids=[ask.sku_id for ask in trial.asks],
        needed=_needed(trial),
        stock=[_column(row, scope) for row in trial.stock],
        shown=[shown_stock(trial, ask, scope) for ask in range(len(trial.asks))],
        ages=[_column(network.ages(ask.sku_id), scope) for ask in trial.asks],
        certainty=[_column(network.certainty(ask.sku_id), scope) for ask in trial.asks],
    )


def _column(values: Sequence[T], scope: Sequence[int]) -> list[T]:
    return [values[index] for index in scope]


def shown_stock(trial: Trial, ask: int, scope: Sequence[int]) -> list[int | None]:
    """Return the stock as it was, None where its source could not be trusted."""
    row = trial.stock[ask]
    unknown = trial.rule.network.unknown(trial.asks[ask].sku_id)
    if not unknown:
        return [row[index] for index in scope]
    return [None if index in unknown else row[index] for index in scope]


def _needed(trial: Trial) -> list[int]:
    partial = trial.rule.rule.split.divide_lines and not trial.rule.whole
    return [1 if partial else ask.quantity for ask in trial.asks]


def _narrow(kept: list[list[bool]], column: LineColumn, *, whole: bool) -> list[Check]:
    """Judge what a line filter leaves of what earlier ones left; a filter that leaves nothing is not counted on."""
    if all(map(all, column.passed)):
        return list(map(Check, repeat(True), column.seen))  # noqa: FBT003 -- map takes positions only
    still = [list(map(and_, before, now)) for before, now in zip(kept, column.passed, strict=True)]
    enough = list(map(all if whole else any, zip(*still, strict=True)))
    for ask, before in enumerate(kept):
        kept[ask] = [new if counts else old for new, old, counts in zip(still[ask], before, enough, strict=True)]
    return list(map(Check, enough, column.seen))


def _first_failures(columns: Sequence[Sequence[Check]], size: int) -> list[int | None]:
    failed: list[int | None] = [None] * size
    for position in range(len(columns) - 1, -1, -1):
        for row, check in enumerate(columns[position]):
            if not check.passed:
                failed[row] = position
    return failed
