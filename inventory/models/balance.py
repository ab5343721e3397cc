from __future__ import annotations

from django.db import models

from oms.tenancy.models import TenantForeignKey, TenantModel


class StockPeriod(TenantModel):
    """The end of a period up to which every level's balance is kept, once `built_at` is set.

    `mark` is a transaction number given after the end: when every transaction before it is over, no movement of the
    period can still appear. Until it is built, the levels up to `position` have their balance. What was recorded up to a period with `floor` may be gone from the ledger.
    """

    at = models.DateTimeField()
    mark = models.BigIntegerField()
    built_at = models.DateTimeField(null=True)
    levels = models.PositiveIntegerField(default=0)
    position = models.UUIDField(null=True)
    floor = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "at"], name="stockperiod_at")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d}"


class StockBalance(TenantModel):
    """A level at the end of a period in which it moved; until its next balance it was the same but for later movements.

    `version` counts the movements up to then. The clock is the ledger's own: `recorded_at`.
    """

    level = TenantForeignKey("inventory.StockLevel")
    at = models.DateTimeField()
    on_hand = models.IntegerField()
    reserved = models.IntegerField()
    quarantined = models.IntegerField()
    damaged = models.IntegerField()
    in_transit = models.IntegerField()
    buffer = models.IntegerField(default=0, db_default=0)
    version = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "level", "at"], name="stockbalance_at")]

    def __str__(self) -> str:
        return f"{self.level_id} at {self.at:%Y-%m-%d}: {self.on_hand} on hand"
