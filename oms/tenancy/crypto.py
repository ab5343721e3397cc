"""Secrets at rest: the first of ENCRYPTION_KEYS encrypts, all of them decrypt."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from oms.tenancy.errors import OmsError

if TYPE_CHECKING:
    from collections.abc import Mapping


class SecretUnreadable(OmsError):
    code = "tenancy.secret_unreadable"
    http_status = 503


def _box() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.ENCRYPTION_KEYS])


def seal(values: Mapping[str, Any]) -> bytes:
    """Encrypt a mapping of plain values."""
    return _box().encrypt(json.dumps(dict(values)).encode())


def unseal(sealed: bytes) -> dict[str, Any]:
    """What was sealed. Raises SecretUnreadable when no configured key fits."""
    if not sealed:
        return {}
    try:
        opened = json.loads(_box().decrypt(bytes(sealed)))
    except InvalidToken as error:
        raise SecretUnreadable("The stored credentials cannot be read with the configured keys.") from error
    return dict(opened)
