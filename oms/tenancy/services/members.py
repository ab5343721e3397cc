"""Changing and ending what a person may do here. A company always keeps an owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from oms.tenancy.enums import Role
from oms.tenancy.errors import InvalidInput, NotFound, OmsError
from oms.tenancy.models import Membership
from oms.tenancy.services.audit import audit

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from oms.tenancy.types import Actor


class LastOwner(OmsError):
    code = "tenancy.last_owner"


@transaction.atomic
def change_member(*, member_id: UUID, role: str, actor: Actor, location_ids: Collection[UUID] = ()) -> None:
    """Give a member another role and other locations, and let them in again. Raises NotFound, InvalidInput, LastOwner."""
    if role not in Role:
        raise InvalidInput(
            _("Unknown role %(role)s; choose among %(roles)s.") % {"role": role, "roles": ", ".join(Role)}
        )
    if role != Role.OWNER:
        _keep_an_owner_besides(member_id)
    found = Membership.objects.filter(pk=member_id)
    if not found.update(role=role, location_ids=list(location_ids), active=True):
        raise NotFound(_("There is no such member."))
    audit(action="member.changed", object_type="membership", object_id=member_id, actor=actor, role=role)


@transaction.atomic
def deactivate_member(*, member_id: UUID, actor: Actor) -> None:
    """Let the person in no more, from their next request on. Raises NotFound, LastOwner."""
    _keep_an_owner_besides(member_id)
    if not Membership.objects.filter(pk=member_id, active=True).update(active=False):
        raise NotFound(_("There is no such member."))
    audit(action="member.deactivated", object_type="membership", object_id=member_id, actor=actor)


def _keep_an_owner_besides(member_id: UUID) -> None:
    """The owners stay locked, so that two of them cannot remove each other at once."""
    owners = Membership.objects.select_for_update().filter(role=Role.OWNER, active=True).order_by("pk")
    if {owner.pk for owner in owners} == {member_id}:
        raise LastOwner(_("This is the only owner; make somebody else an owner first."))
