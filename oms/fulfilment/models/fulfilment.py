from __future__ import annotations

from django.db import models
from django.db.models import Q

from oms.fulfilment.enums import FulfilmentState, HandoverProof, RefusalReason
from oms.orders.enums import Method
from oms.tenancy.models import TenantForeignKey, TenantModel


class FulfilmentOrder(TenantModel):  # type: ignore[django-manager-missing]  # the scoped manager is built at run time
    """The work of one location for one order. Deadlines count the location's opening time."""

    number = models.CharField(max_length=40)
    order = TenantForeignKey("orders.Order")
    location = TenantForeignKey("inventory.Location")
    method = models.CharField(max_length=20, choices=Method.choices)
    state = models.CharField(max_length=20, choices=FulfilmentState.choices, default=FulfilmentState.TO_ACCEPT)
    units = models.PositiveIntegerField()
    accept_by = models.DateTimeField()
    ready_by = models.DateTimeField()
    created_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    picked_at = models.DateTimeField(null=True)
    packed_at = models.DateTimeField(null=True)
    ready_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    refusal_reason = models.CharField(max_length=20, choices=RefusalReason.choices, blank=True)
    shelf = models.CharField(max_length=40, blank=True)
    collection_code = models.CharField(max_length=12, blank=True)
    wrong_codes = models.PositiveSmallIntegerField(default=0)
    proof = models.CharField(max_length=12, choices=HandoverProof.choices, blank=True)
    collected_by = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "number"], name="fulfilmentorder_number")]
        indexes = [
            models.Index(fields=["tenant", "location", "state", "created_at"], name="fulfilmentorder_queue"),
            models.Index(
                fields=["tenant", "accept_by"], name="fulfilmentorder_accept_by", condition=Q(state="TO_ACCEPT")
            ),
            models.Index(fields=["tenant", "-created_at", "-id"], name="fulfilmentorder_created"),
        ]

    def __str__(self) -> str:
        return self.number


class FulfilmentLine(TenantModel):
    """Units of one order line in a fulfilment order; `quantity` falls when units are refused or cancelled."""

    fulfilment = TenantForeignKey("fulfilment.FulfilmentOrder", related_name="lines")
    line = TenantForeignKey("orders.OrderLine")
    sku = TenantForeignKey("inventory.Sku")
    ordered = models.PositiveIntegerField()
    quantity = models.PositiveIntegerField()
    picked = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "fulfilment", "line"], name="fulfilmentline_line"),
            models.CheckConstraint(condition=Q(picked__lte=models.F("quantity")), name="fulfilmentline_picked"),
            models.CheckConstraint(condition=Q(quantity__lte=models.F("ordered")), name="fulfilmentline_quantity"),
        ]

    def __str__(self) -> str:
        return f"{self.picked} of {self.quantity}"
