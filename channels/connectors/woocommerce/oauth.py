"""OAuth 1.0a without token, as WooCommerce asks for on plain http: the request is signed, the secret never travels."""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Generator, Sequence
from urllib.parse import quote

import httpx

METHOD = "HMAC-SHA256"
_Pair = tuple[str, str]


class OneLeggedOAuth(httpx.Auth):
    """Adds the signature to the query string."""

    def __init__(self, key: str, secret: str) -> None:
        self._key = key
        self._secret = secret

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        pairs: list[_Pair] = [
            *request.url.params.multi_items(),
            ("oauth_consumer_key", self._key),
            ("oauth_nonce", secrets.token_hex(16)),
            ("oauth_signature_method", METHOD),
            ("oauth_timestamp", str(int(time.time()))),
        ]
        base = str(request.url.copy_with(query=None, fragment=None))
        pairs.append(("oauth_signature", signature(request.method, base, pairs, self._secret)))
        request.url = request.url.copy_with(query=_query(pairs).encode())
        yield request


def signature(method: str, url: str, pairs: Sequence[_Pair], secret: str) -> str:
    """Of the method, the address without query, and every parameter but the signature."""
    signed = "&".join((method.upper(), _encode(url), _encode(_query(sorted(pairs)))))
    digest = hmac.new(f"{secret}&".encode(), signed.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def _query(pairs: Sequence[_Pair]) -> str:
    return "&".join(f"{_encode(name)}={_encode(value)}" for name, value in pairs)


def _encode(text: str) -> str:
    return quote(text, safe="-._~")
