"""Check the signature of an incoming message on its raw bytes, in constant time."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence

from channels.connectors.enums import ErrorKind
from channels.connectors.errors import ConnectorError


def header(headers: Mapping[str, str], name: str) -> str:
    """A header whatever its case."""
    wanted = name.lower()
    return next((value for key, value in headers.items() if key.lower() == wanted), "")


def require_signature(body: bytes, signature: str, secrets: Sequence[str]) -> None:
    """Raises ConnectorError AUTH unless base64(HMAC-SHA256(secret, body)) is the signature for one secret."""
    given = signature.strip().encode("utf-8", "replace")
    fits = [hmac.compare_digest(sign(body, secret), given) for secret in secrets if secret]
    if not any(fits):
        raise ConnectorError("The message is not signed with this connection's secret.", kind=ErrorKind.AUTH)


def sign(body: bytes, secret: str) -> bytes:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
