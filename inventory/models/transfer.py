from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from inventory.enums import TransferFate, TransferState
from oms.tenancy.models import TenantForeignKey, TenantModel


class Transfer(TenantModel):
    """Units that go from one location to another."""

    number = models.CharField(max_length=40)
    source = TenantForeignKey("inventory.Location")
    destination = TenantForeignKey("inventory.Location")
    state = models.CharField(max_length=12, choices=TransferState.choices, default=TransferState.PROPOSED)
    expected_date = models.DateField(null=True)
    note = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    requested_at = models.DateTimeField(null=True)
    dispatched_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="transfer_number"),
            models.CheckConstraint(condition=~Q(source=F("destination")), name="transfer_places"),
        ]
        indexes = [
            models.Index(fields=["tenant", "created_at", "id"], name="transfer_created"),
            models.Index(
                fields=["tenant", "destination"],
                condition=Q(state__in=["REQUESTED", "DISPATCHED", "RECEIVED"]),
                name="transfer_coming",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class TransferLine(TenantModel):
    """Units of one SKU on a transfer. While it is requested they are reserved at the source; the line is the holder. Those that the
    source turns out not to have are taken off `quantity`, and an entry says so.

    Of what was `dispatched`, `received` came (some `damaged`), `lost` never will, `returned` never left. `extra` came beyond
    what was on its way; `settled` of it has been decided. What is none of these is in transit. `promised` of what is to come are
    kept for orders that wait.
    """

    transfer = TenantForeignKey("inventory.Transfer")
    sku = TenantForeignKey("inventory.Sku")
    quantity = models.PositiveIntegerField()
    dispatched = models.PositiveIntegerField(default=0)
    received = models.PositiveIntegerField(default=0)
    damaged = models.PositiveIntegerField(default=0)
    lost = models.PositiveIntegerField(default=0)
    returned = models.PositiveIntegerField(default=0)
    extra = models.PositiveIntegerField(default=0)
    settled = models.PositiveIntegerField(default=0)
    promised = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "transfer", "sku"], name="transferline_sku"),
            models.CheckConstraint(condition=Q(dispatched__lte=F("quantity")), name="transferline_dispatched"),
            models.CheckConstraint(condition=Q(settled__lte=F("extra")), name="transferline_settled"),
            models.CheckConstraint(condition=Q(promised__lte=F("quantity")), name="transferline_promised"),
            models.CheckConstraint(
                condition=Q(dispatched__gte=F("received") - F("extra") + F("lost") + F("returned")),
                name="transferline_in_transit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.sku_id}"

    @property
    def in_transit(self) -> int:
        """What left the source and is nowhere yet."""
        return self.dispatched - (self.received - self.extra) - self.lost - self.returned

    @property
    def unsettled(self) -> int:
        """Extra units about which nothing was decided."""
        return self.extra - self.settled


class TransferEntry(TenantModel):
    """One thing that became of units of a line; append-only. The same key again is the same entry."""

    line = TenantForeignKey("inventory.TransferLine")
    fate = models.CharField(max_length=12, choices=TransferFate.choices)
    quantity = models.PositiveIntegerField()
    reason = models.CharField(max_length=200, blank=True)
    key = models.CharField(max_length=60)
    actor = models.JSONField(default=dict)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "line", "key", "fate"], name="transferentry_key"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="transferentry_quantity"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.fate}"
