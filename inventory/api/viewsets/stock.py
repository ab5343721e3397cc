from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.response import Response

from inventory.api.filters import LevelFilters, MovementFilters
from inventory.api.serializers import (
    AppliedOut,
    AssemblyIn,
    AssemblyOut,
    FencesIn,
    FencesOut,
    LevelOut,
    LevelsIn,
    Making,
    MovementOut,
    MovesIn,
    MovesOut,
)
from inventory.errors import UnknownLocation, UnknownSku
from inventory.models import StockLevel, StockMovement
from inventory.queries import (
    attach_confidence,
    locations,
    locations_by_code,
    sku_with_parts,
    skus_by_code,
    stock_levels,
    stock_movements,
)
from inventory.services import assemble, disassemble, fence_stock, move_stock, set_levels
from inventory.types import Fence, LevelSetting, Move
from oms.rest.serializers import show, show_each
from oms.rest.viewsets import Listed, TenantViewSet
from oms.tenancy.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from django.db.models import QuerySet
    from rest_framework.request import Request

    from inventory.types import Applied
    from oms.rest.requests import ApiRequest
    from oms.tenancy.types import Access


class LevelViewSet(Listed[StockLevel]):
    """What there is of each SKU at each location."""

    permissions = {"list": Permission.STOCK_READ, "replace": Permission.STOCK_WRITE}
    open_to_bound = frozenset({"list", "replace"})
    costs = {"replace": 10}
    large = frozenset({"replace"})
    serializer_class = LevelOut
    filterset_class = LevelFilters

    def get_queryset(self) -> QuerySet[StockLevel]:
        rows = stock_levels()
        return rows if self.access.locations is None else rows.filter(location_id__in=self.access.locations)

    def list(self, request: Request, *_args: Any, **_path: str) -> Response:  # noqa: ARG002 -- REST framework's signature
        """By SKU and location; `confidence` is learned from picks, refusals and counts."""
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        attach_confidence(rows, now=timezone.now())
        return self.get_paginated_response(show_each(LevelOut, rows))

    @extend_schema(request=LevelsIn, responses={200: AppliedOut})
    def replace(self, request: ApiRequest) -> Response:
        """Set absolute quantities on hand, up to 10,000 rows.

        Only differences become movements. A row with an unknown code or an impossible quantity is rejected with its line;
        the others are applied. When no row can be applied the answer is 422.
        """
        body = self.read(LevelsIn)
        levels = [LevelSetting(**row) for row in body["levels"]]
        _refuse_other_locations(request.access, (level.location for level in levels))
        applied = set_levels(
            levels=levels, now=timezone.now(), reason=body["reason"], actor=request.access.actor, cause_type="api"
        )
        if len(applied.rejected) == len(levels):
            raise _all_rejected(applied)
        return Response(show(AppliedOut, applied))


class PoolViewSet(TenantViewSet[StockLevel]):
    """Ring-fences: units of a location that only the views naming their pool may sell."""

    permissions = {"replace": Permission.STOCK_WRITE}
    open_to_bound = frozenset({"replace"})

    @extend_schema(request=FencesIn, responses={200: FencesOut})
    def replace(self, request: ApiRequest) -> Response:
        """Make ring-fences hold so many units, all or none; they come from, and go back to, the common stock."""
        fences = [Fence(**row) for row in self.read(FencesIn)["pools"]]
        _refuse_other_locations(request.access, (fence.location for fence in fences))
        changed = fence_stock(fences=fences, actor=request.access.actor)
        places = {(fence.sku, fence.location) for fence in fences}
        return Response({"changed": changed, "levels": _levels_at(places)})


class MovementViewSet(Listed[StockMovement]):
    """The ledger: every change of every level, newest first."""

    permissions = {"list": Permission.STOCK_READ, "create": Permission.STOCK_WRITE}
    open_to_bound = frozenset({"list", "create"})
    serializer_class = MovementOut
    filterset_class = MovementFilters

    def get_queryset(self) -> QuerySet[StockMovement]:
        rows = stock_movements()
        return rows if self.access.locations is None else rows.filter(level__location_id__in=self.access.locations)

    @extend_schema(request=MovesIn, responses={201: MovesOut})
    def create(self, request: ApiRequest) -> Response:
        """Add signed movements, all or none."""
        moves = [Move(**row) for row in self.read(MovesIn)["movements"]]
        _refuse_other_locations(request.access, (move.location for move in moves))
        recorded = move_stock(moves=moves, now=timezone.now(), actor=request.access.actor)
        places = {(move.sku, move.location) for move in moves}
        answer = {"recorded": recorded, "repeated": len(moves) - recorded, "levels": _levels_at(places)}
        return Response(answer, status=status.HTTP_201_CREATED)


class AssemblyViewSet(TenantViewSet[StockLevel]):
    """Prepacked kits, made of their components where those lie."""

    permissions = {"create": Permission.STOCK_WRITE}
    open_to_bound = frozenset({"create"})

    @extend_schema(request=AssemblyIn, responses={201: AssemblyOut})
    def create(self, request: ApiRequest) -> Response:
        """Make kits out of what is free of their components, or take them apart; all of it or nothing."""
        body = self.read(AssemblyIn)
        _refuse_other_locations(request.access, [body["location"]])
        skus, places = skus_by_code([body["sku"]]), locations_by_code([body["location"]])
        if not skus:
            raise UnknownSku([body["sku"]])
        if not places:
            raise UnknownLocation([body["location"]])
        kit = sku_with_parts(skus[body["sku"]])
        verb = assemble if body["action"] == Making.ASSEMBLE else disassemble
        recorded = verb(
            sku_id=kit.pk,
            location_id=places[body["location"]],
            quantity=body["quantity"],
            now=timezone.now(),
            key=body.get("key", ""),
            actor=request.access.actor,
        )
        codes = [kit.code, *(part.component.code for part in kit.components.all())]
        levels = _levels_at({(code, body["location"]) for code in codes})
        return Response({"recorded": recorded, "levels": levels}, status=status.HTTP_201_CREATED)


def _levels_at(places: Collection[tuple[str, str]]) -> list[dict[str, Any]]:
    """The levels, ring-fences too, of these (SKU, location) codes as they are now."""
    rows = stock_levels().filter(sku__code__in={sku for sku, _ in places}, location__code__in={at for _, at in places})
    found = [row for row in rows if (row.sku.code, row.location.code) in places]
    attach_confidence(found, now=timezone.now())
    return show_each(LevelOut, found)


def _refuse_other_locations(access: Access, codes: Iterable[str]) -> None:
    """To a credential bound to locations the others do not exist."""
    if access.locations is None:
        return
    own = set(locations().filter(pk__in=access.locations).values_list("code", flat=True))
    others = sorted(set(codes) - own)
    if others:
        raise UnknownLocation(others)


def _all_rejected(applied: Applied) -> ValidationError:
    rows: list[dict[str, list[ErrorDetail]]] = [
        {_FIELDS[row.code]: [ErrorDetail(row.reason, row.code)]} for row in applied.rejected
    ]
    return ValidationError({"levels": rows})


_FIELDS = {"unknown_sku": "sku", "virtual_kit": "sku", "unknown_location": "location", "impossible_quantity": "on_hand"}
