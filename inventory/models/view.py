from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from oms.tenancy.models import TenantModel


class StockView(TenantModel):
    """A named, shared, computed view of stock.

    Members are the active locations of the listed codes, kinds or groups; a view that lists none has them all.
    It sells the members' common stock and, when it names a `pool`, the units ring-fenced under that name; with
    `pool_only` those alone. `percentage`, `buffer` and `cap` apply to the sum, in that order.
    """

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    location_codes = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    kinds = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    groups = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    pool = models.CharField(max_length=40, blank=True, default="")
    pool_only = models.BooleanField(default=False)
    percentage = models.PositiveSmallIntegerField(default=100)
    buffer = models.PositiveIntegerField(default=0)
    cap = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "code"], name="stockview_code"),
            models.CheckConstraint(condition=Q(percentage__lte=100), name="stockview_percentage"),
            models.CheckConstraint(condition=Q(pool_only=False) | ~Q(pool=""), name="stockview_pool"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def pools(self) -> list[str]:
        """The pools it sells from, its ring-fence first; '' is the common stock."""
        return [self.pool] if self.pool_only or not self.pool else [self.pool, ""]
