from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from oms.tenancy.models import TenantModel


class Sku(TenantModel):
    """The variant that is sold. `cost` is in the tenant's currency, `weight_g` in grams."""

    code = models.CharField(max_length=100)
    name = models.CharField(max_length=300)
    product = models.CharField(max_length=100, blank=True)
    barcodes = ArrayField(models.CharField(max_length=48), default=list, blank=True)
    category = models.CharField(max_length=100, blank=True)
    brand = models.CharField(max_length=100, blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    weight_g = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    price = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "code"], name="sku_code")]
        indexes = [GinIndex(fields=["barcodes"], name="sku_barcodes")]

    def __str__(self) -> str:
        return self.code
