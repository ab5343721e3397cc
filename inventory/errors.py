from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from oms.tenancy.errors import InvalidInput, NotFound, OmsError

if TYPE_CHECKING:
    from collections.abc import Sequence

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


class UnknownLocation(InvalidInput):
    code = "inventory.unknown_location"

    def __init__(self, codes: Sequence[str]) -> None:
        super().__init__(_("Unknown location: %(codes)s.") % {"codes": ", ".join(codes)}, locations=list(codes))


class UnknownView(InvalidInput):
    code = "inventory.unknown_view"


class ReservationNotFound(NotFound):
    code = "inventory.reservation_not_found"


class ReservationConflict(OmsError):
    code = "inventory.reservation_conflict"


class CodeTaken(OmsError):
    code = "inventory.code_taken"
