"""A store with staff, stock and orders, for tests of the store app's pages."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from inventory.models import StockLevel
from oms.fulfilment.models import FulfilmentLine
from oms.fulfilment.services import accept, mark_ready, pack, pick
from oms.tenancy.context import tenant_scope
from oms.tenancy.middleware import SESSION_KEY
from oms.tenancy.services import add_member, create_person
from oms.tenancy.types import SYSTEM
from tests.factories import make_channel, make_location, make_order, make_sku, make_stock
from tests.fulfilment.test_work import work_for

if TYPE_CHECKING:
    from inventory.models import Location, Sku
    from oms.fulfilment.models import FulfilmentOrder
    from oms.tenancy.models import Tenant

MUG_EAN, CAP_EAN = "3701204551073", "0012345678905"
_people = count(1)


def signed_in(tenant: Tenant, role: str, *places: Location, language: str = "en") -> Client:
    """A client of a person with the role, who works at these locations."""
    email = f"{role.lower()}{next(_people)}@{tenant.slug}.example"
    user = create_person(email=email, name="Inès Baron", password="not used here", language=language)
    with tenant_scope(tenant.pk):
        add_member(user=user, role=role, actor=SYSTEM, location_ids=[place.pk for place in places])
    client = Client()
    client.force_login(user)
    session = client.session
    session[SESSION_KEY] = str(tenant.pk)
    session.save()
    return client


@pytest.fixture
def shop(tenant) -> Location:
    return make_location("NANTES", name="Nantes Crébillon", city="Nantes")


@pytest.fixture
def mug(tenant, shop) -> Sku:
    mug = make_sku("MUG", name="Mug Groix", product="groix", barcodes=[MUG_EAN], attributes={"colour": "blue"})
    make_stock(mug, shop, 9, now=timezone.now())
    return mug


@pytest.fixture
def cap(tenant, shop) -> Sku:
    cap = make_sku("CAP", name="Cap Sein", barcodes=[CAP_EAN])
    make_stock(cap, shop, 4, now=timezone.now())
    return cap


@pytest.fixture
def channel(tenant):
    return make_channel("web")


@pytest.fixture
def staff(tenants, shop) -> Client:
    """Works at Nantes, reads English."""
    return signed_in(tenants[0], "STORE_STAFF", shop)


@pytest.fixture
def new_job(shop, channel):
    """Give the store an order's work: `new_job((mug, 2), method="CLICK_AND_COLLECT")`."""

    def make(*lines: tuple[Sku, int], place: Location = shop, **fields: Any) -> FulfilmentOrder:
        if fields.get("method", "DELIVERY") != "DELIVERY":
            fields.setdefault("collect_location", place.code)
        now = timezone.now()
        return work_for(make_order(channel, *lines, now=now, **fields), place, now)

    return make


def lines(job: FulfilmentOrder) -> list[FulfilmentLine]:
    return list(FulfilmentLine.objects.filter(fulfilment=job).order_by("line__position"))


def picked(job: FulfilmentOrder) -> FulfilmentOrder:
    accept(fulfilment_id=job.pk, now=timezone.now())
    return pick(fulfilment_id=job.pk, picked={line.pk: line.quantity for line in lines(job)}, now=timezone.now())


def packed(job: FulfilmentOrder) -> FulfilmentOrder:
    picked(job)
    return pack(fulfilment_id=job.pk, now=timezone.now())


def ready(job: FulfilmentOrder, shelf: str = "C 14") -> FulfilmentOrder:
    packed(job)
    return mark_ready(fulfilment_id=job.pk, shelf=shelf, now=timezone.now())


def overdue(job: FulfilmentOrder, minutes: int) -> None:
    type(job).objects.filter(pk=job.pk).update(accept_by=timezone.now() + timedelta(minutes=minutes))


def url(name: str, job: FulfilmentOrder) -> str:
    return reverse(f"store:{name}", args=[job.location.code, job.pk])


def text(response) -> str:
    """What a person reads of a page."""
    plain = re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(plain.replace("&#x27;", "'").split())


def hidden(response, name: str) -> str:
    """A hidden field's value as the page carries it."""
    found = re.search(rf'name="{name}" value="([^"]*)"', response.content.decode())
    assert found, f"no field {name}"
    return found[1]


def on_hand(sku: Sku, place: Location) -> int:
    return StockLevel.objects.get(sku=sku, location=place, pool="").on_hand
