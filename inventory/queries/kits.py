"""Which SKUs are made of which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from inventory.enums import SkuKind
from inventory.models import KitComponent, Sku
from inventory.types import KitPart
from oms.database.rows import select
from oms.tenancy.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from uuid import UUID

    from django.db.models import QuerySet

# Each order, basket and availability asks this.
_PARTS = """
SELECT c.kit_id, p.id, p.code, p.name, p.price, c.quantity
FROM inventory_kitcomponent c
JOIN inventory_sku k ON k.tenant_id = c.tenant_id AND k.id = c.kit_id AND k.kind = ANY(%(kinds)s::text[])
JOIN inventory_sku p ON p.tenant_id = c.tenant_id AND p.id = c.component_id
WHERE c.tenant_id = %(tenant)s AND c.kit_id = ANY(%(skus)s::uuid[]) ORDER BY c.kit_id, p.code
"""
_KITS = """
SELECT c.component_id, c.kit_id FROM inventory_kitcomponent c
JOIN inventory_sku k ON k.tenant_id = c.tenant_id AND k.id = c.kit_id AND k.kind = 'VIRTUAL'
WHERE c.tenant_id = %(tenant)s AND c.component_id = ANY(%(skus)s::uuid[]) ORDER BY c.component_id, c.kit_id
"""
_ALL_PARTS = """
WITH RECURSIVE part(id) AS (
    SELECT unnest(%(skus)s::uuid[])
    UNION SELECT c.component_id FROM part JOIN inventory_kitcomponent c ON c.tenant_id = %(tenant)s AND c.kit_id = part.id
)
SELECT id FROM part
"""
_VIRTUAL = """
SELECT code FROM inventory_sku WHERE tenant_id = %(tenant)s AND id = ANY(%(skus)s::uuid[]) AND kind = 'VIRTUAL' ORDER BY code
"""


def parts_of(
    sku_ids: Iterable[UUID], *, kinds: Collection[str] = (SkuKind.VIRTUAL,)
) -> dict[UUID, tuple[KitPart, ...]]:
    """The components of those of the SKUs that are kits of these kinds, by code."""
    found: dict[UUID, tuple[KitPart, ...]] = {}
    for kit_id, *part in select(_PARTS, {"skus": list(sku_ids), "kinds": [str(kind) for kind in kinds]}):
        found[kit_id] = (*found.get(kit_id, ()), KitPart(*part))
    return found


def skus_with_parts() -> QuerySet[Sku]:
    """The catalogue, by code, with the components of kits."""
    parts = KitComponent.objects.select_related("component").order_by("component__code")
    return Sku.objects.prefetch_related(Prefetch("components", parts)).order_by("code", "pk")


def sku_with_parts(sku_id: UUID) -> Sku:
    """One SKU with its components. Raises NotFound."""
    found = skus_with_parts().filter(pk=sku_id).first()
    if found is None:
        raise NotFound(_("There is no such SKU."))
    return found


def kits_of(sku_id: UUID) -> QuerySet[KitComponent]:
    """The kits of any kind that a SKU is part of, by code."""
    return KitComponent.objects.select_related("kit").filter(component_id=sku_id).order_by("kit__code")


def kits_with(sku_ids: Iterable[UUID]) -> list[tuple[UUID, UUID]]:
    """Each of the SKUs with each virtual kit that it is part of: what the kit can sell changes with it."""
    return [(component_id, kit_id) for component_id, kit_id in select(_KITS, {"skus": list(sku_ids)})]


def virtual_codes(sku_ids: Iterable[UUID]) -> list[str]:
    """Codes of those of the SKUs that are virtual kits."""
    return [code for (code,) in select(_VIRTUAL, {"skus": list(sku_ids)})]


def all_parts_of(sku_ids: Iterable[UUID]) -> set[UUID]:
    """Every SKU that these are made of, and these, however many kits lie between."""
    return {sku_id for (sku_id,) in select(_ALL_PARTS, {"skus": list(sku_ids)})}
