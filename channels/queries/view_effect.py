"""How many listings would be told another number if stock views became others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from channels.models import Listing
from channels.queries.connections import connections
from inventory.queries import get_view, view_effect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from channels.models import Connection
    from inventory.models import StockView

LOOKED_AT = 1000


@dataclass(frozen=True, slots=True)
class ChannelEffect:
    """Of so many listings of a channel, how many would change; `more` says that there are listings beyond those."""

    connection: Connection
    looked_at: int
    changed: int
    more: bool


def channel_effects(views: Sequence[StockView]) -> list[ChannelEffect]:
    """What these views, as they would be, change for the channels that sell from them, by the channel's name."""
    by_id, by_code = {view.pk: view for view in views}, {view.code: view for view in views}
    found = []
    for connection in connections():
        before = connection.channel.stock_view or get_view()
        after = by_id.get(before.pk) or (None if connection.channel.stock_view else by_code.get(before.code))
        if after is None:
            continue
        offered = Listing.objects.filter(
            connection=connection, stock_managed=True, withdrawn_at=None, sku__isnull=False
        )
        skus = list(offered.order_by("pk").values_list("sku_id", flat=True)[: LOOKED_AT + 1])
        effect = view_effect(before=before, after=after, sku_ids=list(dict.fromkeys(skus[:LOOKED_AT])))
        found.append(ChannelEffect(connection, min(len(skus), LOOKED_AT), len(effect.changes), len(skus) > LOOKED_AT))
    return sorted(found, key=lambda each: (each.connection.channel.name, str(each.connection.pk)))
