from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from oms.tenancy.enums import Role
from oms.tenancy.errors import InvalidInput
from oms.tenancy.models import Membership, User
from oms.tenancy.services.audit import audit

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from oms.tenancy.types import Actor


def create_person(*, email: str, name: str = "", password: str | None = None, language: str = "") -> User:
    """Create a person, or return the one who has this address; an existing password is left alone.

    Without a password the person signs in by the reset link.
    """
    found = User.objects.filter(email=email.lower()).first()
    return found or User.objects.create_user(email, password, name=name, language=language)


@transaction.atomic
def add_member(*, user: User, role: str, actor: Actor, location_ids: Collection[UUID] = ()) -> Membership:
    """Give the person a role in the open tenant, replacing the one they had. Raises InvalidInput for an unknown role."""
    if role not in Role:
        raise InvalidInput(
            _("Unknown role %(role)s; choose among %(roles)s.") % {"role": role, "roles": ", ".join(Role)}
        )
    member, _created = Membership.objects.update_or_create(
        user=user, defaults={"role": role, "location_ids": list(location_ids), "active": True}
    )
    audit(
        action="member.added", object_type="membership", object_id=member.pk, actor=actor, role=role, user=str(user.pk)
    )
    return member


def update_preferences(
    *, user: User, language: str | None = None, theme: str | None = None, shortcuts: bool | None = None
) -> None:
    """Keep what the person chose for their own screen; None leaves a preference as it is."""
    changes = {"language": language, "theme": theme, "shortcuts": shortcuts}
    User.objects.filter(pk=user.pk).update(**{name: value for name, value in changes.items() if value is not None})
