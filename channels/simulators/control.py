"""The other side of a simulator: place orders, set faults, look inside. Everything is JSON under /_sim/."""

from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from channels.simulators.faults import Faults
from channels.simulators.shop import Order, Shop
from channels.simulators.traffic import Traffic
from channels.simulators.webhooks import Hook


class Simulator(Protocol):
    """What each kind of shop offers to this side."""

    kind: str

    def routes(self) -> list[Route]: ...

    def act(self, order: Order, action: str) -> None:
        """Raises KeyError for an action the shop does not know."""

    def report(self, order: Order) -> dict[str, Any]: ...

    def webhook_body(self, order: Order) -> dict[str, Any]: ...


class Control:
    def __init__(self, simulator: Simulator, shop: Shop, faults: Faults, hook: Hook, traffic: Traffic) -> None:
        self._simulator = simulator
        self._shop = shop
        self._faults = faults
        self._hook = hook
        self._traffic = traffic

    def routes(self) -> list[Route]:
        posts = {
            "/_sim/orders": self.orders,
            "/_sim/orders/{order_id:int}": self.act,
            "/_sim/faults": self.faults,
            "/_sim/catalogue": self.catalogue,
            "/_sim/clock": self.clock,
            "/_sim/traffic": self.traffic,
            "/_sim/webhooks": self.webhooks,
        }
        return [
            Route("/_sim/state", self.state, methods=["GET"]),
            *(Route(path, self._checked(handler), methods=["POST"]) for path, handler in posts.items()),
        ]

    def _checked(self, handler: Any) -> Any:
        async def endpoint(request: Request) -> Response:
            try:
                body = await request.json() if await request.body() else {}
                return JSONResponse(handler(request, body))
            except (KeyError, ValueError, TypeError) as problem:
                return JSONResponse({"error": f"{type(problem).__name__}: {problem}"}, 400)

        return endpoint

    def orders(self, request: Request, body: Any) -> dict[str, Any]:
        """Place orders: {"orders": [{"lines", "customer", "delivery", "pickup"…}]}, one such object, or {"count": 3}."""
        del request
        wanted = body.get("orders") or [body] * int(body.get("count", 1))
        placed = [self._shop.place_order(each) for each in wanted]
        return {"orders": [{"id": each.id, "number": each.number, "total": each.gross / 100} for each in placed]}

    def act(self, request: Request, body: Any) -> dict[str, Any]:
        """Something happens to an order in the shop itself: {"action": "cancel" | "pay" | "touch" | "trash"}."""
        order = self._shop.orders[request.path_params["order_id"]]
        self._simulator.act(order, str(body["action"]))
        return self._order(order)

    def faults(self, request: Request, body: Any) -> dict[str, Any]:
        del request
        self._faults.replace(body["faults"])
        return {"active": len(self._faults.active)}

    def catalogue(self, request: Request, body: Any) -> dict[str, Any]:
        """Add products: {"products": [{"sku", "name", "price", "barcode", "stock", "parent"}]}."""
        del request
        entries = body if isinstance(body, list) else body["products"]
        return {"added": [each.sku for each in self._shop.add_products(entries)]}

    def clock(self, request: Request, body: Any) -> dict[str, Any]:
        del request
        self._shop.clock.offset += float(body["advance"])
        return {"now": self._shop.clock.now()}

    def traffic(self, request: Request, body: Any) -> dict[str, Any]:
        del request
        self._traffic.orders_per_minute = float(body["orders_per_minute"])
        return {"orders_per_minute": self._traffic.orders_per_minute}

    def webhooks(self, request: Request, body: Any) -> dict[str, Any]:
        del request
        self._hook.url, self._hook.secret = str(body["url"]), str(body.get("secret", self._hook.secret))
        return {"url": self._hook.url}

    async def state(self, request: Request) -> Response:
        """Everything the shop knows; ?orders=0 leaves the orders out, ?since= shows those placed after an instant."""
        since = float(request.query_params.get("since", 0))
        shown = [] if request.query_params.get("orders") == "0" else self._shop.orders.values()
        return JSONResponse(
            {
                "kind": self._simulator.kind,
                "name": self._shop.name,
                "now": self._shop.clock.now(),
                "orders_per_minute": self._traffic.orders_per_minute,
                "count": len(self._shop.orders),
                "orders": [self._order(each) for each in shown if each.placed_at > since],
                "stock": {
                    each.sku: {"quantity": each.stock, "set_to": each.set_to, "set_at": each.set_at}
                    for each in self._shop.sold()
                },
                "webhooks": {"url": self._hook.url, "sent": len(self._hook.sent)},
            }
        )

    def _order(self, order: Order) -> dict[str, Any]:
        return {
            "id": order.id,
            "number": order.number,
            "placed_at": order.placed_at,
            "modified_at": order.modified_at,
            "delivery": order.delivery,
            "customer": f"{order.customer['first_name']} {order.customer['last_name']}",
            "total": order.gross / 100,
            "lines": [
                {"id": each.id, "sku": each.sku, "quantity": each.quantity, "refunded": each.refunded}
                for each in order.lines
            ],
            **self._simulator.report(order),
        }
