from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from oms.fulfilment.enums import FulfilmentState
from oms.tenancy.errors import InvalidInput, NotFound, OmsError

if TYPE_CHECKING:
    from oms.fulfilment.models import FulfilmentOrder


class FulfilmentNotFound(NotFound):
    code = "fulfilment.not_found"

    def __init__(self) -> None:
        super().__init__(_("There is no such fulfilment order."))


class WrongState(OmsError):
    """The fulfilment order is not in a state from which this step is allowed; `state` is the present one."""

    code = "fulfilment.wrong_state"

    def __init__(self, row: FulfilmentOrder) -> None:
        super().__init__(
            _("This fulfilment order is “%(state)s”.") % {"state": FulfilmentState(row.state).label},
            state=str(row.state),
            fulfilment=row.number,
        )


class WrongCode(OmsError):
    code = "fulfilment.wrong_code"
    http_status = 422
    keeps_writes = True


class TooManyAttempts(OmsError):
    code = "fulfilment.too_many_attempts"


class InvalidPick(InvalidInput):
    code = "fulfilment.invalid_pick"


class NotAllPicked(OmsError):
    code = "fulfilment.not_all_picked"


class WrongItem(InvalidInput):
    """What was scanned is not among the items of the fulfilment order."""

    code = "fulfilment.wrong_item"


class AlreadyComplete(InvalidInput):
    """Every unit of the item that was scanned is picked already."""

    code = "fulfilment.already_complete"
