"""What the books of one tenant must say, kept in plain Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from inventory.models import PurchaseOrderLine, Reservation, StockLevel
from inventory.queries import supply_reservations
from inventory.services import save_view
from oms.tenancy.context import tenant_scope
from oms.tenancy.services import create_tenant
from oms.tenancy.types import SYSTEM
from tests.factories import make_channel, make_kit, make_location, make_sku

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from oms.tenancy.models import Tenant

SKUS, PLACES, POOL = ("MUG", "HAT"), ("RENNES", "LYON"), "CLUB"
# A virtual kit is its units of each SKU; every SKU is a kit of one of itself.
KIT = "SET"
PARTS = {KIT: Counter({"MUG": 1, "HAT": 2}), **{sku: Counter({sku: 1}) for sku in SKUS}}
# SKU, location, pool.
Cell = tuple[str, str, str]
CELL = ("sku__code", "location__code", "pool")
# Where purchase orders are delivered, and how many days ahead a channel sells what they bring.
DOCK, HORIZON = PLACES[0], 7


@dataclass
class Bought:
    """The units of a purchase order's line that are to come; without a day of its own the line has the order's."""

    line: UUID
    sku: str
    open: int
    day: date
    own: date | None = None

    @property
    def expected(self) -> date:
        return self.own or self.day


class World:
    """One tenant: what the model says of it, and the means to look at it."""

    def __init__(self, slug: str, now: datetime) -> None:
        self.now = now
        self.tenant: Tenant = create_tenant(slug=slug, name=slug.title(), actor=SYSTEM)
        self.on_hand: Counter[Cell] = Counter()
        self.reserved: Counter[Cell] = Counter()
        self.in_transit: Counter[Cell] = Counter()
        self.set_aside: Counter[Cell] = Counter()
        self.keys: set[str] = set()
        self.baskets: dict[str, tuple[Counter[str], datetime]] = {}
        self.told: set[Any] = set()
        self.bought: dict[UUID, Bought] = {}
        self.numbers = 0
        with tenant_scope(self.tenant.pk):
            self.skus = {code: make_sku(code) for code in SKUS}
            self.skus[KIT] = make_kit(KIT, *((self.skus[code], units) for code, units in PARTS[KIT].items()))
            self.places = {code: make_location(code, postcode="35000", latitude=None) for code in PLACES}
            club = save_view(code="club", name="Club", pool=POOL)
            ahead = save_view(code="ahead", name="Ahead", supply=["PURCHASE"], horizon=HORIZON)
            views = {"web": None, "club": club.pk, "ahead": ahead.pk}
            self.channels = {code: make_channel(code, stock_view_id=view) for code, view in views.items()}

    def next(self) -> int:
        self.numbers += 1
        return self.numbers

    def free(self, cell: Cell) -> int:
        return self.on_hand[cell] - self.reserved[cell]

    def sellable(self, channel: str) -> dict[str, int]:
        """What a channel has to sell of each SKU, under the tenant's scope."""
        pools = ("", POOL) if channel == "club" else ("",)
        waits = self.waits() if channel == "ahead" else None
        there = {
            sku: sum(max(self.free((sku, place, pool)), 0) for place in PLACES for pool in pools)
            + (self.to_come(sku, waits) if waits is not None else 0)
            for sku in SKUS
        }
        return {sold: min(there[sku] // units for sku, units in PARTS[sold].items()) for sold in self.skus}

    def to_come(self, sku: str, waits: Counter[UUID]) -> int:
        """Units within the horizon that nobody waits for, less those that the dock already lacks for what it has promised."""
        free = sum(
            each.open - waits[each.line]
            for each in self.bought.values()
            if each.sku == sku and each.expected <= self.now.date() + timedelta(days=HORIZON)
        )
        return max(free - max(-self.free((sku, DOCK, "")), 0), 0)

    def waits(self) -> Counter[UUID]:
        """Units that are kept for those who wait, by line: who waits for which is Baton's choice."""
        waits: Counter[UUID] = Counter()
        for row in supply_reservations():
            waits[row.line_id] += row.quantity
        return waits

    def here(self, sku: str, place: str) -> int:
        return self.on_hand[sku, place, ""] + self.on_hand[sku, place, POOL]

    def put(self, sku: str, place: str, quantity: int) -> None:
        """A location has so many units now: the common stock takes the difference, the ring-fence only what it cannot."""
        missing = quantity - self.here(sku, place)
        common = max(missing, -self.on_hand[sku, place, ""])
        self.on_hand[sku, place, ""] += common
        self.on_hand[sku, place, POOL] += missing - common

    def found(self) -> dict[str, Counter[Cell]]:
        answer: dict[str, Counter[Cell]] = defaultdict(Counter)
        columns = (*CELL, "on_hand", "reserved", "in_transit", "quarantined", "damaged")
        for sku, place, pool, on_hand, reserved, in_transit, *set_aside in StockLevel.objects.values_list(*columns):
            cell = (sku, place, pool)
            answer["on_hand"][cell] = on_hand
            answer["reserved"][cell] = reserved
            answer["in_transit"][cell] = in_transit
            answer["set_aside"][cell] = sum(set_aside)
        return answer

    def coming(self) -> dict[UUID, int]:
        """What is to come, by line."""
        lines = PurchaseOrderLine.objects.filter(order__state__in=("CONFIRMED", "RECEIVING"))
        return {line.pk: line.open for line in lines if line.open}

    def kept(self) -> Counter[Cell]:
        """What open reservations hold, by level."""
        rows = Reservation.objects.filter(state__in=("SOFT", "HARD", "FIRM"))
        kept: Counter[Cell] = Counter()
        for *cell, quantity in rows.values_list(*(f"level__{name}" for name in CELL), "quantity"):
            kept[tuple(cell)] += quantity
        return kept
