from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response

from inventory.api.serializers import ViewBody, ViewIn, ViewOut
from inventory.errors import CodeTaken
from inventory.models import StockView
from inventory.queries import get_view, stock_views
from inventory.services import save_view
from oms.rest.serializers import show
from oms.rest.viewsets import Listed
from oms.tenancy.errors import NotFound
from oms.tenancy.permissions import Permission

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from oms.rest.requests import ApiRequest


def _fields(body: dict[str, Any]) -> dict[str, Any]:
    """What was read, with the parent as a row. Raises UnknownView."""
    parent = body.pop("parent")
    return {**body, "parent_id": None if parent is None else get_view(parent, stored=True).pk}


class StockViewViewSet(Listed[StockView]):
    """Stock views: what each channel may sell, as a formula over locations."""

    permissions = {
        "list": Permission.STOCK_READ,
        "retrieve": Permission.STOCK_READ,
        "create": Permission.STOCK_WRITE,
        "update": Permission.STOCK_WRITE,
    }
    serializer_class = ViewOut

    def get_queryset(self) -> QuerySet[StockView]:
        return stock_views()

    def retrieve(self, _request: ApiRequest, **_path: str) -> Response:
        return Response(show(ViewOut, self._found()))

    @extend_schema(request=ViewIn, responses={201: ViewOut})
    def create(self, request: ApiRequest) -> Response:
        """Create a view. Its code must be new."""
        fields = _fields(self.read(ViewIn))
        if stock_views().filter(code=fields["code"]).exists():
            raise CodeTaken(
                _("There is a stock view %(code)s already.") % {"code": fields["code"]}, code=fields["code"]
            )
        view = save_view(actor=request.access.actor, **fields)
        return Response(show(ViewOut, view), status=status.HTTP_201_CREATED)

    @extend_schema(request=ViewBody, responses={200: ViewOut})
    def update(self, request: ApiRequest, **_path: str) -> Response:
        """Replace a view. What its channels may sell is told to them at once."""
        view = save_view(code=self._found().code, actor=request.access.actor, **_fields(self.read(ViewBody)))
        return Response(show(ViewOut, view))

    def _found(self) -> StockView:
        found = stock_views().filter(code=self.kwargs["pk"]).first()
        if found is None:
            raise NotFound(_("There is no stock view %(code)s.") % {"code": self.kwargs["pk"]})
        return found
