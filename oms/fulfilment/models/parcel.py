from __future__ import annotations

from django.db import models

from oms.tenancy.models import TenantForeignKey, TenantModel


class Parcel(TenantModel):
    fulfilment = TenantForeignKey("fulfilment.FulfilmentOrder", related_name="parcels")
    carrier = models.CharField(max_length=80)
    tracking_number = models.CharField(max_length=80, blank=True)
    tracking_url = models.URLField(max_length=500, blank=True)
    weight_g = models.PositiveIntegerField(null=True)
    shipped_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["tenant", "tracking_number"], name="parcel_tracking")]

    def __str__(self) -> str:
        return f"{self.carrier} {self.tracking_number}"
