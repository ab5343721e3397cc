"""HTTP for connectors: guarded against addresses inside, bounded in time and size, every failure a ConnectorError."""

import json as jsonlib
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx

from channels.connectors.addresses import ForbiddenAddressError, Resolver, allowed_addresses, resolve
from channels.connectors.enums import ErrorKind
from channels.connectors.errors import ConnectorError, contract_error
from channels.connectors.wiring import Exchange, Wiring

TIMEOUT = httpx.Timeout(15.0, connect=3.0)
DEADLINE_SECONDS = 60.0
MAX_BYTES = 32 * 1024 * 1024
_LOGGED_BYTES = 64 * 1024
_LONGEST_WAIT = 3600.0
NOT_JSON = "not_json"
_USER_AGENT = "Baton/1"

_GATEWAY_FAILURES = frozenset({408, 425, 500, 502, 503, 504, 507, 508, 520, 521, 522, 523, 524})


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`operation` names the call for throttle and log; `safe`: it changes nothing, so it may be repeated at will."""

    operation: str
    method: str
    url: str
    params: Mapping[str, str] | None = None
    json: Any = None
    form: Mapping[str, str] | None = None
    headers: Mapping[str, str] | None = None
    auth: httpx.Auth | None = None
    cost: float = 1
    safe: bool | None = None

    @property
    def is_safe(self) -> bool:
        return self.method in {"GET", "HEAD"} if self.safe is None else self.safe


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A JSON answer as plain values that can be stored as they are."""

    status: int
    headers: Mapping[str, str]
    data: Any


@cache
def _authorities() -> ssl.SSLContext:
    """Read once in each process: reading the certificates anew for each conversation takes longer than most calls."""
    return httpx.create_ssl_context()


class GuardedTransport(httpx.BaseTransport):
    """Resolves a host once, refuses forbidden addresses and connects to the address it checked."""

    def __init__(
        self, *, private: bool, inner: httpx.BaseTransport | None = None, resolver: Resolver = resolve
    ) -> None:
        self._private = private
        self._inner = inner or httpx.HTTPTransport(
            verify=_authorities(), retries=0, limits=httpx.Limits(keepalive_expiry=30)
        )
        self._resolver = resolver

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        host, port = request.url.host, request.url.port or (443 if request.url.scheme == "https" else 80)
        if request.url.scheme not in {"http", "https"} or not host:
            raise ForbiddenAddressError("Only http and https addresses can be called.")
        try:
            numbers = allowed_addresses(host, port, private=self._private, resolver=self._resolver)
        except (OSError, UnicodeError) as problem:
            raise httpx.ConnectError(f"{host} has no address.", request=request) from problem
        return self._send(request, host, numbers)

    def _send(self, request: httpx.Request, host: str, numbers: list[str]) -> httpx.Response:
        extensions = {**request.extensions, "sni_hostname": host}
        failure = httpx.ConnectError(f"{host} has no address.", request=request)
        for number in numbers:
            direct = httpx.Request(
                request.method,
                request.url.copy_with(host=number),
                headers=request.headers,
                stream=request.stream,
                extensions=extensions,
            )
            try:
                return self._inner.handle_request(direct)
            except (httpx.ConnectError, httpx.ConnectTimeout) as problem:
                failure = problem if isinstance(problem, httpx.ConnectError) else httpx.ConnectError(str(problem))
        raise failure

    def close(self) -> None:
        self._inner.close()


