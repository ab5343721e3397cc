from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.response import Response

from inventory.api.filters import TransferFilters
from inventory.api.lines import named
from inventory.api.places import location_of, refuse_elsewhere, skus_of
from inventory.api.serializers.transfers import (
    AcceptedOut,
    AcceptIn,
    DispatchIn,
    ProposalsOut,
    SettleIn,
    ShownTransfer,
    TransferIn,
    TransferOut,
    TransferReceiveIn,
    TransferSummaryOut,
)
from inventory.models import Transfer
from inventory.queries import (
    get_transfer,
    locations_by_id,
    sku_codes,
    transfer_lines,
    transfer_proposals,
    transfers,
)
from inventory.rules.transfers import Policy, cover
from inventory.services import (
    accept_proposals,
    cancel_transfer,
    create_transfer,
    dispatch_transfer,
    receive_transfer,
    request_transfer,
    settle_transfer,
)
from inventory.types import Arrival, Fate, ProposedMove, TransferUnits
from oms.rest.errors import InvalidParameters
from oms.rest.serializers import show, show_each
from oms.rest.viewsets import Listed, TenantViewSet
from oms.tenancy.models import new_id
from oms.tenancy.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from django.db.models import QuerySet

    from inventory.models import Location
    from inventory.rules.transfers import Cell, Proposal
    from oms.rest.requests import ApiRequest

# `request` and `dispatch` are words of REST framework: the actions have names of their own.
STEPS = {"request": "ask", "dispatch": "send", "receive": "receive", "settle": "settle", "cancel": "cancel"}
POLICY = {"window": (1, 365), "target": (1, 365), "keep": (0, 365), "least": (1, 1_000_000)}


class TransferViewSet(Listed[Transfer]):
    """Units that go from one location to another, step by step."""

    permissions = {
        **dict.fromkeys(("list", "retrieve"), Permission.STOCK_READ),
        **dict.fromkeys(("create", *STEPS.values()), Permission.STOCK_WRITE),
    }
    open_to_bound = frozenset({"list", "retrieve", "send", "receive"})
    serializer_class = TransferSummaryOut
    filterset_class = TransferFilters

    def get_queryset(self) -> QuerySet[Transfer]:
        rows = transfers()
        own = self.access.locations
        return rows if own is None else rows.filter(source_id__in=own) | rows.filter(destination_id__in=own)

    @extend_schema(responses={200: TransferOut})
    def retrieve(self, _request: ApiRequest, **_path: str) -> Response:
        """One transfer with its lines."""
        transfer = get_transfer(self.id_in_path)
        refuse_elsewhere(self.access, transfer.source_id, transfer.destination_id)
        return self._shown(transfer)

    @extend_schema(request=TransferIn, responses={201: TransferOut})
    def create(self, request: ApiRequest) -> Response:
        """Write a transfer down; with `request` its units are reserved at the source at once, all or none."""
        body = self.read(TransferIn)
        known = skus_of([line["sku"] for line in body["lines"]])
        now, actor = timezone.now(), request.access.actor
        transfer = create_transfer(
            source_id=location_of(body["origin"]),
            destination_id=location_of(body["destination"]),
            units=[TransferUnits(known[line["sku"]], line["quantity"]) for line in body["lines"]],
            expected_date=body["expected_date"],
            note=body["note"],
            now=now,
            actor=actor,
        )
        if body["request"]:
            request_transfer(transfer_id=transfer.pk, now=now, actor=actor)
        return self._shown(transfer, status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={200: TransferOut})
    def ask(self, request: ApiRequest, **_path: str) -> Response:
        """Reserve the units at the source, all or none; asking twice changes nothing."""
        transfer = self._mine()
        return self._shown(request_transfer(transfer_id=transfer.pk, now=timezone.now(), actor=request.access.actor))

    @extend_schema(request=DispatchIn, responses={200: TransferOut})
    def send(self, request: ApiRequest, **_path: str) -> Response:
        """The units leave the source and are in transit; what is not sent is free again."""
        transfer, body = self._mine("source"), self.read(DispatchIn)
        quantities = None
        if "lines" in body:
            lines = list(transfer_lines([transfer.pk]))
            quantities = {line_id: each["quantity"] for line_id, each in named(lines, body["lines"])}
        done = dispatch_transfer(
            transfer_id=transfer.pk, now=timezone.now(), quantities=quantities, actor=request.access.actor
        )
        return self._shown(done)

    @extend_schema(request=TransferReceiveIn, responses={200: TransferOut})
    def receive(self, request: ApiRequest, **_path: str) -> Response:
        """Put what arrived on hand; what is missing stays in transit until `settle` decides it."""
        transfer, body = self._mine("destination"), self.read(TransferReceiveIn)
        arrivals = [
            Arrival(line_id, each["quantity"], each["damaged"])
            for line_id, each in named(list(transfer_lines([transfer.pk])), body["lines"])
        ]
        done = receive_transfer(
            transfer_id=transfer.pk,
            arrivals=arrivals,
            key=body.get("key") or new_id().hex,
            now=timezone.now(),
            finish=body["finish"],
            actor=request.access.actor,
        )
        return self._shown(done)

    @extend_schema(request=SettleIn, responses={200: TransferOut})
    def settle(self, request: ApiRequest, **_path: str) -> Response:
        """Decide what became of units that are missing or too many; without any left the transfer is closed."""
        transfer, body = self._mine(), self.read(SettleIn)
        fates = [
            Fate(line_id, each["fate"], each["quantity"], each["reason"])
            for line_id, each in named(list(transfer_lines([transfer.pk])), body["lines"])
        ]
        key = body.get("key") or new_id().hex
        done = settle_transfer(
            transfer_id=transfer.pk, fates=fates, key=key, now=timezone.now(), actor=request.access.actor
        )
        return self._shown(done)

    @extend_schema(request=None, responses={200: TransferOut})
    def cancel(self, request: ApiRequest, **_path: str) -> Response:
        """Give up a transfer that has not left."""
        transfer = self._mine()
        return self._shown(cancel_transfer(transfer_id=transfer.pk, now=timezone.now(), actor=request.access.actor))

    def _mine(self, side: str = "source") -> Transfer:
        """The transfer; a bound credential must work at that side of it."""
        transfer = get_transfer(self.id_in_path)
        refuse_elsewhere(self.access, transfer.source_id if side == "source" else transfer.destination_id)
        return transfer

    def _shown(self, transfer: Transfer, answer: int = status.HTTP_200_OK) -> Response:
        shown = ShownTransfer(get_transfer(transfer.pk), list(transfer_lines([transfer.pk])))
        return Response(show(TransferOut, shown), status=answer)


