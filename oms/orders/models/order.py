from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from oms.orders.enums import CustomerKind, Method, OrderStatus, PaymentState
from oms.tenancy.models import TenantForeignKey, TenantModel


class Order(TenantModel):  # type: ignore[django-manager-missing]  # the scoped manager is built at run time
    """One order of one channel. Amounts are in `currency`, tax included. `status` is written by `move_units` alone."""

    number = models.CharField(max_length=40)
    channel = TenantForeignKey("orders.SalesChannel")
    external_id = models.CharField(max_length=120)
    external_number = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=3, choices=CustomerKind.choices)
    method = models.CharField(max_length=20, choices=Method.choices)
    status = models.CharField(max_length=16, choices=OrderStatus.choices)
    payment_state = models.CharField(max_length=16, choices=PaymentState.choices)
    priority = models.SmallIntegerField(default=0)
    currency = models.CharField(max_length=3)
    total = models.DecimalField(max_digits=14, decimal_places=2)
    shipping = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    fees = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    discount = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    tax = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    units = models.PositiveIntegerField()
    customer_name = models.CharField(max_length=200, blank=True)
    customer_email = models.CharField(max_length=254, blank=True)
    customer_phone = models.CharField(max_length=40, blank=True)
    ship_to = models.JSONField(default=dict)
    bill_to = models.JSONField(default=dict)
    country = models.CharField(max_length=2, blank=True)
    postcode = models.CharField(max_length=12, blank=True)
    city = models.CharField(max_length=100, blank=True)
    collect_location = TenantForeignKey("inventory.Location", null=True)
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    note = models.TextField(blank=True)
    content_hash = models.CharField(max_length=64, blank=True)
    placed_at = models.DateTimeField()
    received_at = models.DateTimeField()
    promised_at = models.DateTimeField(null=True)
    ship_by = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "channel", "external_id"], name="order_external_id"),
            models.UniqueConstraint(fields=["tenant", "number"], name="order_number"),
        ]
        indexes = [
            models.Index(fields=["tenant", "-received_at", "-id"], name="order_received"),
            models.Index(fields=["tenant", "status", "-received_at", "-id"], name="order_status"),
            models.Index(fields=["tenant", "channel", "-received_at", "-id"], name="order_channel"),
            models.Index(
                fields=["tenant", "promised_at", "id"], name="order_promised", condition=models.Q(closed_at=None)
            ),
            models.Index(fields=["tenant", "customer_email"], name="order_email"),
        ]

    def __str__(self) -> str:
        return self.number


class OrderPayload(TenantModel):
    """What the channel sent, as received, each time it changed."""

    order = TenantForeignKey("orders.Order")
    content_hash = models.CharField(max_length=64, blank=True)
    body = models.JSONField()
    received_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Payload of {self.order_id}"
