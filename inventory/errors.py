from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from oms.tenancy.errors import InvalidInput, NotFound, OmsError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from django_stubs_ext import StrOrPromise

    from inventory.types import Shortage


class NotEnoughStock(OmsError):
    code = "inventory.not_enough_stock"

    def __init__(self, shortages: Sequence[Shortage]) -> None:
        skus = ", ".join(shortage.sku for shortage in shortages)
        super().__init__(
            _("Not enough stock for %(skus)s.") % {"skus": skus},
            shortages=[{"sku": each.sku, "wanted": each.wanted, "available": each.available} for each in shortages],
        )
        self.shortages = tuple(shortages)


class StockWouldBeNegative(OmsError):
    code = "inventory.negative_stock"


class UnknownSku(InvalidInput):
    code = "inventory.unknown_sku"

    def __init__(self, codes: Sequence[str]) -> None:
        super().__init__(_("Unknown SKU: %(codes)s.") % {"codes": ", ".join(codes)}, skus=list(codes))


class VirtualKit(InvalidInput):
    """A virtual kit has no stock of its own: its components have."""

    code = "inventory.virtual_kit"

    def __init__(self, codes: Sequence[str]) -> None:
        super().__init__(
            _("%(codes)s: a virtual kit has no stock of its own; name its components.") % {"codes": ", ".join(codes)},
            skus=list(codes),
        )


class InvalidKit(InvalidInput):
    """These components cannot make this kit."""

    code = "inventory.invalid_kit"


class UnknownLocation(InvalidInput):
    code = "inventory.unknown_location"

    def __init__(self, codes: Sequence[str]) -> None:
        super().__init__(_("Unknown location: %(codes)s.") % {"codes": ", ".join(codes)}, locations=list(codes))


class UnknownView(InvalidInput):
    code = "inventory.unknown_view"


class InvalidView(InvalidInput):
    """Terms or a parent that a stock view cannot have."""

    code = "inventory.invalid_view"


class SupplyIsPromised(OmsError):
    """Less is to come than would be promised."""

    code = "inventory.supply_promised"


class ReservationNotFound(NotFound):
    code = "inventory.reservation_not_found"


class ReservationConflict(OmsError):
    code = "inventory.reservation_conflict"


class CodeTaken(OmsError):
    code = "inventory.code_taken"


class DocumentNotFound(NotFound):
    """There is no such purchase order, transfer or count."""

    code = "inventory.document_not_found"


class WrongDocumentState(OmsError):
    """The document's present state does not allow it; `state` names it."""

    code = "inventory.wrong_state"

    def __init__(self, number: str, state: str, label: StrOrPromise) -> None:
        super().__init__(
            _("%(number)s is in the state “%(state)s”; this cannot be done now.") % {"number": number, "state": label},
            state=str(state),
        )


class InvalidLine(InvalidInput):
    """A line of a document that cannot be: unknown, empty, or with a quantity that is none."""

    code = "inventory.invalid_line"


class ReasonNeeded(OmsError):
    """More or fewer units than expected want a reason."""

    code = "inventory.reason_needed"


class MoreThanThere(OmsError):
    """More units than the line has for that."""

    code = "inventory.more_than_there"


class WrongBarcode(OmsError):
    """The barcode belongs to no SKU, or to one that is not part of the document."""

    code = "inventory.wrong_barcode"


class CountConflict(OmsError):
    """A count takes away more than is there now: those lines must be counted again."""

    code = "inventory.count_conflict"


class ReferenceTaken(OmsError):
    """Another document with other content has the reference."""

    code = "inventory.reference_taken"


class BadImport(InvalidInput):
    """The file cannot be taken in as asked; the message says why."""

    code = "inventory.bad_import"


class ImportRunNotFound(NotFound):
    code = "inventory.import_not_found"


class ImportOver(OmsError):
    """What is asked of the import cannot be done in its state, which `state` names."""

    code = "inventory.import_state"


class NotKept(InvalidInput):
    """The ledger of that time was dropped; its balances remain."""

    code = "inventory.not_kept"


class NotPrunable(InvalidInput):
    """Movements of that time cannot be removed from the ledger; the message says why."""

    code = "inventory.not_prunable"


class LedgerDiffers(OmsError):
    """What balances say is not what the ledger says: nothing of these levels is removed."""

    code = "inventory.ledger_differs"

    def __init__(self, count: int, levels: Sequence[UUID]) -> None:
        shown = ", ".join(str(level) for level in levels)
        super().__init__(
            _(
                "The balances of %(count)s levels are not what the ledger says, among them %(levels)s: none of their movements is removed."
            )
            % {"count": count, "levels": shown},
            levels=[str(level) for level in levels],
        )
