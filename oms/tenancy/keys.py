"""The text of an API key: `baton_`, the tenant, an underscore, 43 characters of chance.

The tenant is in the key so that its scope can be opened before the key is looked up.
"""

from __future__ import annotations

import hashlib
import secrets
from uuid import UUID

PREFIX = "baton_"
_TENANT_LENGTH = 32


def new_secret(tenant_id: UUID) -> str:
    """A key with 256 bits of chance."""
    return f"{PREFIX}{tenant_id.hex}_{secrets.token_urlsafe(32)}"


def tenant_in(secret: str) -> UUID | None:
    """The tenant that the key claims to belong to, or None when the text is no key."""
    claimed = secret.removeprefix(PREFIX)[:_TENANT_LENGTH]
    if not secret.startswith(PREFIX):
        return None
    try:
        return UUID(hex=claimed)
    except ValueError:
        return None


def digest_of(secret: str) -> str:
    """What the database keeps. The secret is random, so a plain hash cannot be guessed back."""
    return hashlib.sha256(secret.encode()).hexdigest()


def shown_prefix(secret: str) -> str:
    """The characters by which people tell keys apart."""
    return secret.rpartition("_")[2][:6]
