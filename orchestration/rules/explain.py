"""From what planning remembers to the decision record."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from math import isfinite

from orchestration.enums import CriterionKind, FilterKind, Outcome
from orchestration.rules.decisions import Decision
from orchestration.rules.filters import source_age, stock_seen
from orchestration.rules.network import COST_UNIT, known_km
from orchestration.rules.records import AskedSku, Attempt, Candidate, Crowd, ParkedUnits, Placement, RunnerUp
from orchestration.rules.scoring import MORE_IS_BETTER
from orchestration.rules.sight import Sight, see
from orchestration.rules.story import Allocation, Story, Trial

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
    return tuple(
        Placement(
            location_id=item.location_id,
            code=story.network.locations[story.network.position[item.location_id]].code,
            name=story.network.locations[story.network.position[item.location_id]].name,
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
        candidates=tuple(_tell_candidate(sight, index) for index in listed),
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
    rejected = [index for index, verdict in sight.verdicts.items() if verdict.failed is not None]
    rejected.sort(key=lambda index: (sight.trial.distances[index], index))
    return told + (rejected if sight.is_small else rejected[:FULL_REJECTED])


def _tell_candidate(sight: Sight, index: int) -> Candidate:
    trial, verdict = sight.trial, sight.verdicts[index]
    network = trial.rule.network
    location = network.locations[index]
    share = trial.choice.shares.get(index)
    outcome = Outcome.REJECTED if verdict.failed is not None else Outcome.ELIGIBLE
    ages = [age for cell in verdict.cells if (age := source_age(cell, network.now)) is not None]
    return Candidate(
        location_id=location.id,
        code=location.code,
        name=location.name,
        kind=location.kind,
        outcome=outcome if share is None else Outcome.CHOSEN,
        rank=sight.ranks.get(index),
        failed=verdict.failed,
        checks=verdict.checks,
        stock=tuple(stock_seen(row[index], cell) for row, cell in zip(trial.stock, verdict.cells, strict=True)),
        source_age=max(ages, default=None),
        distance_km=_rounded(trial.distances[index]),
        cost=location.parcel_cost,
        scores=tuple(
            _score(criterion.by, key.value(index))
            for criterion, key in zip(trial.rule.rule.ranking, sight.keys, strict=True)
        ),
        gives=share or (0,) * len(trial.asks),
    )


def _score(kind: CriterionKind, key: float) -> float | None:
    """Return the value that a criterion weighed, as people count it: more stock is more."""
    if not isfinite(key):
        return None
    if kind is CriterionKind.PARCEL_COST:
        return key / COST_UNIT
    if kind in MORE_IS_BETTER:
        return -key
    return round(key, 1) if kind is CriterionKind.DISTANCE else key


def _crowds(sight: Sight, listed: set[int]) -> tuple[Crowd, ...]:
    groups: defaultdict[FilterKind | None, list[int]] = defaultdict(list)
    for index, verdict in sight.verdicts.items():
        if index not in listed:
            failed = None if verdict.failed is None else sight.trial.rule.filters[verdict.failed].kind
            groups[failed].append(index)
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


def _rounded(distance: float) -> float | None:
    known = known_km(distance)
    return None if known is None else round(known, 1)
