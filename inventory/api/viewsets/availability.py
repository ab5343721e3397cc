from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.response import Response

from inventory.api.serializers import (
    AvailabilityOut,
    ExplainedAvailabilityOut,
    OutlookOut,
    ReservationIn,
    ReservationOut,
    ViewAvailabilityOut,
    ViewOutlookOut,
)
from inventory.errors import UnknownSku
from inventory.models import Reservation, StockLevel
from inventory.queries import availability, availability_by_date, get_basket, get_view, skus_by_code
from inventory.services import release_basket, reserve_baskets
from inventory.types import Basket, BasketAsk, BasketLine
from oms.rest.errors import InvalidParameters
from oms.rest.filters import values_of
from oms.rest.serializers import show, show_each
from oms.rest.together import Answer, Together
from oms.rest.viewsets import TenantViewSet
from oms.tenancy.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from django.http import HttpResponse

    from inventory.models import StockView
    from oms.rest.requests import ApiRequest
    from oms.tenancy.types import Actor

MOST_SKUS = 500


class AvailabilityViewSet(TenantViewSet[StockLevel]):
    """What can be sold."""

    permissions = {"retrieve": Permission.STOCK_READ, "dates": Permission.STOCK_READ}
    parameters = {"retrieve": ("view", "sku", "explain"), "dates": ("view", "sku", "by")}
    serializer_class = ViewAvailabilityOut

    @extend_schema(
        parameters=[
            OpenApiParameter("sku", str, many=True, required=True, description="SKU codes: repeated, or with commas."),
            OpenApiParameter("view", str, description="Code of the stock view; without one, every location."),
            OpenApiParameter("explain", bool, description="Give each location's contribution too."),
        ],
        responses={200: ViewAvailabilityOut},
    )
    def retrieve(self, request: ApiRequest) -> Response:
        """Available to sell of many SKUs on one view, with every term of the formula."""
        if request.query_params.get("explain", "false") not in {"true", "false"}:
            raise InvalidParameters({"explain": ["Choose true or false."]})
        explain = request.query_params.get("explain") == "true"
        view, sku_ids = _asked(request)
        found = availability(view=view, sku_ids=sku_ids, explain=explain)
        shape = ExplainedAvailabilityOut if explain else AvailabilityOut
        return Response({"view": view.code, "results": show_each(shape, found)})

    @extend_schema(
        parameters=[
            OpenApiParameter("sku", str, many=True, required=True, description="SKU codes: repeated, or with commas."),
            OpenApiParameter("view", str, description="Code of the stock view; without one, every location."),
            OpenApiParameter("by", date, description="The last day to look at; without one, all that is to come."),
        ],
        responses={200: ViewOutlookOut},
    )
    def dates(self, request: ApiRequest) -> Response:
        """What can be promised of many SKUs at once, and in all from each day on that something arrives."""
        by = request.query_params.get("by", "")
        try:
            until = date.fromisoformat(by) if by else None
        except ValueError as error:
            raise InvalidParameters({"by": ["Give a day as 2026-12-31."]}) from error
        view, sku_ids = _asked(request)
        found = availability_by_date(view=view, sku_ids=sku_ids, today=timezone.now().date(), by=until)
        return Response({"view": view.code, "results": show_each(OutlookOut, found)})


def _asked(request: ApiRequest) -> tuple[StockView, list[UUID]]:
    """The view and the SKUs that a request names. Raises InvalidParameters, UnknownView, UnknownSku."""
    query = request.query_params
    codes = values_of(query, "sku")
    if not 1 <= len(codes) <= MOST_SKUS:
        raise InvalidParameters({"sku": [f"Name 1 to {MOST_SKUS} SKUs."]})
    if any("\0" in text for text in (*codes, query.get("view", ""))):
        raise InvalidParameters({"sku": ["The character NUL is in no code."]})
    view = get_view(query.get("view", ""))
    known = skus_by_code(codes)
    if len(known) < len(codes):
        raise UnknownSku([code for code in codes if code not in known])
    return view, [known[code] for code in codes]


class Terms(NamedTuple):
    """What baskets that are kept together have in common; seconds until they end by themselves, or None."""

    view: str
    expires_in: int | None


def _keep(asked: Sequence[tuple[BasketAsk, Terms]], actor: Actor) -> list[Answer | Exception]:
    terms = asked[0][1]
    outcomes = reserve_baskets(
        baskets=[each for each, _terms in asked],
        now=timezone.now(),
        view=terms.view,
        expires_in=None if terms.expires_in is None else timedelta(seconds=terms.expires_in),
        actor=actor,
    )
    return [each if isinstance(each, Exception) else _answer(each) for each in outcomes]


def _answer(basket: Basket) -> Answer:
    made = status.HTTP_201_CREATED if basket.created else status.HTTP_200_OK
    return Answer(made, show(ReservationOut, basket))


_KEEPING = Together(_keep)


class ReservationViewSet(TenantViewSet[Reservation]):
    """Units kept for a basket."""

    permissions = {
        "retrieve": Permission.STOCK_READ,
        "create": Permission.STOCK_WRITE,
        "destroy": Permission.STOCK_WRITE,
    }
    outside = frozenset({"create"})
    serializer_class = ReservationOut

    def retrieve(self, _request: ApiRequest, pk: str) -> Response:
        """What the reference keeps or, when it keeps nothing any more, what it kept."""
        return Response(show(ReservationOut, get_basket(pk)))

    @extend_schema(request=ReservationIn, responses={201: ReservationOut, 200: ReservationOut})
    def create(self, request: ApiRequest) -> Response | HttpResponse:
        """Keep all units of a basket, or none.

        The same reference with the same units gives 200 and what is kept already; with other units 409.
        """
        body = self.read(ReservationIn)
        terms = Terms(body["view"], body["expires_in"] or None)
        asked = BasketAsk(body["reference"], tuple(BasketLine(**line) for line in body["lines"]))
        return _KEEPING.respond(request, (asked, terms), like=terms)

    @extend_schema(responses={204: None})
    def destroy(self, request: ApiRequest, pk: str) -> Response:
        """Give the units back."""
        release_basket(reference=pk, now=timezone.now(), actor=request.access.actor)
        return Response(status=status.HTTP_204_NO_CONTENT)
