"""What the pages of a location's handling share: who may, what was scanned and typed, and the part that changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _

from inventory.enums import PurchaseState
from inventory.errors import InvalidLine, WrongBarcode
from inventory.queries import locations, sku_by_barcode
from inventory.web.documents import attempt
from oms.tenancy.errors import NotFound, OmsError
from oms.tenancy.permissions import Permission
from oms.web.once import claim_form, new_key
from oms.web.pages import page, scanning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpResponse
    from django.http.response import HttpResponseBase

    from inventory.models import Location, PurchaseOrderLine, Sku, TransferLine
    from oms.tenancy.requests import TenantRequest

# A purchase order that may be received.
COMING = (PurchaseState.CONFIRMED, PurchaseState.RECEIVING)
SHOWN = 100
LONGEST_CODE = 120
NUMBER = re.compile(r"[0-9]{1,9}")
# A view as Django calls it; one that is given the location itself.
Page = Callable[..., "HttpResponseBase"]
PlaceView = Callable[..., "HttpResponse"]
L = TypeVar("L", "PurchaseOrderLine", "TransferLine")


def handling_page(*, methods: tuple[str, ...] = ("GET",)) -> Callable[[PlaceView], Page]:
    """A page at one location that the person works at, by its clock; nothing of it is kept by the browser."""

    def declare(view: PlaceView) -> Page:
        @wraps(view)
        def placed(request: TenantRequest, code: str, **named: Any) -> HttpResponse:
            place = locations().filter(code=code).first()
            if place is None or not request.access.may_at(Permission.FULFILMENT_WRITE, place.pk):
                raise NotFound(_("There is no such location, or you do not work there."))
            with timezone.override(place.time_zone):
                response = view(request, place, **named)
            patch_cache_control(response, private=True, no_store=True)
            return response

        guarded: Page = scanning(page(Permission.FULFILMENT_WRITE, methods=methods)(placed))
        return guarded

    return declare


def scanned_line(request: TenantRequest, lines: Sequence[L]) -> L:
    """The line of the SKU that was scanned, one that still waits for units if there is one. Raises WrongBarcode."""
    sku = scanned_sku(request)
    mine = [line for line in lines if line.sku_id == sku.pk]
    if not mine:
        raise WrongBarcode(_("%(name)s is not part of this document.") % {"name": sku.name}, sku=sku.code)
    return next((line for line in mine if _waits(line)), mine[0])


def _waits(line: PurchaseOrderLine | TransferLine) -> bool:
    return bool(getattr(line, "open", 0) or getattr(line, "in_transit", 0))


def scanned_sku(request: TenantRequest) -> Sku:
    code = request.POST.get("code", "").strip()[:LONGEST_CODE]
    found = sku_by_barcode(code) if code else None
    if not code:
        raise WrongBarcode(_("Scan an item, or type its barcode."))
    if found is None:
        raise WrongBarcode(_("No item of the catalogue has the barcode %(code)s.") % {"code": code})
    return found


def id_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def typed_units(request: TenantRequest) -> tuple[int, int]:
    """Units to sell and damaged ones. Raises InvalidLine."""
    texts = [request.POST.get(name, "").strip() or "0" for name in ("quantity", "damaged")]
    if not all(NUMBER.fullmatch(text.removeprefix("-")) for text in texts):
        raise InvalidLine(_("Type how many there are, as a number."))
    good, damaged = (int(text) for text in texts)
    return good, damaged


def answer(request: TenantRequest, act: Callable[[], str], show: Callable[..., HttpResponse]) -> HttpResponse:
    """Do once what a form asks; a script is given the part of the page that changed."""
    form = claim_form(request)
    if form.done:
        return show()
    outcome = attempt(act)
    if isinstance(outcome, OmsError):
        return show(refusal=outcome)
    response = show(said=outcome)
    form.keep(response)
    if not request.htmx:
        messages.success(request, outcome)
        return redirect(request.path.rsplit("/", 2)[0] + "/")
    return response


def show_job(
    request: TenantRequest,
    place: Location,
    template: str,
    context: dict[str, Any],
    *,
    said: str,
    refusal: OmsError | None,
) -> HttpResponse:
    total, done = context["total"], context["done"]
    shared = {
        "place": place,
        "key": new_key(),
        "said": said,
        "refusal": refusal,
        "share": min(round(100 * done / total), 100) if total else 0,
    }
    part = f"{template}#job" if request.htmx else template
    status = refusal.http_status if refusal is not None else HTTPStatus.OK
    return render(request, part, {**context, **shared}, status=status)
