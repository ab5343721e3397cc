from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class LocationKind(models.TextChoices):
    STORE = "STORE", _("Store")
    WAREHOUSE = "WAREHOUSE", _("Warehouse")
    THREE_PL = "THREE_PL", _("3PL")
    SUPPLIER = "SUPPLIER", _("Supplier")
    VIRTUAL = "VIRTUAL", _("Virtual location")


class Bucket(models.TextChoices):
    ON_HAND = "ON_HAND", _("On hand")
    RESERVED = "RESERVED", _("Reserved")
    QUARANTINED = "QUARANTINED", _("Quarantined")
    DAMAGED = "DAMAGED", _("Damaged")
    IN_TRANSIT = "IN_TRANSIT", _("In transit")


class MovementReason(models.TextChoices):
    OPENING = "OPENING", _("Opening stock")
    RECEIPT = "RECEIPT", _("Receipt")
    COUNT = "COUNT", _("Count")
    SYNC = "SYNC", _("Stock feed")
    ADJUSTMENT = "ADJUSTMENT", _("Adjustment")
    RESERVATION = "RESERVATION", _("Reservation")
    RELEASE = "RELEASE", _("Release")
    DISPATCH = "DISPATCH", _("Dispatch")
    NOT_FOUND = "NOT_FOUND", _("Not found")
    MISMATCH = "MISMATCH", _("Mismatch")
    DAMAGE = "DAMAGE", _("Damage")
    DISPLAY = "DISPLAY", _("Display unit")
    RETURN = "RETURN", _("Return")
    SHRINKAGE = "SHRINKAGE", _("Shrinkage")
    STORE_SALE = "STORE_SALE", _("Store sale")
    TRANSFER = "TRANSFER", _("Transfer")
    KIT = "KIT", _("Kit made or taken apart")
    POOL = "POOL", _("Ring-fence")


# What a person or an integrator may give as the reason of a movement by hand.
MANUAL_REASONS = (
    MovementReason.RECEIPT,
    MovementReason.COUNT,
    MovementReason.ADJUSTMENT,
    MovementReason.DAMAGE,
    MovementReason.SHRINKAGE,
    MovementReason.STORE_SALE,
    MovementReason.RETURN,
)


class ReservationState(models.TextChoices):
    SOFT = "SOFT", _("Basket")
    HARD = "HARD", _("Promised")
    FIRM = "FIRM", _("Assigned")
    CONSUMED = "CONSUMED", _("Consumed")
    RELEASED = "RELEASED", _("Released")
    EXPIRED = "EXPIRED", _("Expired")
    RELOCATED = "RELOCATED", _("Relocated")


OPEN_STATES = (ReservationState.SOFT, ReservationState.HARD, ReservationState.FIRM)
