from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from inventory.enums import Bucket, MovementReason
from oms.tenancy.models import TenantForeignKey, TenantModel

if TYPE_CHECKING:
    from datetime import datetime


class StockLevel(TenantModel):
    """What there is of one SKU at one location, in units. `pool` ring-fences units; the common stock is ''.

    `buffer` is not sold: what the first buffer rule that fits says, `own_buffer`, which is set by hand, where none does.
    `in_transit` is on its way here from another location of the tenant; it is nobody's on hand.
    `version` counts the movements of the level: the movement that made it n has version n.
    """

    sku = TenantForeignKey("inventory.Sku")
    location = TenantForeignKey("inventory.Location")
    pool = models.CharField(max_length=40, blank=True, default="")
    on_hand = models.IntegerField(default=0)
    reserved = models.IntegerField(default=0)
    buffer = models.IntegerField(default=0)
    own_buffer = models.IntegerField(default=0, db_default=0)
    quarantined = models.IntegerField(default=0)
    damaged = models.IntegerField(default=0)
    in_transit = models.IntegerField(default=0)
    known = models.BooleanField(default=True)
    as_of = models.DateTimeField(null=True)
    version = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "sku", "location", "pool"], name="stocklevel_place"),
            models.CheckConstraint(condition=Q(on_hand__gte=0), name="stocklevel_on_hand"),
            models.CheckConstraint(condition=Q(reserved__gte=0), name="stocklevel_reserved"),
            models.CheckConstraint(condition=Q(buffer__gte=0), name="stocklevel_buffer"),
            models.CheckConstraint(condition=Q(own_buffer__gte=0), name="stocklevel_own_buffer"),
            models.CheckConstraint(condition=Q(quarantined__gte=0), name="stocklevel_quarantined"),
            models.CheckConstraint(condition=Q(damaged__gte=0), name="stocklevel_damaged"),
            models.CheckConstraint(condition=Q(in_transit__gte=0), name="stocklevel_in_transit"),
        ]
        indexes = [
            models.Index(fields=["tenant", "location", "sku"], name="stocklevel_location"),
            models.Index(fields=["tenant", "sku", "location"], condition=~Q(pool=""), name="stocklevel_fenced"),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id} at {self.location_id}: {self.on_hand} on hand, {self.reserved} reserved"

    @property
    def available(self) -> int | None:
        """What this level alone has left; negative when a count fell under what is reserved, None when unknown.

        A buffer holds back what is there: by itself it makes no deficit.
        """
        free = self.on_hand - self.reserved
        return max(free - self.buffer, min(free, 0)) if self.known else None

    @property
    def told_at(self) -> datetime | None:
        """The age of the source: when it last spoke of this level, or of all of its location."""
        moments = [moment for moment in (self.as_of, self.location.stock_as_of) if moment]
        return max(moments, default=None)


class StockMovement(TenantModel):
    """One signed change of one bucket; `balance` is the bucket after it. The ledger: the runtime role only appends."""

    level = TenantForeignKey("inventory.StockLevel")
    version = models.BigIntegerField()
    bucket = models.CharField(max_length=12, choices=Bucket.choices)
    quantity = models.IntegerField()
    balance = models.IntegerField()
    reason = models.CharField(max_length=20, choices=MovementReason.choices)
    cause_type = models.CharField(max_length=30, blank=True)
    cause_id = models.CharField(max_length=64, blank=True)
    key = models.CharField(max_length=120, blank=True)
    note = models.CharField(max_length=300, blank=True)
    actor = models.JSONField(default=dict)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "level", "version"], name="stockmovement_version"),
            models.UniqueConstraint(fields=["tenant", "key"], condition=~Q(key=""), name="stockmovement_key"),
        ]
        indexes = [models.Index(fields=["tenant", "recorded_at", "id"], name="stockmovement_recorded")]

    def __str__(self) -> str:
        return f"{self.bucket} {self.quantity:+d} ({self.reason})"


class SpentKey(TenantModel):
    """The key of a movement that is no longer kept: `id` is its MD5. It is never taken again."""

    def __str__(self) -> str:
        return str(self.pk)
