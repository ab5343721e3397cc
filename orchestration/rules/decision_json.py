"""The JSON of decision records: plain types, keys always in the same order, and back."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from orchestration.enums import AfterAction, CriterionKind, FilterKind, LocationKind, Outcome, ParkReason
from orchestration.rules.filters import Check
from orchestration.rules.records import (
    AskedSku,
    Attempt,
    Candidate,
    Crowd,
    ParkedUnits,
    Placement,
    Round,
    RunnerUp,
    Shortage,
)
from orchestration.rules.rulesets import dump_criterion, dump_filter, parse_criterion, parse_filter
from orchestration.types import Json

_CHECKS, _COST = Candidate._fields.index("checks"), Candidate._fields.index("cost")


def pack_attempt(attempt: Attempt) -> dict[str, Any]:
    """The attempt as it is stored: candidates are rows without names, which is most of a record's size and time."""
    return {**_dump_attempt(attempt), "candidates": [_pack_candidate(each) for each in attempt.candidates]}


def _pack_candidate(candidate: Candidate) -> list[Any]:
    """As plain types: about each of another kind orjson would ask."""
    row: list[Any] = list(candidate)
    row[_CHECKS] = list(map(tuple, candidate.checks))
    row[_COST] = str(candidate.cost)
    return row


def dump_attempt(attempt: Attempt) -> dict[str, Json]:
    return {**_dump_attempt(attempt), "candidates": [_dump_candidate(candidate) for candidate in attempt.candidates]}


def _dump_attempt(attempt: Attempt) -> dict[str, Json]:
    runner_up = attempt.runner_up
    return {
        "rule": attempt.rule,
        "position": attempt.position,
        "asked": [{"sku_id": str(ask.sku_id), "sku": ask.sku, "quantity": ask.quantity} for ask in attempt.asked],
        "filters": [dump_filter(item) for item in attempt.filters],
        "ranking": [dump_criterion(item) for item in attempt.ranking],
        "candidates": [],
        "crowds": [_dump_crowd(crowd) for crowd in attempt.crowds],
        "eligible": attempt.eligible,
        "alone": attempt.alone,
        "decided_by": None if attempt.decided_by is None else attempt.decided_by.value,
        "runner_up": None if runner_up is None else _dump_runner_up(runner_up),
        "extra_cost": None if attempt.extra_cost is None else str(attempt.extra_cost),
        "placed": attempt.placed,
        "left": attempt.left,
        "after": None if attempt.after is None else attempt.after.value,
    }


def load_attempt(data: Mapping[str, Any]) -> Attempt:
    return Attempt(
        rule=data["rule"],
        position=data["position"],
        asked=tuple(AskedSku(UUID(ask["sku_id"]), ask["sku"], ask["quantity"]) for ask in data["asked"]),
        filters=tuple(parse_filter(item, "filters") for item in data["filters"]),
        ranking=tuple(parse_criterion(item, "ranking") for item in data["ranking"]),
        candidates=tuple(_load_candidate(item) for item in data["candidates"]),
        crowds=tuple(_load_crowd(item) for item in data["crowds"]),
        eligible=data["eligible"],
        alone=data["alone"],
        decided_by=None if data["decided_by"] is None else CriterionKind(data["decided_by"]),
        runner_up=None if data["runner_up"] is None else _load_runner_up(data["runner_up"]),
        extra_cost=None if data["extra_cost"] is None else Decimal(data["extra_cost"]),
        placed=data["placed"],
        left=data["left"],
        after=None if data["after"] is None else AfterAction(data["after"]),
    )


def dump_placement(placement: Placement) -> dict[str, Json]:
    return {
        "location_id": str(placement.location_id),
        "code": placement.code,
        "name": placement.name,
        "unit_group_id": str(placement.unit_group_id),
        "sku_id": str(placement.sku_id),
        "sku": placement.sku,
        "quantity": placement.quantity,
    }


def load_placement(data: Mapping[str, Any]) -> Placement:
    ids = {key: UUID(data[key]) for key in ("location_id", "unit_group_id", "sku_id")}
    return Placement(code=data["code"], name=data["name"], sku=data["sku"], quantity=data["quantity"], **ids)


