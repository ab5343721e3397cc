from __future__ import annotations

from django.db import models

from inventory.enums import CountKind, CountState
from oms.tenancy.models import TenantForeignKey, TenantModel


class StockCount(TenantModel):
    """A count of a location: all it holds, or chosen SKUs. A blind one does not tell counters what is expected."""

    number = models.CharField(max_length=40)
    location = TenantForeignKey("inventory.Location")
    kind = models.CharField(max_length=8, choices=CountKind.choices)
    blind = models.BooleanField(default=True)
    state = models.CharField(max_length=12, choices=CountState.choices, default=CountState.COUNTING)
    note = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    posted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "number"], name="stockcount_number")]
        indexes = [
            models.Index(fields=["tenant", "created_at", "id"], name="stockcount_created"),
            models.Index(fields=["tenant", "location"], name="stockcount_location"),
        ]

    def __str__(self) -> str:
        return self.number


class CountLine(TenantModel):
    """What was counted of one SKU, and what the ledger said on hand at that moment; the difference lies between the two.

    What moves between the counting and the posting changes neither: it is in the ledger already. `round` rises when it is to
    be counted again, and what was counted before no longer counts.
    """

    count = TenantForeignKey("inventory.StockCount")
    sku = TenantForeignKey("inventory.Sku")
    round = models.PositiveSmallIntegerField(default=1)
    counted = models.PositiveIntegerField(null=True)
    expected = models.IntegerField(null=True)
    counted_at = models.DateTimeField(null=True)
    posted = models.IntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "count", "sku"], name="countline_sku")]

    def __str__(self) -> str:
        return f"{self.counted} of {self.sku_id}"

    @property
    def difference(self) -> int | None:
        """Counted less expected; None while it is not counted."""
        return None if self.counted is None or self.expected is None else self.counted - self.expected


class CountTally(TenantModel):
    """What one person counted of a line in one round; several people count the same SKU on different shelves."""

    line = TenantForeignKey("inventory.CountLine")
    round = models.PositiveSmallIntegerField()
    person = models.CharField(max_length=64)
    label = models.CharField(max_length=200, blank=True)
    quantity = models.PositiveIntegerField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "line", "round", "person"], name="counttally_person")]

    def __str__(self) -> str:
        return f"{self.quantity} by {self.label}"
