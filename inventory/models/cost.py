from __future__ import annotations

from django.db import models
from django.db.models import Q

from oms.tenancy.models import TenantForeignKey, TenantModel


class SkuCost(TenantModel):
    """The moving average cost of one SKU for one legal entity, in the tenant's currency; null while none is known.

    `opening` is what the catalogue said before the first receipt. `version` counts the changes: the change that made it n
    has version n. The row is the lock under which the average moves.
    """

    sku = TenantForeignKey("inventory.Sku")
    legal_entity = TenantForeignKey("tenancy.LegalEntity")
    opening = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    average = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    version = models.BigIntegerField(default=0)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "sku", "legal_entity"], name="skucost_sku"),
            models.CheckConstraint(condition=Q(average__gte=0), name="skucost_average"),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id} for {self.legal_entity_id}: {self.average}"


class CostChange(TenantModel):
    """One receipt that moved an average: from what, by how many units at which cost, to what. The runtime role only appends."""

    sku = TenantForeignKey("inventory.Sku")
    legal_entity = TenantForeignKey("tenancy.LegalEntity")
    version = models.BigIntegerField()
    quantity_before = models.BigIntegerField()
    average_before = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    received = models.BigIntegerField()
    unit_cost = models.DecimalField(max_digits=12, decimal_places=4)
    average = models.DecimalField(max_digits=14, decimal_places=4)
    key = models.CharField(max_length=120, blank=True)
    actor = models.JSONField(default=dict)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "sku", "legal_entity", "version"], name="costchange_version"),
            models.UniqueConstraint(fields=["tenant", "key"], condition=~Q(key=""), name="costchange_key"),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id}: {self.average_before} to {self.average}"
