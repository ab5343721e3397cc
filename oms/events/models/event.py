from __future__ import annotations

from django.db import models

from oms.tenancy.models import TenantModel


class Event(TenantModel):
    """What happened. Never changed, never removed by the runtime role.

    `transaction` is the database's transaction number: a feed that reads only what every running transaction can no
    longer precede sees each event once, whatever the order of commits.
    """

    kind = models.CharField(max_length=80)
    subject_type = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    sequence = models.PositiveIntegerField()
    payload = models.JSONField(default=dict)
    actor = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, blank=True)
    transaction = models.BigIntegerField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "subject_type", "subject_id", "sequence"], name="event_sequence"),
        ]
        indexes = [
            models.Index(fields=["tenant", "transaction", "id"], name="event_feed"),
            models.Index(fields=["tenant", "kind", "recorded_at"], name="event_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.sequence}"


class StreamPosition(TenantModel):
    """The last sequence number given to a subject's events; its row is the lock under which they are numbered."""

    subject_type = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    last = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "subject_type", "subject_id"], name="streamposition_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_type} {self.subject_id}: {self.last}"
