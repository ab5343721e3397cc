"""Vocabulary of the room."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from oms.tenancy.enums import ActorKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from oms.tenancy.permissions import Permission


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it, as the timeline and the audit name them; `label` is what people read."""

    kind: ActorKind
    id: str = ""
    label: str = ""

    def to_json(self) -> dict[str, str]:
        return {"kind": str(self.kind), "id": self.id, "label": self.label}

    @classmethod
    def from_json(cls, told: Mapping[str, str]) -> Self:
        return cls(ActorKind(told["kind"]), told.get("id", ""), told.get("label", ""))


SYSTEM = Actor(ActorKind.SYSTEM, label="Baton")


@dataclass(frozen=True, slots=True)
class Access:
    """What one credential may do in one tenant; `locations` None means every location."""

    tenant_id: UUID
    actor: Actor
    permissions: frozenset[Permission]
    locations: frozenset[UUID] | None = None
    credential: str = ""

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions

    def may_at(self, permission: Permission, location_id: UUID) -> bool:
        return self.may(permission) and (self.locations is None or location_id in self.locations)


@dataclass(frozen=True, slots=True)
class TenantChoice:
    """One tenant that a person belongs to."""

    tenant_id: UUID
    slug: str
    name: str
    role: str
    mfa_required: bool = field(default=False)
