from __future__ import annotations

from django.utils.translation import gettext as _

from oms.orders.enums import UnitState
from oms.tenancy.errors import InvalidInput, NotFound, OmsError


class OrderNotFound(NotFound):
    code = "orders.not_found"

    def __init__(self) -> None:
        super().__init__(_("There is no such order."))


class IllegalMove(OmsError):
    """The units are not in a state from which this move is allowed."""

    code = "orders.illegal_move"

    def __init__(self, *, group_id: object, state: str, to: str) -> None:
        super().__init__(
            _("The units are “%(state)s”; they cannot become “%(to)s”.")
            % {"state": UnitState(state).label, "to": UnitState(to).label},
            unit_group=str(group_id),
            state=str(state),
            to=str(to),
        )
        self.state = state


class NotEnoughUnits(OmsError):
    code = "orders.not_enough_units"


class InvalidOrder(InvalidInput):
    code = "orders.invalid"


class NothingToCancel(OmsError):
    code = "orders.nothing_to_cancel"


class NothingToHold(OmsError):
    code = "orders.nothing_to_hold"


class NotHeld(OmsError):
    code = "orders.not_held"
