from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.response import Response

from inventory.api.serializers.valuation import (
    AgedOut,
    AgeingOut,
    AsOfOut,
    TurnoverOut,
    TurnoversOut,
    ValuationOut,
    ValueOut,
)
from inventory.enums import Clock, GroupBy
from inventory.errors import UnknownLocation, UnknownSku
from inventory.models import StockBalance
from inventory.queries import (
    locations_by_code,
    locations_by_id,
    skus_by_code,
    stock_ages,
    stock_as_of,
    stock_turnover,
    stock_value,
)
from oms.rest.errors import InvalidParameters
from oms.rest.filters import values_of
from oms.rest.serializers import show_each
from oms.rest.viewsets import TenantViewSet
from oms.tenancy.permissions import Permission
from oms.tenancy.queries import get_tenant

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import TextChoices

    from oms.rest.requests import ApiRequest

Choice = TypeVar("Choice", bound="TextChoices")
MOST_SKUS = 500
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
AT = OpenApiParameter("at", datetime, description="The instant; now when left out.")
CLOCK = OpenApiParameter(
    "clock",
    str,
    enum=Clock.values,
    description="`recorded`: as it was known then, which never changes. `occurred`: what is known now to have happened by then.",
)
LOCATION = OpenApiParameter("location", str, many=True, description="Location codes: repeated, or with commas.")
BY = OpenApiParameter("by", str, enum=GroupBy.values, description="`legal_entity` when left out.")


class AsOfViewSet(TenantViewSet[StockBalance]):
    """Stock as it was."""

    permissions = {"retrieve": Permission.STOCK_READ}
    parameters = {"retrieve": ("at", "clock", "sku", "location")}
    serializer_class = AsOfOut

    @extend_schema(
        parameters=[
            OpenApiParameter("sku", str, many=True, required=True, description="SKU codes: repeated, or with commas."),
            AT,
            CLOCK,
            LOCATION,
        ],
        responses={200: AsOfOut},
    )
    def retrieve(self, request: ApiRequest) -> Response:
        """The levels of up to 500 SKUs as they were at an instant."""
        codes = _codes(request, "sku")
        if not 1 <= len(codes) <= MOST_SKUS:
            raise InvalidParameters({"sku": [f"Name 1 to {MOST_SKUS} SKUs."]})
        known = skus_by_code(codes)
        if len(known) < len(codes):
            raise UnknownSku([code for code in codes if code not in known])
        at, clock = _instant(request, "at", timezone.now()), _choice(request, "clock", Clock, Clock.RECORDED)
        found = stock_as_of(at, clock=clock, sku_ids=list(known.values()), location_ids=_places(request))
        names = {sku_id: code for code, sku_id in known.items()}
        places = locations_by_id({row.location_id for row in found})
        rows = [row._asdict() | {"sku": names[row.sku_id], "location": places[row.location_id].code} for row in found]
        shown = ("sku", "location", "pool", "on_hand", "reserved", "quarantined", "damaged", "in_transit", "buffer")
        results = sorted(
            ({name: row[name] for name in shown} for row in rows), key=lambda row: (row["sku"], row["location"])
        )
        return Response({"at": at, "clock": str(clock), "results": results})


class ValuationViewSet(TenantViewSet[StockBalance]):
    """What stock is, and was, worth: by location, legal entity, category, brand or SKU."""

    permissions = {"value": Permission.STOCK_READ, "turnover": Permission.STOCK_READ, "ageing": Permission.STOCK_READ}
    parameters = {
        "value": ("at", "clock", "by", "location"),
        "turnover": ("begin", "end", "clock", "by", "location"),
        "ageing": ("at", "clock", "by"),
    }
    costs = {"value": 10, "turnover": 20, "ageing": 20}
    serializer_class = ValuationOut

    @extend_schema(parameters=[AT, CLOCK, BY, LOCATION], responses={200: ValuationOut})
    def value(self, request: ApiRequest) -> Response:
        """Units owned at an instant and their value at the average cost of then."""
        at, terms = _instant(request, "at", timezone.now()), _terms(request)
        found = stock_value(at, location_ids=_places(request), **terms)
        total = sum((row.value for row in found), Decimal(0))
        return self._answer(terms, show_each(ValueOut, found), at=at, value=total)

    @extend_schema(
        parameters=[
            OpenApiParameter("begin", datetime, required=True),
            OpenApiParameter("end", datetime, description="Now when left out."),
            CLOCK,
            BY,
            LOCATION,
        ],
        responses={200: TurnoversOut},
    )
    def turnover(self, request: ApiRequest) -> Response:
        """The cost of what was dispatched in a period against the mean value of stock, and how long the stock lasts."""
        begin, end = _instant(request, "begin", None), _instant(request, "end", timezone.now())
        terms = _terms(request)
        found, _means = stock_turnover(begin, end, location_ids=_places(request), **terms)
        return self._answer(terms, show_each(TurnoverOut, found), begin=begin, end=end)

    @extend_schema(parameters=[AT, CLOCK, BY], responses={200: AgeingOut})
    def ageing(self, request: ApiRequest) -> Response:
        """How old the stock of an instant was, first in first out. Not by location: moving a unit does not make it new."""
        at, terms = _instant(request, "at", timezone.now()), _terms(request)
        return self._answer(terms, show_each(AgedOut, stock_ages(at, **terms)), at=at)

    def _answer(self, terms: dict[str, Any], results: list[dict[str, Any]], **more: Any) -> Response:
        currency = get_tenant(self.access.tenant_id).currency
        named = {name: str(value) for name, value in terms.items()}
        return Response({**more, **named, "currency": currency, "results": results})


def _terms(request: ApiRequest) -> dict[str, Any]:
    return {
        "by": _choice(request, "by", GroupBy, GroupBy.LEGAL_ENTITY),
        "clock": _choice(request, "clock", Clock, Clock.RECORDED),
    }


def _choice(request: ApiRequest, name: str, choices: type[Choice], default: Choice) -> Choice:
    given = request.query_params.get(name)
    if given is None:
        return default
    if given not in choices.values:
        raise InvalidParameters({name: [f"Choose one of {', '.join(choices.values)}."]})
    return choices(given)


def _instant(request: ApiRequest, name: str, default: datetime | None) -> datetime:
    given = request.query_params.get(name)
    if given is None and default is not None:
        return default
    try:
        at = parse_datetime(given or "")
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not EARLIEST <= at < LATEST:
        raise InvalidParameters({name: ["Give a moment of 1970 to 2099 with its zone, such as 2026-11-19T10:42:00Z."]})
    return at


def _codes(request: ApiRequest, name: str) -> list[str]:
    codes = values_of(request.query_params, name)
    if any("\0" in code for code in codes):
        raise InvalidParameters({name: ["The character NUL is in no code."]})
    return codes


def _places(request: ApiRequest) -> list[UUID] | None:
    """The ids of the locations that are named, or None when none is."""
    codes = _codes(request, "location")
    known = locations_by_code(codes)
    if len(known) < len(codes):
        raise UnknownLocation([code for code in codes if code not in known])
    return list(known.values()) if codes else None
