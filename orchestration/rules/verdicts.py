"""Every filter of a trial on one location, with the values seen: the long form of what planning did in short."""

from dataclasses import dataclass

from orchestration.rules.filters import LINE_CHECKS, LOCATION_CHECKS, Check, Look
from orchestration.rules.network import known_km
from orchestration.rules.story import Trial
from orchestration.types import StockCell


@dataclass(slots=True)
class Verdict:
    """The filters' results; `failed` is the first that failed, `lines` what the line filters said of each ask."""

    checks: tuple[Check, ...]
    failed: int | None
    lines: dict[int, tuple[bool, ...]]
    cells: tuple[StockCell | None, ...]

    def first_failing(self, ask: int) -> int | None:
        """Return the first filter that keeps this location from serving one ask."""
        for position, check in enumerate(self.checks):
            passed = self.lines[position][ask] if position in self.lines else check.passed
            if not passed:
                return position
        return None


class Judge:
    """Judges the locations in a trial's scope, at the stock and capacity of that moment."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self._whole = trial.rule.whole
        self._filters = tuple((item.kind, item.params, item.kind in LINE_CHECKS) for item in trial.rule.filters)
        self._cells = tuple(trial.rule.network.cells(ask.sku_id) for ask in trial.asks)
        self._static = trial.rule.static_checks(trial.order)
        # One look serves all the locations in turn: only what differs between them is set again.
        self._facts = Look(
            order=trial.order,
            collect=trial.rule.network.collect_location(trial.order),
            now=trial.rule.network.now,
            sku_ids=tuple(ask.sku_id for ask in trial.asks),
            needed=_needed(trial),
        )

    def everywhere(self) -> dict[int, Verdict]:
        return {index: self.verdict(index) for index in self._static}

    def verdict(self, index: int) -> Verdict:
        look = self._look(index)
        kept = (True,) * len(self._cells)
        checks: list[Check] = []
        lines: dict[int, tuple[bool, ...]] = {}
        failed: int | None = None
        for position, known in enumerate(self._static[index]):
            kind, params, is_by_line = self._filters[position]
            if known is not None:
                check = known
            elif is_by_line:
                lines[position], seen = LINE_CHECKS[kind](params, look)
                still = tuple([before and now for before, now in zip(kept, lines[position], strict=True)])
                check = Check(all(still) if self._whole else any(still), seen)
                kept = still if check.passed else kept
            else:
                check = LOCATION_CHECKS[kind](params, look)
            checks.append(check)
            if failed is None and not check.passed:
                failed = position
        return Verdict(tuple(checks), failed, lines, look.cells)

    def _look(self, index: int) -> Look:
        look, trial = self._facts, self._trial
        look.location = trial.rule.network.locations[index]
        look.distance_km = known_km(trial.distances[index])
        look.capacity_used = trial.used[index] - (index in trial.taken)
        look.exclusion = trial.order.excluded.get(look.location.id) if trial.order.excluded else None
        look.available = tuple([row[index] for row in trial.stock])
        look.cells = tuple([cells[index] for cells in self._cells])
        return look


def _needed(trial: Trial) -> tuple[int, ...]:
    """Return the least quantity of each ask that is of use at one location."""
    partial = trial.rule.rule.split.divide_lines and not trial.rule.whole
    return tuple(1 if partial else ask.quantity for ask in trial.asks)
