from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from inventory.enums import BufferMeasure
from oms.tenancy.models import TenantModel


class BufferRule(TenantModel):
    """How much of the common stock is held back, where, of what and when.

    Where: the locations of the listed codes, kinds or groups; all when none is listed. What: the SKUs that are in each list
    that is not empty, of categories, brands and codes. When: from the first to the last day, in the location's own time zone.
    With `confidence_below`, in percent, only where the stock is less certain than that.
    How much: `amount` units, or percent of what is on hand, rounded up, not under `least` nor over `most`.
    Of the active rules that fit a level, the one with the lowest `priority` counts, and of equals the oldest.
    """

    name = models.CharField(max_length=120)
    priority = models.PositiveIntegerField(default=100)
    active = models.BooleanField(default=True)
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    location_codes = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    kinds = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    groups = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    categories = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    brands = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    sku_codes = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    measure = models.CharField(max_length=8, choices=BufferMeasure.choices)
    amount = models.PositiveIntegerField()
    least = models.PositiveIntegerField(null=True)
    most = models.PositiveIntegerField(null=True)
    confidence_below = models.PositiveSmallIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="bufferrule_dates"),
            models.CheckConstraint(condition=Q(measure="UNITS") | Q(amount__lte=100), name="bufferrule_percent"),
            models.CheckConstraint(
                condition=Q(measure="PERCENT") | Q(least__isnull=True, most__isnull=True), name="bufferrule_units"
            ),
            models.CheckConstraint(condition=Q(most__gte=F("least")), name="bufferrule_bounds"),
            models.CheckConstraint(
                condition=Q(confidence_below__gte=1, confidence_below__lte=100), name="bufferrule_confidence"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class BufferSweep(TenantModel):
    """The buffers of every level on their way to what the rules say; one row per tenant.

    Open, it goes on after the SKU `after`; `turn` is the asking that opened it: whoever has an older one moves it no more.
    `next_at` is when it opens by itself: a rule begins or ends then.
    """

    turn = models.PositiveIntegerField(default=1)
    is_open = models.BooleanField(default=True)
    after = models.UUIDField(null=True)
    begun_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant"], name="buffersweep_tenant")]

    def __str__(self) -> str:
        return f"turn {self.turn}, {'open' if self.is_open else 'done'}"
