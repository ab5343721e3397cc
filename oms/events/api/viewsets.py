from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from oms.events.api.serializers import EventOut
from oms.events.models import Event
from oms.events.queries import feed
from oms.events.registry import kinds
from oms.rest.errors import InvalidParameters
from oms.rest.filters import values_of
from oms.rest.pagination import limit_of
from oms.rest.serializers import show_each
from oms.rest.viewsets import TenantViewSet
from oms.tenancy.permissions import Permission

if TYPE_CHECKING:
    from oms.rest.requests import ApiRequest

LARGEST = 2**63 - 1


class EventViewSet(TenantViewSet[Event]):
    """Everything that happened, oldest first: each event once, although transactions end out of order."""

    permissions = {"list": Permission.EVENTS_READ}
    parameters = {"list": ("kind",)}
    serializer_class = EventOut

    @extend_schema(
        parameters=[OpenApiParameter("kind", str, many=True, description="Only these kinds: repeated, or with commas.")]
    )
    def list(self, request: ApiRequest) -> Response:
        """The events after a cursor. `next` is always given: keep it, and ask there for what happens later."""
        query = request.query_params
        chosen = values_of(query, "kind")
        unknown = sorted(set(chosen) - set(kinds()))
        if unknown:
            raise InvalidParameters({"kind": [f"There is no kind {', '.join(unknown)}."]})
        after = _decode(query.get("cursor", ""))
        page = feed(after=after, limit=limit_of(request), kinds=chosen)
        url = request.build_absolute_uri()
        following = replace_query_param(url, "cursor", _encode(page.position)) if page.position else url
        return Response({"results": show_each(EventOut, page.events), "next": following, "previous": None})


def _encode(position: tuple[int, UUID]) -> str:
    return base64.urlsafe_b64encode(f"{position[0]}.{position[1].hex}".encode()).rstrip(b"=").decode()


def _decode(cursor: str) -> tuple[int, UUID] | None:
    if not cursor:
        return None
    try:
        number, _, event = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii").partition(".")
        position = (int(number), UUID(hex=event))
    except (ValueError, binascii.Error) as error:
        raise InvalidParameters({"cursor": ["Take the cursor from `next` of an answer."]}) from error
    if not 0 <= position[0] <= LARGEST:
        raise InvalidParameters({"cursor": ["Take the cursor from `next` of an answer."]})
    return position
