"""Answers that were given to requests with an Idempotency-Key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from oms.tenancy.context import current_tenant_id
from oms.tenancy.models import IdempotentRequest

if TYPE_CHECKING:
    from datetime import datetime


def claim_request(*, credential: str, operation: str, key: str) -> IdempotentRequest | None:
    """Claim a key until the transaction ends; None when another transaction holds it at this moment.

    The row is new and without a fingerprint, or the one that was kept.
    """
    # The lock is taken before the row is looked for, in a statement of its own: only then is what its last holder committed seen.
    with connection.cursor() as cursor:
        claimed = "\n".join((str(current_tenant_id()), credential, operation, key))
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [claimed])
        if not cursor.fetchone()[0]:
            return None
    found = IdempotentRequest.objects.filter(credential=credential, operation=operation, key=key).first()
    return found or IdempotentRequest(credential=credential, operation=operation, key=key)


def keep_answer(*, credential: str, operation: str, key: str, fingerprint: str, status: int, body: bytes) -> None:
    """Keep the answer to a claimed request, in the transaction of its effect."""
    IdempotentRequest.objects.create(
        credential=credential, operation=operation, key=key, fingerprint=fingerprint, status=status, body=body
    )


def forget_answers(*, before: datetime) -> int:
    """Forget the open tenant's answers that were given before a moment; return how many."""
    return IdempotentRequest.objects.filter(created_at__lt=before).delete()[0]
