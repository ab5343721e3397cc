"""The calls of the REST API v3; knows HTTP and no meaning."""

import html
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from channels.connectors.enums import ErrorKind
from channels.connectors.errors import ConnectorError, contract_error
from channels.connectors.http import Answer, JsonClient, Request
from channels.connectors.wiring import Wiring
from channels.connectors.woocommerce.config import Config
from channels.connectors.woocommerce.oauth import OneLeggedOAuth

PAGE_SIZE = 50
MAX_PAGE_SIZE = 100
_Record = Mapping[str, Any]


class Client:
    """Basic authentication over https; over plain http WooCommerce accepts only a signed request."""

    def __init__(self, config: Config, wiring: Wiring) -> None:
        self._root = f"{config.url}/wp-json"
        self._http = JsonClient(channel="WooCommerce", wiring=wiring, allow_private=config.allow_private_addresses)
        self._auth: httpx.Auth
        if config.url.startswith("https:"):
            self._auth = httpx.BasicAuth(config.consumer_key, config.consumer_secret)
        else:
            self._auth = OneLeggedOAuth(config.consumer_key, config.consumer_secret)

    def close(self) -> None:
        self._http.close()

    def site(self) -> _Record:
        """What the site says of itself; needs no rights."""
        answer = self._http.send(
            Request(
                operation="site",
                method="GET",
                url=f"{self._root}/",
                params={"_fields": "name,home,timezone_string,namespaces"},
            ),
            refine_error,
        )
        return _record(answer.data)

    def currency(self) -> str:
        """The shop's currency; empty when the key may not read it."""
        try:
            return str(_record(self._get("currency", "data/currencies/current").data).get("code", ""))
        except ConnectorError as failure:
            if failure.kind in {ErrorKind.AUTH, ErrorKind.GONE, ErrorKind.CONTRACT}:
                return ""
            raise

    def require_write(self) -> None:
        """An empty batch changes nothing and tells whether the key may write. Raises ConnectorError AUTH."""
        self._write("products.batch", "POST", "products/batch", {"update": []})

    def orders(self, params: Mapping[str, str]) -> tuple[list[_Record], int]:
        """A page of orders and the total of the query."""
        answer = self._get("orders.list", "orders", params)
        return _records(answer.data), _total(answer)

    def order(self, order_id: str) -> _Record | None:
        try:
            return _record(self._get("orders.get", f"orders/{_number(order_id)}").data)
        except ConnectorError as failure:
            if failure.kind is ErrorKind.GONE:
                return None
            raise

    def orders_by_id(self, order_ids: Sequence[str]) -> dict[str, _Record]:
        """What a parcel changes of these orders; those in the bin, and those that are gone, are left out."""
        params = {
            "include": ",".join(str(_number(each)) for each in order_ids),
            "per_page": str(MAX_PAGE_SIZE),
            "_fields": "id,status,meta_data,line_items",
        }
        return {str(each.get("id")): each for each in _records(self._get("orders.list", "orders", params).data)}

    def update_orders(self, updates: Sequence[_Record]) -> list[_Record]:
        """Write a batch of orders; one that could not be written has an `error` in its answer."""
        answer = self._write("orders.batch", "POST", "orders/batch", {"update": list(updates)})
        return _records(_record(answer.data).get("update", []))

    def update_order(self, order_id: str, body: _Record) -> _Record:
        return _record(self._write("orders.update", "PUT", f"orders/{_number(order_id)}", body).data)

    def refunds(self, order_id: str) -> list[_Record]:
        path = f"orders/{_number(order_id)}/refunds"
        return _records(self._get("refunds.list", path, {"per_page": str(MAX_PAGE_SIZE)}).data)

    def create_refund(self, order_id: str, body: _Record) -> _Record:
        return _record(self._write("refunds.create", "POST", f"orders/{_number(order_id)}/refunds", body).data)

    def notes(self, order_id: str) -> list[_Record]:
        return _records(self._get("notes.list", f"orders/{_number(order_id)}/notes").data)

    def create_note(self, order_id: str, text: str, *, for_customer: bool) -> None:
        body = {"note": text, "customer_note": for_customer}
        self._write("notes.create", "POST", f"orders/{_number(order_id)}/notes", body)

    def products(self, params: Mapping[str, str], parent_id: str = "") -> tuple[list[_Record], int]:
        """A page of products, or of one product's variations, and the total of the query."""
        path = f"products/{_number(parent_id)}/variations" if parent_id else "products"
        answer = self._get("products.list", path, params)
        return _records(answer.data), _total(answer)

    def update_products(self, updates: Sequence[_Record], parent_id: str = "") -> list[_Record]:
        """Write a batch of products, or of one product's variations; the answers are in the order of the updates."""
        path = f"products/{_number(parent_id)}/variations/batch" if parent_id else "products/batch"
        answer = self._write("products.batch", "POST", path, {"update": list(updates)})
        return _records(_record(answer.data).get("update", []))

    def _get(self, operation: str, path: str, params: Mapping[str, str] | None = None) -> Answer:
        url = f"{self._root}/wc/v3/{path}"
        return self._http.send(
            Request(operation=operation, method="GET", url=url, params=params, auth=self._auth), refine_error
        )

    def _write(self, operation: str, method: str, path: str, body: _Record) -> Answer:
        url = f"{self._root}/wc/v3/{path}"
        return self._http.send(
            Request(operation=operation, method=method, url=url, json=dict(body), auth=self._auth), refine_error
        )


def refine_error(answer: Answer) -> ConnectorError | None:
    """WooCommerce's own error codes tell more than the status: it answers 500 for a refusal too."""
    if answer.status < httpx.codes.BAD_REQUEST or not isinstance(answer.data, dict):
        return None
    code = answer.data.get("code")
    kind = _kind(str(code), answer.status) if isinstance(code, str) else None
    if kind is None:
        return None
    message = html.unescape(str(answer.data.get("message") or code))
    return ConnectorError(f"WooCommerce: {message}", kind=kind, code=str(code), payload=answer.data)


def _kind(code: str, status: int) -> ErrorKind | None:
    if status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        return ErrorKind.AUTH
    if code == "rest_no_route":
        return ErrorKind.CONTRACT
    if code.endswith("_invalid_id") and status == httpx.codes.NOT_FOUND:
        return ErrorKind.GONE
    if status == httpx.codes.TOO_MANY_REQUESTS or status > httpx.codes.INTERNAL_SERVER_ERROR:
        return None
    if code.startswith(("woocommerce_rest_", "rest_")) or status < httpx.codes.INTERNAL_SERVER_ERROR:
        return ErrorKind.VALIDATION
    return None


def _number(external_id: str) -> int:
    if external_id.isdecimal() and external_id.isascii():
        return int(external_id)
    raise ConnectorError(f"{external_id[:40]!r} is not a number of WooCommerce.", kind=ErrorKind.VALIDATION)


def _total(answer: Answer) -> int:
    text = answer.headers.get("x-wp-total", "")
    if not text.isdecimal():
        raise contract_error("WooCommerce did not say how many results there are.", answer.data)
    return int(text)


def _record(data: object) -> _Record:
    if isinstance(data, dict):
        return data
    raise contract_error("WooCommerce answered something else than an object.", data)


def _records(data: object) -> list[_Record]:
    if isinstance(data, list) and all(isinstance(each, dict) for each in data):
        return data
    raise contract_error("WooCommerce answered something else than a list.", data)