def dump_parked(units: ParkedUnits) -> dict[str, Json]:
    return {
        "unit_group_id": str(units.unit_group_id),
        "sku_id": str(units.sku_id),
        "sku": units.sku,
        "quantity": units.quantity,
        "reason": units.reason.value,
        "params": dict(units.params),
        "action": units.action.value,
    }


def load_parked(data: Mapping[str, Any]) -> ParkedUnits:
    return ParkedUnits(
        unit_group_id=UUID(data["unit_group_id"]),
        sku_id=UUID(data["sku_id"]),
        sku=data["sku"],
        quantity=data["quantity"],
        reason=ParkReason(data["reason"]),
        params=data["params"],
        action=AfterAction(data["action"]),
    )


def dump_round(earlier: Round) -> dict[str, Json]:
    return {
        "decided_at": earlier.decided_at.isoformat(),
        "placements": [dump_placement(placement) for placement in earlier.placements],
        "shortages": [
            {
                "location_id": str(shortage.location_id),
                "sku_id": None if shortage.sku_id is None else str(shortage.sku_id),
                "asked": shortage.asked,
                "available": shortage.available,
            }
            for shortage in earlier.shortages
        ],
    }


def load_round(data: Mapping[str, Any]) -> Round:
    return Round(
        decided_at=datetime.fromisoformat(data["decided_at"]),
        placements=tuple(load_placement(item) for item in data["placements"]),
        shortages=tuple(
            Shortage(
                location_id=UUID(item["location_id"]),
                sku_id=None if item["sku_id"] is None else UUID(item["sku_id"]),
                asked=item["asked"],
                available=item["available"],
            )
            for item in data["shortages"]
        ),
    )


def _dump_candidate(candidate: Candidate) -> dict[str, Json]:
    return {
        "location_id": str(candidate.location_id),
        "code": candidate.code,
        "name": candidate.name,
        "kind": candidate.kind.value,
        "outcome": candidate.outcome.value,
        "rank": candidate.rank,
        "failed": candidate.failed,
        "checks": [[check.passed, check.seen] for check in candidate.checks],
        "stock": list(candidate.stock),
        "source_age": candidate.source_age,
        "distance_km": candidate.distance_km,
        "cost": str(candidate.cost),
        "scores": list(candidate.scores),
        "gives": list(candidate.gives),
    }


def _load_candidate(data: Mapping[str, Any] | list[Any]) -> Candidate:
    """The candidate of a document, or of a row as it is stored."""
    row = Candidate._make(data if isinstance(data, list) else [data[name] for name in Candidate._fields])
    return row._replace(
        location_id=UUID(str(row.location_id)),
        kind=LocationKind(row.kind),
        outcome=Outcome(row.outcome),
        checks=tuple(Check._make(check) for check in row.checks),
        stock=tuple(row.stock),
        cost=Decimal(row.cost),
        scores=tuple(row.scores),
        gives=tuple(row.gives),
    )


def _dump_crowd(crowd: Crowd) -> dict[str, Json]:
    return {
        "failed": None if crowd.failed is None else crowd.failed.value,
        "count": crowd.count,
        "nearest_km": crowd.nearest_km,
        "codes": list(crowd.codes),
    }


def _load_crowd(data: Mapping[str, Any]) -> Crowd:
    failed = None if data["failed"] is None else FilterKind(data["failed"])
    return Crowd(failed, data["count"], data["nearest_km"], tuple(data["codes"]))


def _dump_runner_up(runner_up: RunnerUp) -> dict[str, Json]:
    return {
        "location_ids": [str(location_id) for location_id in runner_up.location_ids],
        "names": list(runner_up.names),
        "extra_km": runner_up.extra_km,
        "extra_cost": str(runner_up.extra_cost),
    }


def _load_runner_up(data: Mapping[str, Any]) -> RunnerUp:
    location_ids = tuple(UUID(location_id) for location_id in data["location_ids"])
    return RunnerUp(location_ids, tuple(data["names"]), data["extra_km"], Decimal(data["extra_cost"]))
