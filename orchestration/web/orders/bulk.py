"""Acts on selected orders: each order for itself, so that one refusal leaves the others done."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, cast

from django.contrib import messages
from django.db import OperationalError, transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from psycopg.errors import DeadlockDetected, LockNotAvailable

from oms.tenancy.errors import OmsError
from oms.tenancy.permissions import Permission
from oms.web import formats
from oms.web.lists import BulkAction
from oms.web.pages import page
from orchestration.web.orders import acts
from orchestration.web.orders.forms import CancelForm, HoldForm, RerouteForm

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet
    from django_stubs_ext import StrOrPromise

    from oms.orders.models import Order
    from oms.tenancy.requests import TenantRequest
    from oms.tenancy.types import Actor

MOST = 50
KEPT = "orders.bulk"


class Act(Protocol):
    """One act on one order. Raises OmsError."""

    def __call__(self, order_id: UUID, data: Mapping[str, Any], /, *, now: datetime, actor: Actor) -> None: ...


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one order; an empty refusal means that it was done."""

    number: str
    refusal: str = ""


def _run(
    label: StrOrPromise, act: Act, request: TenantRequest, selected: QuerySet[Order], data: Mapping[str, Any]
) -> HttpResponse:
    back = f"{request.path}?{request.POST.get('query', '').removeprefix('?')}"
    orders = list(selected.order_by("pk")[: MOST + 1])
    if len(orders) > MOST:
        messages.error(
            request,
            _("Select at most %(most)s orders at once; nothing was done. Narrow the list, or act page by page.")
            % {"most": MOST},
        )
        return HttpResponseRedirect(back)
    results = [_one(act, order, data, request) for order in orders]
    if all(not result.refusal for result in results):
        messages.success(request, _done(label, len(results)))
        return HttpResponseRedirect(back)
    request.session[KEPT] = {
        "label": str(label).rstrip("…"),
        "back": back,
        "results": [asdict(result) for result in results],
    }
    return redirect("orders:bulk-result")


def _done(label: StrOrPromise, count: int) -> str:
    text = ngettext("%(action)s: done for %(count)s order.", "%(action)s: done for %(count)s orders.", count)
    return text % {"action": str(label).rstrip("…"), "count": formats.number(count)}


def _one(act: Act, order: Order, data: Mapping[str, Any], request: TenantRequest) -> Result:
    try:
        with transaction.atomic():
            act(order.pk, data, now=timezone.now(), actor=request.access.actor)
    except OmsError as refusal:
        return Result(order.number, refusal.message)
    except OperationalError as error:
        # Somebody else holds the order or its stock; what was done for the others stands.
        if not isinstance(error.__cause__, (DeadlockDetected, LockNotAvailable)):
            raise
        return Result(order.number, _("Someone else is changing it at this moment; try again."))
    return Result(order.number)


def _action(key: str, label: StrOrPromise, act: Act, **options: Any) -> BulkAction[Order]:
    return BulkAction(key, label, run=cast("Any", partial(_run, label, act)), **options)


ACTIONS: tuple[BulkAction[Order], ...] = (
    _action(
        "hold",
        gettext_lazy("Hold…"),
        acts.hold,
        icon="player-pause",
        permission=Permission.ORDERS_WRITE,
        form=HoldForm,
        confirm=gettext_lazy("Units that nobody has picked wait, and keep their stock, until the order is released."),
    ),
    _action(
        "release",
        pgettext_lazy("verb", "Release"),
        acts.release,
        icon="player-play",
        permission=Permission.ORDERS_WRITE,
    ),
    _action(
        "reroute",
        gettext_lazy("Reroute…"),
        acts.reroute,
        icon="route",
        permission=Permission.ORDERS_WRITE,
        form=RerouteForm,
        confirm=gettext_lazy(
            "Units that nobody has picked leave their location, which is not asked again for a week, and go elsewhere."
        ),
    ),
    _action(
        "cancel",
        gettext_lazy("Cancel…"),
        acts.cancel,
        icon="ban",
        permission=Permission.ORDERS_WRITE,
        form=CancelForm,
        confirm=gettext_lazy("Every unit that has not left is cancelled for good, and its stock is free again."),
        danger=True,
    ),
)


@page(Permission.ORDERS_WRITE)
def bulk_result(request: TenantRequest) -> HttpResponse:
    """What became of each order of the last act on a selection."""
    kept = request.session.get(KEPT)
    if kept is None:
        return redirect("orders:list")
    results = [Result(**each) for each in kept["results"]]
    context = {
        "label": kept["label"],
        "back": kept["back"],
        "list": reverse("orders:list"),
        "results": sorted(results, key=lambda result: not result.refusal),
        "done": sum(1 for result in results if not result.refusal),
        "refused": sum(1 for result in results if result.refusal),
    }
    return render(request, "orders/bulk_result.html", context)
