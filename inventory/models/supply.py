from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from inventory.enums import SupplyState
from oms.tenancy.models import TenantForeignKey, TenantModel

if TYPE_CHECKING:
    from uuid import UUID

_WAITING = Q(state=SupplyState.WAITING)


class SupplyReservation(TenantModel):
    """Units to come on one line of a purchase order or transfer, kept for one holder: a unit group that waits for them.

    The line's `promised` is their sum, and never more than is to come. `rank_at` is the moment of the order: who came first is
    served first. When the units arrive they are reserved on the level; the day they are expected is the document's.
    """

    purchase_line = TenantForeignKey("inventory.PurchaseOrderLine", null=True)
    transfer_line = TenantForeignKey("inventory.TransferLine", null=True)
    sku = TenantForeignKey("inventory.Sku")
    location = TenantForeignKey("inventory.Location")
    holder_id = models.UUIDField()
    reference = models.CharField(max_length=120, blank=True)
    quantity = models.PositiveIntegerField()
    state = models.CharField(max_length=12, choices=SupplyState.choices, default=SupplyState.WAITING)
    rank_at = models.DateTimeField()
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="supplyreservation_quantity"),
            models.CheckConstraint(
                condition=Q(purchase_line=None, transfer_line__isnull=False)
                | Q(purchase_line__isnull=False, transfer_line=None),
                name="supplyreservation_line",
            ),
            models.UniqueConstraint(
                fields=["tenant", "holder_id", "purchase_line"], condition=_WAITING, name="supplyreservation_purchase"
            ),
            models.UniqueConstraint(
                fields=["tenant", "holder_id", "transfer_line"], condition=_WAITING, name="supplyreservation_transfer"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.state} for {self.holder_id}"

    @property
    def line_id(self) -> UUID:
        """The line that the units are to come on."""
        line: UUID | None = self.purchase_line_id or self.transfer_line_id
        if line is None:
            raise ValueError("units to come are to come on a line")
        return line
