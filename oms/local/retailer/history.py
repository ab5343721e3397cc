"""Ninety days of business, played through the services that the product itself uses.

The services write the present into what they record; the loader, as the database's owner, then dates it back to the day
it plays. Only demonstration data is ever treated so.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import connections
from django.utils import timezone

from inventory.geo.postcodes import french_postcodes
from inventory.queries import stock_levels
from inventory.services import set_levels
from inventory.types import LevelSetting
from oms.events.relay import relay_once
from oms.events.services import deliver
from oms.fulfilment.enums import FulfilmentState
from oms.fulfilment.queries import fulfilments, lines_of
from oms.fulfilment.services import accept, collect, mark_ready, pack, pick, refuse, ship
from oms.fulfilment.types import Tracking
from oms.orders.services import cancel_units
from oms.orders.types import Address, NewLine, NewOrder
from oms.tenancy.context import tenant_scope
from oms.tenancy.enums import ActorKind
from oms.tenancy.types import Actor
from orchestration.services import place_orders

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from inventory.models import Sku
    from oms.events.relay import Claim
    from oms.fulfilment.models import FulfilmentOrder
    from oms.orders.models import SalesChannel

FIRST_NAMES = (
    "Camille",
    "Yann",
    "Sophie",
    "Élodie",
    "Thomas",
    "Anaïs",
    "Julien",
    "Inès",
    "Marc",
    "Claire",
    "Nolwenn",
    "Pierre",
)
LAST_NAMES = (
    "Rousseau",
    "Le Bihan",
    "Marchand",
    "Kerjean",
    "Garnier",
    "Prigent",
    "Morvan",
    "Benali",
    "Delaunay",
    "Fontaine",
    "Hamon",
)
STREETS = (
    "rue Saint-Melaine",
    "rue de la Paix",
    "avenue Jean-Jaurès",
    "place du Marché",
    "rue des Lices",
    "quai Duguay-Trouin",
)
STAFF = Actor(ActorKind.PERSON, label="Hugo Lemaire")
_SHIFT = (
    "UPDATE events_event SET recorded_at = %(day)s + (recorded_at - %(began)s) * 60 WHERE tenant_id = %(tenant)s AND recorded_at >= %(began)s",
    (
        "UPDATE inventory_stockmovement SET recorded_at = %(day)s + (recorded_at - %(began)s) * 60, occurred_at = %(day)s "
        "WHERE tenant_id = %(tenant)s AND recorded_at >= %(began)s"
    ),
)


class History:
    """Plays days for one tenant."""

    def __init__(
        self,
        tenant_id: UUID,
        channels: Sequence[SalesChannel],
        skus: Sequence[Sku],
        stores: Mapping[str, Sequence[Sku]],
        seed: int,
    ) -> None:
        self._tenant_id = tenant_id
        self._channels = channels
        self._skus = skus
        self._stores = stores
        self._rng = random.Random(seed)
        mainland = [each for each in french_postcodes().values() if not each.code.startswith(("97", "98"))]
        postcodes = sorted(mainland, key=lambda each: (-each.population, each.code))[:400]
        self._postcodes = postcodes
        self._weights = [each.population for each in postcodes]
        self._number = 0

    def play(self, day: datetime, orders: int) -> None:
        """One day: orders arrive in the morning, work is done until the evening, then everything is dated to that day."""
        began = timezone.now()
        with tenant_scope(self._tenant_id):
            arrived = [self._order(day) for _order in range(orders)]
            _confirm_stock({line.sku for order in arrived for line in order.lines}, day - timedelta(seconds=40))
            place_orders(orders=arrived, now=day)
        drain()
        with tenant_scope(self._tenant_id):
            for work in fulfilments().filter(state=FulfilmentState.TO_ACCEPT).order_by("created_at", "pk"):
                self._work(work, day + timedelta(minutes=self._rng.randrange(5, 50)))
        drain()
        date_back(self._tenant_id, began, day)

    def leave_work(self, store: str, now: datetime) -> None:
        """Orders that customers collect, still before a store's staff: two to accept, one to pick and one on its shelf."""
        placed = now - timedelta(minutes=40)
        with tenant_scope(self._tenant_id):
            place_orders(orders=[self._order(placed, store=store) for _order in range(4)], now=placed)
        drain()
        with tenant_scope(self._tenant_id):
            waiting = fulfilments().filter(state=FulfilmentState.TO_ACCEPT, location__code=store).order_by("number")
            for work, prepared in zip(waiting, (True, False), strict=False):
                accept(fulfilment_id=work.pk, now=placed + timedelta(minutes=5), actor=STAFF)
                if prepared:
                    self._prepare(work, placed + timedelta(minutes=5))
        drain()

    def leave_unroutable(self, store: str, now: datetime) -> None:
        """A customer wants to collect at that store what it has just sold its last one of: a person has to decide."""
        placed = now - timedelta(minutes=25)
        with tenant_scope(self._tenant_id):
            there = set(stock_levels().filter(location__code=store, on_hand__gt=0).values_list("sku_id", flat=True))
            sku = next(each for each in self._skus if each.pk not in there)
            price = sku.price or Decimal(10)
            line = NewLine(sku.code, 1, price, title=sku.name)
            asked = replace(self._order(placed, store=store), lines=(line,), total=price, tax=_included_tax(price))
            place_orders(orders=[asked], now=placed)
        drain()

    def _order(self, day: datetime, *, store: str = "") -> NewOrder:
        """At random; collected from that store, where one is given."""
        rng = self._rng
        self._number += 1
        name = f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}"
        where = rng.choices(self._postcodes, self._weights)[0]
        collects = bool(store) or rng.random() < 0.2  # noqa: PLR2004 -- one order in five is collected
        store = store or (rng.choice(sorted(self._stores)) if collects else "")
        chosen = rng.sample(self._stores[store] if collects else self._skus, rng.choices((1, 2, 3), (6, 3, 1))[0])
        lines = tuple(
            NewLine(sku.code, rng.choices((1, 2), (8, 1))[0], sku.price or Decimal(10), title=sku.name)
            for sku in chosen
        )
        goods = sum((line.unit_price * line.quantity for line in lines), Decimal(0))
        shipping = Decimal(0) if collects or goods > 80 else Decimal("4.90")  # noqa: PLR2004 -- free above 80 euros
        address = Address(
            name=name,
            line1=f"{rng.randrange(1, 120)} {rng.choice(STREETS)}",
            postcode=where.code,
            city=where.commune.title(),
        )
        return NewOrder(
            channel_id=rng.choices(self._channels, range(len(self._channels), 0, -1))[0].pk,
            external_id=f"H-{self._number:06d}",
            lines=lines,
            currency="EUR",
            total=goods + shipping,
            shipping=shipping,
            tax=_included_tax(goods + shipping),
            placed_at=day - timedelta(minutes=rng.randrange(1, 300)),
            method="CLICK_AND_COLLECT" if collects else "DELIVERY",
            collect_location=store,
            customer_name=name,
            customer_email=f"{name.partition(' ')[0].lower()}@exemple.fr".encode("ascii", "ignore").decode(),
            ship_to=address,
            bill_to=address,
            promised_at=day + timedelta(days=3),
        )

    def _work(self, work: FulfilmentOrder, now: datetime) -> None:
        rng = self._rng
        luck = rng.random()
        if luck < 0.04:  # noqa: PLR2004 -- one in twenty-five is refused
            refuse(fulfilment_id=work.pk, reason=rng.choice(("NOT_FOUND", "DAMAGED", "TOO_BUSY")), now=now, actor=STAFF)
            return
        if luck < 0.06:  # noqa: PLR2004 -- one in fifty is cancelled by the customer
            cancel_units(order_id=work.order_id, reason="customer", now=now)
            return
        accept(fulfilment_id=work.pk, now=now, actor=STAFF)
        self._prepare(work, now)
        if work.collection_code:
            collect(fulfilment_id=work.pk, code=work.collection_code, now=now + timedelta(hours=5), actor=STAFF)
            return
        parcel = Tracking("Colissimo", f"6A{rng.randrange(10**10, 10**11)}")
        ship(fulfilment_id=work.pk, parcels=[parcel], now=now + timedelta(hours=2), actor=STAFF)

    def _prepare(self, work: FulfilmentOrder, accepted: datetime) -> None:
        """Pick and pack what was accepted, half an hour's work; what is collected goes on a shelf."""
        picked = {line.pk: line.quantity for line in lines_of([work.pk])}
        pick(fulfilment_id=work.pk, picked=picked, now=accepted + timedelta(minutes=20), actor=STAFF)
        pack(fulfilment_id=work.pk, now=accepted + timedelta(minutes=30), actor=STAFF)
        if work.collection_code:
            shelf = f"{self._rng.choice('ABC')}{self._rng.randrange(1, 9)}"
            mark_ready(fulfilment_id=work.pk, shelf=shelf, now=accepted + timedelta(minutes=32), actor=STAFF)


def _included_tax(total: Decimal) -> Decimal:
    """The French 20 % that a price contains."""
    return (total / 6).quantize(Decimal("0.01"))


def _confirm_stock(codes: set[str], now: datetime) -> None:
    """The sources say again what they have, as they do all day."""
    levels = stock_levels().filter(sku__code__in=codes)
    set_levels(levels=[LevelSetting(each.sku.code, each.location.code, each.on_hand) for each in levels], now=now)


def date_back(tenant_id: UUID, began: datetime, day: datetime) -> None:
    """Let what was recorded since `began` have happened that day."""
    with connections["owner"].cursor() as cursor:
        for statement in _SHIFT:
            cursor.execute(statement, {"tenant": tenant_id, "began": began, "day": day})


def drain() -> None:
    """Deliver what is owed, here and now."""
    while relay_once(_deliver_now):
        pass


def _deliver_now(claimed: Claim) -> None:
    deliver(
        tenant_id=claimed.tenant_id,
        subscriber_name=claimed.subscriber,
        delivery_ids=claimed.delivery_ids,
        now=timezone.now(),
    )
