"""WooCommerce's deliveries: signed order bodies, and an unsigned ping when a hook is made."""

import json
from collections.abc import Mapping, Sequence

from channels.connectors.enums import WebhookSubject
from channels.connectors.errors import contract_error
from channels.connectors.signing import header, require_signature
from channels.connectors.types import WebhookEvent

_SUBJECTS = {"order": WebhookSubject.ORDER, "product": WebhookSubject.LISTING}
_PING = b"webhook_id="
_LONGEST_PING = 64


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> WebhookEvent:
    """Raises ConnectorError AUTH or CONTRACT."""
    signature = header(headers, "X-WC-Webhook-Signature")
    if not signature and body.startswith(_PING) and len(body) <= _LONGEST_PING:
        return WebhookEvent(topic="ping", subject=WebhookSubject.PING)
    require_signature(body, signature, secrets)
    topic = header(headers, "X-WC-Webhook-Topic")
    return WebhookEvent(
        topic=topic,
        subject=_SUBJECTS.get(topic.partition(".")[0], WebhookSubject.OTHER),
        external_id=_subject_id(body),
        delivery_id=header(headers, "X-WC-Webhook-Delivery-ID"),
    )


def _subject_id(body: bytes) -> str | None:
    try:
        content = json.loads(body)
    except ValueError as problem:
        raise contract_error("The message of WooCommerce is not JSON.") from problem
    found = content.get("id") if isinstance(content, dict) else None
    return str(found) if isinstance(found, int) and not isinstance(found, bool) else None
