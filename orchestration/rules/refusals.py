"""Why a location is not a candidate, and how candidates are ranked, in words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from orchestration.enums import CriterionKind, FilterKind
from orchestration.rules.filters import Params
from orchestration.rules.records import Attempt, Candidate
from orchestration.rules.wording import Words, words
from orchestration.types import Criterion


@dataclass(frozen=True, slots=True)
class _Failure:
    """A failed filter: its parameters and what it saw, which came back from JSON."""

    attempt: Attempt
    params: Params
    seen: Any
    zone: ZoneInfo


def failure_in_words(attempt: Attempt, candidate: Candidate, time_zone: str, language: str) -> str:
    """Say the first condition that a location did not meet, empty when it met all."""
    if candidate.failed is None:
        return ""
    item = attempt.filters[candidate.failed]
    failure = _Failure(attempt, item.params, candidate.checks[candidate.failed].seen, ZoneInfo(time_zone))
    return _TELLERS[item.kind](failure, words(language))


def ranking_in_words(attempt: Attempt, currency: str, language: str) -> str:
    """Say how an attempt ranked its candidates, down to the last tie-break."""
    speech = words(language)
    labels = [criterion_in_words(item, "criterion_label", currency, speech) for item in attempt.ranking]
    return speech.say("ranking", criteria=", ".join([*labels, speech.say("criterion_label.code")]))


def criterion_in_words(criterion: Criterion, group: str, currency: str, speech: Words) -> str:
    """Say a criterion with its tolerance; `group` is `criterion` (a phrase) or `criterion_label`."""
    name = speech.say(f"{group}.{criterion.by.value}")
    if not criterion.tolerance:
        return name
    if criterion.by is CriterionKind.PARCEL_COST:
        width = speech.money(criterion.tolerance, currency)
    elif criterion.by is CriterionKind.DISTANCE:
        width = speech.say("unit.km", n=speech.number(criterion.tolerance))
    else:
        width = speech.number(criterion.tolerance)
    key = "tolerance_label" if group == "criterion_label" else "tolerance"
    return speech.say(key, criterion=name, n=width)


def _service(failure: _Failure, speech: Words) -> str:
    return speech.say(f"failed.service.{failure.seen}")


def _active(_failure: _Failure, speech: Words) -> str:
    return speech.say("failed.active")


def _stock_view(failure: _Failure, speech: Words) -> str:
    return speech.say("failed.stock_view", view=speech.quote(failure.seen))


def _stock(failure: _Failure, speech: Words) -> str:
    """Tell the SKU that is shortest; its code too when several were asked."""
    if None in failure.seen:
        return speech.say("failed.stock_unknown")
    pairs = list(zip(failure.attempt.asked, failure.seen, strict=True))
    ask, held = max(pairs, key=lambda pair: pair[0].quantity - pair[1])
    if len(pairs) == 1:
        return speech.say("failed.stock", held=held, asked=ask.quantity)
    return speech.say("failed.stock_of", sku=ask.sku, held=held, asked=ask.quantity)


def _stock_age(failure: _Failure, speech: Words) -> str:
    return speech.say("failed.stock_age", n=failure.params["max_minutes"])


def _confidence(failure: _Failure, speech: Words) -> str:
    least = min(failure.seen, default=0)
    return speech.say("failed.confidence", seen=speech.number(least, 0), n=failure.params["at_least"])


def _refusal(failure: _Failure, speech: Words) -> str:
    reason = speech.name("refusal", failure.seen["reason"])
    if failure.seen["since"] is None:
        return speech.say("failed.not_refused", reason=reason)
    at = datetime.fromisoformat(failure.seen["since"]).astimezone(failure.zone)
    return speech.say("failed.not_refused_at", reason=reason, at=speech.moment(at))


def _opening(failure: _Failure, speech: Words) -> str:
    if failure.seen is None:
        return speech.say("failed.opening_never")
    return speech.say("failed.opening", at=speech.moment(datetime.fromisoformat(failure.seen)))


def _capacity(failure: _Failure, speech: Words) -> str:
    used, capacity = failure.seen
    return speech.say("failed.capacity", used=used, capacity=capacity)


def _distance(failure: _Failure, speech: Words) -> str:
    limit = speech.number(float(str(failure.params["km"])))
    if failure.seen is None:
        return speech.say("failed.max_distance_unknown", n=limit)
    return speech.say("failed.max_distance", km=speech.distance(failure.seen), n=limit)


def _group(failure: _Failure, speech: Words) -> str:
    wanted = failure.params["any_of"]
    return speech.say("failed.group", some=speech.join(wanted if isinstance(wanted, tuple) else (), "or"))


def _legal_entity(failure: _Failure, speech: Words) -> str:
    return speech.say("failed.legal_entity", seen=failure.seen)


def _country(failure: _Failure, speech: Words) -> str:
    return speech.say("failed.country", seen=failure.seen)


_TELLERS: Mapping[FilterKind, Callable[[_Failure, Words], str]] = {
    FilterKind.SERVICE: _service,
    FilterKind.ACTIVE: _active,
    FilterKind.STOCK_VIEW: _stock_view,
    FilterKind.STOCK: _stock,
    FilterKind.STOCK_AGE: _stock_age,
    FilterKind.CONFIDENCE: _confidence,
    FilterKind.NOT_REFUSED: _refusal,
    FilterKind.OPENING: _opening,
    FilterKind.CAPACITY: _capacity,
    FilterKind.MAX_DISTANCE: _distance,
    FilterKind.GROUP: _group,
    FilterKind.LEGAL_ENTITY: _legal_entity,
    FilterKind.COUNTRY: _country,
}
