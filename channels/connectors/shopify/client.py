"""The GraphQL endpoint: sends documents, learns the bucket, turns every kind of error into one."""

import threading
import time
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import httpx

from channels.connectors.enums import ErrorKind
from channels.connectors.errors import ConnectorError, contract_error
from channels.connectors.http import Answer, JsonClient, Request
from channels.connectors.shopify.config import API_VERSION, Config
from channels.connectors.wiring import Wiring

TOO_COSTLY = "MAX_COST_EXCEEDED"
_THROTTLED = "THROTTLED"
_FIRST_GUESS = 50.0
_TOKEN_MARGIN = 300.0
_KINDS = {
    "ACCESS_DENIED": ErrorKind.AUTH,
    "SHOP_INACTIVE": ErrorKind.AUTH,
    "INTERNAL_SERVER_ERROR": ErrorKind.TRANSIENT,
    "TIMEOUT": ErrorKind.TRANSIENT,
    TOO_COSTLY: ErrorKind.VALIDATION,
}
_LOCKED = frozenset({402, 423})  # a frozen or locked shop
_Record = Mapping[str, Any]

_tokens: dict[tuple[str, str, str], tuple[str, float]] = {}
_tokens_lock = threading.Lock()


class Client:
    """One shop. Costs are asked from the throttle as the last answer to the same document told them."""

    def __init__(self, config: Config, wiring: Wiring) -> None:
        self._config = config
        self._throttle = wiring.throttle
        self._http = JsonClient(channel="Shopify", wiring=wiring, allow_private=config.allow_private_addresses)
        self._url = f"{config.root}/admin/api/{API_VERSION}/graphql.json"
        self._costs: dict[str, float] = {}

    @property
    def root(self) -> str:
        return self._config.root

    @property
    def credentials(self) -> tuple[str, str, str]:
        """The shop, and as whom it is asked."""
        return self._config.root, self._config.access_token, self._config.client_id

    def close(self) -> None:
        self._http.close()

    def cost(self, operation: str) -> float:
        """The points Shopify asked for the last answer to this operation; 0 when not known."""
        return self._costs.get(operation, 0.0)

    def run(self, operation: str, document: str, variables: _Record) -> _Record:
        """The data of an answer without errors. Raises ConnectorError."""
        try:
            return self._run(operation, document, variables)
        except ConnectorError as failure:
            if failure.code != "401" or self._config.access_token:
                raise
            self._forget_token()
            return self._run(operation, document, variables)

    def mutate(self, operation: str, document: str, variables: _Record, errors: str = "userErrors") -> _Record:
        """The payload of a mutation, which may carry user errors under that name."""
        payload = next(iter(self.run(operation, document, variables).values()), None)
        if not isinstance(payload, Mapping) or not isinstance(payload.get(errors), list):
            raise contract_error("Shopify answered a mutation without its errors.", payload)
        return payload

    def pages(self, operation: str, document: str, variables: _Record, *path: str) -> Iterator[_Record]:
        """The nodes of a connection, page after page. The document takes $after."""
        after: str | None = None
        while True:
            found: Any = self.run(operation, document, {**variables, "after": after})
            for name in path:
                found = found.get(name) if isinstance(found, Mapping) else None
            if not isinstance(found, Mapping):
                return
            yield from found.get("nodes", [])
            info = found.get("pageInfo") or {}
            after = info.get("endCursor")
            if not info.get("hasNextPage") or not after:
                return

    def _run(self, operation: str, document: str, variables: _Record) -> _Record:
        safe = not document.lstrip().startswith("mutation")
        answer = self._http.send(
            Request(
                operation=operation,
                method="POST",
                url=self._url,
                json={"query": document, "variables": dict(variables)},
                headers={"X-Shopify-Access-Token": self._token()},
                cost=self._costs.get(operation, _FIRST_GUESS),
                safe=safe,
            ),
            partial(self._refine, operation),
        )
        if not isinstance(answer.data, dict):
            raise contract_error("Shopify answered something else than an object.", answer.data)
        data = answer.data.get("data")
        if not isinstance(data, dict):
            raise contract_error("Shopify answered neither data nor errors.", answer.data)
        return data

    def _refine(self, operation: str, answer: Answer) -> ConnectorError | None:
        """GraphQL's errors come with status 200; the bucket is learnt from every answer."""
        if answer.status >= httpx.codes.BAD_REQUEST or not isinstance(answer.data, dict):
            return _refusal(answer)
        self._learn(operation, answer.data)
        return _failure(answer.data)

    def _learn(self, operation: str, body: _Record) -> None:
        cost = _cost(body)
        if isinstance(cost.get("requestedQueryCost"), int | float):
            self._costs[operation] = float(cost["requestedQueryCost"])
        status = cost.get("throttleStatus")
        if isinstance(status, Mapping):
            self._throttle.learn(
                available=float(status.get("currentlyAvailable") or 0),
                maximum=float(status.get("maximumAvailable") or 0),
                restore_rate=float(status.get("restoreRate") or 0),
            )

    def _token(self) -> str:
        """The given token, or one for the client's credentials, kept until shortly before it ends."""
        if self._config.access_token:
            return self._config.access_token
        with _tokens_lock:
            token, ends = _tokens.get(self._identity, ("", 0.0))
        if token and time.monotonic() < ends:
            return token
        return self._fetch_token()

    def _fetch_token(self) -> str:
        answer = self._http.send(
            Request(
                operation="token",
                method="POST",
                url=f"{self._config.root}/admin/oauth/access_token",
                form={
                    "grant_type": "client_credentials",
                    "client_id": self._config.client_id,
                    "client_secret": self._config.client_secret,
                },
                safe=True,
            ),
            _refine_token,
        )
        token = answer.data.get("access_token") if isinstance(answer.data, dict) else None
        if not isinstance(token, str) or not token:
            raise contract_error("Shopify gave no access token.")
        lasts = answer.data.get("expires_in")
        ends = time.monotonic() + (float(lasts) if isinstance(lasts, int | float) else 0.0) - _TOKEN_MARGIN
        with _tokens_lock:
            _tokens[self._identity] = (token, ends)
        return token

    def _forget_token(self) -> None:
        with _tokens_lock:
            _tokens.pop(self._identity, None)

    @property
    def _identity(self) -> tuple[str, str, str]:
        return self._config.root, self._config.client_id, self._config.client_secret


