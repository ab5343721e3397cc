from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.response import Response

from inventory.api.filters import CountFilters
from inventory.api.places import location_of, locations_in_query, refuse_elsewhere, skus_of
from inventory.api.serializers.counts import (
    CountedLinesIn,
    DoubtOut,
    MicroCountIn,
    MicroCountsOut,
    PostIn,
    RecountIn,
    ShrinkageOut,
    ShrinkagesOut,
    StockCountIn,
    StockCountLineOut,
    StockCountOut,
)
from inventory.models import StockCount
from inventory.queries import count_lines, counts, get_count, micro_counts, shrinkage
from inventory.services import (
    ask_recount,
    cancel_count,
    create_count,
    create_micro_count,
    finish_counting,
    post_count,
    record_count,
)
from inventory.types import Counted, CountScope
from oms.rest.errors import InvalidParameters
from oms.rest.pagination import NAMES
from oms.rest.serializers import show, show_each
from oms.rest.viewsets import Listed, TenantViewSet
from oms.tenancy.permissions import Permission

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from inventory.queries import MicroCount
    from oms.rest.requests import ApiRequest

STEPS = ("record", "finish", "recount", "apply", "cancel")
USUAL_PERIOD = timedelta(days=30)


class CountViewSet(Listed[StockCount]):
    """Counts of locations: begun, counted, reviewed, posted."""

    permissions = {
        **dict.fromkeys(("list", "retrieve", "lines"), Permission.STOCK_READ),
        **dict.fromkeys(("create", *STEPS), Permission.STOCK_WRITE),
    }
    open_to_bound = frozenset({"list", "retrieve", "record", "finish"})
    parameters = {"lines": NAMES}
    serializer_class = StockCountOut
    filterset_class = CountFilters

    def get_queryset(self) -> QuerySet[StockCount]:
        rows = counts()
        return rows if self.access.locations is None else rows.filter(location_id__in=self.access.locations)

    def retrieve(self, _request: ApiRequest, **_path: str) -> Response:
        return self._shown(self._mine())

    @extend_schema(responses={200: StockCountLineOut(many=True)})
    def lines(self, _request: ApiRequest, **_path: str) -> Response:
        """What was counted, SKU by SKU."""
        return self.page(count_lines(self._mine().pk), StockCountLineOut)

    @extend_schema(request=StockCountIn, responses={201: StockCountOut})
    def create(self, request: ApiRequest) -> Response:
        """Begin a count."""
        body = self.read(StockCountIn)
        scope = CountScope(tuple(skus_of(body["skus"]).values()), tuple(body["categories"]))
        count = create_count(
            location_id=location_of(body["location"]),
            now=timezone.now(),
            kind=body["kind"],
            scope=scope,
            blind=body["blind"],
            note=body["note"],
            actor=request.access.actor,
        )
        return self._shown(count, status.HTTP_201_CREATED)

    @extend_schema(request=CountedLinesIn, responses={200: StockCountOut})
    def record(self, request: ApiRequest, **_path: str) -> Response:
        """Say what was counted, against what the ledger has at this moment. A SKU that nobody expected is added."""
        count, lines = self._mine(), self.read(CountedLinesIn)["lines"]
        known = skus_of([line["sku"] for line in lines])
        counted = [Counted(known[line["sku"]], line["quantity"], add=line["add"]) for line in lines]
        record_count(count_id=count.pk, counted=counted, now=timezone.now(), actor=request.access.actor)
        return self._shown(count)

    @extend_schema(request=None, responses={200: StockCountOut})
    def finish(self, request: ApiRequest, **_path: str) -> Response:
        """Nobody counts any more: the differences are to review."""
        return self._shown(finish_counting(count_id=self._mine().pk, now=timezone.now(), actor=request.access.actor))

    @extend_schema(request=RecountIn, responses={200: StockCountOut})
    def recount(self, request: ApiRequest, **_path: str) -> Response:
        """Let some SKUs be counted again from nothing."""
        count, codes = self._mine(), self.read(RecountIn)["skus"]
        lines = count_lines(count.pk).filter(sku_id__in=skus_of(codes).values())
        line_ids = list(lines.values_list("pk", flat=True))
        return self._shown(ask_recount(count_id=count.pk, line_ids=line_ids, actor=request.access.actor))

    @extend_schema(request=PostIn, responses={200: StockCountOut})
    def apply(self, request: ApiRequest, **_path: str) -> Response:
        """Write one movement for each difference; posting twice changes nothing."""
        count, body = self._mine(), self.read(PostIn)
        return self._shown(post_count(count_id=count.pk, now=timezone.now(), actor=request.access.actor, **body))

    @extend_schema(request=None, responses={200: StockCountOut})
    def cancel(self, request: ApiRequest, **_path: str) -> Response:
        """Give the count up; no level changes."""
        return self._shown(cancel_count(count_id=self._mine().pk, now=timezone.now(), actor=request.access.actor))

    def _mine(self) -> StockCount:
        count = get_count(self.id_in_path)
        refuse_elsewhere(self.access, count.location_id)
        return count

    def _shown(self, count: StockCount, answer: int = status.HTTP_200_OK) -> Response:
        return Response(show(StockCountOut, get_count(count.pk)), status=answer)


