from __future__ import annotations

from django.db import models

from oms.tenancy.enums import ActorKind
from oms.tenancy.models.base import TenantModel


class AuditEntry(TenantModel):
    """Who did what to which object. The runtime role may add entries, never change or remove one."""

    at = models.DateTimeField(auto_now_add=True)
    action = models.CharField(max_length=80)
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=64)
    actor_kind = models.CharField(max_length=20, choices=ActorKind.choices)
    actor_id = models.CharField(max_length=64, blank=True)
    actor_label = models.CharField(max_length=200, blank=True)
    data = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "at", "id"], name="audit_at"),
            models.Index(fields=["tenant", "object_type", "object_id", "at"], name="audit_object"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action}"
