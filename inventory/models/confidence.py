from __future__ import annotations

from django.db import models
from django.db.models import Q

from inventory.enums import Evidence
from oms.tenancy.models import TenantForeignKey, TenantModel


class StockObservation(TenantModel):
    """Something that showed whether the stock of a SKU at a location was right; `key` is what happened, learned from once."""

    sku = TenantForeignKey("inventory.Sku")
    location = TenantForeignKey("inventory.Location")
    kind = models.CharField(max_length=12, choices=Evidence.choices)
    key = models.CharField(max_length=120)
    occurred_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "key"], name="stockobservation_key")]
        indexes = [models.Index(fields=["tenant", "sku", "location", "occurred_at"], name="stockobservation_place")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.sku_id} at {self.location_id}"


class StockConfidence(TenantModel):
    """What observations of a SKU at a location weigh for and against its stock, as at `as_of`; it halves with time."""

    sku = TenantForeignKey("inventory.Sku")
    location = TenantForeignKey("inventory.Location")
    successes = models.FloatField()
    failures = models.FloatField()
    as_of = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "sku", "location"], name="stockconfidence_place"),
            models.CheckConstraint(condition=Q(successes__gte=0, failures__gte=0), name="stockconfidence_weights"),
        ]

    def __str__(self) -> str:
        return f"{self.successes:.2f} for, {self.failures:.2f} against"


class LocationConfidence(TenantModel):
    """The same of everything that a location has, which is where a SKU of which little is known begins."""

    location = TenantForeignKey("inventory.Location")
    successes = models.FloatField()
    failures = models.FloatField()
    as_of = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "location"], name="locationconfidence_location"),
            models.CheckConstraint(condition=Q(successes__gte=0, failures__gte=0), name="locationconfidence_weights"),
        ]

    def __str__(self) -> str:
        return f"{self.successes:.2f} for, {self.failures:.2f} against"
