"""What a channel sent and Baton could not accept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from channels.errors import ParkedItemNotFound
from channels.events import ITEM_PARKED
from channels.models import Connection, ParkedItem
from channels.services.session import account_of, conversation
from oms.events.services import record
from oms.tenancy.context import tenant_scope
from oms.tenancy.services import audit

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime
    from uuid import UUID

    from oms.tenancy.types import Actor


@transaction.atomic
def park(
    *, connection_id: UUID, external_id: str, kind: str, reason: str, raw: Mapping[str, Any], now: datetime
) -> None:
    """Keep what cannot be accepted, as received, with its reason; the same item again is counted, not repeated."""
    values = {"kind": kind, "reason": reason[:500], "raw": dict(raw), "updated_at": now, "resolved_at": None}
    row, created = ParkedItem.objects.update_or_create(
        connection_id=connection_id,
        external_id=external_id,
        defaults=values,
        create_defaults={**values, "created_at": now},
    )
    if created:
        record(
            ITEM_PARKED,
            "connection",
            connection_id,
            {"item": str(row.pk), "external_id": external_id, "kind": str(kind)},
        )
    else:
        ParkedItem.objects.filter(pk=row.pk).update(attempts=F("attempts") + 1)


def resolve(*, connection_id: UUID, external_ids: Collection[str], now: datetime) -> int:
    """These no longer wait; return how many did."""
    rows = ParkedItem.objects.filter(connection_id=connection_id, external_id__in=list(external_ids), resolved_at=None)
    return rows.update(resolved_at=now)


def replay_parked(*, tenant_id: UUID, connection_id: UUID, now: datetime, limit: int = 200) -> int:
    """Read the connection's parked orders again from the channel and try once more; return how many were accepted.

    Must not be inside a transaction. Raises ConnectorError.
    """
    from channels.services.ingest import ingest  # noqa: PLC0415 -- app ready

    with tenant_scope(tenant_id):
        account = account_of(Connection.objects.get(pk=connection_id))
        waiting = list(
            ParkedItem.objects.filter(connection_id=connection_id, resolved_at=None).order_by("created_at", "pk")[
                :limit
            ]
        )
    with conversation(account) as connector:
        found = [(item, connector.order(item.external_id)) for item in waiting]
    with tenant_scope(tenant_id):
        resolve(
            connection_id=connection_id,
            external_ids=[item.external_id for item, order in found if order is None],
            now=now,
        )
        return ingest(
            connection_id=connection_id, orders=[order for _item, order in found if order is not None], now=now
        ).created


@transaction.atomic
def discard_parked(*, item_id: UUID, reason: str, now: datetime, actor: Actor) -> None:
    """Give a parked item up; it stays on record. Raises ParkedItemNotFound."""
    if not ParkedItem.objects.filter(pk=item_id, resolved_at=None).update(resolved_at=now):
        raise ParkedItemNotFound(_("This item was resolved already."))
    audit(action="parked_item.discarded", object_type="parked_item", object_id=item_id, actor=actor, reason=reason)
