"""A small network and people to look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import time_machine
from django.test import Client

from oms.orders.models import Order
from oms.tenancy.context import tenant_scope
from oms.tenancy.services import add_member, create_person
from oms.tenancy.types import SYSTEM
from orchestration.services import place_orders
from tests.factories import make_channel, make_location, make_sku, make_stock, new_order

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from inventory.models import Location, Sku
    from oms.orders.models import SalesChannel


class Network(NamedTuple):
    """Rennes is where customers live and has few mugs; Nantes is farther and has many; nobody has a teapot."""

    mug: Sku
    teapot: Sku
    rennes: Location
    nantes: Location
    web: SalesChannel


@pytest.fixture
def network(tenant, now) -> Network:
    mug, teapot = make_sku("MUG", name="Mug Ouessant"), make_sku("TEAPOT", name="Théière Groix")
    rennes = make_location("RENNES", name="Rennes Le Bastard", postcode="35000", latitude=48.11, longitude=-1.68)
    nantes = make_location("NANTES", name="Nantes Crébillon", postcode="44000", latitude=47.22, longitude=-1.55)
    make_stock(mug, rennes, 3, now=now)
    make_stock(mug, nantes, 10, now=now)
    return Network(mug, teapot, rennes, nantes, make_channel("web", name="Boutique en ligne"))


@pytest.fixture
def place(network, now):
    """Place one order through the door that channels use, and return it."""

    def placed(*lines: Any, at: datetime = now, **fields: Any) -> Order:
        order = new_order(fields.pop("channel", network.web), *(lines or ((network.mug, 1),)), now=at, **fields)
        (intake,) = place_orders(orders=[order], now=at)
        assert intake.order_id, intake.refusal
        return Order.objects.get(pk=intake.order_id)

    return placed


@pytest.fixture
def signed_in(tenant):
    """A client signed in with a role; the same role twice is the same person."""

    def client_of(role: str, *, language: str = "en", **member: Any) -> Client:
        user = create_person(email=f"{role.lower()}@keravel.example", name=f"{role.title()} Le Goff", language=language)
        add_member(user=user, role=role, actor=SYSTEM, **member)
        client = Client()
        client.force_login(user)
        return client

    return client_of


@pytest.fixture
def rivals_order(tenants, now) -> Order:
    """An order of the other tenant. Name it before `network` or `place`: scopes do not nest."""
    with tenant_scope(tenants[1].pk):
        cup = make_sku("CUP")
        make_stock(cup, make_location("LILLE", name="Lille Grand-Place"), 5, now=now)
        order = new_order(make_channel("rival"), (cup, 1), now=now, customer_name="Rival Customer")
        (intake,) = place_orders(orders=[order], now=now)
        return Order.objects.get(pk=intake.order_id)


@pytest.fixture
def clock(now) -> Iterator[Any]:
    """Requests are made at `now`."""
    with time_machine.travel(now, tick=False) as travel:
        yield travel
