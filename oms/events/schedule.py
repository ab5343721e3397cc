"""Periodic work of the rooms below, which know of no scheduler."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from oms.events.jobs import periodic
from oms.tenancy.context import tenant_scope
from oms.tenancy.services import forget_answers

if TYPE_CHECKING:
    from uuid import UUID

# As docs/api.md promises.
ANSWERS_KEPT = timedelta(days=30)


@periodic(name="tenancy.forget_answers", every=3600)
def forget(tenant_id: UUID, _argument: str) -> None:
    """Answers to requests with an Idempotency-Key are kept for a while."""
    with tenant_scope(tenant_id):
        forget_answers(before=timezone.now() - ANSWERS_KEPT)