def _refusal(answer: Answer) -> ConnectorError | None:
    """Refusals that come before GraphQL: a wrong token, a frozen shop."""
    if not isinstance(answer.data, dict):
        return None
    told = answer.data.get("errors")
    message = f"Shopify: {told}" if isinstance(told, str) else f"Shopify answered {answer.status}."
    if answer.status in _LOCKED:
        return ConnectorError(message, kind=ErrorKind.AUTH, code=str(answer.status), payload=answer.data)
    if isinstance(told, str) and answer.status in {401, 403}:
        return ConnectorError(message, kind=ErrorKind.AUTH, code=str(answer.status), payload=answer.data)
    return None


def _refine_token(answer: Answer) -> ConnectorError | None:
    """Wrong credentials are answered with 400."""
    if answer.status in {400, 401, 403}:
        return ConnectorError("Shopify does not accept client ID and secret.", kind=ErrorKind.AUTH, code="token")
    return None


def _failure(body: _Record) -> ConnectorError | None:
    errors = body.get("errors")
    if not errors:
        return None
    first = errors[0] if isinstance(errors, list) and isinstance(errors[0], Mapping) else {"message": str(errors)}
    extensions = first.get("extensions")
    code = str(extensions.get("code", "")) if isinstance(extensions, Mapping) else ""
    message = f"Shopify: {first.get('message') or code}"
    if code == _THROTTLED:
        return ConnectorError(
            message, kind=ErrorKind.TRANSIENT, retry_after=_wait(_cost(body)), code=code, payload=dict(body)
        )
    return ConnectorError(message, kind=_KINDS.get(code, ErrorKind.CONTRACT), code=code, payload=dict(body))


def _cost(body: _Record) -> _Record:
    extensions = body.get("extensions")
    cost = extensions.get("cost") if isinstance(extensions, Mapping) else None
    return cost if isinstance(cost, Mapping) else {}


def _wait(cost: _Record) -> float:
    """Seconds until the bucket holds what was asked."""
    status = cost.get("throttleStatus")
    if not isinstance(status, Mapping):
        return 1.0
    missing = float(cost.get("requestedQueryCost") or 0) - float(status.get("currentlyAvailable") or 0)
    rate = float(status.get("restoreRate") or 0)
    return max(missing / rate, 0.1) if rate > 0 else 1.0
