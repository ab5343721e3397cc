from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework import serializers

from oms.rest.serializers import Out

if TYPE_CHECKING:
    from oms.events.models import Event


class SubjectOut(Out):
    type = serializers.CharField()
    id = serializers.UUIDField()


class EventOut(Out):
    """What happened. `sequence` counts the events of one subject without gaps."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    subject = SubjectOut()
    sequence = serializers.IntegerField()
    payload = serializers.DictField()
    actor = serializers.DictField()
    request_id = serializers.CharField()
    recorded_at = serializers.DateTimeField()

    def to_representation(self, event: Event) -> dict[str, Any]:
        return {
            "id": event.pk,
            "kind": event.kind,
            "subject": {"type": event.subject_type, "id": event.subject_id},
            "sequence": event.sequence,
            "payload": event.payload,
            "actor": event.actor,
            "request_id": event.request_id,
            "recorded_at": event.recorded_at,
        }
