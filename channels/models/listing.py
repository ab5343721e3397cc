from __future__ import annotations

from django.db import models
from django.db.models import Q

from oms.tenancy.models import TenantForeignKey, TenantModel


class Listing(TenantModel):
    """An article as a channel offers it, the SKU it is, and the quantity the channel last said it has.

    `dirty_since` is when stock last began to differ from what was told, or null when nothing is owed. `marks` counts what
    made it so: a push settles the listing only if nothing was marked since its quantity was read. `withdrawn_at` is when
    the channel was found not to offer the article any more; it is owed nothing until it is seen again.
    """

    connection = TenantForeignKey("channels.Connection")
    external_id = models.CharField(max_length=200)
    product_id = models.CharField(max_length=200, blank=True)
    variant_id = models.CharField(max_length=200, blank=True)
    inventory_id = models.CharField(max_length=200, blank=True)
    sku_code = models.CharField(max_length=100, blank=True)
    sku = TenantForeignKey("inventory.Sku", null=True)
    title = models.CharField(max_length=300, blank=True)
    barcode = models.CharField(max_length=48, blank=True)
    stock_managed = models.BooleanField(default=True)
    told = models.IntegerField(null=True)
    told_at = models.DateTimeField(null=True)
    dirty_since = models.DateTimeField(null=True)
    marks = models.PositiveIntegerField(default=0, db_default=0)
    error = models.CharField(max_length=500, blank=True)
    seen_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "connection", "external_id"], name="listing_external_id")
        ]
        indexes = [
            models.Index(
                fields=["tenant", "connection", "dirty_since"],
                name="listing_dirty",
                condition=Q(dirty_since__isnull=False),
            ),
            models.Index(fields=["tenant", "sku"], name="listing_sku"),
            models.Index(fields=["tenant", "sku_code"], name="listing_sku_code", condition=Q(sku=None)),
        ]

    def __str__(self) -> str:
        return self.sku_code or self.external_id


class Publication(TenantModel):
    """One quantity told to a channel and its answer; `delay_ms` runs from the movement to the acknowledgement."""

    connection = TenantForeignKey("channels.Connection")
    listing = TenantForeignKey("channels.Listing")
    quantity = models.IntegerField()
    before = models.IntegerField(null=True)
    changed_at = models.DateTimeField()
    sent_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    delay_ms = models.PositiveIntegerField(null=True)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["tenant", "connection", "-sent_at", "-id"], name="publication_sent")]

    def __str__(self) -> str:
        return f"{self.before} → {self.quantity}"
