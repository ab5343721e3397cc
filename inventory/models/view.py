from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from oms.tenancy.models import TenantModel


class StockView(TenantModel):
    """A named, shared, computed view of stock.

    Members are the active locations of the listed codes, kinds or groups; a view that lists none has them all.
    `percentage`, `buffer` and `cap` apply to the sum, in that order.
    """

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    location_codes = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    kinds = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    groups = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    percentage = models.PositiveSmallIntegerField(default=100)
    buffer = models.PositiveIntegerField(default=0)
    cap = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "code"], name="stockview_code"),
            models.CheckConstraint(condition=Q(percentage__lte=100), name="stockview_percentage"),
        ]

    def __str__(self) -> str:
        return self.name
