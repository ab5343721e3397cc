"""`Idempotency-Key` on POST: the answer is kept in the transaction of the effect, and given again.

The key may be left out; then each request stands alone. A refusal keeps nothing, so the same key may be tried again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpResponse

from oms.rest.errors import IdempotencyKeyReused, InvalidIdempotencyKey, RequestInFlight
from oms.rest.formats import canonical_json
from oms.tenancy.services import claim_request, keep_answer

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response

    from oms.tenancy.types import Access

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
LONGEST = 255


@dataclass(frozen=True, slots=True)
class Once:
    """One request that must have its effect once; `answer` is what it was answered before, if it was."""

    credential: str
    operation: str
    key: str
    fingerprint: str
    answer: HttpResponse | None = None

    def keep(self, response: Response) -> None:
        """Keep a rendered answer, unless it is itself a kept one or a refusal."""
        if self.answer is None and response.status_code < 400:  # noqa: PLR2004 -- HTTP
            keep_answer(
                credential=self.credential,
                operation=self.operation,
                key=self.key,
                fingerprint=self.fingerprint,
                status=response.status_code,
                body=response.content,
            )


def claim(request: Request, access: Access) -> Once | None:
    """Claim the request's key for this transaction, or find its answer; None when it has no key.

    Raises InvalidIdempotencyKey, IdempotencyKeyReused, RequestInFlight.
    """
    key = request.headers.get(HEADER)
    if key is None or request.method != "POST":
        return None
    if not 0 < len(key) <= LONGEST or not key.isascii() or not key.isprintable():
        raise InvalidIdempotencyKey
    operation = f"POST {request.path}"[:200]
    fingerprint = _fingerprint(request)
    claimed = claim_request(credential=access.credential, operation=operation, key=key)
    if claimed is None:
        raise RequestInFlight("The same request is being handled at this moment; ask again in a second.")
    if claimed.fingerprint and claimed.fingerprint != fingerprint:
        raise IdempotencyKeyReused("This Idempotency-Key was used with another body.")
    answer = _again(claimed.status, bytes(claimed.body)) if claimed.fingerprint else None
    return Once(access.credential, operation, key, fingerprint, answer)


def _fingerprint(request: Request) -> str:
    content = request.META.get("QUERY_STRING", "").encode() + b"\n" + canonical_json(request.data)
    return hashlib.sha256(content).hexdigest()


def _again(status: int, body: bytes) -> HttpResponse:
    response = HttpResponse(body, status=status, content_type="application/json")
    response[REPLAYED] = "true"
    return response
