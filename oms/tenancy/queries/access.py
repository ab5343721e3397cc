"""From a credential to what it may do."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection

from oms.tenancy.context import current_tenant_id
from oms.tenancy.enums import ActorKind, Role
from oms.tenancy.keys import digest_of
from oms.tenancy.models import ApiKey, Membership
from oms.tenancy.permissions import BOUND_TO_LOCATIONS, Permission, permissions_of
from oms.tenancy.types import Access, Actor, TenantChoice

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

    from oms.tenancy.models import User

# A key's last use is written at most this often, so that reads stay reads.
LAST_USE_PRECISION = timedelta(minutes=5)


PERMISSIONS = {str(each): each for each in Permission}
# Every API request asks this: assembling it by the ORM would cost more than running it.
_LIVE_KEY = """
SELECT k.id, k.name, k.scopes, k.location_ids, k.last_used_at FROM tenancy_apikey k JOIN tenancy_tenant t ON t.id = k.tenant_id
WHERE k.tenant_id = %s AND k.digest = %s AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > %s) AND t.active
"""


def tenant_choices(user_id: UUID) -> list[TenantChoice]:
    """The tenants a person may enter, by name; the one question that is asked before a tenant is known."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id, slug, name, role, mfa_required FROM baton_memberships(%s)", [user_id])
        return [TenantChoice(*row) for row in cursor.fetchall()]


def memberships() -> QuerySet[Membership]:
    """The people of the open tenant, with their user, by e-mail address."""
    return Membership.objects.select_related("user").order_by("user__email", "pk")


def membership_of(user_id: UUID) -> Membership | None:
    """The person's active membership of the open tenant."""
    return Membership.objects.filter(user_id=user_id, active=True).first()


def access_of_person(user: User) -> Access | None:
    """What the person may do in the open tenant, or None when they do not belong to it."""
    member = membership_of(user.pk)
    if member is None:
        return None
    role = Role(member.role)
    bound = frozenset(member.location_ids) if role in BOUND_TO_LOCATIONS else None
    actor = Actor(ActorKind.PERSON, str(user.pk), str(user))
    return Access(current_tenant_id(), actor, permissions_of(role), bound, credential=f"user:{user.pk}")


def access_of_api_key(secret: str, *, now: datetime) -> Access | None:
    """What the key may do in the open tenant, or None when it is unknown, expired or revoked, or the tenant closed."""
    tenant_id = current_tenant_id()
    with connection.cursor() as cursor:
        cursor.execute(_LIVE_KEY, [tenant_id, digest_of(secret), now])
        row = cursor.fetchone()
    if row is None:
        return None
    key_id, name, scopes, location_ids, last_used_at = row
    if last_used_at is None or now - last_used_at > LAST_USE_PRECISION:
        _note_use(key_id, now)
    known = frozenset(PERMISSIONS[scope] for scope in scopes if scope in PERMISSIONS)
    bound = None if location_ids is None else frozenset(location_ids)
    return Access(tenant_id, Actor(ActorKind.API_KEY, str(key_id), name), known, bound, credential=f"key:{key_id}")


def _note_use(key_id: UUID, now: datetime) -> None:
    """Unless another request is noting it: waiting for that one would put a key's requests in a queue."""
    free = (
        ApiKey.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=key_id).values_list("pk", flat=True)
    )
    rows = ApiKey.objects.filter(pk__in=list(free))
    rows.update(last_used_at=now)
