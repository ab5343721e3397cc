"""The stock, the catalogue and the locations as files, given out as they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema

from inventory.api.viewsets.imports import streamed
from inventory.enums import ImportKind
from inventory.imports.probe import Format
from inventory.imports.writers import MEDIA_TYPES, WRITERS
from inventory.queries.exports import export_headers, export_rows
from oms.rest.errors import InvalidParameters
from oms.rest.viewsets import TenantViewSet
from oms.tenancy.permissions import Permission

if TYPE_CHECKING:
    from django.http import StreamingHttpResponse

    from oms.rest.requests import ApiRequest

_TOLD: dict[str, Any] = {
    "parameters": [OpenApiParameter("format", str, enum=[*Format], description="csv when it is left out.")],
    "responses": {(200, media): OpenApiTypes.BINARY for media in MEDIA_TYPES.values()},
}


class ExportViewSet(TenantViewSet[Any]):
    """Everything of a kind as CSV, XLSX or JSON lines; an import of the same kind understands it."""

    permissions = {
        "stock": Permission.STOCK_READ,
        "catalogue": Permission.CATALOGUE_READ,
        "places": Permission.CATALOGUE_READ,
    }
    open_to_bound = frozenset({"stock"})
    parameters = dict.fromkeys(("stock", "catalogue", "places"), ("format",))
    costs = dict.fromkeys(("stock", "catalogue", "places"), 20)

    @extend_schema(**_TOLD)
    def stock(self, request: ApiRequest) -> StreamingHttpResponse:
        """What there is of each SKU at each location, ring-fenced units included."""
        return self._export(request, ImportKind.STOCK)

    @extend_schema(**_TOLD)
    def catalogue(self, request: ApiRequest) -> StreamingHttpResponse:
        """Every SKU."""
        return self._export(request, ImportKind.CATALOGUE)

    @extend_schema(**_TOLD)
    def places(self, request: ApiRequest) -> StreamingHttpResponse:
        """Every location."""
        return self._export(request, ImportKind.LOCATIONS)

    def _export(self, request: ApiRequest, kind: ImportKind) -> StreamingHttpResponse:
        asked = request.query_params.get("format", Format.CSV)
        if asked not in [*Format]:
            raise InvalidParameters({"format": [f"Choose {', '.join(Format)}."]})
        rows = export_rows(kind, tenant_id=request.tenant_id, places=self.access.locations)
        pieces = WRITERS[Format(asked)](export_headers(kind), rows)
        return streamed(pieces, Format(asked), f"{kind.lower()}-{timezone.localdate():%Y-%m-%d}")
