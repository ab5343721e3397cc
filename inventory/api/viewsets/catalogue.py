from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response
from rest_framework.serializers import ValidationError

from inventory.api.filters import LocationFilters, SkuFilters
from inventory.api.serializers import LocationChange, LocationIn, LocationOut, SkuChange, SkuIn, SkuOut
from inventory.models import Location, Sku
from inventory.queries import get_location, locations, sku_with_parts, skus_with_parts
from inventory.services import create_sku, save_location, update_location, update_sku
from oms.rest.serializers import show
from oms.rest.viewsets import Listed
from oms.tenancy.errors import NotFound
from oms.tenancy.permissions import Permission
from oms.tenancy.queries import legal_entities

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from oms.rest.requests import ApiRequest


class SkuViewSet(Listed[Sku]):
    """The catalogue: what is sold."""

    permissions = {
        "list": Permission.CATALOGUE_READ,
        "retrieve": Permission.CATALOGUE_READ,
        "create": Permission.CATALOGUE_WRITE,
        "partial_update": Permission.CATALOGUE_WRITE,
    }
    open_to_bound = frozenset({"list", "retrieve"})
    serializer_class = SkuOut
    filterset_class = SkuFilters

    def get_queryset(self) -> QuerySet[Sku]:
        return skus_with_parts()

    def retrieve(self, _request: ApiRequest, **_path: str) -> Response:
        return Response(show(SkuOut, sku_with_parts(self.id_in_path)))

    @extend_schema(request=SkuIn, responses={201: SkuOut})
    def create(self, request: ApiRequest) -> Response:
        sku = create_sku(**self.read(SkuIn), actor=request.access.actor)
        return Response(show(SkuOut, sku_with_parts(sku.pk)), status=status.HTTP_201_CREATED)

    @extend_schema(request=SkuChange, responses={200: SkuOut})
    def partial_update(self, request: ApiRequest, **_path: str) -> Response:
        """Change the fields that are given. Orders keep the components they were accepted with."""
        changes = self.read(SkuChange)
        sku = update_sku(sku_id=self.id_in_path, now=timezone.now(), actor=request.access.actor, **changes)
        return Response(show(SkuOut, sku_with_parts(sku.pk)))


class LocationViewSet(Listed[Location]):
    """Stores, warehouses, 3PLs and suppliers: the places that hold stock and prepare orders."""

    permissions = {
        "list": Permission.CATALOGUE_READ,
        "retrieve": Permission.CATALOGUE_READ,
        "create": Permission.CATALOGUE_WRITE,
        "partial_update": Permission.CATALOGUE_WRITE,
    }
    open_to_bound = frozenset({"list", "retrieve"})
    serializer_class = LocationOut
    filterset_class = LocationFilters

    def get_queryset(self) -> QuerySet[Location]:
        rows = locations().select_related("legal_entity")
        return rows if self.access.locations is None else rows.filter(pk__in=self.access.locations)

    def retrieve(self, _request: ApiRequest, **_path: str) -> Response:
        location = get_location(self.id_in_path)
        if self.access.locations is not None and location.pk not in self.access.locations:
            raise NotFound("There is no such location.")
        return Response(show(LocationOut, location))

    @extend_schema(request=LocationIn, responses={201: LocationOut})
    def create(self, request: ApiRequest) -> Response:
        """Without `legal_entity` the location belongs to the tenant's first one."""
        fields = self._fields(self.read(LocationIn))
        fields.setdefault("legal_entity", legal_entities()[0])
        location = save_location(actor=request.access.actor, **fields)
        return Response(show(LocationOut, get_location(location.pk)), status=status.HTTP_201_CREATED)

    @extend_schema(request=LocationChange, responses={200: LocationOut})
    def partial_update(self, request: ApiRequest, **_path: str) -> Response:
        """Change the fields that are given."""
        changes = self._fields(self.read(LocationChange))
        location = update_location(location_id=self.id_in_path, actor=request.access.actor, **changes)
        return Response(show(LocationOut, location))

    def _fields(self, given: dict[str, Any]) -> dict[str, Any]:
        code = given.get("legal_entity")
        if code is None:
            return given
        entity = legal_entities().filter(code=code).first()
        if entity is None:
            raise ValidationError({"legal_entity": ["There is no such legal entity."]})
        return {**given, "legal_entity": entity}
