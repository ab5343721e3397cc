from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ConnectionState(models.TextChoices):
    ACTIVE = "ACTIVE", _("Active")
    PAUSED = "PAUSED", _("Paused")
    REFUSED = "REFUSED", _("Credentials refused")


class ParkedKind(models.TextChoices):
    UNKNOWN_SKU = "UNKNOWN_SKU", _("Unknown SKU")
    UNKNOWN_LOCATION = "UNKNOWN_LOCATION", _("Unknown pickup location")
    UNMAPPABLE = "UNMAPPABLE", _("Cannot be read")
    REFUSED = "REFUSED", _("Cannot be accepted")


class CommandKind(models.TextChoices):
    SHIPMENT = "SHIPMENT", _("Shipment")
    READY = "READY", _("Ready for pickup")
    CANCELLATION = "CANCELLATION", _("Cancellation")


class CommandState(models.TextChoices):
    NEW = "NEW", _("To send")
    SENT = "SENT", _("Sent, not confirmed")
    CONFIRMED = "CONFIRMED", _("Confirmed")
    REJECTED = "REJECTED", _("Rejected")
