"""The shop behind every simulator: catalogue, stock, customers, orders and a clock, in one process's memory.

Money is in cents with tax. Stock is one number per product, lowered at sale; the shop refuses no order.
"""

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from channels.simulators.people import Person, complete_person

VAT = 2000  # hundredths of a percent
_PICKUP_SHARE = 0.2
_UNPAID_SHARE = 0.05
_SHIPPING_CENTS = 490
_MOST_LINES = 10_000


class Clock:
    """Real time, moved forward on demand."""

    def __init__(self) -> None:
        self.offset = 0.0

    def now(self) -> float:
        return time.time() + self.offset


@dataclass(slots=True)
class Product:
    id: int
    sku: str
    name: str
    price: int
    barcode: str = ""
    stock: int = 0
    parent_id: int = 0
    manage_stock: bool = True
    vat: int = VAT
    set_at: float | None = None
    set_to: int | None = None
    modified_at: float = 0.0


@dataclass(slots=True)
class Line:
    id: int
    product_id: int
    sku: str
    name: str
    quantity: int
    unit: int
    vat: int = VAT
    discount: int = 0
    shipped: int = 0
    refunded: int = 0
    restocked: int = 0
    cancelled: int = 0

    @property
    def gross(self) -> int:
        return self.unit * self.quantity - self.discount


@dataclass(slots=True)
class Order:
    """`pickup` names the place where it is collected; `facts` is what only one kind of shop keeps, in its own words."""

    id: int
    placed_at: float
    modified_at: float
    customer: Person
    lines: list[Line]
    delivery: str = "ship"
    pickup: str = ""
    shipping: int = 0
    payment: str = "card"
    paid_at: float | None = None
    cancelled_at: float | None = None
    completed_at: float | None = None
    listed_at: float | None = None
    stock_taken: bool = False
    note: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def number(self) -> str:
        return str(self.id)

    @property
    def gross(self) -> int:
        return sum(line.gross for line in self.lines) + self.shipping


Listener = Callable[[str, Order], None]


