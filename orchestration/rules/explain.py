"""From what planning remembers to the decision record."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from math import isfinite
from operator import neg

from orchestration.enums import CriterionKind, FilterKind, Outcome
from orchestration.rules.decisions import Decision
from orchestration.rules.network import COST_UNIT
from orchestration.rules.records import AskedSku, Attempt, Candidate, Crowd, ParkedUnits, Placement, RunnerUp
from orchestration.rules.sight import Sight, see
from orchestration.rules.story import Allocation, Story, Trial
from orchestration.rules.verdicts import shown_stock

# In a large network only the nearest of the rejected locations are told in full.
FULL_REJECTED = 20


def explain(story: Story) -> Decision:
    """Return the decision record of a planned order."""
    ruleset = story.ruleset
    return Decision(
        order_id=story.order.id,
        number=story.order.number,
        method=story.order.method,
        decided_at=story.network.now,
        ruleset=None if ruleset is None else ruleset.name,
        version=None if ruleset is None else ruleset.version,
        currency=story.network.snapshot.currency,
        time_zone="UTC" if ruleset is None else ruleset.time_zone,
        skipped=tuple(story.skipped),
        attempts=tuple(_tell_attempt(trial) for trial in story.trials),
        placements=_placements(story),
        parked=_parked(story),
    )


def _placements(story: Story) -> tuple[Placement, ...]:
    skus = {line.unit_group_id: line.sku for line in story.order.lines}
    places = {location.id: location for location in story.network.locations}
    return tuple(
        Placement(
            location_id=item.location_id,
            code=places[item.location_id].code,
            name=places[item.location_id].name,
            unit_group_id=item.unit_group_id,
            sku_id=item.sku_id,
            sku=skus[item.unit_group_id],
            quantity=item.quantity,
        )
        for item in story.assignments
    )


def _parked(story: Story) -> tuple[ParkedUnits, ...]:
    skus = {line.unit_group_id: line.sku for line in story.order.lines}
    return tuple(
        ParkedUnits(
            unit_group_id=item.unit_group_id,
            sku_id=item.sku_id,
            sku=skus[item.unit_group_id],
            quantity=item.quantity,
            reason=item.reason,
            params=item.params,
            action=item.action,
        )
        for item in story.parked
    )


def _tell_attempt(trial: Trial) -> Attempt:
    sight = see(trial)
    rule = trial.rule.rule
    placed = sum(map(sum, trial.choice.shares.values()))
    left = sum(ask.quantity for ask in trial.asks) - placed
    listed = _listed(sight)
    return Attempt(
        rule=rule.name,
        position=trial.rule.position,
        asked=tuple(AskedSku(ask.sku_id, ask.sku, ask.quantity) for ask in trial.asks),
        filters=trial.rule.filters,
        ranking=rule.ranking,
        candidates=_tell_candidates(sight, listed),
        crowds=_crowds(sight, set(listed)),
        eligible=len(sight.eligible),
        alone=len(sight.alone),
        decided_by=sight.decided_by(),
        runner_up=_runner_up(sight),
        extra_cost=_extra_cost(trial),
        placed=placed,
        left=left,
        after=rule.after if left else None,
    )


def _listed(sight: Sight) -> list[int]:
    """Return the locations told in full: by rank, then chosen ones without one, then refused ones by distance."""
    involved = (*sight.trial.choice.shares, *(sight.trial.choice.rival or ()))
    told = [*dict.fromkeys((*sight.ranks, *involved))]
    verdicts, distances = sight.verdicts, sight.trial.distances
    rejected = [index for index, failed in zip(verdicts.scope, verdicts.failed, strict=True) if failed is not None]
    rejected.sort(key=distances.__getitem__)
    return told + (rejected if sight.is_small else rejected[:FULL_REJECTED])


def _tell_candidates(sight: Sight, listed: Sequence[int]) -> tuple[Candidate, ...]:
    """Fill the fields of all candidates column by column: one call for each field would take as long as the planning."""
    trial, verdicts, shares = sight.trial, sight.verdicts, sight.trial.choice.shares
    rows = {index: row for row, index in enumerate(verdicts.scope)}
    at = [rows[index] for index in listed]
    places = [trial.rule.network.locations[index] for index in listed]
    failed = [verdicts.failed[row] for row in at]
    scores = _scores(sight, [index for index, why in zip(listed, failed, strict=True) if why is None])
    columns = (
        [place.id for place in places],
        [place.code for place in places],
        [place.name for place in places],
        [place.kind for place in places],
        [
            Outcome.CHOSEN if index in shares else Outcome.ELIGIBLE if why is None else Outcome.REJECTED
            for index, why in zip(listed, failed, strict=True)
        ],
        [sight.ranks.get(index) for index in listed],
        failed,
        [verdicts.checks[row] for row in at],
        list(zip(*[shown_stock(trial, ask, listed) for ask in range(len(trial.asks))], strict=True)),
        _oldest_figures(trial, listed),
        [_rounded(trial.distances[index]) for index in listed],
        [place.parcel_cost for place in places],
        [scores.get(index, ()) for index in listed],
        [shares.get(index) or () for index in listed],
    )
    return tuple(map(Candidate, *columns))


def _oldest_figures(trial: Trial, listed: Sequence[int]) -> list[int | None]:
    columns = [trial.rule.network.ages(ask.sku_id) for ask in trial.asks]
    return [max([age for column in columns if (age := column[index]) is not None], default=None) for index in listed]


def _scores(sight: Sight, listed: Sequence[int]) -> dict[int, tuple[float | None, ...]]:
    """Return what each criterion weighed, as people count it: more stock is more."""
    columns = []
    for (kind, _tolerance), key in zip(sight.trial.rule.criteria, sight.keys, strict=True):
        show = _SHOWN.get(kind)
        values = [key.value(index) for index in listed]
        columns.append(values if show is None else [show(value) for value in values])
    return dict(zip(listed, zip(*columns, strict=True), strict=True)) if columns else {}


def _rounded(distance: float) -> float | None:
    return round(distance, 1) if isfinite(distance) else None


def _finite(key: float) -> float | None:
    return -key if isfinite(key) else None


_SHOWN: Mapping[CriterionKind, Callable[[float], float | None]] = {
    CriterionKind.DISTANCE: _rounded,
    CriterionKind.PARCEL_COST: lambda key: key / COST_UNIT,
    CriterionKind.STOCK_DEPTH: neg,
    CriterionKind.CONFIDENCE: neg,
    CriterionKind.REMAINING_CAPACITY: _finite,
}


def _crowds(sight: Sight, listed: set[int]) -> tuple[Crowd, ...]:
    groups: defaultdict[FilterKind | None, list[int]] = defaultdict(list)
    for index, failed in zip(sight.verdicts.scope, sight.verdicts.failed, strict=True):
        if index not in listed:
            groups[None if failed is None else sight.trial.rule.filters[failed].kind].append(index)
    return tuple(_tell_crowd(sight.trial, failed, groups[failed]) for failed in sorted(groups, key=str))


def _tell_crowd(trial: Trial, failed: FilterKind | None, members: Sequence[int]) -> Crowd:
    nearest = min(trial.distances[index] for index in members)
    codes = tuple(trial.rule.network.locations[index].code for index in members)
    return Crowd(failed, len(members), _rounded(nearest), codes)


def _runner_up(sight: Sight) -> RunnerUp | None:
    second = sight.second()
    chosen, rival = sight.trial.choice.shares, sight.trial.choice.rival
    others: Allocation | None = {second: ()} if second is not None else rival
    if not chosen or not others:
        return None
    locations = [sight.trial.rule.network.locations[index] for index in others]
    return RunnerUp(
        location_ids=tuple(location.id for location in locations),
        names=tuple(location.name for location in locations),
        extra_km=_extra_km(sight.trial, chosen, others),
        extra_cost=_cost(sight.trial, others) - _cost(sight.trial, chosen),
    )


def _extra_km(trial: Trial, chosen: Iterable[int], others: Iterable[int]) -> float | None:
    difference = sum(trial.distances[index] for index in others) - sum(trial.distances[index] for index in chosen)
    return round(difference, 1) if isfinite(difference) else None


def _cost(trial: Trial, members: Iterable[int]) -> Decimal:
    return sum((trial.rule.network.locations[index].parcel_cost for index in members), Decimal(0))


def _extra_cost(trial: Trial) -> Decimal | None:
    costs = [trial.rule.network.locations[index].parcel_cost for index in trial.choice.shares]
    return sum(costs, Decimal(0)) - min(costs) if len(costs) > 1 else None
