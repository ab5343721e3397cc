from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class SkuKind(models.TextChoices):
    """A virtual kit has no stock of its own: it is sold as one and prepared as its components. A prepacked one is made of them."""

    SIMPLE = "SIMPLE", _("Simple")
    VIRTUAL = "VIRTUAL", _("Virtual kit")
    PREPACKED = "PREPACKED", _("Prepacked kit")


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
    BUFFER = "BUFFER", _("Buffer")


# The column of a level that each bucket is.
BUCKET_COLUMNS = {bucket: bucket.lower() for bucket in Bucket.values}


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
    ASSEMBLY = "ASSEMBLY", _("Kit assembled")
    DISASSEMBLY = "DISASSEMBLY", _("Kit taken apart")
    POOL = "POOL", _("Ring-fence")
    FOUND = "FOUND", _("Found")
    BUFFER = "BUFFER", _("Buffer set")


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


class BufferMeasure(models.TextChoices):
    UNITS = "UNITS", _("Units")
    PERCENT = "PERCENT", _("Percent of on hand")


class Evidence(models.TextChoices):
    """What shows whether stock is right."""

    PICKED = "PICKED", _("Picked whole")
    MISSING = "MISSING", _("Not to be had")
    COUNT_RIGHT = "COUNT_RIGHT", _("Counted as expected")
    COUNT_WRONG = "COUNT_WRONG", _("Counted with a difference")


class Clock(models.TextChoices):
    """By which of a movement's two times the past is reckoned."""

    RECORDED = "recorded", _("When it was recorded")
    OCCURRED = "occurred", _("When it happened")

    @property
    def column(self) -> str:
        """The movement's column."""
        return f"{self.value}_at"


class GroupBy(models.TextChoices):
    """What a report on the value of stock is by."""

    LOCATION = "location", _("Location")
    LEGAL_ENTITY = "legal_entity", _("Legal entity")
    CATEGORY = "category", _("Category")
    BRAND = "brand", _("Brand")
    SKU = "sku", _("SKU")


class ReservationState(models.TextChoices):
    SOFT = "SOFT", _("Basket")
    HARD = "HARD", _("Promised")
    FIRM = "FIRM", _("Assigned")
    CONSUMED = "CONSUMED", _("Consumed")
    RELEASED = "RELEASED", _("Released")
    EXPIRED = "EXPIRED", _("Expired")
    RELOCATED = "RELOCATED", _("Relocated")


OPEN_STATES = (ReservationState.SOFT, ReservationState.HARD, ReservationState.FIRM)


class PurchaseState(models.TextChoices):
    DRAFT = "DRAFT", _("Draft")
    CONFIRMED = "CONFIRMED", pgettext_lazy("purchase order", "Confirmed")
    RECEIVING = "RECEIVING", _("Partly received")
    CLOSED = "CLOSED", pgettext_lazy("purchase order", "Closed")
    CANCELLED = "CANCELLED", pgettext_lazy("purchase order", "Cancelled")


class TransferState(models.TextChoices):
    PROPOSED = "PROPOSED", _("Proposed")
    REQUESTED = "REQUESTED", _("Requested")
    DISPATCHED = "DISPATCHED", _("Dispatched")
    RECEIVED = "RECEIVED", _("Received with a difference")
    CLOSED = "CLOSED", pgettext_lazy("transfer", "Closed")
    CANCELLED = "CANCELLED", pgettext_lazy("transfer", "Cancelled")


class TransferFate(models.TextChoices):
    """What became of units of a transfer: after they were dispatched, or SHORT before, when the source had them no more."""

    RECEIVED = "RECEIVED", pgettext_lazy("transfer", "Received")
    DAMAGED = "DAMAGED", _("Received damaged")
    LOST = "LOST", _("Lost")
    RETURNED = "RETURNED", _("Found at the source")
    EXTRA_TAKEN = "EXTRA_TAKEN", _("Extra units taken off the source")
    EXTRA_KEPT = "EXTRA_KEPT", _("Extra units kept")
    SHORT = "SHORT", _("Given up: no longer at the source")


# What people may decide of units that left.
DECISIONS = tuple(fate for fate in TransferFate if fate != TransferFate.SHORT)


class CountKind(models.TextChoices):
    FULL = "FULL", _("Full count")
    CYCLE = "CYCLE", _("Cycle count")


class CountState(models.TextChoices):
    COUNTING = "COUNTING", _("Counting")
    REVIEW = "REVIEW", _("To review")
    POSTED = "POSTED", _("Posted")
    CANCELLED = "CANCELLED", pgettext_lazy("transfer", "Cancelled")


class SupplyKind(models.TextChoices):
    """Where units that are to come are written."""

    PURCHASE = "PURCHASE", _("Purchase orders")
    TRANSFER = "TRANSFER", _("Transfers")


class SupplyState(models.TextChoices):
    """What became of units to come that are kept for somebody."""

    WAITING = "WAITING", _("Waiting")
    ARRIVED = "ARRIVED", _("Arrived")
    LOST = "LOST", _("Did not come")
    RELEASED = "RELEASED", _("Released")


class ImportKind(models.TextChoices):
    STOCK = "STOCK", _("Stock")
    CATALOGUE = "CATALOGUE", _("Catalogue")
    LOCATIONS = "LOCATIONS", _("Locations")


class ImportMode(models.TextChoices):
    FULL = "FULL", _("Full")
    NON_ZERO = "NON_ZERO", _("Only what has stock")
    DELTA = "DELTA", _("Only what changed")


# The modes that say everything of what they cover.
SNAPSHOTS = (ImportMode.FULL, ImportMode.NON_ZERO)


class ImportSource(models.TextChoices):
    UPLOAD = "UPLOAD", _("Upload")
    API = "API", _("API")
    FOLDER = "FOLDER", _("Folder")


class ImportState(models.TextChoices):
    DRAFT = "DRAFT", _("To check")
    QUEUED = "QUEUED", _("Queued")
    READING = "READING", _("Reading")
    WAITING = "WAITING", _("Waits for a decision")
    APPLYING = "APPLYING", _("Applying")
    DONE = "DONE", _("Applied")
    CHECKED = "CHECKED", _("Tried")
    FAILED = "FAILED", _("Failed")
    DISCARDED = "DISCARDED", _("Discarded")


# A file whose content is the same joins the run of the first one while that is in one of these.
OPEN_IMPORTS = (
    ImportState.DRAFT,
    ImportState.QUEUED,
    ImportState.READING,
    ImportState.WAITING,
    ImportState.APPLYING,
)
# Baton is, or should be, at work on these.
RUNNING_IMPORTS = (ImportState.QUEUED, ImportState.READING, ImportState.APPLYING)


class ImportPart(models.TextChoices):
    NAMED = "NAMED"
    CHANGE = "CHANGE"
    ZERO = "ZERO"
