from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.serializers import ValidationError

from oms.fulfilment.api.filters import FulfilmentFilters
from oms.fulfilment.api.serializers import (
    CollectIn,
    FulfilmentOut,
    FulfilmentSummaryOut,
    NothingIn,
    PackIn,
    PickIn,
    ReadyIn,
    RefuseIn,
    ShipIn,
    Shown,
)
from oms.fulfilment.models import FulfilmentOrder
from oms.fulfilment.queries import fulfilments, get_fulfilment, lines_of, parcels_of
from oms.fulfilment.services import accept, collect, mark_ready, pack, pick, refuse, ship
from oms.fulfilment.types import Tracking
from oms.rest.serializers import show
from oms.rest.viewsets import Listed
from oms.tenancy.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from django.db.models import QuerySet

    from oms.rest.requests import ApiRequest

READS = ("list", "retrieve")
STEPS = ("accept", "refuse", "pick", "pack", "ship", "ready", "collect")


class FulfilmentViewSet(Listed[FulfilmentOrder]):
    """The work of one location for one order, step by step."""

    permissions = {
        **dict.fromkeys(READS, Permission.FULFILMENT_READ),
        **dict.fromkeys(STEPS, Permission.FULFILMENT_WRITE),
    }
    open_to_bound = frozenset((*READS, *STEPS))
    serializer_class = FulfilmentSummaryOut
    filterset_class = FulfilmentFilters

    def get_queryset(self) -> QuerySet[FulfilmentOrder]:
        return fulfilments(self.access.locations)

    @extend_schema(responses={200: FulfilmentOut})
    def retrieve(self, _request: ApiRequest, **_path: str) -> Response:
        """One fulfilment order with its lines and parcels."""
        return self._shown(self._mine())

    @extend_schema(request=NothingIn, responses={200: FulfilmentOut})
    def accept(self, request: ApiRequest, **_path: str) -> Response:
        """The location takes the work; accepting twice changes nothing."""
        row = self._mine()
        self.read(NothingIn)
        return self._shown(accept(fulfilment_id=row.pk, now=timezone.now(), actor=request.access.actor))

    @extend_schema(request=RefuseIn, responses={200: FulfilmentOut})
    def refuse(self, request: ApiRequest, **_path: str) -> Response:
        """The location cannot serve the units; stock changes as the reason declares, and they are routed again elsewhere."""
        row, body = self._mine(), self.read(RefuseIn)
        done = refuse(
            fulfilment_id=row.pk,
            reason=body["reason"],
            now=timezone.now(),
            quantities=_by_line(row.pk, body["lines"]) if "lines" in body else None,
            cascade=body["cascade"],
            actor=request.access.actor,
        )
        return self._shown(done)

    @extend_schema(request=PickIn, responses={200: FulfilmentOut})
    def pick(self, request: ApiRequest, **_path: str) -> Response:
        """Say how many units are picked so far; picking accepts the work."""
        row, body = self._mine(), self.read(PickIn)
        picked = _by_line(row.pk, body["lines"]) if "lines" in body else _everything(row.pk)
        return self._shown(pick(fulfilment_id=row.pk, picked=picked, now=timezone.now(), actor=request.access.actor))

    @extend_schema(request=PackIn, responses={200: FulfilmentOut})
    def pack(self, request: ApiRequest, **_path: str) -> Response:
        """Close the parcel with what is picked; units that are not need the reason why they are missing."""
        row = self._mine()
        missing = self.read(PackIn)["missing"]
        return self._shown(pack(fulfilment_id=row.pk, now=timezone.now(), missing=missing, actor=request.access.actor))

    @extend_schema(request=ShipIn, responses={200: FulfilmentOut})
    def ship(self, request: ApiRequest, **_path: str) -> Response:
        """Hand the parcels to the carrier; the units leave the location's stock."""
        row = self._mine()
        parcels = [
            Tracking(each["carrier"], each["tracking_number"], each["tracking_url"], each["weight_g"])
            for each in self.read(ShipIn)["parcels"]
        ]
        return self._shown(ship(fulfilment_id=row.pk, parcels=parcels, now=timezone.now(), actor=request.access.actor))

    @extend_schema(request=ReadyIn, responses={200: FulfilmentOut})
    def ready(self, request: ApiRequest, **_path: str) -> Response:
        """The customer may come and collect."""
        row, body = self._mine(), self.read(ReadyIn)
        return self._shown(mark_ready(fulfilment_id=row.pk, now=timezone.now(), actor=request.access.actor, **body))

    @extend_schema(request=CollectIn, responses={200: FulfilmentOut})
    def collect(self, request: ApiRequest, **_path: str) -> Response:
        """Hand the goods to the customer against the code or a document. Wrong codes are counted."""
        row, body = self._mine(), self.read(CollectIn)
        return self._shown(collect(fulfilment_id=row.pk, now=timezone.now(), actor=request.access.actor, **body))

    def _mine(self) -> FulfilmentOrder:
        return get_fulfilment(self.id_in_path, self.access.locations)

    def _shown(self, row: FulfilmentOrder) -> Response:
        told = self.access.locations is None and self.access.may(Permission.ORDERS_READ)
        full = get_fulfilment(row.pk)
        shown = Shown(full, list(lines_of([row.pk])), list(parcels_of([row.pk])), full.collection_code if told else "")
        return Response(show(FulfilmentOut, shown))


def _everything(fulfilment_id: UUID) -> dict[UUID, int]:
    return {line.pk: line.quantity for line in lines_of([fulfilment_id])}


def _by_line(fulfilment_id: UUID, asked: Iterable[dict[str, Any]]) -> dict[UUID, int]:
    """Quantities by line; a SKU stands for its line as long as there is one. Raises ValidationError."""
    lines = list(lines_of([fulfilment_id]))
    quantities: dict[UUID, int] = {}
    for index, each in enumerate(asked):
        mine = [line.pk for line in lines if line.pk == each.get("line") or line.sku.code == each.get("sku")]
        if len(mine) != 1:
            sentence = "There is no such line." if not mine else "Several lines have this SKU: name the line."
            raise ValidationError({"lines": [{} for _before in range(index)] + [{"line": [sentence]}]})
        quantities[mine[0]] = quantities.get(mine[0], 0) + each["quantity"]
    return quantities
