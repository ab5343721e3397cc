"""Load the demonstration merchants. Safe to run again: what is there is left alone."""

from __future__ import annotations

import json
import os
import random
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from channels.services import create_connection
from inventory.models import Sku
from inventory.queries import get_view, stock_levels
from inventory.services import save_location, save_skus, save_view, set_levels
from inventory.types import LevelSetting
from oms.local.home import Home
from oms.local.retailer import catalogue, network
from oms.local.retailer.buffers import buffers
from oms.local.retailer.documents import documents
from oms.local.retailer.files import files
from oms.local.retailer.history import History, date_back, drain
from oms.local.retailer.kits import kits
from oms.orders.services import create_channel
from oms.tenancy.context import tenant_scope
from oms.tenancy.enums import ActorKind, Role
from oms.tenancy.models import Tenant
from oms.tenancy.permissions import permissions_of
from oms.tenancy.queries import legal_entities
from oms.tenancy.services import add_member, create_api_key, create_legal_entity, create_person, create_tenant
from oms.tenancy.types import SYSTEM, Actor
from orchestration.rules.rulesets import default_ruleset, dump_ruleset
from orchestration.services import publish_ruleset, save_draft

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from uuid import UUID

    from inventory.models import Location

HISTORY_DAYS = 90
LOGINS = {
    Role.OWNER: "Marie Le Goff",
    Role.MANAGER: "Paul Henry",
    Role.LOGISTICS: "Nadia Cherif",
    Role.CUSTOMER_SERVICE: "Lucas Petit",
    Role.STORE_STAFF: "Hugo Lemaire",
    Role.PARTNER: "Équipe Logisticien",
    Role.ANALYST: "Jeanne Roux",
}
LISTED = {"woocommerce": 300, "shopify": 200}
PER_MINUTE = {"woocommerce": 6, "shopify": 4}
PICKUP_POINTS = [name for _code, name, *_address in network.STORES[:8]]


def load(answer: Path, say: Callable[[str], None], *, orders_per_day: int = 2) -> dict[str, Any]:
    """Create what is missing, write how to get in to `answer`, and return it."""
    if answer.exists() and Tenant.objects.filter(slug="keravel").exists():
        found: dict[str, Any] = json.loads(answer.read_text())
        return found
    say("Maison Keravel: 30 locations, 2,000 SKUs")
    keravel = _merchant("keravel", "Maison Keravel", skus=2000, places=network.locations(), seed=11)
    say("Atelier Lumen: 4 locations, 100 SKUs")
    lumen = _merchant(
        "lumen", "Atelier Lumen", skus=100, places=network.locations()[:3] + network.locations()[-4:-3], seed=12
    )
    say(f"{HISTORY_DAYS} days of orders")
    _history(keravel["id"], orders_per_day)
    running = [kind for kind in LISTED if os.environ.get(f"BATON_SIMULATOR_{kind.upper()}_URL")]
    simulators = {kind: _simulated_shop(kind, keravel["id"], answer.parent) for kind in running}
    drain()
    tenants = [{name: value for name, value in each.items() if name != "id"} for each in (keravel, lumen)]
    result = {"tenants": tenants, "simulators": simulators}
    answer.write_text(json.dumps(result, indent=2, ensure_ascii=False))
    answer.chmod(0o600)
    return result


def _merchant(slug: str, name: str, *, skus: int, places: list[dict[str, Any]], seed: int) -> dict[str, Any]:
    tenant = create_tenant(slug=slug, name=name, actor=SYSTEM)
    began, first_day = timezone.now(), timezone.now() - timedelta(days=HISTORY_DAYS)
    with tenant_scope(tenant.pk):
        made = save_skus(skus=catalogue.skus(skus, seed))
        franchise = create_legal_entity(code="franchise", name=f"{name} Franchise", kind="FRANCHISE")
        own = next(entity for entity in legal_entities() if entity.code == "main")
        stores = [
            save_location(legal_entity=franchise if index % 5 == 4 else own, **place)  # noqa: PLR2004 -- every fifth store
            for index, place in enumerate(places)
        ]
        set_levels(levels=_opening_stock(made, stores, seed), now=first_day, reason="OPENING")
        save_view(code="ecommerce", name="Boutiques en ligne", kinds=["STORE", "WAREHOUSE", "THREE_PL"], buffer=1)
        draft = save_draft(document=_rules(), actor=SYSTEM)
        publish_ruleset(version_id=draft.pk, reason="Réglage de départ", now=first_day, actor=SYSTEM)
        logins = _people(slug, stores)
        _key, secret = create_api_key(
            name="Démonstration", scopes=sorted(permissions_of(Role.INTEGRATOR)), actor=SYSTEM
        )
    drain()
    date_back(tenant.pk, began, first_day)
    return {"id": tenant.pk, "slug": slug, "name": name, "api_key": secret, "logins": logins}


def _rules() -> dict[str, Any]:
    """What a new tenant starts with, under a French name."""
    document: dict[str, Any] = dump_ruleset(default_ruleset())
    document["rules"][0]["name"] = "Le moins de colis, puis le plus proche"
    return document


def _rules_in_mind() -> dict[str, Any]:
    """What the merchant thinks of publishing next: fewer parcels, and only from who opens within a day."""
    document = _rules()
    (rule,) = document["rules"]
    opening = next(each for each in rule["filters"] if each["kind"] == "opening")
    distance = next(each for each in rule["ranking"] if each["by"] == "distance")
    opening["within_hours"], distance["tolerance"], rule["split"]["max_parcels"] = 24, 25, 2
    return document


