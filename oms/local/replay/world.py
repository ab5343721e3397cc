"""The network that the replayed sales are served from: two warehouses, twenty stores where people live."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from channels.enums import CommandState
from channels.models import ChannelCommand, Connection
from channels.services import create_connection, mark_all_dirty, update_connection
from inventory.geo.postcodes import french_postcodes
from inventory.queries import locations
from inventory.services import save_location, save_skus, set_levels
from inventory.types import LevelSetting
from oms.events.models import Delivery
from oms.tenancy.context import tenant_scope
from oms.tenancy.models import Tenant
from oms.tenancy.queries import legal_entities
from oms.tenancy.services import create_tenant
from oms.tenancy.types import SYSTEM

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from inventory.geo.postcodes import Postcode
    from oms.local.replay.invoices import Invoice

STORES = 20
CHUNK = 2000


def drawn_postcodes(count: int, seed: int) -> list[Postcode]:
    """Distinct postcodes, drawn by population."""
    rng = random.Random(seed)
    every = sorted(french_postcodes().values(), key=lambda each: each.code)
    weights = [each.population for each in every]
    drawn: dict[str, Postcode] = {}
    while len(drawn) < count:
        chosen = rng.choices(every, weights)[0]
        drawn.setdefault(chosen.code, chosen)
    return list(drawn.values())


def build_world(
    slug: str, names: Mapping[str, str], invoices: Sequence[Invoice], url: str, seed: int
) -> tuple[UUID, Connection]:
    """Create the tenant, its catalogue, network, opening stock and, last, the connection to the simulated shop.

    What an interrupted run has built is kept.

    A warehouse opens with 60 % and the other with 30 % of what the year sells of a SKU; a store with some of every
    fourth. That is a little less than is needed, so that some units must be parked.
    """
    tenant = Tenant.objects.filter(slug=slug).first() or create_tenant(slug=slug, name="Online Retail", actor=SYSTEM)
    rng = random.Random(seed)
    codes, needs, costs = sorted(names), needs_of(invoices), costs_of(invoices)
    opened_at = invoices[0].at - timedelta(days=1)
    with tenant_scope(tenant.pk):
        for start in range(0, len(codes), CHUNK):
            save_skus(
                skus=[
                    {"code": code, "name": names[code][:300], "cost": costs.get(code)}
                    for code in codes[start : start + CHUNK]
                ]
            )
        there = {place.code: place for place in locations()}
        places = [there.get(fields["code"]) or save_location(**fields) for fields in _places(seed)]
        levels = []
        for code in codes:
            need = needs.get(code, 0)
            levels += [LevelSetting(code, "DC-1", need * 6 // 10 + 5), LevelSetting(code, "DC-2", need * 3 // 10 + 5)]
            for place in places[2:]:
                if rng.random() < 0.25:  # noqa: PLR2004 -- every fourth
                    levels.append(LevelSetting(code, place.code, rng.randrange(1, need // 100 + 6)))
    for start in range(0, len(levels), CHUNK):
        with tenant_scope(tenant.pk):
            set_levels(levels=levels[start : start + CHUNK], now=opened_at, reason="OPENING")
    with tenant_scope(tenant.pk):
        row = create_connection(
            kind="woocommerce",
            name="Online Retail",
            settings={
                "url": url,
                "consumer_key": "ck_simulated",
                "consumer_secret": "cs_simulated",
                "allow_private_addresses": True,
                "calls_per_second": 1000,
            },
            now=timezone.now(),
        )
        # The replay waits for each batch, so that nothing changes behind the watermark.
        Connection.objects.filter(pk=row.pk).update(overlap_seconds=1, first_days=1)
    return tenant.pk, row


def needs_of(invoices: Sequence[Invoice]) -> Counter[str]:
    """How many units of each SKU are sold."""
    needs: Counter[str] = Counter()
    for invoice in invoices:
        for sale in invoice.sales:
            needs[sale.code] += sale.quantity
    return needs


def costs_of(invoices: Sequence[Invoice]) -> dict[str, Decimal]:
    """What each SKU costs the retailer, since the file does not say: half of the lowest price at which it was sold."""
    lowest: dict[str, int] = {}
    for invoice in invoices:
        for sale in invoice.sales:
            lowest[sale.code] = min(lowest.get(sale.code, sale.cents), sale.cents)
    return {code: Decimal(cents) / 200 for code, cents in lowest.items()}


def take_over(connection: Connection, url: str) -> None:
    """Go on where a run ended that may have been killed: its shop is gone and what it was doing is nobody's.

    The new shop has the catalogue and no stock, so that everything is told again.
    """
    update_connection(connection_id=connection.pk, settings={"url": url}, now=timezone.now())
    Connection.objects.filter(pk=connection.pk).update(
        listed_at=None, poll_leased_until=None, publish_leased_until=None
    )
    mark_all_dirty(connection_id=connection.pk, now=timezone.now())
    Delivery.objects.update(leased_until=None)
    ChannelCommand.objects.filter(state=CommandState.SENT).update(due_at=timezone.now())


def _places(seed: int) -> list[dict[str, Any]]:
    postcodes = drawn_postcodes(STORES + 2, seed)
    entity = legal_entities()[0]
    made = []
    for index, postcode in enumerate(postcodes):
        warehouse = index < 2  # noqa: PLR2004 -- the first two are warehouses
        made.append(
            {
                "code": f"DC-{index + 1}" if warehouse else f"STORE-{postcode.code}",
                "name": f"{'Entrepôt' if warehouse else 'Magasin'} {postcode.commune.title()}",
                "kind": "WAREHOUSE" if warehouse else "STORE",
                "legal_entity": entity,
                "postcode": postcode.code,
                "city": postcode.commune.title(),
                "latitude": postcode.point.latitude,
                "longitude": postcode.point.longitude,
                "collects": not warehouse,
                "priority": 1 if warehouse else 2,
                "minutes_to_accept": 10_000,
            }
        )
    return made


def customer_of(number: str, invoice: str, seed: int, homes: Sequence[Postcode]) -> dict[str, str]:
    """The same customer always lives at the same place."""
    rng = random.Random(f"{seed}:{number or invoice}")
    home = rng.choices(homes, [each.population for each in homes])[0]
    return {
        "first_name": "Client",
        "last_name": number or "sans compte",
        "email": f"client-{number or invoice}@exemple.fr",
        "line1": f"{rng.randrange(1, 90)} rue du Commerce",
        "postcode": home.code,
        "city": home.commune.title(),
        "country": "FR",
    }
