from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

from oms.tenancy.models import AuditEntry

if TYPE_CHECKING:
    from oms.tenancy.types import Actor


def audit(*, action: str, object_type: str, object_id: object, actor: Actor, **data: Any) -> AuditEntry:
    """Add one line to the audit trail, in the transaction of what it tells. `data` must be plain JSON."""
    return AuditEntry.objects.create(
        action=action,
        object_type=object_type,
        object_id=str(object_id),
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label,
        data=data,
        request_id=request_id(),
    )


def request_id() -> str:
    """The id of the request or task under way; empty outside one."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))
