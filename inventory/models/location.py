from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from inventory.enums import LocationKind
from oms.tenancy.models import TenantForeignKey, TenantModel


class Location(TenantModel):
    """A place that holds stock.

    `opening` maps ISO weekdays "1".."7" to [["09:00", "19:00"], …] in the location's own time zone; empty means always
    open. `closures` lists ISO dates. Minutes count opening time. Costs are in the tenant's currency. `stock_as_of` is the moment
    of the last snapshot that told all of the location's stock: no level here is older, whatever its own `as_of`.
    """

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=LocationKind.choices)
    legal_entity = TenantForeignKey("tenancy.LegalEntity")
    address = models.CharField(max_length=300, blank=True)
    postcode = models.CharField(max_length=12, blank=True)
    city = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=2, default="FR")
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    time_zone = models.CharField(max_length=50, default="Europe/Paris")
    opening = models.JSONField(default=dict, blank=True)
    closures = models.JSONField(default=list, blank=True)
    groups = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    ships = models.BooleanField(default=True)
    collects = models.BooleanField(default=False)
    takes_returns = models.BooleanField(default=False)
    active = models.BooleanField(default=True)
    priority = models.SmallIntegerField(default=0)
    daily_capacity = models.PositiveIntegerField(null=True)
    minutes_to_accept = models.PositiveIntegerField(default=60)
    minutes_to_prepare = models.PositiveIntegerField(default=120)
    parcel_cost = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    stock_as_of = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "code"], name="location_code")]

    def __str__(self) -> str:
        return self.name
