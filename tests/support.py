"""What tests of the whole need: the outbox emptied here and now, without a broker."""

from __future__ import annotations

from typing import TYPE_CHECKING

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


def drain(rounds: int = 20) -> None:
    """Deliver what is owed, and what that brings about, until nothing is."""
    for _round in range(rounds):
        if not relay_once(_deliver_now):
            return
    raise AssertionError("The outbox does not empty.")
