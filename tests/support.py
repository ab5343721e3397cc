"""What tests of the whole need: the outbox emptied here and now, without a broker."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from django.db import connections
from django.utils import timezone

from oms.events.relay import relay_once
from oms.events.services import deliver

if TYPE_CHECKING:
    from oms.events.relay import Claim


def _deliver_now(claimed: Claim) -> None:
    deliver(
        tenant_id=claimed.tenant_id,
        subscriber_name=claimed.subscriber,
        delivery_ids=claimed.delivery_ids,
        now=timezone.now(),
    )


def until_fed(seconds: float = 60) -> None:
    """Wait until the feed shows what is committed: it holds back while any older transaction of the server runs."""
    deadline = time.monotonic() + seconds
    while True:
        with connections["platform"].cursor() as cursor:
            cursor.execute(
                "SELECT coalesce(max(transaction), 0) < pg_snapshot_xmin(pg_current_snapshot())::text::bigint FROM events_event"
            )
            if cursor.fetchone()[0]:
                return
        assert time.monotonic() < deadline, "The feed holds back for too long."
        time.sleep(0.2)


def drain(rounds: int = 20) -> None:
    """Deliver what is owed, and what that brings about, until nothing is."""
    for _round in range(rounds):
        if not relay_once(_deliver_now):
            return
    raise AssertionError("The outbox does not empty.")
