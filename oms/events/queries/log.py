from __future__ import annotations

from typing import TYPE_CHECKING

from oms.events.models import Delivery, Event

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet


def events() -> QuerySet[Event]:
    """Everything that happened, newest first."""
    return Event.objects.order_by("-recorded_at", "-pk")


def timeline(*, subject_type: str, subject_id: UUID) -> QuerySet[Event]:
    """What happened to one subject, in its own order."""
    return Event.objects.filter(subject_type=subject_type, subject_id=subject_id).order_by("sequence")


def dead_letters() -> QuerySet[Delivery]:
    """Deliveries that were given up, with their event, newest first."""
    return Delivery.objects.filter(dead_at__isnull=False).select_related("event").order_by("-dead_at", "-pk")
