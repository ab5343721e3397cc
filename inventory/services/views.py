"""Stock views: saved with everything that follows from them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.errors import InvalidView
from inventory.events import VIEW_CHANGED
from inventory.locks import lock_views
from inventory.models import StockView
from inventory.queries.inbound import inbound_supply
from inventory.rules.views import TERMS, descendants, differences, handed_down, is_ancestor
from inventory.services.changed import stock_changed
from oms.events.services import record_many
from oms.events.types import NewEvent
from oms.tenancy.services import audit
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from uuid import UUID

SETTABLE = (
    "name",
    "parent_id",
    "inherited",
    "location_codes",
    "kinds",
    "groups",
    "query",
    *(field for fields in TERMS.values() for field in fields),
)
TOLD = ("parent", *(field for field in SETTABLE if field != "parent_id"))
_DERIVED = (*SETTABLE, "within")


@transaction.atomic
def save_view(*, code: str, name: str, actor: Actor = SYSTEM, **fields: Any) -> StockView:
    """Create a stock view, or change the one of this code; fields that are not given stay as they are.

    What its descendants have of it follows, and the channels of them all are told; what is so already changes nothing.
    Raises InvalidView.
    """
    views = {view.pk: view for view in lock_views()}
    saved = next((view for view in views.values() if view.code == code), None) or StockView(code=code)
    before = {view.pk: _fields(view) for view in views.values()}
    codes = {str(view.pk): view.code for view in views.values()}
    told = {**before.get(saved.pk, _fields(StockView())), "parent": codes.get(str(saved.parent_id), "")}
    view = with_terms(saved, views, name=name, **fields)
    changed = [view, *(each for each in (views | {view.pk: view}).values() if each is not view)]
    changed = [each for each in changed if _fields(each) != before.get(each.pk)]
    if not changed:
        return view
    for each in changed:
        each.save()
    audit(
        action="stock_view.saved",
        object_type="stock_view",
        object_id=view.pk,
        actor=actor,
        code=code,
        changes=differences(told, {**_fields(view), "parent": codes.get(str(view.parent_id), "")}, TOLD),
    )
    record_many([NewEvent(VIEW_CHANGED, "stock_view", each.pk, {"code": each.code}, actor) for each in changed])
    return view


def with_terms(view: StockView, views: Mapping[UUID, StockView], **fields: Any) -> StockView:
    """The view with these fields, and its descendants among `views` with what they have of it; nothing is saved.

    Raises InvalidView.
    """
    unknown = set(fields) - set(SETTABLE)
    if unknown:
        raise TypeError(f"not fields of a view: {sorted(unknown)}")
    for field, value in fields.items():
        setattr(view, field, value)
    view.query = {key: value for key, value in view.query.items() if value not in ([], None)}
    if view.parent_id is None:
        view.inherited, view.within = [], []
    parents = {each.pk: each.parent_id for each in views.values()} | {view.pk: view.parent_id}
    if is_ancestor(view.pk, view.parent_id, parents):
        raise InvalidView(_("A view cannot be its own parent, nor below itself."), field="parent")
    every = {**views, view.pk: view}
    for each in (view, *(every[child] for child in descendants(view.pk, parents))):
        _follow(each, every)
    return view


def _follow(view: StockView, views: Mapping[UUID, StockView]) -> None:
    if view.parent_id is not None:
        if view.parent_id not in views:
            raise InvalidView(_("There is no such parent view."), field="parent")
        for field, value in handed_down(views[view.parent_id], view.inherited).items():
            setattr(view, field, value)
    if view.pool_only and not view.pool:
        raise InvalidView(_("A view that sells a ring-fence alone must name it."), field="pool")
    if view.pool_only and view.supply:
        raise InvalidView(
            _("%(name)s sells a ring-fence alone: what is to come belongs to none.") % {"name": view.name},
            field="supply",
        )


@transaction.atomic
def reckon_horizons(*, today: date) -> int:
    """Tell of the SKUs whose units to come are within a view's horizon since the day it was last reckoned; return how many."""
    entered: set[UUID] = set()
    views = [view for view in lock_views() if view.supply and view.horizon is not None]
    for view in views:
        ahead = timedelta(days=view.horizon or 0)
        since = (view.reckoned_on or today) + ahead
        supply = inbound_supply(sku_ids=None, until=today + ahead) if view.reckoned_on else ()
        entered |= {each.sku_id for each in supply if each.day is not None and each.day > since}
    StockView.objects.filter(pk__in=[view.pk for view in views]).update(reckoned_on=today)
    stock_changed(entered)
    return len(entered)


def _fields(view: StockView) -> dict[str, Any]:
    found: dict[str, Any] = {name: getattr(view, name) for name in _DERIVED}
    return {**found, "parent_id": str(view.parent_id) if view.parent_id else None}
