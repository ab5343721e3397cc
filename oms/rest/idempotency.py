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

    from oms.tenancy.types import Access

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
LONGEST = 255


@dataclass(frozen=True, slots=True)
class Once:
    """One request that must have its effect once."""

    credential: str
    operation: str
    key: str
    fingerprint: str

    def claim(self) -> HttpResponse | None:
        """Claim the key until the transaction ends; or what the request was answered before.

        Raises IdempotencyKeyReused, RequestInFlight.
        """
        claimed = claim_request(credential=self.credential, operation=self.operation, key=self.key)
        if claimed is None:
            raise RequestInFlight("The same request is being handled at this moment; ask again in a second.")
        if claimed.fingerprint and claimed.fingerprint != self.fingerprint:
            raise IdempotencyKeyReused("This Idempotency-Key was used with another body.")
        return _again(claimed.status, bytes(claimed.body)) if claimed.fingerprint else None

    def keep(self, status: int, body: bytes) -> None:
        """Keep the answer to a claimed request, in the transaction of its effect."""
        keep_answer(
            credential=self.credential,
            operation=self.operation,
            key=self.key,
            fingerprint=self.fingerprint,
            status=status,
            body=body,
        )


def once_of(request: Request, access: Access, content: str | None = None) -> Once | None:
    """What makes the request one of its kind; None when it has no key. Raises InvalidIdempotencyKey.

    `content` stands for the body of a request that is not JSON.
    """
    key = request.headers.get(HEADER)
    if key is None or request.method != "POST":
        return None
    if not 0 < len(key) <= LONGEST or not key.isascii() or not key.isprintable():
        raise InvalidIdempotencyKey
    return Once(access.credential, f"POST {request.path}"[:200], key, _fingerprint(request, content))


def _fingerprint(request: Request, body: str | None) -> str:
    told = canonical_json(request.data) if body is None else body.encode()
    content = request.META.get("QUERY_STRING", "").encode() + b"\n" + told
    return hashlib.sha256(content).hexdigest()


def _again(status: int, body: bytes) -> HttpResponse:
    response = HttpResponse(body, status=status, content_type="application/json")
    response[REPLAYED] = "true"
    return response
