from __future__ import annotations

from django.db import models

from oms.orders.enums import ChannelFamily
from oms.tenancy.models import TenantForeignKey, TenantModel


class SalesChannel(TenantModel):
    """What the merchant calls a channel. `position` fixes its colour for life."""

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=100)
    family = models.CharField(max_length=20, choices=ChannelFamily.choices, default=ChannelFamily.SHOP)
    country = models.CharField(max_length=2, default="FR")
    currency = models.CharField(max_length=3, default="EUR")
    stock_view = TenantForeignKey("inventory.StockView", null=True)
    position = models.PositiveSmallIntegerField(default=1)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "code"], name="saleschannel_code")]

    def __str__(self) -> str:
        return self.name

    @property
    def colour(self) -> int:
        """1 to 7, by order of creation."""
        return (self.position - 1) % 7 + 1

    @property
    def monogram(self) -> str:
        return self.name[:2].capitalize()
