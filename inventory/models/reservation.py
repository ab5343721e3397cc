from __future__ import annotations

from django.db import models
from django.db.models import Q

from inventory.enums import OPEN_STATES, ReservationState
from oms.tenancy.models import TenantForeignKey, TenantModel


class Reservation(TenantModel):
    """Units of one level kept for one holder: a basket line while SOFT, a unit group while HARD or FIRM.

    Units that a basket asked for as part of a `kit` say of which, and how many of them make one.
    """

    level = TenantForeignKey("inventory.StockLevel")
    holder_id = models.UUIDField()
    reference = models.CharField(max_length=120, blank=True)
    kit = TenantForeignKey("inventory.Sku", null=True)
    per_kit = models.PositiveIntegerField(null=True)
    quantity = models.PositiveIntegerField()
    state = models.CharField(max_length=12, choices=ReservationState.choices)
    expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "holder_id", "level"],
                condition=Q(state__in=[str(each) for each in OPEN_STATES]),
                name="reservation_open_holder",
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="reservation_quantity"),
            models.CheckConstraint(
                condition=Q(kit=None, per_kit=None) | Q(kit__isnull=False, per_kit__gt=0), name="reservation_kit"
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "level"],
                condition=Q(state__in=[str(each) for each in OPEN_STATES]),
                name="reservation_open_level",
            ),
            models.Index(fields=["tenant", "reference"], condition=~Q(reference=""), name="reservation_reference"),
            models.Index(fields=["tenant", "expires_at"], condition=Q(state="SOFT"), name="reservation_expiry"),
            models.Index(fields=["tenant", "holder_id"], name="reservation_holder"),
            models.Index(fields=["tenant", "kit"], condition=Q(kit__isnull=False), name="reservation_kit_sku"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.state} for {self.holder_id}"