class JsonClient:
    """Sends one request at a time and returns JSON, or raises ConnectorError."""

    def __init__(self, *, channel: str, wiring: Wiring, allow_private: bool) -> None:
        self._channel = channel
        self._wiring = wiring
        self._client = httpx.Client(
            transport=wiring.transport or GuardedTransport(private=allow_private),
            timeout=TIMEOUT,
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": _USER_AGENT, "Accept": "application/json"},
        )

    def close(self) -> None:
        self._client.close()

    def send(self, request: Request, refine: Callable[[Answer], ConnectorError | None] | None = None) -> Answer:
        """The channel's answer. `refine` may turn an error answer into a better error than its status tells."""
        self._wiring.throttle.acquire(request.operation, request.cost)
        started = time.monotonic()
        try:
            response, body = self._exchange(request, started)
        except ConnectorError as failure:
            self._observe(request, started, None, b"", str(failure))
            raise
        try:
            answer = self._judge(request, response, body, refine)
        except ConnectorError as failure:
            self._observe(request, started, response.status_code, body, str(failure))
            if failure.retry_after is not None:
                self._wiring.throttle.empty(failure.retry_after)
            raise
        self._observe(request, started, response.status_code, body, "")
        return answer

    def _exchange(self, request: Request, started: float) -> tuple[httpx.Response, bytes]:
        try:
            built = self._client.build_request(
                request.method,
                request.url,
                params=request.params,
                content=None if request.json is None else _encode(request.json),
                data=request.form,
                headers=_headers(request),
            )
            response = self._client.send(built, auth=request.auth or httpx.USE_CLIENT_DEFAULT, stream=True)
            try:
                return response, self._read(response, request, started)
            finally:
                response.close()
        except ForbiddenAddressError as problem:
            raise ConnectorError(
                f"{self._channel} cannot be reached: {problem}", kind=ErrorKind.VALIDATION, code="forbidden_address"
            ) from problem
        except (httpx.ConnectError, httpx.ConnectTimeout) as problem:
            raise self._transient("cannot be reached", request, sent=False) from problem
        except httpx.TimeoutException as problem:
            raise self._transient("did not answer in time", request) from problem
        except httpx.TransportError as problem:
            raise self._transient("broke off the answer", request) from problem
        except (httpx.InvalidURL, httpx.DecodingError, UnicodeError) as problem:
            raise self._transient("sent an answer that cannot be read", request) from problem

    def _read(self, response: httpx.Response, request: Request, started: float) -> bytes:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > MAX_BYTES:
                raise ConnectorError(
                    f"{self._channel} sent more than {MAX_BYTES // 1024 // 1024} MB.",
                    kind=ErrorKind.CONTRACT,
                    outcome_unknown=not request.is_safe,
                )
            if time.monotonic() - started > DEADLINE_SECONDS:
                raise self._transient("took too long to send its answer", request)
        return bytes(body)

    def _judge(
        self,
        request: Request,
        response: httpx.Response,
        body: bytes,
        refine: Callable[[Answer], ConnectorError | None] | None,
    ) -> Answer:
        status = response.status_code
        data, unreadable = _decode(body)
        answer = Answer(status=status, headers=response.headers, data=data)
        if refine is not None and unreadable is None:
            refined = refine(answer)
            if refined is not None:
                raise refined
        if response.is_success and unreadable is None:
            return answer
        raise self._failure(request, response, answer, unreadable)

    def _failure(
        self, request: Request, response: httpx.Response, answer: Answer, unreadable: str | None
    ) -> ConnectorError:
        status = response.status_code
        if status in _SLOW_DOWN:
            asked = retry_after(response.headers, self._wiring.now())
            return ConnectorError(
                f"{self._channel} asks to slow down ({status}).",
                kind=ErrorKind.TRANSIENT,
                retry_after=_SLOW_DOWN[status] if asked is None else asked,
                outcome_unknown=status != httpx.codes.TOO_MANY_REQUESTS and not request.is_safe,
                code=str(status),
                payload=answer.data,
            )
        if response.is_redirect:
            return contract_error(f"{self._channel} sends to another address: {_target(response)}.", answer.data)
        if status in _GATEWAY_FAILURES or (response.is_success and unreadable is not None):
            if response.is_success:
                return self._transient(str(unreadable), request, payload=answer.data, code=NOT_JSON)
            return self._transient(f"answered {status}", request, payload=answer.data, code=str(status))
        return ConnectorError(
            f"{self._channel} answered {status}{'' if unreadable is None else ' and ' + unreadable}.",
            kind=_KINDS.get(status, ErrorKind.VALIDATION),
            code=str(status),
            payload=answer.data,
        )

    def _transient(
        self, what: str, request: Request, *, sent: bool = True, payload: object = None, code: str = ""
    ) -> ConnectorError:
        return ConnectorError(
            f"{self._channel} {what}.",
            kind=ErrorKind.TRANSIENT,
            outcome_unknown=sent and not request.is_safe,
            payload=payload,
            code=code,
        )

    def _observe(self, request: Request, started: float, status: int | None, body: bytes, error: str) -> None:
        self._wiring.observer(
            Exchange(
                operation=request.operation,
                method=request.method,
                url=_without_secrets(request),
                status=status,
                elapsed_ms=(time.monotonic() - started) * 1000,
                request_body=""
                if request.json is None
                else _encode(request.json)[:_LOGGED_BYTES].decode("utf-8", "replace"),
                response_body=body[:_LOGGED_BYTES].decode("utf-8", "replace"),
                error=error,
            )
        )


_SLOW_DOWN: dict[int, float | None] = {429: 1.0, 503: None}  # with the wait to assume when none is named
_KINDS = {401: ErrorKind.AUTH, 403: ErrorKind.AUTH, 404: ErrorKind.GONE, 409: ErrorKind.CONFLICT, 410: ErrorKind.GONE}


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait, from either form of Retry-After; None when absent or senseless."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
        seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
    if seconds != seconds:  # noqa: PLR0124 -- NaN is the only number that differs from itself
        return None
    return min(max(seconds, 0.0), _LONGEST_WAIT)


def _decode(body: bytes) -> tuple[Any, str | None]:
    """The JSON value, or what is wrong with the body."""
    if not body.strip():
        return None, "sent an empty answer"
    if body.lstrip()[:1] == b"<":
        return body[:2000].decode("utf-8", "replace"), "answered a web page instead of data"
    try:
        value = jsonlib.loads(body.decode("utf-8-sig"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return body[:2000].decode("utf-8", "replace"), "sent an answer that is cut off or not JSON"
    return (_storable(value) if any(mark in body for mark in _UNSTORABLE) else value), None


_UNSTORABLE = (b"\\u0000", b"\\ud", b"\\uD")


def _storable(value: Any) -> Any:
    """Without the characters that no database stores: NUL and halves of surrogate pairs."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_storable(each) for each in value]
    if isinstance(value, dict):
        return {_storable(key): _storable(each) for key, each in value.items()}
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _target(response: httpx.Response) -> str:
    parts = urlsplit(response.headers.get("location", ""))
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else "unknown"


def _encode(value: object) -> bytes:
    return jsonlib.dumps(value, ensure_ascii=False, allow_nan=False).encode()


def _headers(request: Request) -> dict[str, str]:
    content = {} if request.json is None else {"Content-Type": "application/json"}
    return {**content, **(request.headers or {})}


def _without_secrets(request: Request) -> str:
    """The address with the caller's own parameters; signatures and keys are added later and never seen here."""
    parts = urlsplit(request.url)
    query = str(httpx.QueryParams(dict(request.params or {})))
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))
