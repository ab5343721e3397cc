"""Where channels send their messages. Nobody is signed in: the address names the tenant, the signature proves the sender."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog
from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from channels.errors import WebhookRefused
from channels.services import receive_webhook
from channels.web.outside import outside_scope
from oms.tenancy.context import tenant_scope
from oms.web.pages import open_page

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest

logger = structlog.get_logger(__name__)
LARGEST_BODY = 1024 * 1024


@csrf_exempt
@outside_scope
@open_page
@require_POST
def receive(request: HttpRequest, tenant_id: UUID, connection_id: UUID, token: str) -> HttpResponse:
    """Wake the connection's poll. The answer is a status and nothing else, the same for everything that is refused."""
    body = _body(request)
    if body is None:
        return HttpResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        with tenant_scope(tenant_id):
            receive_webhook(
                connection_id=connection_id, token=token, headers=request.headers, body=body, now=timezone.now()
            )
    except WebhookRefused as refusal:
        logger.warning("channels.webhook_refused", connection=str(connection_id), reason=refusal.message)
        return HttpResponse(status=HTTPStatus.UNAUTHORIZED)
    return HttpResponse(status=HTTPStatus.OK)


def _body(request: HttpRequest) -> bytes | None:
    """The raw body, None when it is larger than any honest message."""
    length = request.headers.get("Content-Length", "")
    if length.isdigit() and int(length) > LARGEST_BODY:
        return None
    try:
        body = request.body
    except RequestDataTooBig:
        return None
    return body if len(body) <= LARGEST_BODY else None
