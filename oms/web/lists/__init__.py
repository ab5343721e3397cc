"""Index pages: declared once as a `ListSpec`, shown by `render_list`. The address is the whole state.

ORDERS = ListSpec(
    key="orders",
    title=_("Orders"),
    columns=(
        Column("number", _("Order"), value=lambda o: o.number, cell=lambda o: ref(o.number, o.url), sort="number"),
        Column("placed", _("Received"), value=lambda o: o.placed_at, sort="placed_at", align="right", priority=2),
    ),
    filters=(ChoiceFilter("state", _("State"), options=STATES, field="status"), DateFilter("placed", _("Received"), field="placed_at")),
    search=search_orders,
    default_sort="-placed",
)

@page(Permission.ORDERS_READ, methods=("GET", "POST"))
def order_list(request):
    return render_list(request, ORDERS, orders())
"""

from oms.web.lists.filters import ChoiceFilter, DateFilter, Filter, Option, RangeFilter, TextFilter
from oms.web.lists.page import render_list
from oms.web.lists.spec import BulkAction, BulkResult, Button, Column, Counter, Empty, ListSpec, SystemView

__all__ = [
    "BulkAction",
    "BulkResult",
    "Button",
    "ChoiceFilter",
    "Column",
    "Counter",
    "DateFilter",
    "Empty",
    "Filter",
    "ListSpec",
    "Option",
    "RangeFilter",
    "SystemView",
    "TextFilter",
    "render_list",
]
