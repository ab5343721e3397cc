"""The decision record: everything that "why this location?" shows, kept as it was when it was decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import orjson

from orchestration.enums import Method
from orchestration.rules.decision_json import (
    dump_attempt,
    dump_parked,
    dump_placement,
    dump_round,
    load_attempt,
    load_parked,
    load_placement,
    load_round,
    pack_attempt,
)
from orchestration.rules.records import Attempt, Candidate, ParkedUnits, Placement, Round, Shortage
from orchestration.rules.refusals import failure_in_words, ranking_in_words
from orchestration.rules.summary import parked_in_words, summarise
from orchestration.types import Json


@dataclass(frozen=True, slots=True)
class Decision:
    """Why the units of one order go where they go."""

    order_id: UUID
    number: str
    method: Method
    decided_at: datetime
    ruleset: str | None
    version: int | None
    currency: str
    time_zone: str
    skipped: tuple[str, ...]
    attempts: tuple[Attempt, ...]
    placements: tuple[Placement, ...]
    parked: tuple[ParkedUnits, ...]
    rounds: tuple[Round, ...] = ()

    @property
    def rule(self) -> str | None:
        """Name the rule that placed the first units, else the last one tried."""
        attempt = self.deciding_attempt
        return None if attempt is None else attempt.rule

    @property
    def deciding_attempt(self) -> Attempt | None:
        """Return the attempt that placed the first units, else the last one."""
        placing = [attempt for attempt in self.attempts if attempt.placed]
        return (placing or [None, *self.attempts][-1:])[0]

    def replacing(self, previous: Self, shortages: Sequence[Shortage]) -> Self:
        """Return this decision with the plan it replaces, which `shortages` made impossible, among its rounds."""
        failed = Round(previous.decided_at, previous.placements, tuple(shortages))
        return replace(self, rounds=(*previous.rounds, failed))

    def summary(self, language: str) -> str:
        """Say the decision in a few sentences, in French or English."""
        return summarise(self, language)

    def failure(self, attempt: Attempt, candidate: Candidate, language: str) -> str:
        """Say the first condition that a location did not meet, empty when it met all."""
        return failure_in_words(attempt, candidate, self.time_zone, language)

    def ranking(self, attempt: Attempt, language: str) -> str:
        """Say how an attempt ranked its candidates, down to the last tie-break."""
        return ranking_in_words(attempt, self.currency, language)

    def parked_reason(self, units: ParkedUnits, language: str) -> str:
        """Say why units have no location."""
        return parked_in_words(units, language)

    def to_json(self) -> dict[str, Json]:
        """Return plain JSON types, in a stable order."""
        return self._document([dump_attempt(attempt) for attempt in self.attempts])

    def to_record(self) -> bytes:
        """Return the JSON that is stored; `from_json` reads it as it reads `to_json`."""
        return orjson.dumps(self._document([pack_attempt(attempt) for attempt in self.attempts]))

    def _document(self, attempts: list[Any]) -> dict[str, Json]:
        return {
            "order_id": str(self.order_id),
            "number": self.number,
            "method": self.method.value,
            "decided_at": self.decided_at.isoformat(),
            "ruleset": self.ruleset,
            "version": self.version,
            "currency": self.currency,
            "time_zone": self.time_zone,
            "skipped": list(self.skipped),
            "attempts": attempts,
            "placements": [dump_placement(placement) for placement in self.placements],
            "parked": [dump_parked(units) for units in self.parked],
            "rounds": [dump_round(earlier) for earlier in self.rounds],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the decision that `to_json` or `to_record` wrote."""
        return cls(
            order_id=UUID(data["order_id"]),
            number=data["number"],
            method=Method(data["method"]),
            decided_at=datetime.fromisoformat(data["decided_at"]),
            ruleset=data["ruleset"],
            version=data["version"],
            currency=data["currency"],
            time_zone=data["time_zone"],
            skipped=tuple(data["skipped"]),
            attempts=tuple(load_attempt(item) for item in data["attempts"]),
            placements=tuple(load_placement(item) for item in data["placements"]),
            parked=tuple(load_parked(item) for item in data["parked"]),
            rounds=tuple(load_round(item) for item in data["rounds"]),
        )
