"""A WooCommerce shop on loopback: the REST API v3 as WooCommerce 11 answers it."""

import json
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from channels.simulators.faults import Faults
from channels.simulators.shop import Order, Product, Shop
from channels.simulators.woo_auth import Keys, RefusedError
from channels.simulators.woo_bodies import ZONE, order_body, product_body, refund_body, with_variation
from channels.simulators.woo_writes import (
    STATUSES,
    WooError,
    add_note,
    create_refund,
    open_order,
    set_product,
    trash,
    update_order,
)

_BASE = "/wp-json/wc/v3"
_MAX = 100
_FILTERS = STATUSES | {"any", "trash"}


class WooCommerceSimulator:
    """The routes over one shop. Every handler answers as the real one does, in its status codes and headers."""

    kind = "woocommerce"

    def __init__(self, shop: Shop, faults: Faults, keys: Keys) -> None:
        self.shop = shop
        self.faults = faults
        self.keys = keys
        for order in shop.orders.values():
            open_order(shop, order)
        shop.listeners.append(lambda what, order: open_order(shop, order) if what == "created" else None)

    def routes(self) -> list[Route]:
        paths: list[tuple[str, Any, list[str]]] = [
            ("/data/currencies/current", self.currency, ["GET"]),
            ("/orders", self.orders, ["GET", "POST"]),
            ("/orders/batch", self.order_batch, ["POST"]),
            ("/orders/{order_id:int}", self.order, ["GET", "PUT", "POST", "DELETE"]),
            ("/orders/{order_id:int}/notes", self.notes, ["GET", "POST"]),
            ("/orders/{order_id:int}/refunds", self.refunds, ["GET", "POST"]),
            ("/products", self.products, ["GET"]),
            ("/products/batch", self.batch, ["POST"]),
            ("/products/{product_id:int}", self.product, ["GET", "PUT"]),
            ("/products/{parent_id:int}/variations", self.products, ["GET"]),
            ("/products/{parent_id:int}/variations/batch", self.batch, ["POST"]),
        ]
        api = [Route(_BASE + path, self._guarded(handler), methods=methods) for path, handler, methods in paths]
        return [Route("/wp-json/", self.site), *api, Route("/{rest:path}", _no_route, methods=["GET", "POST", "PUT"])]

    def _guarded(self, handler: Any) -> Any:
        async def endpoint(request: Request) -> Response:
            try:
                self.keys.let_in(request, self.shop.clock.now())
                body = await _json_body(request)
                answer = handler(request, body)
            except RefusedError as refusal:
                return _error(401, refusal.code, refusal.message)
            except WooError as refusal:
                return JSONResponse(refusal.body, refusal.status)
            return answer if isinstance(answer, Response) else JSONResponse(answer)

        return endpoint

    async def site(self, request: Request) -> Response:
        home = self.keys.home_of(request)
        return JSONResponse(
            {
                "name": self.shop.name,
                "url": home,
                "home": home,
                "timezone_string": ZONE.key,
                "gmt_offset": 1,
                "namespaces": ["oembed/1.0", "wc/v3", "wp/v2"],
            }
        )

    def currency(self, request: Request, body: Any) -> dict[str, Any]:
        del request, body
        return {"code": "EUR", "name": "Euro", "symbol": "€"}

    def orders(self, request: Request, body: Any) -> Any:
        if request.method == "POST":
            return JSONResponse(self._render(self._create(body)), 201)
        query = _Query(request)
        listed = self.shop.listed(self.faults.lag, query.include)
        rows = [(at, order) for at, order in listed if query.keeps(at, order.facts["status"])]
        rows.sort(key=query.sort_key, reverse=query.descending)
        return self._page(query, [order for _, order in rows], self._render)

    def order(self, request: Request, body: Any) -> Any:
        order = self._order(request)
        if request.method == "DELETE":
            trash(self.shop, order)
        elif request.method != "GET":
            update_order(self.shop, order, body or {})
        return _only(self._render(order), request)

    def order_batch(self, request: Request, body: Any) -> Any:
        del request
        return {"update": [self._written(entry) for entry in _batch(body)]}

    def _written(self, entry: dict[str, Any]) -> dict[str, Any]:
        try:
            order = self._numbered(entry.get("id", 0))
            update_order(self.shop, order, entry)
        except WooError as refusal:
            return {"id": entry.get("id"), "error": refusal.body}
        return self._render(order)

    def notes(self, request: Request, body: Any) -> Any:
        order = self._order(request)
        if request.method == "GET":
            return order.facts["notes"]
        text = str((body or {}).get("note", ""))
        note = add_note(self.shop, order, text, for_customer=bool((body or {}).get("customer_note")))
        return JSONResponse(note, 201)

    def refunds(self, request: Request, body: Any) -> Any:
        order = self._order(request)
        if request.method == "GET":
            return [refund_body(each) for each in order.facts["refunds"]]
        return JSONResponse(refund_body(create_refund(self.shop, order, body or {})), 201)

    def products(self, request: Request, body: Any) -> Any:
        del body
        query = _Query(request)
        parent_id = request.path_params.get("parent_id", 0)
        if parent_id and parent_id not in self.shop.products:
            raise WooError(404, "woocommerce_rest_product_invalid_id", "Invalid ID.")
        rows = [each for each in self.shop.products.values() if self._shows(each, query, parent_id)]
        rows.sort(key=lambda each: each.id, reverse=query.descending)
        return self._page(query, rows, lambda each: _only(self._product_body(each), request))

    def product(self, request: Request, body: Any) -> Any:
        product = self.shop.products.get(request.path_params["product_id"])
        if product is None or product.parent_id:
            raise WooError(404, "woocommerce_rest_product_invalid_id", "Invalid ID.")
        if request.method == "PUT":
            if "stock_quantity" in (body or {}) and not isinstance(body["stock_quantity"], int):
                raise WooError(400, "rest_invalid_param", "Invalid parameter(s): stock_quantity")
            set_product(self.shop, product, body or {})
        return _only(self._product_body(product), request)

    def batch(self, request: Request, body: Any) -> Any:
        updates = _batch(body)
        parent_id = request.path_params.get("parent_id", 0)
        return {"update": [self._set(entry, parent_id) for entry in updates]} if updates else []

    def _set(self, entry: dict[str, Any], parent_id: int) -> dict[str, Any]:
        product = self.shop.products.get(entry.get("id", 0))
        if product is None or product.parent_id != parent_id:
            kind = "product_variation" if parent_id else "product"
            error = {"code": f"woocommerce_rest_{kind}_invalid_id", "message": "Invalid ID.", "data": {"status": 404}}
            return {"id": entry.get("id"), "error": error}
        set_product(self.shop, product, entry)
        return self._product_body(product)

    def _shows(self, product: Product, query: "_Query", parent_id: int) -> bool:
        if query.skus:
            return product.sku in query.skus
        if query.include and product.id not in query.include:
            return False
        return product.parent_id == parent_id

    def _create(self, body: Any) -> Order:
        lines = []
        for entry in (body or {}).get("line_items", []):
            product = self.shop.products.get(entry.get("variation_id") or entry.get("product_id", 0))
            lines.append({"sku": product.sku if product else "", "quantity": entry.get("quantity", 1)})
        return self.shop.place_order({"lines": lines, "paid": bool((body or {}).get("set_paid")), "delivery": "ship"})

    def _order(self, request: Request) -> Order:
        return self._numbered(request.path_params["order_id"])

    def _numbered(self, order_id: int) -> Order:
        order = self.shop.orders.get(order_id)
        if order is None:
            raise WooError(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
        return order

    def _render(self, order: Order) -> dict[str, Any]:
        return with_variation(order_body(self.shop, order), self.shop.products)

    def _product_body(self, product: Product) -> dict[str, Any]:
        return product_body(product, self.shop.children(product))

    def _page(self, query: "_Query", rows: list[Any], render: Any) -> Response:
        """Beyond the last page the real shop says a total of 0."""
        start = (query.page - 1) * query.per_page
        shown = rows[start : start + query.per_page]
        total = len(rows) if shown or query.page == 1 else 0
        pages = -(-total // query.per_page)
        body = [_only(render(each), query.request) for each in self.faults.arrange(shown)]
        return JSONResponse(body, headers={"X-WP-Total": str(total), "X-WP-TotalPages": str(pages)})

    def webhook_body(self, order: Order) -> dict[str, Any]:
        return self._render(order)

    def act(self, order: Order, action: str) -> None:
        """What the merchant or the customer does in the shop itself."""
        if action == "trash":
            trash(self.shop, order)
        elif action == "touch":
            self.shop.touch(order)
        else:
            update_order(self.shop, order, {"status": {"cancel": "cancelled", "pay": "processing"}[action]})

    def report(self, order: Order) -> dict[str, Any]:
        return {
            "status": order.facts["status"],
            "tracking": [each["value"] for each in order.facts["meta"] if each["key"] == "_tracking_number"],
            "meta": {each["key"]: each["value"] for each in order.facts["meta"]},
            "notes": [each["note"] for each in order.facts["notes"]],
            "customer_notes": [each["note"] for each in order.facts["notes"] if each["customer_note"]],
            "refunds": [{"amount": each["amount"], "reason": each["reason"]} for each in order.facts["refunds"]],
        }


class _Query:
    """The parameters of a list, checked as WordPress does."""

    def __init__(self, request: Request) -> None:
        self.request = request
        given = request.query_params
        self.per_page = _bounded(given.get("per_page", "10"), "per_page", _MAX)
        self.page = _bounded(given.get("page", "1"), "page", None)
        self.descending = given.get("order", "desc") == "desc"
        self.by = given.get("orderby", "date")
        if self.by not in {"date", "id", "modified", "include", "title", "slug"}:
            raise _invalid("orderby")
        self.statuses = set(given.get("status", "any").split(","))
        if not self.statuses <= _FILTERS and "products" not in request.url.path:
            raise _invalid("status")
        self.zone = UTC if given.get("dates_are_gmt") == "true" else ZONE
        self.after = self._moment("modified_after")
        self.before = self._moment("modified_before")
        self.include = {int(each) for each in given.get("include", "").split(",") if each}
        self.skus = {each for each in given.get("sku", "").split(",") if each}

    def keeps(self, at: float, status: str) -> bool:
        """Bounds are left out; seconds are whole; the bin shows only when it is asked for."""
        shown = status in self.statuses or ("any" in self.statuses and status != "trash")
        second = int(at)
        later = self.after is None or second > self.after
        return shown and later and (self.before is None or second < self.before)

    def sort_key(self, row: tuple[float, Order]) -> tuple[float, int]:
        at, order = row
        return ({"id": order.id, "modified": at}.get(self.by, order.placed_at), order.id)

    def _moment(self, name: str) -> float | None:
        text = self.request.query_params.get(name)
        if not text:
            return None
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            raise _invalid(name) from None
        return (found if found.tzinfo else found.replace(tzinfo=self.zone)).timestamp()


def _batch(body: Any) -> list[dict[str, Any]]:
    updates: list[dict[str, Any]] = (body or {}).get("update", [])
    if len(updates) > _MAX:
        message = "Unable to accept more than 100 items for this request."
        raise WooError(413, "woocommerce_rest_request_entity_too_large", message)
    return updates


def _bounded(text: str, name: str, most: int | None) -> int:
    if not text.isdecimal() or int(text) < 1 or (most is not None and int(text) > most):
        raise _invalid(name)
    return int(text)


def _invalid(name: str) -> WooError:
    return WooError(400, "rest_invalid_param", f"Invalid parameter(s): {name}")


def _only(body: dict[str, Any], request: Request) -> dict[str, Any]:
    fields = request.query_params.get("_fields")
    return {name: body[name] for name in fields.split(",") if name in body} if fields else body


async def _json_body(request: Request) -> Any:
    raw = await request.body()
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError:
        raise WooError(400, "rest_invalid_json", "Invalid JSON body passed.") from None


async def _no_route(request: Request) -> Response:
    del request
    return _error(404, "rest_no_route", "No route was found matching the URL and request method.")


def _error(status: int, code: str, message: str) -> Response:
    return JSONResponse({"code": code, "message": message, "data": {"status": status}}, status)