def _opening_stock(skus: list[Sku], places: list[Location], seed: int) -> list[LevelSetting]:
    rng = random.Random(seed)
    levels = []
    for place in places:
        share = {"STORE": 0.35, "WAREHOUSE": 0.95, "THREE_PL": 0.5, "SUPPLIER": 0.2}[place.kind]
        # A shop lets its customers collect where the goods are.
        share = 0.9 if place.name in PICKUP_POINTS else share
        most = {"STORE": 6, "WAREHOUSE": 60, "THREE_PL": 30, "SUPPLIER": 100}[place.kind]
        levels += [
            LevelSetting(sku.code, place.code, rng.randrange(1, most + 1)) for sku in skus if rng.random() < share
        ]
    return levels


def _people(slug: str, places: list[Location]) -> dict[str, dict[str, str]]:
    """One person a role; passwords are made by chance and valid on this machine alone."""
    shop = next(place for place in places if place.kind == "STORE")
    partner = next((place for place in places if place.kind == "THREE_PL"), places[-1])
    bound = {Role.STORE_STAFF: [shop.pk], Role.PARTNER: [partner.pk]}
    logins = {}
    for role, name in LOGINS.items():
        email = f"{role.lower().replace('_', '-')}@{slug}.example"
        password = f"demo-{secrets.token_urlsafe(9)}"
        person = create_person(email=email, name=name, password=password, language="fr")
        add_member(user=person, role=role, actor=SYSTEM, location_ids=bound.get(role, ()))
        logins[role.lower()] = {"email": email, "password": password}
    return logins


def _history(tenant_id: UUID, orders_per_day: int) -> None:
    with tenant_scope(tenant_id):
        channels = [
            create_channel(name="Zalando", code="zalando", family="MARKETPLACE"),
            create_channel(name="Magasins", code="magasins", family="STORE"),
            create_channel(name="Espace pro", code="pro", family="B2B"),
        ]
        skus = list(Sku.objects.order_by("code"))
        by_id = {sku.pk: sku for sku in skus}
        stores: dict[str, list[Sku]] = {}
        for level in stock_levels().filter(location__collects=True, on_hand__gt=1):
            stores.setdefault(level.location.code, []).append(by_id[level.sku_id])
    history = History(tenant_id, channels, skus, stores, seed=13)
    today = timezone.now().replace(hour=9, minute=30, second=0, microsecond=0)
    for back in range(HISTORY_DAYS, 0, -1):
        history.play(today - timedelta(days=back), orders_per_day)
    _refresh_stock(tenant_id)
    history.leave_work(network.STORES[0][0], timezone.now())
    history.leave_unroutable(network.STORES[0][0], timezone.now())
    with tenant_scope(tenant_id):
        save_draft(document=_rules_in_mind(), actor=Actor(ActorKind.PERSON, label=LOGINS[Role.OWNER]))
        documents()
        kits()
    buffers(tenant_id)
    files(tenant_id)


def _refresh_stock(tenant_id: UUID) -> None:
    """Every source has just confirmed what it has."""
    with tenant_scope(tenant_id):
        levels = [LevelSetting(each.sku.code, each.location.code, each.on_hand) for each in stock_levels()]
        set_levels(levels=levels, now=timezone.now())


def _simulated_shop(kind: str, tenant_id: UUID, folder: Path) -> list[str]:
    """Connect a simulated shop and write its catalogue; the answer is how to start it."""
    url = os.environ[f"BATON_SIMULATOR_{kind.upper()}_URL"]
    names = {"woocommerce": "Boutique en ligne", "shopify": "Keravel International"}
    secret, webhook_secret = f"demo-{secrets.token_urlsafe(12)}", f"demo-{secrets.token_urlsafe(12)}"
    settings: dict[str, Any] = {
        "woocommerce": {
            "url": url,
            "consumer_key": "ck_demo",
            "consumer_secret": secret,
            "webhook_secret": webhook_secret,
        },
        "shopify": {
            "shop": "keravel.myshopify.com",
            "api_url": url,
            "access_token": "ck_demo",
            "client_secret": webhook_secret,
            "location_id": "1",
        },
    }[kind]
    with tenant_scope(tenant_id):
        row = create_connection(
            kind=kind,
            name=names[kind],
            settings={**settings, "allow_private_addresses": True},
            now=timezone.now(),
            actor=SYSTEM,
            stock_view_id=get_view("ecommerce").pk,
        )
        listed = Sku.objects.order_by("-price", "code")[: LISTED[kind]]
        products = [
            {"sku": sku.code, "name": sku.name, "price": float(sku.price or 10), "barcode": sku.barcodes[0], "stock": 0}
            for sku in listed
        ]
        hook = f"/hooks/{tenant_id}/{row.pk}/{row.webhook_token}"
    file = folder / f"catalogue-{kind}.json"
    file.write_text(json.dumps(products, ensure_ascii=False))
    hooks = ["--webhook-url", hook, "--webhook-secret", webhook_secret] if os.environ.get("BATON_URL") else []
    return [
        "--catalogue",
        str(file),
        "--key",
        "ck_demo",
        "--secret",
        secret,
        "--orders-per-minute",
        str(PER_MINUTE[kind]),
        *[word for name in PICKUP_POINTS for word in ("--pickup-point", name)],
        *hooks,
    ]


def default_answer() -> Path:
    """Where the answer goes when no file is named."""
    return Home.from_environment().path / "demo-data.json"
