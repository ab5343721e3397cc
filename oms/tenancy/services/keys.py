from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from oms.tenancy import keys
from oms.tenancy.context import current_tenant_id
from oms.tenancy.errors import InvalidInput, NotFound
from oms.tenancy.models import ApiKey
from oms.tenancy.permissions import Permission
from oms.tenancy.services.audit import audit

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from uuid import UUID

    from oms.tenancy.types import Actor


@transaction.atomic
def create_api_key(
    *,
    name: str,
    scopes: Collection[str],
    actor: Actor,
    location_ids: Collection[UUID] | None = None,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Create a key and return it with its secret, which cannot be read again.

    Raises InvalidInput for a scope that does not exist.
    """
    unknown = sorted(set(scopes) - set(Permission))
    if unknown or not scopes:
        raise InvalidInput(_("Choose scopes among: %(scopes)s.") % {"scopes": ", ".join(Permission)}, unknown=unknown)
    secret = keys.new_secret(current_tenant_id())
    key = ApiKey.objects.create(
        name=name,
        prefix=keys.shown_prefix(secret),
        digest=keys.digest_of(secret),
        scopes=sorted(scopes),
        location_ids=None if location_ids is None else list(location_ids),
        expires_at=expires_at,
    )
    audit(
        action="api_key.created", object_type="api_key", object_id=key.pk, actor=actor, name=name, scopes=sorted(scopes)
    )
    return key, secret


@transaction.atomic
def revoke_api_key(*, key_id: UUID, now: datetime, actor: Actor) -> None:
    """Make the key useless from now on. Raises NotFound."""
    if not ApiKey.objects.filter(pk=key_id, revoked_at=None).update(revoked_at=now):
        raise NotFound(_("There is no such active API key."))
    audit(action="api_key.revoked", object_type="api_key", object_id=key_id, actor=actor)
