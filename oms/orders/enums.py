from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ChannelFamily(models.TextChoices):
    SHOP = "SHOP", _("Online shop")
    MARKETPLACE = "MARKETPLACE", _("Marketplace")
    PRIVATE_SALE = "PRIVATE_SALE", _("Private sale")
    STORE = "STORE", _("Stores")
    B2B = "B2B", _("B2B")


class CustomerKind(models.TextChoices):
    B2C = "B2C", _("B2C")
    B2B = "B2B", _("B2B")


class Method(models.TextChoices):
    DELIVERY = "DELIVERY", _("Delivery")
    CLICK_AND_COLLECT = "CLICK_AND_COLLECT", _("Click & collect")
    RESERVE_AND_COLLECT = "RESERVE_AND_COLLECT", _("Reserve & collect")
    SHIP_TO_STORE = "SHIP_TO_STORE", _("Ship to store")


COLLECTION = (Method.CLICK_AND_COLLECT, Method.RESERVE_AND_COLLECT, Method.SHIP_TO_STORE)


class PaymentState(models.TextChoices):
    PENDING = "PENDING", _("To be paid")
    AUTHORISED = "AUTHORISED", _("Authorised")
    PAID = "PAID", _("Paid")
    ON_COLLECTION = "ON_COLLECTION", _("Paid on collection")
    PARTLY_REFUNDED = "PARTLY_REFUNDED", _("Partly refunded")
    REFUNDED = "REFUNDED", _("Refunded")


class UnitState(models.TextChoices):
    PENDING = "PENDING", _("To route")
    HELD = "HELD", _("On hold")
    PARKED = "PARKED", _("Unroutable")
    BACKORDERED = "BACKORDERED", _("Backordered")
    ASSIGNED = "ASSIGNED", _("To prepare")
    PICKED = "PICKED", _("Picked")
    PACKED = "PACKED", _("Packed")
    READY = "READY", _("Ready for pickup")
    SHIPPED = "SHIPPED", _("Shipped")
    DELIVERED = "DELIVERED", _("Delivered")
    COLLECTED = "COLLECTED", _("Collected")
    CANCELLED = "CANCELLED", _("Cancelled")
    RETURNED = "RETURNED", _("Returned")


GONE = frozenset({UnitState.SHIPPED, UnitState.DELIVERED, UnitState.COLLECTED, UnitState.RETURNED})
OPEN = frozenset(UnitState) - GONE - {UnitState.CANCELLED}


class OrderStatus(models.TextChoices):
    HELD = "HELD", _("On hold")
    UNROUTABLE = "UNROUTABLE", _("Unroutable")
    BACKORDERED = "BACKORDERED", _("Backordered")
    TO_ROUTE = "TO_ROUTE", _("To route")
    TO_PREPARE = "TO_PREPARE", _("To prepare")
    PICKING = "PICKING", _("Picking")
    PACKED = "PACKED", _("Packed")
    READY = "READY", _("Ready for pickup")
    PARTLY_SHIPPED = "PARTLY_SHIPPED", _("Partly shipped")
    SHIPPED = "SHIPPED", _("Shipped")
    DELIVERED = "DELIVERED", _("Delivered")
    COLLECTED = "COLLECTED", _("Collected")
    CANCELLED = "CANCELLED", _("Cancelled")
    RETURNED = "RETURNED", _("Returned")


class HoldReason(models.TextChoices):
    PAYMENT = "PAYMENT", _("Payment awaited")
    FRAUD = "FRAUD", _("Fraud check")
    ADDRESS = "ADDRESS", _("Address to check")
    REMORSE = "REMORSE", _("Remorse window")
    MANUAL = "MANUAL", _("Held by a person")
