"""How WooCommerce lets a key in: Basic over https, a signed request on plain http."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote

from starlette.requests import Request

_WINDOW_SECONDS = 15 * 60
_REQUIRED = ("oauth_consumer_key", "oauth_timestamp", "oauth_nonce", "oauth_signature", "oauth_signature_method")


class RefusedError(Exception):
    """The key is not let in; `code` is WooCommerce's word for it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(slots=True)
class Keys:
    """One key pair. `writes` is false for a key that may only read; `home` is the shop's own address, if it insists."""

    key: str
    secret: str
    writes: bool = True
    home: str = ""
    nonces: dict[str, float] = field(default_factory=dict)

    def let_in(self, request: Request, now: float) -> None:
        """Raises RefusedError."""
        if request.headers.get("x-forwarded-proto", request.url.scheme) == "https":
            self._basic(request)
        else:
            self._oauth(request, now)
        if request.method not in {"GET", "HEAD"} and not self.writes:
            raise _refused("The API key provided does not have write permissions.")

    def _basic(self, request: Request) -> None:
        scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
        try:
            key, _, secret = base64.b64decode(encoded).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            key = secret = ""
        if scheme != "Basic" or key != self.key:
            raise RefusedError("woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
        if secret != self.secret:
            raise _refused("Consumer secret is invalid.")

    def _oauth(self, request: Request, now: float) -> None:
        pairs = parse_qsl(request.url.query, keep_blank_values=True)
        given = dict(pairs)
        missing = [name for name in _REQUIRED if not given.get(name)]
        if len(missing) == len(_REQUIRED):
            raise RefusedError("woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
        if missing:
            raise RefusedError(
                "woocommerce_rest_authentication_missing_parameter", f"Missing OAuth parameter {', '.join(missing)}"
            )
        if given["oauth_consumer_key"] != self.key:
            raise _refused("Consumer key is invalid.")
        if not hmac.compare_digest(self._signature(request, pairs), given["oauth_signature"]):
            raise _refused("Invalid signature - provided signature does not match.")
        self._fresh(given["oauth_timestamp"], given["oauth_nonce"], now)

    def home_of(self, request: Request) -> str:
        return self.home or f"http://{request.headers['host']}"

    def _signature(self, request: Request, pairs: list[tuple[str, str]]) -> str:
        signed = sorted((_rfc3986(name), _rfc3986(value)) for name, value in pairs if name != "oauth_signature")
        query = "%26".join(_rfc3986(f"{name}={value}") for name, value in signed)
        address = self.home_of(request) + request.url.path
        text = f"{request.method}&{_rfc3986(address)}&{query}"
        method = dict(pairs)["oauth_signature_method"]
        if method not in {"HMAC-SHA1", "HMAC-SHA256"}:
            raise _refused("Invalid signature - signature method is invalid.")
        digest = hashlib.sha256 if method == "HMAC-SHA256" else hashlib.sha1
        return base64.b64encode(hmac.new(f"{self.secret}&".encode(), text.encode(), digest).digest()).decode()

    def _fresh(self, timestamp: str, nonce: str, now: float) -> None:
        if not timestamp.isdecimal() or abs(now - int(timestamp)) > _WINDOW_SECONDS:
            raise _refused("Invalid timestamp.")
        if nonce in self.nonces:
            raise _refused("Invalid nonce - nonce has already been used.")
        self.nonces[nonce] = now
        oldest = next(iter(self.nonces))
        while self.nonces[oldest] <= now - _WINDOW_SECONDS:
            del self.nonces[oldest]
            oldest = next(iter(self.nonces))


def _refused(message: str) -> RefusedError:
    return RefusedError("woocommerce_rest_authentication_error", message)


def _rfc3986(text: str) -> str:
    return quote(text, safe="-._~")
