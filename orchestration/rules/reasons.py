"""Why units have no location: the reason that really stood in the way, with how many locations each reason cost."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from orchestration.enums import FilterKind, ParkReason
from orchestration.rules.story import Story, Trial, Wanting
from orchestration.rules.verdicts import judge
from orchestration.types import Json, Unplaced

REASONS: Mapping[FilterKind, ParkReason] = {
    FilterKind.SERVICE: ParkReason.NO_SERVICE,
    FilterKind.ACTIVE: ParkReason.NO_SERVICE,
    FilterKind.STOCK_VIEW: ParkReason.NOT_IN_VIEW,
    FilterKind.STOCK: ParkReason.NO_STOCK,
    FilterKind.STOCK_AGE: ParkReason.STOCK_TOO_OLD,
    FilterKind.CONFIDENCE: ParkReason.STOCK_DOUBTFUL,
    FilterKind.NOT_REFUSED: ParkReason.ALL_REFUSED,
    FilterKind.OPENING: ParkReason.CLOSED,
    FilterKind.CAPACITY: ParkReason.CAPACITY,
    FilterKind.MAX_DISTANCE: ParkReason.TOO_FAR,
    FilterKind.GROUP: ParkReason.OUT_OF_SCOPE,
    FilterKind.LEGAL_ENTITY: ParkReason.OUT_OF_SCOPE,
    FilterKind.COUNTRY: ParkReason.OUT_OF_SCOPE,
}
# Between reasons that cost as many locations, the one a person can act on soonest is named.
URGENCY = (
    ParkReason.CAPACITY,
    ParkReason.CLOSED,
    ParkReason.ALL_REFUSED,
    ParkReason.STOCK_TOO_OLD,
    ParkReason.STOCK_DOUBTFUL,
    ParkReason.NO_SERVICE,
    ParkReason.TOO_FAR,
    ParkReason.OUT_OF_SCOPE,
)


def why_unplaced(story: Story, left: Sequence[Wanting]) -> tuple[Unplaced, ...]:
    """Return the units without a location, by unit group, each with its reason."""
    reasons: dict[UUID, tuple[ParkReason, dict[str, Json]]] = {}
    for item in left:
        if item.line.sku_id not in reasons:
            reasons[item.line.sku_id] = _why(story, item.line.sku_id)
    return tuple(
        Unplaced(
            unit_group_id=item.line.unit_group_id,
            sku_id=item.line.sku_id,
            quantity=item.quantity,
            reason=reasons[item.line.sku_id][0],
            params={"asked": item.line.quantity, **reasons[item.line.sku_id][1]},
            action=story.action,
        )
        for item in left
    )


def _why(story: Story, sku_id: UUID) -> tuple[ParkReason, dict[str, Json]]:
    if story.ruleset is None:
        return ParkReason.NO_RULESET, {}
    if not story.trials:
        return ParkReason.NO_RULE, {"rules": len(story.skipped)}
    if not any(trial.rule.static(trial.order).scope for trial in story.trials):
        return ParkReason.NO_LOCATION, {}
    return _tally(story.trials, sku_id)


@dataclass(slots=True)
class _Tally:
    """The locations that could not serve, by reason, and the units: usable, and too few where they are."""

    having: Counter[ParkReason] = field(default_factory=Counter)
    lacking: Counter[ParkReason] = field(default_factory=Counter)
    available: int = 0
    scattered: int = 0


def _tally(trials: Sequence[Trial], sku_id: UUID) -> tuple[ParkReason, dict[str, Json]]:
    """Count the locations by what kept each from serving this SKU; those without it matter only when none has it."""
    last = trials[-1]
    ask = _position(last, sku_id)
    tally = _Tally()
    for index, reason in _answers(trials, sku_id).items():
        held = last.stock[ask][index] - _given(last, ask, index)
        if reason is None:
            tally.available += held
            continue
        (tally.having if held else tally.lacking)[reason] += 1
        tally.scattered += held if reason is ParkReason.NO_STOCK else 0
    needed = last.asks[ask].quantity - sum(_given(last, ask, index) for index in last.choice.shares)
    counts = _counts(tally.having + tally.lacking)
    return _name(last, tally, needed), {"available": tally.available + tally.scattered, "locations": counts}


def _answers(trials: Sequence[Trial], sku_id: UUID) -> dict[int, ParkReason | None]:
    """Return why each location could not serve, by the first rule that had it in its scope."""
    answers: dict[int, ParkReason | None] = {}
    for trial in trials:
        verdicts = judge(trial)
        failing = verdicts.first_failing(_position(trial, sku_id))
        for index, position in zip(verdicts.scope, failing, strict=True):
            if answers.get(index, ParkReason.OUT_OF_SCOPE) is ParkReason.OUT_OF_SCOPE:
                answers[index] = None if position is None else _reason(trial, position, sku_id, index)
    return answers


def _reason(trial: Trial, position: int, sku_id: UUID, index: int) -> ParkReason:
    kind = trial.rule.filters[position].kind
    if kind is FilterKind.STOCK and index in trial.rule.network.unknown(sku_id):
        return ParkReason.STOCK_UNKNOWN
    return REASONS[kind]


def _position(trial: Trial, sku_id: UUID) -> int:
    return next(position for position, ask in enumerate(trial.asks) if ask.sku_id == sku_id)


def _given(trial: Trial, ask: int, index: int) -> int:
    share = trial.choice.shares.get(index)
    return share[ask] if share else 0


def _name(last: Trial, tally: _Tally, needed: int) -> ParkReason:
    obstacle = last.choice.obstacle or ParkReason.SPLIT_LIMIT
    if tally.available >= needed:
        return obstacle
    barred = max(URGENCY, key=lambda reason: tally.having[reason])
    if tally.having[barred]:
        return barred
    if tally.available + tally.scattered >= needed:
        return obstacle
    if tally.lacking[ParkReason.STOCK_UNKNOWN]:
        return ParkReason.STOCK_UNKNOWN
    return ParkReason.NOT_IN_VIEW if tally.having[ParkReason.NOT_IN_VIEW] else ParkReason.NO_STOCK


def _counts(reasons: Counter[ParkReason]) -> dict[str, Json]:
    return {reason.value: reasons[reason] for reason in sorted(reasons)}
