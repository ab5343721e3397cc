"""A Shopify shop on loopback: the Admin GraphQL API 2026-10 with its bucket, keys and errors."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLResolveInfo,
    StringValueNode,
    build_schema,
    execute_sync,
    parse,
    validate,
)
from graphql.language import VariableNode
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from channels.simulators.faults import Faults
from channels.simulators.shop import Order, Shop
from channels.simulators.shopify_bodies import (
    Body,
    Drawing,
    connection,
    cursor_of,
    financial_status,
    fulfilment_status,
    gid,
    key_of,
    number_of,
    rest_body,
)
from channels.simulators.shopify_cost import MOST, Bucket, Pricing, actual
from channels.simulators.shopify_writes import BadRequestError, Writes, open_order, settle, summary

VERSION = "2026-10"
_MOST_DOCUMENTS = 100
_SDL = Path(__file__).with_name("shopify_schema.graphql").read_text(encoding="utf-8")
_WINDOW = re.compile(r"updated_at:(>=|<=|>|<)'([^']+)'")
_SCOPES = (
    "write_orders",
    "read_all_orders",
    "read_products",
    "write_inventory",
    "read_locations",
    "write_merchant_managed_fulfillment_orders",
)


class ShopifySimulator:
    """The GraphQL endpoint and the token endpoint over one shop."""

    kind = "shopify"

    def __init__(self, shop: Shop, faults: Faults, *, token: str, client_secret: str, places: int = 1) -> None:
        self.shop = shop
        self.faults = faults
        self.token = token
        self.client_secret = client_secret
        self.bucket = Bucket()
        names = [*(f"Entrepôt {number}" for number in range(1, places + 1)), *shop.pickup_points]
        self.drawing = Drawing(shop, dict(enumerate(names, start=1)))
        self.writes = Writes(shop, self.drawing)
        self.schema = build_schema(_SDL)
        self._documents: dict[str, DocumentNode] = {}
        self._bind()
        for order in shop.orders.values():
            self._open("created", order)
        shop.listeners.append(self._open)

    def _open(self, what: str, order: Order) -> None:
        if what == "created":
            open_order(self.shop, order, self.drawing.number_of_place(order.pickup))

    def routes(self) -> list[Route]:
        return [
            Route(f"/admin/api/{VERSION}/graphql.json", self.graphql, methods=["POST"]),
            Route("/admin/oauth/access_token", self.access_token, methods=["POST"]),
        ]

    async def access_token(self, request: Request) -> Response:
        form = await request.form()
        fits = form.get("client_secret") == self.client_secret and form.get("grant_type") == "client_credentials"
        if not fits:
            return JSONResponse({"error": "invalid_client"}, 400)
        return JSONResponse({"access_token": self.token, "scope": ",".join(_SCOPES), "expires_in": 86399})

    async def graphql(self, request: Request) -> Response:
        if request.headers.get("x-shopify-access-token") != self.token:
            told = "[API] Invalid API key or access token (unrecognized login or wrong password)"
            return JSONResponse({"errors": told}, 401)
        body = await request.json()
        return JSONResponse(self.run(str(body.get("query", "")), body.get("variables") or {}))

    def run(self, document: str, variables: dict[str, Any]) -> Body:
        """The answer to a document, with what it cost."""
        self.writes.settle_due()
        parsed, wrong = self._read(document)
        if wrong or parsed is None:
            return {"errors": wrong}
        cost = Pricing(self.schema, parsed, variables).requested()
        if cost > MOST:
            told = f"Query cost is {cost}, which exceeds the single query max cost limit ({MOST})."
            return {"errors": [{"message": told, "extensions": {"code": "MAX_COST_EXCEEDED", "cost": cost}}]}
        if not self.bucket.take(cost):
            return {"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}], **self._cost(cost, None)}
        result = execute_sync(self.schema, parsed, variable_values=variables)
        spent = min(actual(result.data), cost)
        self.bucket.give_back(cost - spent)
        answer: Body = {"data": result.data}
        if result.errors:
            answer["errors"] = [_error(each) for each in result.errors]
        return answer | self._cost(cost, spent)

    def _read(self, document: str) -> tuple[DocumentNode | None, list[Body]]:
        """The document parsed and checked, or its errors; callers send the same few again and again."""
        known = self._documents.get(document)
        if known is not None:
            return known, []
        try:
            parsed = parse(document)
        except GraphQLError as problem:
            return None, [{"message": problem.message, "extensions": {"code": "parseError"}}]
        wrong = validate(self.schema, parsed)
        if not wrong and len(self._documents) < _MOST_DOCUMENTS:
            self._documents[document] = parsed
        return parsed, [{"message": each.message, "extensions": {"code": "undefinedField"}} for each in wrong]

    def _cost(self, requested: int, spent: int | None) -> Body:
        told = {"requestedQueryCost": requested, "actualQueryCost": spent, "throttleStatus": self.bucket.status()}
        return {"extensions": {"cost": told}}

    def _bind(self) -> None:
        query = self.schema.query_type
        mutation = self.schema.mutation_type
        assert isinstance(query, GraphQLObjectType)  # noqa: S101 -- the schema beside this file has both
        assert isinstance(mutation, GraphQLObjectType)  # noqa: S101 -- as above
        for name, resolver in {
            "shop": self._shop,
            "locations": self._locations,
            "currentAppInstallation": self._installation,
            "orders": self._orders,
            "order": self._order,
            "node": self._node,
            "nodes": self._nodes,
            "productVariants": self._variants,
        }.items():
            query.fields[name].resolve = resolver
        for name, resolver in {
            "inventorySetQuantities": lambda _, info, **given: self.writes.set_quantities(_key(info), given["input"]),
            "fulfillmentCreate": lambda _, __, fulfillment, **___: self.writes.ship(fulfillment),
            "fulfillmentOrderMove": lambda _, __, **given: self.writes.move(
                given["id"], given["newLocationId"], given.get("fulfillmentOrderLineItems")
            ),
            "fulfillmentOrderLineItemsPreparedForPickup": lambda _, __, **given: self.writes.prepare(given["input"]),
            "orderCancel": lambda _, __, **given: self.writes.cancel(
                given["orderId"], given["reason"], restock=given["restock"]
            ),
            "refundCreate": lambda _, info, **given: self.writes.refund(_key(info), given["input"]),
        }.items():
            mutation.fields[name].resolve = resolver

    def _shop(self, _: Any, __: Any) -> Body:
        return {
            "name": self.shop.name,
            "currencyCode": "EUR",
            "ianaTimezone": "Europe/Paris",
            "myshopifyDomain": "boutique.myshopify.com",
        }

    def _locations(self, _: Any, info: Any, **given: Any) -> Body:
        return connection([self.drawing.place(number) for number in self.drawing.places])(info, **given)

    def _installation(self, _: Any, __: Any) -> Body:
        return {"accessScopes": [{"handle": each} for each in _SCOPES]}

    def _orders(self, _: Any, __: Any, **given: Any) -> Body:
        """By the instant of the last change as the search index knows it; the cursor is that instant and the id."""
        rows = [
            ([at, order.id], order)
            for at, order in self.shop.listed(self.faults.lag)
            if _in_window(at, given.get("query") or "")
        ]
        rows.sort(key=lambda row: row[0])
        if given.get("after"):
            after = key_of(given["after"])
            rows = [row for row in rows if row[0] > after]
        first = given.get("first") or 50
        shown = rows[:first]
        bodies = [self.drawing.order(order) for _, order in shown]
        return {
            "nodes": self.faults.arrange(bodies),
            "pageInfo": {
                "hasNextPage": len(rows) > first,
                "endCursor": cursor_of(shown[-1][0]) if shown else None,
            },
        }

    def _order(self, _: Any, __: Any, id: str) -> Body | None:  # noqa: A002 -- the API's own name
        order = self.shop.orders.get(number_of(id)) if "/Order/" in id else None
        return self.drawing.order(order) if order else None

    def _node(self, _: Any, __: Any, id: str) -> Body | None:  # noqa: A002 -- the API's own name
        kind, number = id.split("/")[-2] if "/" in id else "", number_of(id)
        if kind == "Order":
            return self._order(None, None, id)
        if kind in {"InventoryItem", "ProductVariant"}:
            product = self.shop.products.get(number)
            draw = self.drawing.item if kind == "InventoryItem" else self.drawing.variant
            return draw(product) if product else None
        facts, draw_part = {
            "FulfillmentOrder": ("work", self.drawing.work),
            "Fulfillment": ("parcels", self.drawing.parcel),
        }.get(kind, ("", None))
        order, found = self.writes.find(facts, number) if draw_part else (None, None)
        return draw_part(order, found) if draw_part and order and found else None

    def _nodes(self, _: Any, __: Any, ids: list[str]) -> list[Body | None]:
        return [self._node(None, None, each) for each in ids]

    def _variants(self, _: Any, info: Any, **given: Any) -> Body:
        sold = sorted(self.shop.sold(), key=lambda each: each.id)
        return connection([self.drawing.variant(each) for each in sold])(info, **given)

    def act(self, order: Order, action: str) -> None:
        """What the merchant or the customer does in the shop itself."""
        now = self.shop.clock.now()
        if action == "cancel":
            order.facts |= {"cancel_at": now, "cancel_restocks": True, "cancel_reason": "CUSTOMER"}
            settle(self.shop, order)
        elif action in {"pay", "touch"}:
            order.paid_at = now if action == "pay" else order.paid_at
            self.shop.touch(order)
        else:
            raise KeyError(action)

    def report(self, order: Order) -> dict[str, Any]:
        settle(self.shop, order)
        return {
            "status": "CANCELLED" if order.cancelled_at else fulfilment_status(order),
            "financial_status": financial_status(order),
            "gid": gid("Order", order.id),
            **summary(order),
        }

    def webhook_body(self, order: Order) -> Body:
        return rest_body(order)


def _in_window(at: float, query: str) -> bool:
    for sign, text in _WINDOW.findall(query):
        bound = datetime.fromisoformat(text).timestamp()
        fits = {">=": at >= bound, ">": at > bound, "<": at < bound, "<=": at <= bound}[sign]
        if not fits:
            return False
    return True


def _key(info: GraphQLResolveInfo[Any]) -> str | None:
    """The key of @idempotent on the field, if it is there."""
    for directive in (each for node in info.field_nodes for each in node.directives or ()):
        for argument in directive.arguments or ():
            if directive.name.value != "idempotent":
                continue
            if isinstance(argument.value, StringValueNode):
                return argument.value.value
            if isinstance(argument.value, VariableNode):
                return str(info.variable_values.coerced[argument.value.name.value])
    return None


def _error(problem: GraphQLError) -> Body:
    original = problem.original_error
    code = original.code if isinstance(original, BadRequestError) else "INTERNAL_SERVER_ERROR"
    return {"message": problem.message, "path": problem.path, "extensions": {"code": code}}
