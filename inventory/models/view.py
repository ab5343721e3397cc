from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from oms.tenancy.models import TenantForeignKey, TenantModel


class StockView(TenantModel):
    """A named, shared, computed view of stock.

    Members are the active locations of the listed codes, kinds or groups, and those that answer the `query`; a view that says none of
    these has them all. It sells the members' common stock and, when it names a `pool`, the units ring-fenced under that name; with
    `pool_only` those alone. `supply` names what it sells of the units that are to come to its members, as far ahead as `horizon` days.
    `percentage`, `buffer` and `cap` apply to the sum, in that order.

    A view with a `parent` has the parent's members, narrowed by its own choice. The terms named in `inherited` are the parent's: their
    columns, and `within`, which are the ancestors' choices, follow the parent (`inventory.rules.views`).
    """

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    parent = TenantForeignKey("self", null=True)
    inherited = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    location_codes = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    kinds = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    groups = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    query = models.JSONField(default=dict, blank=True)
    within = models.JSONField(default=list, blank=True)
    pool = models.CharField(max_length=40, blank=True, default="")
    pool_only = models.BooleanField(default=False)
    supply = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    horizon = models.PositiveSmallIntegerField(null=True)
    reckoned_on = models.DateField(null=True)
    percentage = models.PositiveSmallIntegerField(default=100)
    buffer = models.PositiveIntegerField(default=0)
    cap = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "code"], name="stockview_code"),
            models.CheckConstraint(condition=Q(percentage__lte=100), name="stockview_percentage"),
            models.CheckConstraint(condition=Q(pool_only=False) | ~Q(pool=""), name="stockview_pool"),
            models.CheckConstraint(condition=Q(pool_only=False) | Q(supply=[]), name="stockview_supply"),
            models.CheckConstraint(condition=Q(parent=None) | ~Q(parent=F("id")), name="stockview_parent"),
            models.CheckConstraint(condition=Q(parent__isnull=False) | Q(inherited=[]), name="stockview_inherited"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def pools(self) -> list[str]:
        """The pools it sells from, its ring-fence first; '' is the common stock."""
        return [self.pool] if self.pool_only or not self.pool else [self.pool, ""]