class Shop:
    """One shop. `seed` makes customers and baskets repeatable; `first_id` keeps numbers apart between runs.

    Who collects chooses one of `pickup_points`, by name.
    """

    def __init__(
        self,
        *,
        name: str = "Boutique",
        seed: int = 1,
        first_id: int = 1001,
        pickup_points: Sequence[str] = (),
        clock: Clock | None = None,
    ) -> None:
        self.name = name
        self.pickup_points = tuple(pickup_points)
        self.clock = clock or Clock()
        self.rng = random.Random(seed)
        self.next_id = first_id
        self.products: dict[int, Product] = {}
        self._by_sku: dict[str, Product] = {}
        self._children: dict[int, list[Product]] = {}
        self.orders: dict[int, Order] = {}
        self.listeners: list[Listener] = []
        self.changes = 0

    def new_id(self) -> int:
        self.next_id += 1
        return self.next_id - 1

    def product(self, sku: str) -> Product | None:
        return self._by_sku.get(sku)

    def children(self, product: Product) -> list[Product]:
        """The variants of an article."""
        return self._children.get(product.id, [])

    def add_products(self, entries: Iterable[dict[str, Any]]) -> list[Product]:
        """Add what is new, by SKU; `parent` groups the variants of one article."""
        parents: dict[str, int] = {}
        added = []
        for entry in entries:
            if str(entry["sku"]) in self._by_sku:
                continue
            parent = str(entry.get("parent") or "")
            if parent and parent not in parents:
                parents[parent] = self._parent(parent)
            added.append(self._add(entry, parents.get(parent, 0)))
        self.changes += 1
        return added

    def place_order(self, request: dict[str, Any]) -> Order:
        """An order with the given lines, customer and delivery; what is not given is drawn.

        An order with an `id` can be placed again after a shop was lost: it is the same, down to the ids of its lines.
        """
        now = self.clock.now()
        number = int(request["id"]) if "id" in request else self.new_id()
        placed_at = float(request.get("placed_at", now))
        lines = [self._line(entry) for entry in request.get("lines") or self._basket()]
        if "id" in request:
            for position, line in enumerate(lines, start=1):
                line.id = number * _MOST_LINES + position
        delivery = str(request.get("delivery") or ("pickup" if self.rng.random() < _PICKUP_SHARE else "ship"))
        paid = bool(request["paid"]) if "paid" in request else self.rng.random() >= _UNPAID_SHARE
        payment = str(request.get("payment") or ("card" if paid else "transfer"))
        order = Order(
            id=number,
            placed_at=placed_at,
            modified_at=now,
            customer=complete_person(request.get("customer") or {}, self.rng),
            lines=lines,
            delivery=delivery,
            pickup=str(request.get("pickup") or self._pickup_point()) if delivery == "pickup" else "",
            shipping=int(request.get("shipping", 0 if delivery == "pickup" else _SHIPPING_CENTS)),
            payment=payment,
            paid_at=placed_at if paid and payment != "cod" else None,
            note=str(request.get("note") or ""),
        )
        self.orders[order.id] = order
        self.take_stock(order)
        self.tell("created", order)
        return order

    def _pickup_point(self) -> str:
        return self.rng.choice(self.pickup_points) if self.pickup_points else ""

    def take_stock(self, order: Order) -> None:
        if order.stock_taken:
            return
        order.stock_taken = True
        for line in order.lines:
            self._move(line, -line.quantity)
            line.restocked = 0

    def give_back_stock(self, order: Order) -> None:
        """What was taken and not given back yet."""
        if not order.stock_taken:
            return
        order.stock_taken = False
        for line in order.lines:
            self._move(line, line.quantity - line.restocked)
            line.restocked = line.quantity

    def restock(self, line: Line, quantity: int) -> None:
        line.restocked += quantity
        self._move(line, quantity)

    def set_stock(self, product: Product, quantity: int) -> None:
        product.stock = quantity
        product.set_to = quantity
        product.set_at = product.modified_at = self.clock.now()
        self.changes += 1

    def touch(self, order: Order) -> None:
        """The order changed: it is listed as changed now, after the lag of the list."""
        order.listed_at = order.modified_at
        order.modified_at = self.clock.now()
        self.tell("updated", order)

    def tell(self, what: str, order: Order) -> None:
        self.changes += 1
        for listener in self.listeners:
            listener(what, order)

    def listed(self, lag: float, ids: Collection[int] = ()) -> list[tuple[float, Order]]:
        """Every order, or those with these ids, with the instant of its last change as the list knows it, maybe late."""
        now = self.clock.now()
        wanted = [self.orders[each] for each in ids if each in self.orders] if ids else self.orders.values()
        known = ((each.modified_at if now - each.modified_at >= lag else each.listed_at, each) for each in wanted)
        return [(at, order) for at, order in known if at is not None]

    def dump(self) -> dict[str, Any]:
        return {
            "next_id": self.next_id,
            "products": [asdict(each) for each in self.products.values()],
            "orders": [asdict(each) for each in self.orders.values()],
        }

    def load(self, saved: dict[str, Any]) -> None:
        self.next_id = int(saved["next_id"])
        self.products = {entry["id"]: Product(**entry) for entry in saved["products"]}
        self._by_sku = {each.sku: each for each in self.products.values()}
        self._children = {}
        for each in self.products.values():
            self._children.setdefault(each.parent_id, []).append(each)
        self.orders = {
            entry["id"]: Order(**{**entry, "lines": [Line(**line) for line in entry["lines"]]})
            for entry in saved["orders"]
        }

    def save_to(self, path: Path) -> None:
        spare = path.with_suffix(".new")
        spare.write_text(json.dumps(self.dump()), encoding="utf-8")
        spare.replace(path)

    def _add(self, entry: dict[str, Any], parent_id: int) -> Product:
        product = Product(
            id=self.new_id(),
            sku=str(entry["sku"]),
            name=str(entry.get("name") or entry["sku"]),
            price=round(float(entry.get("price", 0)) * 100),
            barcode=str(entry.get("barcode") or ""),
            stock=int(entry.get("stock", 0)),
            parent_id=parent_id,
            manage_stock=bool(entry.get("manage_stock", True)),
            vat=round(float(entry.get("vat", 20)) * 100),
            modified_at=self.clock.now(),
        )
        self.products[product.id] = self._by_sku[product.sku] = product
        self._children.setdefault(parent_id, []).append(product)
        return product

    def _parent(self, name: str) -> int:
        sku = f"@{name}"
        known = self.product(sku)
        if known is None:
            known = self._add({"sku": sku, "name": name, "manage_stock": False}, 0)
        return known.id

    def sold(self) -> list[Product]:
        """What can be put in a basket: no parents of variants."""
        parents = {each.parent_id for each in self.products.values()}
        return [each for each in self.products.values() if each.id not in parents]

    def in_stock(self) -> list[Product]:
        return [each for each in self.sold() if each.stock > 0]

    def _basket(self) -> list[dict[str, Any]]:
        """Customers prefer the first articles of the catalogue and cannot order more than the page shows."""
        stocked = self.in_stock() or self.sold()
        weights = [1 / (place + 3) for place in range(len(stocked))]
        chosen = self.rng.choices(stocked, weights, k=self.rng.choice((1, 1, 1, 2, 2, 3)))
        wanted = Counter(each.sku for each in chosen)
        shown = {each.sku: max(each.stock, 1) for each in chosen}
        return [{"sku": sku, "quantity": min(number, shown[sku])} for sku, number in wanted.items()]

    def _line(self, entry: dict[str, Any]) -> Line:
        sku, quantity = str(entry["sku"]), int(entry.get("quantity", 1))
        product = self.product(sku)
        unit = round(float(entry["price"]) * 100) if "price" in entry else (product.price if product else 1000)
        return Line(
            id=self.new_id(),
            product_id=product.id if product else 0,
            sku=sku,
            name=product.name if product else str(entry.get("name") or sku),
            quantity=quantity,
            unit=unit,
            vat=product.vat if product else VAT,
            discount=round(float(entry.get("discount", 0)) * 100),
        )

    def _move(self, line: Line, quantity: int) -> None:
        product = self.products.get(line.product_id)
        if product is not None and product.manage_stock:
            product.stock += quantity
            product.modified_at = self.clock.now()


def split_tax(gross: int, vat: int) -> tuple[int, int]:
    """Net and tax of an amount that contains the tax."""
    net = round(gross * 10000 / (10000 + vat))
    return net, gross - net