class ProposalViewSet(TenantViewSet[Transfer]):
    """Where stock should move, by days of cover."""

    permissions = {"retrieve": Permission.STOCK_READ, "accept": Permission.STOCK_WRITE}
    parameters = {"retrieve": (*POLICY, "category")}
    costs = {"retrieve": 5}
    serializer_class = ProposalsOut

    @extend_schema(
        parameters=[
            *(OpenApiParameter(name, {"type": "integer", "minimum": least}) for name, (least, _most) in POLICY.items()),
            OpenApiParameter("category", str, description="Only SKUs of this category."),
        ],
        responses={200: ProposalsOut},
    )
    def retrieve(self, request: ApiRequest) -> Response:
        """Units to move, computed now from sales of the last `window` days: receivers get `target` days, donors keep `keep`."""
        policy = _policy(request)
        category = request.query_params.get("category", "")
        if "\0" in category:
            raise InvalidParameters({"category": ["The character NUL is in no category."]})
        found = transfer_proposals(policy=policy, now=timezone.now(), category=category)
        codes = sku_codes({each.sku_id for each in found})
        places = locations_by_id({side.location_id for each in found for side in (each.source, each.destination)})
        rows = [_row(each, policy, codes, places) for each in found]
        told = {"window": policy.window, "target": policy.target, "keep": policy.kept, "least": policy.least}
        return Response({**told, "results": rows})

    @extend_schema(request=AcceptIn, responses={201: AcceptedOut})
    def accept(self, request: ApiRequest) -> Response:
        """Make proposals into requested transfers, one for each pair of places."""
        asked = self.read(AcceptIn)["proposals"]
        known = skus_of([each["sku"] for each in asked])
        places = {code: location_of(code) for each in asked for code in (each["origin"], each["destination"])}
        moves = [
            ProposedMove(known[each["sku"]], places[each["origin"]], places[each["destination"]], each["quantity"])
            for each in asked
        ]
        made, refused = accept_proposals(proposals=moves, now=timezone.now(), actor=request.access.actor)
        rows = transfers().filter(pk__in=[each.pk for each in made])
        answer = {"transfers": show_each(TransferSummaryOut, rows), "refused": [each.message for each in refused]}
        return Response(answer, status=status.HTTP_201_CREATED)


def _row(each: Proposal, policy: Policy, codes: Mapping[UUID, str], places: Mapping[UUID, Location]) -> dict[str, Any]:
    return {
        "sku": codes[each.sku_id],
        "origin": places[each.source.location_id].code,
        "destination": places[each.destination.location_id].code,
        "quantity": each.quantity,
        "need": each.need,
        "surplus": each.surplus,
        "origin_available": each.source.available,
        "origin_sold": each.source.sold,
        "origin_cover": _days(each.source, policy),
        "destination_available": each.destination.available,
        "destination_inbound": each.destination.inbound,
        "destination_sold": each.destination.sold,
        "destination_cover": _days(each.destination, policy),
    }


def _days(cell: Cell, policy: Policy) -> float | None:
    days = cover(cell, policy)
    return None if days == inf else round(days, 1)


def _policy(request: ApiRequest) -> Policy:
    given, faults = {}, {}
    for name, (least, most) in POLICY.items():
        text = request.query_params.get(name)
        if text is None:
            continue
        if text.isascii() and text.isdecimal() and least <= int(text[:9]) <= most:
            given[name] = int(text[:9])
        else:
            faults[name] = [f"Choose {least} to {most}."]
    if faults:
        raise InvalidParameters(faults)
    return Policy(**given)
