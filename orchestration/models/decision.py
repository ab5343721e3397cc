from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from oms.tenancy.models import TenantForeignKey, TenantModel


class RoutingDecision(TenantModel):
    """Why units of an order went where they went, as it was seen then. Never changed, never computed again."""

    order = TenantForeignKey("orders.Order")
    ruleset = TenantForeignKey("orchestration.RulesetVersion", null=True)
    trigger = models.CharField(max_length=30)
    decided_at = models.DateTimeField()
    duration_ms = models.FloatField(default=0)
    placed = models.PositiveIntegerField()
    parked = models.PositiveIntegerField()
    document = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["tenant", "order", "decided_at"], name="routingdecision_order")]

    def __str__(self) -> str:
        return f"{self.placed} placed, {self.parked} parked"


class Exclusion(TenantModel):
    """A location that refused an order must not be asked for these SKUs again until then."""

    order = TenantForeignKey("orders.Order")
    location = TenantForeignKey("inventory.Location")
    sku_ids = ArrayField(models.UUIDField())
    reason = models.CharField(max_length=30)
    since = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["tenant", "order", "until"], name="exclusion_order")]

    def __str__(self) -> str:
        return self.reason
