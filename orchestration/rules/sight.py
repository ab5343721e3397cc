"""A trial seen again in full: every verdict, the ranks, and what decided between the first two."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from orchestration.enums import CriterionKind
from orchestration.rules.ranking import Key, deciding_key, order_by_picking
from orchestration.rules.scoring import Scorer
from orchestration.rules.sourcing import attainable, covers
from orchestration.rules.story import Trial
from orchestration.rules.verdicts import Judge, Verdict

# Up to this many locations, all are ranked and told in full; in a larger network only the first ranks are.
FULL_SCOPE = 40
FULL_RANKS = 20


@dataclass(slots=True)
class Sight:
    """`alone` are the eligible locations that could serve everything there is without help."""

    trial: Trial
    verdicts: dict[int, Verdict]
    keys: Sequence[Key]
    alone: list[int] = field(default_factory=list)
    ranks: dict[int, int] = field(default_factory=dict)

    @property
    def is_small(self) -> bool:
        return len(self.verdicts) <= FULL_SCOPE

    @property
    def eligible(self) -> list[int]:
        return [index for index, verdict in self.verdicts.items() if verdict.failed is None]

    def second(self) -> int | None:
        """Return the location that would have served everything in place of the only one chosen."""
        chosen = set(self.trial.choice.shares)
        ranked = [index for index in self.ranks if index in self.alone][:2]
        return ranked[1] if len(ranked) == 2 and chosen == {ranked[0]} else None  # noqa: PLR2004 -- first and second

    def decided_by(self) -> CriterionKind | None:
        """Return the criterion that set the chosen location apart from the second, None when only its code did."""
        second = self.second()
        position = None if second is None else deciding_key(second, self.alone, self.keys)
        return None if position is None else self.trial.rule.rule.ranking[position].by


def see(trial: Trial) -> Sight:
    """Judge every location in the trial's scope and rank the eligible ones."""
    quantities = tuple(ask.quantity for ask in trial.asks)
    scorer = Scorer(trial.rule, trial.distances, trial.usable, quantities, trial.used)
    verdicts = Judge(trial).everywhere()
    sight = Sight(trial, verdicts, scorer.tabulated(verdicts))
    eligible = sight.eligible
    if eligible:
        gives = {index: scorer.gives(index) for index in eligible}
        wanted = attainable(quantities, tuple(gives.values()), divides=trial.rule.rule.split.divide_lines)
        sight.alone = [index for index, given in gives.items() if covers(given, wanted)]
        sight.ranks = {index: rank for rank, index in enumerate(_rank(sight, eligible), start=1)}
    return sight


def _rank(sight: Sight, eligible: Sequence[int]) -> list[int]:
    """Rank those who serve everything alone before the others: a single parcel is always preferred."""
    at_most = len(eligible) if sight.is_small else FULL_RANKS
    alone = set(sight.alone)
    ranked = order_by_picking(sight.alone, sight.keys, at_most)
    others = [index for index in eligible if index not in alone]
    return ranked + order_by_picking(others, sight.keys, at_most - len(ranked))
