"""Periodic work of the room, and of those below, which know of no scheduler."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from oms.events.jobs import periodic
from oms.events.queries import checks_to_make
from oms.events.services import check_next
from oms.tenancy.context import tenant_scope
from oms.tenancy.services import forget_answers

if TYPE_CHECKING:
    from uuid import UUID

# The monitor must never be what makes a machine slow.
SECONDS_AT_A_TIME = 3.0
# As docs/api.md promises.
ANSWERS_KEPT = timedelta(days=30)


@periodic(name="events.check_invariants", every=20, queue="bulk")
def check(tenant_id: UUID, _argument: str) -> None:
    """The next rows of each invariant are checked, the one that waits longest first."""
    began = time.monotonic()
    with tenant_scope(tenant_id):
        names = checks_to_make()
    for name in names:
        if time.monotonic() - began > SECONDS_AT_A_TIME:
            return
        with tenant_scope(tenant_id):
            check_next(name=name, now=timezone.now())


@periodic(name="tenancy.forget_answers", every=3600)
def forget(tenant_id: UUID, _argument: str) -> None:
    """Answers to requests with an Idempotency-Key are kept for a while."""
    with tenant_scope(tenant_id):
        forget_answers(before=timezone.now() - ANSWERS_KEPT)
