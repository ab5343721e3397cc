from __future__ import annotations

from django.db import models

from channels.enums import ParkedKind
from oms.tenancy.models import TenantForeignKey, TenantModel


class ParkedItem(TenantModel):
    """An order that a channel sent and Baton could not accept, as received, until a person has cured the cause."""

    connection = TenantForeignKey("channels.Connection")
    kind = models.CharField(max_length=20, choices=ParkedKind.choices)
    external_id = models.CharField(max_length=120)
    reason = models.CharField(max_length=500)
    raw = models.JSONField()
    attempts = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "connection", "external_id"], name="parkeditem_external_id")
        ]
        indexes = [
            models.Index(fields=["tenant", "-updated_at"], name="parkeditem_open", condition=models.Q(resolved_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.external_id}: {self.reason}"
