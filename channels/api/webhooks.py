"""Where channels call. No credential of ours: the address is unguessable and the message signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from channels.services import receive_webhook
from oms.rest.parsers import MEBIBYTE
from oms.rest.problems import plain, problem_of
from oms.tenancy.context import tenant_scope
from oms.tenancy.errors import OmsError

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest


@csrf_exempt
@require_POST
def webhook(request: HttpRequest, tenant_id: UUID, connection_id: UUID, token: str) -> HttpResponse:
    """Verify a channel's message and poll soon. It is never believed: the poll is the truth."""
    body = request.read(MEBIBYTE)
    try:
        with tenant_scope(tenant_id):
            receive_webhook(
                connection_id=connection_id, token=token, headers=request.headers, body=body, now=timezone.now()
            )
    except OmsError as refusal:
        problem = problem_of(refusal)
        if problem is None:
            raise
        return plain(request, problem)
    return HttpResponse(status=204)
