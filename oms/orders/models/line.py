from __future__ import annotations

from django.db import models
from django.db.models import Q

from oms.orders.enums import HoldReason, UnitState
from oms.tenancy.models import TenantForeignKey, TenantModel


class _Line(TenantModel):
    """Units of one SKU at a price. `unit_price` and `discount` include tax; `discount` and `tax` are for the whole line."""

    position = models.PositiveSmallIntegerField()
    external_id = models.CharField(max_length=120, blank=True)
    sku = TenantForeignKey("inventory.Sku")
    title = models.CharField(max_length=300, blank=True)
    quantity = models.PositiveIntegerField()
    unit_price = models.DecimalField(max_digits=14, decimal_places=4)
    discount = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    tax = models.DecimalField(max_digits=14, decimal_places=2, default=0)

    class Meta:
        abstract = True


class KitLine(_Line):  # type: ignore[django-manager-missing]  # the scoped manager is built at run time
    """A virtual kit of an order as it was sold. What is prepared are its parts: order lines that share its price and tax."""

    order = TenantForeignKey("orders.Order", related_name="kits")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "order", "position"], name="kitline_position"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="kitline_quantity"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.name}"

    @property
    def name(self) -> str:
        """What people call it: as its channel does, else as the catalogue does."""
        return self.title or self.sku.name


class OrderLine(_Line):  # type: ignore[django-manager-missing]  # the scoped manager is built at run time
    """One SKU of an order. A part of a `kit` has `per_kit` units for each of it, and no id of the channel: the kit has."""

    order = TenantForeignKey("orders.Order", related_name="lines")
    kit = TenantForeignKey("orders.KitLine", related_name="parts", null=True)
    per_kit = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "order", "position"], name="orderline_position"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="orderline_quantity"),
            models.CheckConstraint(
                condition=Q(kit=None, per_kit=None) | Q(kit__isnull=False, per_kit__gt=0), name="orderline_kit"
            ),
        ]
        indexes = [models.Index(fields=["tenant", "kit"], name="orderline_parts", condition=Q(kit__isnull=False))]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.title}"


class UnitGroup(TenantModel):
    """Units of one line that share one fate. The database itself checks that a line's groups sum to its quantity."""

    order = TenantForeignKey("orders.Order", related_name="groups")
    line = TenantForeignKey("orders.OrderLine", related_name="groups")
    sku = TenantForeignKey("inventory.Sku")
    quantity = models.PositiveIntegerField()
    state = models.CharField(max_length=12, choices=UnitState.choices)
    location = TenantForeignKey("inventory.Location", null=True)
    # The fulfilment order that prepares the units: a plain id, because that room is above this one.
    work_id = models.UUIDField(null=True)
    reason = models.CharField(max_length=60, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="unitgroup_quantity")]
        indexes = [
            models.Index(fields=["tenant", "state", "changed_at"], name="unitgroup_state"),
            models.Index(fields=["tenant", "work_id"], name="unitgroup_work", condition=Q(work_id__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.state}"


class Hold(TenantModel):
    """Why units of an order must not be routed yet, who answers for it and until when."""

    order = TenantForeignKey("orders.Order", related_name="holds")
    reason = models.CharField(max_length=12, choices=HoldReason.choices)
    note = models.CharField(max_length=300, blank=True)
    owner = models.CharField(max_length=200, blank=True)
    due_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "order"], name="hold_order"),
            models.Index(fields=["tenant", "due_at"], name="hold_due", condition=Q(released_at=None)),
        ]

    def __str__(self) -> str:
        return self.reason
