from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from oms.events.errors import DeadLetterNotFound
from oms.events.models import Delivery
from oms.tenancy.services import audit

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from oms.tenancy.types import Actor


@transaction.atomic
def replay_dead_letter(*, delivery_id: UUID, now: datetime, actor: Actor) -> None:
    """Give a dead letter all its attempts again, from now. Raises DeadLetterNotFound."""
    revived = _revive(now, pk=delivery_id)
    if not revived:
        raise DeadLetterNotFound(_("This dead letter was replayed or discarded already."))
    audit(action="dead_letter.replayed", object_type="delivery", object_id=delivery_id, actor=actor)


@transaction.atomic
def replay_all_dead_letters(*, now: datetime, actor: Actor, subscriber: str = "") -> int:
    """Give every dead letter, or every one of a subscriber, all its attempts again; return how many."""
    revived = _revive(now, **({"subscriber": subscriber} if subscriber else {}))
    audit(
        action="dead_letter.all_replayed",
        object_type="delivery",
        object_id=subscriber or "*",
        actor=actor,
        count=revived,
    )
    return revived


@transaction.atomic
def discard_dead_letter(*, delivery_id: UUID, actor: Actor, reason: str) -> None:
    """Give a dead letter up for good; the event stays in the log. Raises DeadLetterNotFound."""
    deleted, _by_model = Delivery.objects.filter(pk=delivery_id, dead_at__isnull=False).delete()
    if not deleted:
        raise DeadLetterNotFound(_("This dead letter was replayed or discarded already."))
    audit(action="dead_letter.discarded", object_type="delivery", object_id=delivery_id, actor=actor, reason=reason)


def _revive(now: datetime, **which: object) -> int:
    return Delivery.objects.filter(dead_at__isnull=False, **which).update(
        dead_at=None, attempts=0, due_at=now, leased_until=None
    )
