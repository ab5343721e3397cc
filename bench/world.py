"""What the benchmarks work on: one tenant, many locations, hot and cold SKUs."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from django.utils import timezone

from inventory.geo.postcodes import french_postcodes
from inventory.services import save_location, save_skus, set_levels
from inventory.types import LevelSetting
from oms.orders.services import create_channel
from oms.tenancy.context import tenant_scope
from oms.tenancy.enums import Role
from oms.tenancy.permissions import permissions_of
from oms.tenancy.queries import legal_entities
from oms.tenancy.services import create_api_key, create_tenant
from oms.tenancy.types import SYSTEM

if TYPE_CHECKING:
    from uuid import UUID

PLENTY = 1_000_000
CHUNK = 5000


@dataclass(frozen=True, slots=True)
class World:
    tenant_id: UUID
    key: str
    channel: str
    skus: list[str]
    postcodes: list[str]


def build(*, locations: int, skus: int, stock: int = PLENTY, share: float = 1.0) -> World:
    """A tenant with its network; each location holds `share` of the SKUs."""
    rng = random.Random(5)
    tenant = create_tenant(slug=f"bench-{uuid4().hex[:12]}", name="Bench", actor=SYSTEM)
    towns = sorted(french_postcodes().values(), key=lambda each: (-each.population, each.code))
    codes = [f"SKU-{number:05d}" for number in range(skus)]
    with tenant_scope(tenant.pk):
        save_skus(skus=[{"code": code, "name": code} for code in codes])
        entity = legal_entities()[0]
        for number, town in enumerate(towns[:locations]):
            save_location(
                code=f"LOC-{number:04d}",
                name=town.commune,
                kind="STORE",
                legal_entity=entity,
                postcode=town.code,
                latitude=town.point.latitude,
                longitude=town.point.longitude,
            )
        create_channel(name="Bench", code="bench")
        _key, secret = create_api_key(name="bench", scopes=sorted(permissions_of(Role.INTEGRATOR)), actor=SYSTEM)
    levels = [
        LevelSetting(code, f"LOC-{number:04d}", stock)
        for number in range(locations)
        for code in codes
        if rng.random() < share
    ]
    for start in range(0, len(levels), CHUNK):
        with tenant_scope(tenant.pk):
            set_levels(levels=levels[start : start + CHUNK], now=timezone.now(), reason="OPENING")
    return World(tenant.pk, secret, "bench", codes, [town.code for town in towns[:200]])
