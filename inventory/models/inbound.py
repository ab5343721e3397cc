from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from inventory.enums import PurchaseState
from oms.tenancy.models import TenantForeignKey, TenantModel


class PurchaseOrder(TenantModel):
    """Units bought from a supplier, for one location. `reference` is the buyer's or an integrator's own name for it."""

    number = models.CharField(max_length=40)
    reference = models.CharField(max_length=120, blank=True)
    supplier = models.CharField(max_length=200)
    location = TenantForeignKey("inventory.Location")
    state = models.CharField(max_length=12, choices=PurchaseState.choices, default=PurchaseState.DRAFT)
    expected_date = models.DateField(null=True)
    note = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="purchaseorder_number"),
            models.UniqueConstraint(
                fields=["tenant", "reference"], condition=~Q(reference=""), name="purchaseorder_reference"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "created_at", "id"], name="purchaseorder_created"),
            models.Index(
                fields=["tenant", "location"],
                condition=Q(state__in=["CONFIRMED", "RECEIVING"]),
                name="purchaseorder_coming",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class PurchaseOrderLine(TenantModel):
    """Units of one SKU on a purchase order, and what became of them.

    `received` counts everything that came in, `damaged` what of it cannot be sold; `cancelled` will not come any more. `promised` of
    what is still to come are kept for orders that wait.
    """

    order = TenantForeignKey("inventory.PurchaseOrder")
    position = models.PositiveIntegerField()
    sku = TenantForeignKey("inventory.Sku")
    quantity = models.PositiveIntegerField()
    unit_cost = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    expected_date = models.DateField(null=True)
    received = models.PositiveIntegerField(default=0)
    damaged = models.PositiveIntegerField(default=0)
    cancelled = models.PositiveIntegerField(default=0)
    promised = models.PositiveIntegerField(default=0)
    short_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "order", "position"], name="purchaseorderline_position"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="purchaseorderline_quantity"),
            models.CheckConstraint(condition=Q(damaged__lte=F("received")), name="purchaseorderline_damaged"),
            models.CheckConstraint(condition=Q(cancelled__lte=F("quantity")), name="purchaseorderline_cancelled"),
            models.CheckConstraint(
                condition=Q(promised=0) | Q(promised__lte=F("quantity") - F("received") - F("cancelled")),
                name="purchaseorderline_promised",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.sku_id}"

    @property
    def open(self) -> int:
        """What is still to come."""
        return max(self.quantity - self.received - self.cancelled, 0)


class ShippingNotice(TenantModel):
    """What the supplier says has left: units of a purchase order that arrive together on one day."""

    order = TenantForeignKey("inventory.PurchaseOrder")
    reference = models.CharField(max_length=120)
    carrier = models.CharField(max_length=80, blank=True)
    tracking_number = models.CharField(max_length=80, blank=True)
    expected_date = models.DateField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "order", "reference"], name="shippingnotice_reference")
        ]

    def __str__(self) -> str:
        return self.reference


class ShippingNoticeLine(TenantModel):
    """Units announced of one line; `received` of them are here. What comes fills the earliest notice first."""

    notice = TenantForeignKey("inventory.ShippingNotice")
    line = TenantForeignKey("inventory.PurchaseOrderLine")
    quantity = models.PositiveIntegerField()
    received = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "notice", "line"], name="shippingnoticeline_line"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="shippingnoticeline_quantity"),
            models.CheckConstraint(condition=Q(received__lte=F("quantity")), name="shippingnoticeline_received"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} announced"


class Receipt(TenantModel):
    """Units that came in on a purchase order line, at what they cost; append-only.

    `damaged` is what of `quantity` went to the damaged bucket. Both are negative where a receipt is corrected.
    """

    line = TenantForeignKey("inventory.PurchaseOrderLine")
    sku = TenantForeignKey("inventory.Sku")
    location = TenantForeignKey("inventory.Location")
    quantity = models.IntegerField()
    damaged = models.IntegerField(default=0)
    unit_cost = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    reason = models.CharField(max_length=200, blank=True)
    key = models.CharField(max_length=60)
    actor = models.JSONField(default=dict)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "line", "key"], name="receipt_key"),
            models.CheckConstraint(condition=~Q(quantity=0), name="receipt_quantity"),
        ]
        indexes = [
            models.Index(fields=["tenant", "recorded_at", "id"], name="receipt_recorded"),
            models.Index(fields=["tenant", "sku", "location"], name="receipt_place"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity:+d} of {self.sku_id}"
