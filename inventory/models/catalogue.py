from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, NullIf

from inventory.enums import SkuKind
from oms.tenancy.models import TenantForeignKey, TenantModel


class Sku(TenantModel):  # type: ignore[django-manager-missing]  # the scoped manager is built at run time
    """The variant that is sold. `cost` is in the tenant's currency, `weight_g` in grams."""

    code = models.CharField(max_length=100)
    kind = models.CharField(
        max_length=10, choices=SkuKind.choices, default=SkuKind.SIMPLE, db_default=SkuKind.SIMPLE.value
    )
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
        indexes = [
            GinIndex(fields=["barcodes"], name="sku_barcodes"),
            models.Index(F("tenant"), Coalesce(NullIf(F("product"), Value("")), F("code")), F("id"), name="sku_family"),
        ]

    def __str__(self) -> str:
        return self.code


class KitComponent(TenantModel):
    """Units of one SKU in each unit of a kit. The database itself refuses a virtual component, and levels of a virtual kit."""

    kit = TenantForeignKey("inventory.Sku", related_name="components")
    component = TenantForeignKey("inventory.Sku")
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "kit", "component"], name="kitcomponent_component"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="kitcomponent_quantity"),
            models.CheckConstraint(condition=~Q(kit=F("component")), name="kitcomponent_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.component_id}"
