from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class FulfilmentState(models.TextChoices):
    TO_ACCEPT = "TO_ACCEPT", _("To accept")
    ACCEPTED = "ACCEPTED", _("Accepted")
    PICKING = "PICKING", _("Picking")
    PACKED = "PACKED", _("Packed")
    HANDED_OVER = "HANDED_OVER", _("Shipped")
    READY_TO_COLLECT = "READY_TO_COLLECT", _("Ready for pickup")
    COLLECTED = "COLLECTED", _("Collected")
    REFUSED = "REFUSED", _("Refused")
    EXPIRED = "EXPIRED", _("Expired")
    CANCELLED = "CANCELLED", _("Cancelled")


OPEN_STATES = (
    FulfilmentState.TO_ACCEPT,
    FulfilmentState.ACCEPTED,
    FulfilmentState.PICKING,
    FulfilmentState.PACKED,
    FulfilmentState.READY_TO_COLLECT,
)
REFUSABLE = (FulfilmentState.TO_ACCEPT, FulfilmentState.ACCEPTED, FulfilmentState.PICKING)


class RefusalReason(models.TextChoices):
    NOT_FOUND = "NOT_FOUND", _("Not found on the shelves")
    MISMATCH = "MISMATCH", _("Fewer than the stock says")
    DAMAGED = "DAMAGED", _("Damaged")
    DISPLAY_UNIT = "DISPLAY_UNIT", _("Display unit")
    TOO_BUSY = "TOO_BUSY", _("Too busy")
    SHORT = "SHORT", _("Stock fell under what is promised")


# What a location may say itself; SHORT is what the stock says.
DECLARED = tuple(reason for reason in RefusalReason if reason != RefusalReason.SHORT)


class StockEffect(models.TextChoices):
    """What a refusal's reason does to the location's stock of the refused SKUs."""

    EMPTIES = "EMPTIES", _("On hand becomes 0: what is left there is doubtful")
    REDUCES = "REDUCES", _("On hand falls by the refused quantity")
    DAMAGES = "DAMAGES", _("The refused quantity moves to damaged")
    QUARANTINES = "QUARANTINES", _("The refused quantity moves to quarantine")
    NONE = "NONE", _("Stock does not change")


class HandoverProof(models.TextChoices):
    CODE = "CODE", _("Collection code")
    IDENTITY = "IDENTITY", _("Identity document seen")
