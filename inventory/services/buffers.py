"""Buffer rules, and the levels that follow them; which rule counts is in `inventory.queries.buffers`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from inventory.enums import Bucket, BufferMeasure, MovementReason
from inventory.errors import UnknownLocation, UnknownSku
from inventory.locks import lock_levels_by_id
from inventory.models import BufferRule, BufferSweep, Sku, StockLevel, StockMovement
from inventory.queries.buffers import doubts, get_buffer_rule, has_buffer_rules, next_border, wanted_buffers
from inventory.queries.catalogue import locations_by_code, skus_by_code
from inventory.services.ledger import apply_deltas
from inventory.services.levels import LARGEST, ensure_levels
from inventory.types import Delta
from oms.tenancy.errors import InvalidInput
from oms.tenancy.services import audit
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from uuid import UUID

    from inventory.queries.buffers import Wanted
    from inventory.types import OwnBuffer

CAUSE = "buffer_rule"
BY_HAND = "own_buffer"
# Levels that one transaction locks, and SKUs that one looks at.
MOST = 5000
SKUS_AT_A_TIME = 200
# Certainty fades without anything happening.
DOUBTED_EVERY = timedelta(days=1)


@transaction.atomic
def create_buffer_rule(*, now: datetime, actor: Actor = SYSTEM, **fields: Any) -> BufferRule:
    """Keep a new rule; the levels follow within seconds. Raises InvalidInput."""
    rule = BufferRule(**fields)
    check_buffer_rule(rule)
    rule.save(force_insert=True)
    audit(action="buffer_rule.created", actor=actor, **_about(rule))
    ask_sweep(now=now)
    return rule


@transaction.atomic
def update_buffer_rule(*, rule_id: UUID, now: datetime, actor: Actor = SYSTEM, **changes: Any) -> BufferRule:
    """Change a rule, active or not; the levels follow within seconds. Raises NotFound, InvalidInput."""
    rule = get_buffer_rule(rule_id)
    changed = sorted(name for name, value in changes.items() if getattr(rule, name) != value)
    if not changed:
        return rule
    for name in changed:
        setattr(rule, name, changes[name])
    check_buffer_rule(rule)
    rule.save(update_fields=[*changed, "updated_at"])
    audit(action="buffer_rule.updated", actor=actor, **_about(rule), changes=changed)
    ask_sweep(now=now)
    return rule


@transaction.atomic
def delete_buffer_rule(*, rule_id: UUID, now: datetime, actor: Actor = SYSTEM) -> None:
    """Forget a rule; its levels fall to the next rule that fits, or to their own buffer. Raises NotFound."""
    rule = get_buffer_rule(rule_id)
    audit(action="buffer_rule.deleted", actor=actor, **_about(rule))
    BufferRule.objects.filter(pk=rule_id).delete()
    ask_sweep(now=now)


def check_buffer_rule(rule: BufferRule) -> None:
    """Refuse what makes no sense. Raises InvalidInput, with the fields at fault in its data."""
    faults = {}
    if rule.amount >= LARGEST:
        faults["amount"] = _("A buffer is from zero to a thousand million units.")
    if rule.starts_on and rule.ends_on and rule.ends_on < rule.starts_on:
        faults["ends_on"] = _("A rule ends on the day it begins, or later.")
    if rule.measure == BufferMeasure.PERCENT and rule.amount > 100:  # noqa: PLR2004 -- percent
        faults["amount"] = _("At most 100 percent can be held back.")
    if rule.measure == BufferMeasure.UNITS and (rule.least is not None or rule.most is not None):
        faults["least"] = _("Only a percentage has a least and a most.")
    if rule.least is not None and rule.most is not None and rule.most < rule.least:
        faults["most"] = _("The most is not under the least.")
    if rule.confidence_below is not None and not 1 <= rule.confidence_below <= 100:  # noqa: PLR2004 -- percent
        faults["confidence_below"] = _("Confidence is from 1 to 100 percent.")
    if faults:
        raise InvalidInput(" ".join(faults.values()), faults=faults)


def _about(rule: BufferRule) -> dict[str, Any]:
    return {"object_type": "buffer_rule", "object_id": rule.pk, "name": rule.name}


@transaction.atomic
def set_own_buffers(*, buffers: Sequence[OwnBuffer], now: datetime, note: str = "", actor: Actor = SYSTEM) -> int:
    """Set what levels hold back where no rule fits; return of how many that changed. The note says why.

    The last of two of one place wins. Raises UnknownSku, UnknownLocation, InvalidInput.
    """
    skus = skus_by_code([each.sku for each in buffers])
    locations = locations_by_code([each.location for each in buffers])
    unknown_skus = sorted({each.sku for each in buffers} - set(skus))
    unknown_locations = sorted({each.location for each in buffers} - set(locations))
    if unknown_skus:
        raise UnknownSku(unknown_skus)
    if unknown_locations:
        raise UnknownLocation(unknown_locations)
    if any(not 0 <= each.units < LARGEST for each in buffers):
        raise InvalidInput(_("A buffer is from zero to a thousand million units."))
    units = {(skus[each.sku], locations[each.location]): each.units for each in buffers}
    ensure_levels(list(units))
    rows = StockLevel.objects.filter(
        sku_id__in={sku for sku, _place in units}, location_id__in={place for _sku, place in units}, pool=""
    )
    named = [row.pk for row in rows if (row.sku_id, row.location_id) in units]
    names = {(skus[each.sku], locations[each.location]): f"{each.sku} @ {each.location}" for each in buffers}
    changed, changes = [], {}
    for level in lock_levels_by_id(named):
        place = (level.sku_id, level.location_id)
        if level.own_buffer != units[place]:
            changes[names[place]] = [level.own_buffer, units[place]]
            level.own_buffer = units[place]
            changed.append(level)
    StockLevel.objects.bulk_update(changed, ["own_buffer"], batch_size=1000)
    _write([level.pk for level in changed], now, actor, by_hand=note)
    if changes:
        # Where a rule counts nothing moves, and the ledger keeps no note.
        audit(
            action="own_buffer.set", object_type="own_buffer", object_id="", actor=actor, changes=changes, reason=note
        )
    return len(changed)


@transaction.atomic
def apply_buffers(*, sku_ids: Collection[UUID], now: datetime, actor: Actor = SYSTEM) -> bool:
    """Bring the levels of these SKUs to what the rules say; whether that was all: no more than `MOST` in one transaction.

    A level that is right already is neither locked nor written.
    """
    found = wanted_buffers(sku_ids=sku_ids, now=now, most=MOST)
    if found:
        level_ids = [each.level_id for each in found]
        lock_levels_by_id(level_ids)
        _write(level_ids, now, actor)
    return len(found) < MOST


def _write(level_ids: Sequence[UUID], now: datetime, actor: Actor, *, by_hand: str | None = None) -> None:
    """One movement for each of these locked levels that is not as it should be, with the rule that says so or let go.

    `by_hand` is the note of what a person set.
    """
    found = wanted_buffers(level_ids=level_ids, now=now)
    before = {} if by_hand is not None else _rules_of([each.level_id for each in found if each.rule_id is None])
    apply_deltas(deltas=[_delta(each, before, by_hand or "") for each in found], actor=actor)


def _delta(each: Wanted, before: dict[UUID, tuple[str, str]], by_hand: str) -> Delta:
    if each.rule_id is not None:
        cause_type, cause_id, note = CAUSE, str(each.rule_id), each.rule_name or ""
    else:
        cause_id, note = before.get(each.level_id, ("", by_hand))
        cause_type = CAUSE if cause_id else BY_HAND
    quantity = each.wanted - each.buffer
    return Delta(each.level_id, Bucket.BUFFER, quantity, MovementReason.BUFFER, cause_type, cause_id, note=note)


def _rules_of(level_ids: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
    """The rule that set the present buffer of each level."""
    moves = StockMovement.objects.filter(level_id__in=list(level_ids), bucket=Bucket.BUFFER)
    last = moves.order_by("level_id", "-version").distinct("level_id")
    return {level: (cause, note) for level, cause, note in last.values_list("level_id", "cause_id", "note")}


@transaction.atomic
def ask_sweep(*, now: datetime) -> None:
    """Let every level be brought to what the rules say, from the beginning."""
    sweep, created = BufferSweep.objects.get_or_create(defaults={"begun_at": now})
    if not created:
        BufferSweep.objects.filter(pk=sweep.pk).update(turn=F("turn") + 1, is_open=True, after=None, begun_at=now)


@transaction.atomic
def sweep_buffers(*, now: datetime) -> bool:
    """Bring the next SKUs' levels to what the rules say; whether there is more to do. Safe to run at any time, several at once."""
    sweep = BufferSweep.objects.first()
    if sweep is None:
        return False
    if not sweep.is_open:
        if sweep.next_at is None or sweep.next_at > now:
            return False
        ask_sweep(now=now)
        sweep.refresh_from_db()
    rows = Sku.objects.filter(pk__gt=sweep.after) if sweep.after else Sku.objects.all()
    sku_ids = list(rows.order_by("pk").values_list("pk", flat=True)[:SKUS_AT_A_TIME])
    mine = BufferSweep.objects.filter(pk=sweep.pk, turn=sweep.turn)
    if not sku_ids:
        mine.update(is_open=False, after=None, next_at=_next_time(sweep.begun_at))
        return False
    if apply_buffers(sku_ids=sku_ids, now=now):
        mine.update(after=sku_ids[-1])
    return True


def _next_time(begun_at: datetime) -> datetime | None:
    border = next_border(begun_at)
    tomorrow = begun_at + DOUBTED_EVERY if doubts() else None
    return min((at for at in (border, tomorrow) if at), default=None)


def follow_changes(*, sku_ids: Collection[UUID], now: datetime, and_more: bool = False) -> None:
    """What rules look at may have changed of these SKUs, `and_more` that nobody named; a sweep does what is too much for now."""
    if has_buffer_rules() and (not apply_buffers(sku_ids=sku_ids, now=now) or and_more):
        ask_sweep(now=now)
