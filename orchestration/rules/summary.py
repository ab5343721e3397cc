"""A decision in words: why this location, why not that one, and why units have none."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from orchestration.enums import COLLECTED_ON_SITE, LocationKind, Outcome, ParkReason
from orchestration.rules.records import Attempt, Candidate, ParkedUnits, RunnerUp
from orchestration.rules.wording import Words, capitalise, words

if TYPE_CHECKING:
    from orchestration.rules.decisions import Decision

SAME_KM = 0.5


def summarise(decision: "Decision", language: str) -> str:
    speech = words(language)
    sentences: list[str] = []
    for attempt in decision.attempts:
        if attempt.placed:
            sentences.extend(_tell_choice(decision, attempt, speech))
    sentences.extend(_tell_parked(units, speech) for units in decision.parked)
    if decision.rounds:
        sentences.append(speech.count("summary.rounds", len(decision.rounds)))
    return " ".join(sentences) or speech.say("summary.nothing")


def parked_in_words(units: ParkedUnits, language: str) -> str:
    return capitalise(_reason(units, words(language)))


def _tell_choice(decision: "Decision", attempt: Attempt, speech: Words) -> list[str]:
    chosen = attempt.chosen
    names = speech.join([candidate.name for candidate in chosen])
    why = _why_split(attempt, speech) if len(chosen) > 1 else _why_one(decision, attempt, speech)
    sentences = [speech.say("summary.lead", names=names, why=why)]
    if attempt.extra_cost:
        sentences.append(speech.say("summary.extra", cost=speech.money(attempt.extra_cost, decision.currency)))
    if attempt.runner_up is not None:
        sentences.append(_tell_runner_up(attempt.runner_up, decision.currency, speech))
    return sentences


def _why_split(attempt: Attempt, speech: Words) -> str:
    parcels = speech.number(len(attempt.chosen))
    return speech.say("summary.split", n=parcels, what=_what(attempt, speech, complete=True))


def _why_one(decision: "Decision", attempt: Attempt, speech: Words) -> str:
    if decision.method in COLLECTED_ON_SITE:
        return speech.say("summary.collect")
    if attempt.alone == 0:
        return speech.say("summary.part", noun=_noun(attempt.chosen, speech, plural=False))
    eligible = [candidate for candidate in attempt.candidates if candidate.outcome is not Outcome.REJECTED]
    plural = _noun(eligible, speech, plural=True)
    if attempt.eligible == 1:
        return speech.say("summary.only", noun=_noun(eligible, speech, plural=False))
    what = _what(attempt, speech, complete=attempt.left == 0)
    if attempt.alone == 1:
        return speech.say("summary.alone", n=speech.number(attempt.eligible), noun=plural, what=what)
    criterion = "code" if attempt.decided_by is None else attempt.decided_by.value
    return speech.say(f"summary.best.{criterion}", n=speech.number(attempt.alone), noun=plural, what=what)


def _noun(candidates: Sequence[Candidate], speech: Words, *, plural: bool) -> str:
    kinds = {candidate.kind for candidate in candidates}
    kind = kinds.pop() if len(kinds) == 1 else None
    group = kind.value if kind in {LocationKind.STORE, LocationKind.WAREHOUSE} and kind is not None else "location"
    return speech.say(f"noun.{group}.{'other' if plural else 'one'}")


def _what(attempt: Attempt, speech: Words, *, complete: bool) -> str:
    if not complete:
        return speech.say("what.available")
    if len(attempt.asked) > 1:
        return speech.say("what.items")
    quantity = attempt.asked[0].quantity
    return speech.say("what.item") if quantity == 1 else speech.say("what.units", n=speech.number(quantity))


def _tell_runner_up(runner_up: RunnerUp, currency: str, speech: Words) -> str:
    parts = [
        *_distance_difference(runner_up.extra_km, speech),
        _cost_difference(runner_up.extra_cost, currency, speech),
    ]
    names = speech.join(runner_up.names)
    return speech.say("summary.runner_up", names=names, difference=speech.join(parts))


def _distance_difference(extra_km: float | None, speech: Words) -> list[str]:
    if extra_km is None:
        return []
    if abs(extra_km) < SAME_KM:
        return [speech.say("summary.as_far")]
    return [speech.say("summary.farther" if extra_km > 0 else "summary.nearer", n=speech.distance(abs(extra_km)))]


def _cost_difference(extra_cost: Decimal, currency: str, speech: Words) -> str:
    if not extra_cost:
        return speech.say("summary.same_cost")
    key = "summary.dearer" if extra_cost > 0 else "summary.cheaper"
    return speech.say(key, n=speech.money(abs(extra_cost), currency))


def _tell_parked(units: ParkedUnits, speech: Words) -> str:
    quantity = speech.count("units_of", units.quantity, sku=units.sku)
    return speech.say(f"summary.{units.action.value}", units=quantity, reason=_reason(units, speech))


def _reason(units: ParkedUnits, speech: Words) -> str:
    asked, available, counts = (units.params.get(key) for key in ("asked", "available", "locations"))
    placed = asked - units.quantity if isinstance(asked, int) else 0
    key: str = units.reason.value
    if units.reason is ParkReason.NO_STOCK and available:
        key = "too_little_stock"
    elif units.reason is ParkReason.NO_STOCK and placed:
        key = "no_more_stock"
    considered = sum(value for value in counts.values() if isinstance(value, int)) if isinstance(counts, dict) else 0
    if considered == 1 and speech.has(f"parked.{key}.one"):
        key = f"{key}.one"
    return speech.say(f"parked.{key}", n=speech.number(considered), asked=asked, placed=placed, available=available)
