"""Shopify's deliveries: signed with the app's secret, the old one too for a while after a change."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from channels.connectors.enums import WebhookSubject
from channels.connectors.errors import contract_error
from channels.connectors.shopify.config import gid
from channels.connectors.signing import header, require_signature
from channels.connectors.types import WebhookEvent

_SUBJECTS = {
    "orders": WebhookSubject.ORDER,
    "refunds": WebhookSubject.ORDER,
    "fulfillments": WebhookSubject.ORDER,
    "order_transactions": WebhookSubject.ORDER,
    "products": WebhookSubject.LISTING,
    "variants": WebhookSubject.LISTING,
    "inventory_levels": WebhookSubject.STOCK,
    "inventory_items": WebhookSubject.STOCK,
    "customers": WebhookSubject.OTHER,
}
_PRIVACY = frozenset({"customers/redact", "customers/data_request", "shop/redact"})


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> WebhookEvent:
    """Raises ConnectorError AUTH or CONTRACT."""
    require_signature(body, header(headers, "X-Shopify-Hmac-Sha256"), secrets)
    topic = header(headers, "X-Shopify-Topic")
    family = topic.partition("/")[0]
    subject = WebhookSubject.PRIVACY if topic in _PRIVACY else _SUBJECTS.get(family, WebhookSubject.OTHER)
    content = _content(body)
    return WebhookEvent(
        topic=topic,
        subject=subject,
        external_id=_external_id(content, family, subject),
        delivery_id=header(headers, "X-Shopify-Webhook-Id") or header(headers, "X-Shopify-Event-Id"),
    )


def _content(body: bytes) -> Mapping[str, Any]:
    try:
        content = json.loads(body)
    except ValueError as problem:
        raise contract_error("The message of Shopify is not JSON.") from problem
    return content if isinstance(content, dict) else {}


def _external_id(content: Mapping[str, Any], family: str, subject: WebhookSubject) -> str | None:
    if subject is not WebhookSubject.ORDER:
        return None
    number = content.get("id" if family == "orders" else "order_id")
    return gid("Order", str(number)) if isinstance(number, int | str) and number else None
