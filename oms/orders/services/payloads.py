"""What channels sent, kept beside their orders."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import orjson

from oms.database.rows import insert_rows
from oms.orders.models import OrderPayload

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from oms.orders.types import ChannelPayload


def keep(payloads: Sequence[ChannelPayload], *, now: datetime) -> None:
    """Add to what is kept of these orders."""
    insert_rows(
        [
            OrderPayload(
                order_id=each.order_id, content_hash=each.content_hash, body=_document(each.body), received_at=now
            )
            for each in payloads
        ]
    )


def _document(body: Mapping[str, Any]) -> orjson.Fragment:
    try:
        return orjson.Fragment(orjson.dumps(body))
    except TypeError:
        # Such as a number beyond 64 bits, which the database can store.
        return orjson.Fragment(json.dumps(body))
