"""The pages on which a person acts on one order: what it does, why, and whether something happened meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from oms.orders.enums import UnitState
from oms.orders.services import add_note
from oms.tenancy.errors import OmsError
from oms.tenancy.permissions import Permission
from oms.web.pages import page
from orchestration.errors import OrderHasChanged
from orchestration.services.unchanged import require_unchanged
from orchestration.web.orders import acts
from orchestration.web.orders.dossier import CANCELLABLE, HOLDABLE, MOVABLE, Dossier, open_order, read_dossier
from orchestration.web.orders.forms import CancelUnitsForm, ForceForm, HoldForm, NoteForm, RerouteForm
from orchestration.web.orders.history import moments
from orchestration.web.orders.sentences import Teller

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from uuid import UUID

    from django import forms
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase
    from django_stubs_ext import StrOrPromise

    from oms.tenancy.requests import TenantRequest
    from oms.tenancy.types import Access
    from oms.web.parts import Moment
    from orchestration.web.orders.bulk import Act

ANY = frozenset(UnitState)


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a person may do to an order. `states`: it makes sense while some unit is in one of them."""

    key: str
    label: StrOrPromise
    effect: StrOrPromise
    done: StrOrPromise
    icon: str
    permission: Permission
    act: Act
    states: frozenset[UnitState]
    form: type[forms.Form] | None = None
    danger: bool = False

    @property
    def title(self) -> str:
        return str(self.label).rstrip("…")

    def offered(self, dossier: Dossier, access: Access) -> bool:
        """Whether the order's page shows it."""
        return access.may(self.permission) and dossier.has(self.states)


HOLD = Action(
    "hold",
    gettext_lazy("Hold…"),
    gettext_lazy("Units that nobody has picked wait, and keep their stock, until the order is released."),
    gettext_lazy("The order is on hold."),
    icon="player-pause",
    permission=Permission.ORDERS_WRITE,
    act=acts.hold,
    states=HOLDABLE,
    form=HoldForm,
)
RELEASE = Action(
    "release",
    gettext_lazy("Release…"),
    gettext_lazy("Every hold of this order ends, and its units are routed within seconds."),
    gettext_lazy("The order is released; its units are being routed."),
    icon="player-play",
    permission=Permission.ORDERS_WRITE,
    act=acts.release,
    states=frozenset({UnitState.HELD}),
)
REROUTE = Action(
    "reroute",
    gettext_lazy("Reroute…"),
    gettext_lazy(
        "Units that nobody has picked leave their location, which is not asked again for a week, and go elsewhere "
        "by the rules in service."
    ),
    gettext_lazy("The order was routed again."),
    icon="route",
    permission=Permission.ORDERS_WRITE,
    act=acts.reroute,
    states=MOVABLE,
    form=RerouteForm,
)
FORCE = Action(
    "force",
    gettext_lazy("Force a location…"),
    gettext_lazy(
        "All units that nobody has picked go to this location, against the rules if need be. It must have the stock."
    ),
    gettext_lazy("The order was given to the location."),
    icon="map-pin",
    permission=Permission.ROUTING_WRITE,
    act=acts.force,
    states=MOVABLE,
    form=ForceForm,
)
CANCEL = Action(
    "cancel",
    gettext_lazy("Cancel units…"),
    gettext_lazy("Cancelled units never come back, and their stock is free again. What has left cannot be cancelled."),
    gettext_lazy("The units are cancelled."),
    icon="ban",
    permission=Permission.ORDERS_WRITE,
    act=acts.cancel,
    states=CANCELLABLE,
    form=CancelUnitsForm,
    danger=True,
)
ACTIONS = (HOLD, RELEASE, REROUTE, FORCE, CANCEL)


@dataclass(frozen=True, slots=True)
class Conflict:
    """What others did meanwhile, and who was the last."""

    who: str
    moments: list[Moment]


def action_view(action: Action) -> Callable[..., HttpResponseBase]:
    """The page of one action: GET asks, POST acts and returns to the order, or says why not and changes nothing."""

    def view(request: TenantRequest, number: str) -> HttpResponse:
        dossier = read_dossier(open_order(number))
        if request.method != "POST":
            return _ask(request, action, dossier, _form(action, dossier, None))
        form = _form(action, dossier, request.POST)
        if form is not None and not form.is_valid():
            return _ask(request, action, dossier, form, status=422)
        try:
            _do(request, action, dossier.order.pk, form)
        except OrderHasChanged:
            return _ask(request, action, dossier, form, status=409, conflict=_conflict(dossier, _seen(request)))
        except OmsError as refusal:
            vars(request)["rollback"] = True
            return _ask(request, action, dossier, form, status=refusal.http_status, refusal=refusal.message)
        messages.success(request, str(action.done))
        return redirect("orders:page", number=dossier.order.number)

    view.__name__ = action.key
    return page(action.permission, methods=("GET", "POST"))(view)


@transaction.atomic
def _do(request: TenantRequest, action: Action, order_id: UUID, form: forms.Form | None) -> None:
    require_unchanged(order_id=order_id, seen=_seen(request))
    data: Mapping[str, Any] = {} if form is None else form.cleaned_data
    if isinstance(form, CancelUnitsForm):
        data = {**data, "quantities": form.quantities}
    action.act(order_id, data, now=timezone.now(), actor=request.access.actor)


def _form(action: Action, dossier: Dossier, data: Any) -> forms.Form | None:
    if action.form is None:
        return None
    if issubclass(action.form, CancelUnitsForm):
        return action.form(_cancellable(dossier), data)
    return action.form(data)


def _cancellable(dossier: Dossier) -> list[tuple[Any, int]]:
    """Each line as it was sold with how many of it have not left."""
    found = [(sold.row, dossier.whole(sold, CANCELLABLE)) for sold in dossier.sold]
    return [(line, left) for line, left in found if left]


def _seen(request: HttpRequest) -> int:
    """The last event that the person saw; a form without it saw nothing."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() else 0


def _conflict(dossier: Dossier, seen: int) -> Conflict:
    language = get_language() or "en"
    later = [event for event in reversed(dossier.events) if event.sequence > seen]
    found = moments(later, Teller(dossier, language))
    return Conflict(str(found[0].actor) if found else "", found)


def _ask(
    request: TenantRequest,
    action: Action,
    dossier: Dossier,
    form: forms.Form | None,
    *,
    status: int = 200,
    conflict: Conflict | None = None,
    refusal: str = "",
) -> HttpResponse:
    context = {
        "action": action,
        "dossier": dossier,
        "order": dossier.order,
        "form": form,
        "conflict": conflict,
        "refusal": refusal,
        "possible": dossier.has(action.states),
    }
    return render(request, "orders/act.html", context, status=status)


@page(Permission.ORDERS_WRITE, methods=("POST",))
def note(request: TenantRequest, number: str) -> HttpResponse:
    """Leave a note on the timeline."""
    order = open_order(number)
    form = NoteForm(request.POST)
    if form.is_valid():
        add_note(order_id=order.pk, text=form.cleaned_data["text"], actor=request.access.actor)
        messages.success(request, _("The note is on the timeline."))
    else:
        messages.error(request, _("Write the note first; nothing was saved."))
    return redirect("orders:page", number=order.number)
