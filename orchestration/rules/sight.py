"""A trial seen again in full: every verdict, the ranks, and what decided between the first two."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from orchestration.enums import CriterionKind
from orchestration.rules.ranking import Key, deciding_key, order_by_picking
from orchestration.rules.scoring import Scorer
from orchestration.rules.sourcing import attainable, certainty_of, covers, serving_all
from orchestration.rules.story import Trial
from orchestration.rules.verdicts import Verdicts, judge

# Up to this many locations, all are ranked and told in full; in a larger network only the first ranks are.
FULL_SCOPE = 40
FULL_RANKS = 20


@dataclass(slots=True)
class Sight:
    """`alone` are the eligible locations that could serve everything there is without help, best first."""

    trial: Trial
    verdicts: Verdicts
    eligible: list[int]
    keys: Sequence[Key]
    alone: list[int] = field(default_factory=list)
    first_alone: list[int] = field(default_factory=list)
    ranks: dict[int, int] = field(default_factory=dict)

    @property
    def is_small(self) -> bool:
        return len(self.verdicts.scope) <= FULL_SCOPE

    def second(self) -> int | None:
        """Return the location that would have served everything in place of the only one chosen."""
        best = self.first_alone[:2]
        return best[1] if len(best) > 1 and list(self.trial.choice.shares) == best[:1] else None

    def decided_by(self) -> CriterionKind | None:
        """Return the criterion that set the chosen location apart from the second, None when only its code did."""
        second = self.second()
        position = None if second is None else deciding_key(second, self.alone, self.keys)
        return None if position is None else self.trial.rule.rule.ranking[position].by


def see(trial: Trial) -> Sight:
    """Judge every location in the trial's scope and rank the eligible ones."""
    verdicts = judge(trial)
    eligible = [index for index, failed in zip(verdicts.scope, verdicts.failed, strict=True) if failed is None]
    quantities = tuple(ask.quantity for ask in trial.asks)
    certainty = certainty_of(trial.rule, trial.asks)
    scorer = Scorer(trial.rule, trial.distances, trial.usable, quantities, trial.used, certainty)
    sight = Sight(trial, verdicts, eligible, scorer.tabulated(eligible))
    if eligible:
        sight.alone = _alone(scorer, eligible, divides=trial.rule.rule.split.divide_lines)
        _rank(sight)
    return sight


def _alone(scorer: Scorer, eligible: Sequence[int], *, divides: bool) -> list[int]:
    whole = serving_all(scorer, eligible)
    if whole:
        return [*whole]
    gives = {index: scorer.gives(index) for index in eligible}
    wanted = attainable(scorer.quantities, tuple(gives.values()), divides=divides)
    return [index for index, given in gives.items() if covers(given, wanted)]


def _rank(sight: Sight) -> None:
    """Rank those who serve everything alone before the others: a single parcel is always preferred."""
    at_most = len(sight.eligible) if sight.is_small else FULL_RANKS
    sight.first_alone = order_by_picking(sight.alone, sight.keys, at_most)
    alone = set(sight.alone)
    others = [index for index in sight.eligible if index not in alone]
    ranked = sight.first_alone + order_by_picking(others, sight.keys, at_most - len(sight.first_alone))
    sight.ranks = {index: rank for rank, index in enumerate(ranked, start=1)}