class MicroCountViewSet(TenantViewSet[StockCount]):
    """What is worth counting: where doubt costs most."""

    permissions = {"retrieve": Permission.STOCK_READ, "create": Permission.STOCK_WRITE}
    costs = {"retrieve": 10}
    parameters = {"retrieve": ("location", "limit")}
    serializer_class = MicroCountsOut

    @extend_schema(
        parameters=[
            OpenApiParameter("location", str, many=True, description="Location codes; without any, everywhere."),
            OpenApiParameter("limit", int, description="SKUs for each location, 1 to 100; 10 if left out."),
        ],
        responses={200: MicroCountsOut},
    )
    def retrieve(self, request: ApiRequest) -> Response:
        """The chance that a figure is wrong, times the units at stake, times their price; the costliest first."""
        places = locations_in_query(request, self.access)
        found = micro_counts(now=timezone.now(), most=_limit(request), location_ids=places)
        return Response({"results": [_shown_proposal(each) for each in found]})

    @extend_schema(request=MicroCountIn, responses={201: StockCountOut})
    def create(self, request: ApiRequest) -> Response:
        """Begin a blind count of the SKUs of a location that are most worth it."""
        body = self.read(MicroCountIn)
        count = create_micro_count(
            location_id=location_of(body["location"]),
            most=body["limit"],
            now=timezone.now(),
            actor=request.access.actor,
        )
        return Response(show(StockCountOut, get_count(count.pk)), status=status.HTTP_201_CREATED)


def _limit(request: ApiRequest) -> int:
    text = request.query_params.get("limit", "10")
    if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= 100:  # noqa: PLR2004 -- as documented
        raise InvalidParameters({"limit": ["A whole number from 1 to 100."]})
    return int(text)


def _shown_proposal(each: MicroCount) -> dict[str, Any]:
    lines = [line._replace(confidence=round(100 * line.confidence, 1), cost=round(line.cost, 2)) for line in each.lines]
    return {"location": each.location, "cost": round(each.cost, 2), "lines": show_each(DoubtOut, lines)}


class ShrinkageViewSet(TenantViewSet[StockCount]):
    """What was lost and found."""

    permissions = {"retrieve": Permission.STOCK_READ}
    parameters = {"retrieve": ("since", "until", "location")}
    serializer_class = ShrinkagesOut

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "since", {"type": "string", "format": "date-time"}, description="30 days ago if left out."
            ),
            OpenApiParameter("until", {"type": "string", "format": "date-time"}, description="Now if left out."),
            OpenApiParameter("location", str, many=True, description="Location codes; without any, everywhere."),
        ],
        responses={200: ShrinkagesOut},
    )
    def retrieve(self, request: ApiRequest) -> Response:
        """What left and came for reasons other than trade, by reason and location, the costliest first."""
        now = timezone.now()
        until = _moment(request, "until") or now
        since = _moment(request, "since") or until - USUAL_PERIOD
        found = shrinkage(since=since, until=until, location_ids=locations_in_query(request, self.access))
        return Response({"since": since, "until": until, "results": show_each(ShrinkageOut, found)})


def _moment(request: ApiRequest, name: str) -> datetime | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None or timezone.is_naive(found):
        raise InvalidParameters({name: ["Give a moment with its zone, e.g. 2026-11-19T10:42:00Z."]})
    return found
