from __future__ import annotations

from django.db import models

from oms.tenancy.models import TenantForeignKey, TenantModel


class Delivery(TenantModel):
    """One event still owed to one subscriber; it is removed in the transaction of the subscriber's effect."""

    event = TenantForeignKey("events.Event")
    subscriber = models.CharField(max_length=80)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "event", "subscriber"], name="delivery_event_subscriber")
        ]
        indexes = [
            models.Index(fields=["tenant", "subscriber", "id"], name="delivery_due", condition=models.Q(dead_at=None)),
            models.Index(fields=["tenant", "dead_at"], name="delivery_dead", condition=models.Q(dead_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.subscriber} of {self.event_id}"
