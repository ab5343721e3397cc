from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from oms.orders.enums import ChannelFamily
from oms.orders.errors import InvalidOrder
from oms.orders.models import SalesChannel
from oms.tenancy.errors import NotFound
from oms.tenancy.services import audit
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from uuid import UUID


class ChannelCodeTaken(InvalidOrder):
    code = "orders.channel_code_taken"


@transaction.atomic
def create_channel(
    *,
    name: str,
    code: str = "",
    family: str = ChannelFamily.SHOP,
    actor: Actor = SYSTEM,
    stock_view_id: UUID | None = None,
    **fields: Any,
) -> SalesChannel:
    """Create a sales channel; its place in the order of creation fixes its colour. Raises ChannelCodeTaken."""
    position = SalesChannel.objects.count() + 1
    code = code or slugify(name)[:40] or f"channel-{position}"
    try:
        with transaction.atomic():
            channel = SalesChannel.objects.create(
                code=code, name=name, family=family, position=position, stock_view_id=stock_view_id, **fields
            )
    except IntegrityError as error:
        if "saleschannel_code" not in str(error):
            raise
        raise ChannelCodeTaken(_("There is a channel %(code)s already.") % {"code": code}, code=code) from error
    audit(action="channel.created", object_type="channel", object_id=channel.pk, actor=actor, code=code)
    return channel


@transaction.atomic
def update_channel(*, channel_id: UUID, actor: Actor = SYSTEM, **changes: Any) -> None:
    """Change a channel's name, stock view or switch. Raises NotFound."""
    if not SalesChannel.objects.filter(pk=channel_id).update(**changes):
        raise NotFound(_("There is no such channel."))
    audit(action="channel.updated", object_type="channel", object_id=channel_id, actor=actor, changes=sorted(changes))
