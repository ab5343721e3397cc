"""What channels and connectors say, in the reader's language.

Connectors know nothing of languages and write English, which is kept as it was said. Here it is recognised and said again;
what is not known, a shop's own words above all, stays as it is.
"""

from __future__ import annotations

import re
from functools import cache

from django.utils.translation import gettext, gettext_noop

SENTENCES = (
    gettext_noop("%(channel)s cannot be reached: %(problem)s"),
    gettext_noop("%(channel)s cannot be reached."),
    gettext_noop("%(channel)s did not answer in time."),
    gettext_noop("%(channel)s took too long to send its answer."),
    gettext_noop("%(channel)s sent more than %(size)s MB."),
    gettext_noop("%(channel)s asks to slow down (%(status)s)."),
    gettext_noop("%(channel)s sends to another address: %(address)s."),
    gettext_noop("%(channel)s answered %(status)s."),
    gettext_noop("Shopify: Throttled"),
    gettext_noop("Shopify no longer has the order %(order)s."),
    gettext_noop("Shopify has no open work for %(units)s."),
    gettext_noop("Shopify gave no access token."),
    gettext_noop("Shopify does not accept client ID and secret."),
    gettext_noop("Shopify is still cancelling the order."),
    gettext_noop("The order is cancelled at Shopify."),
    gettext_noop("Nothing of this order waits to be collected at Shopify."),
    gettext_noop("The shop has %(count)s locations: choose one in the settings."),
    gettext_noop("The shop no longer has order %(order)s."),
    gettext_noop("WooCommerce is not active on this site."),
    gettext_noop("There is no shop at this address: /wp-json/ does not answer. Check address and permalinks."),
    gettext_noop("The message is not signed with this connection's secret."),
    gettext_noop("The shop has a status that is not known here: %(status)s. Give it a meaning in the settings."),
    gettext_noop("The payment status is not known here: %(status)s."),
    gettext_noop("The fulfilment status is not known here: %(status)s."),
    gettext_noop("The delivery method is not known here: %(method)s."),
    gettext_noop("The order has no lines."),
    gettext_noop("The order's total is negative."),
    gettext_noop("This is a draft order: it is not an order yet."),
    gettext_noop("This is not a whole order: it has no line items or no payment status."),
    gettext_noop("Line %(line)s has a negative quantity: %(quantity)s."),
    gettext_noop("Unknown SKU: %(codes)s."),
    gettext_noop("Unknown pickup location: %(name)s."),
)
_HOLE = re.compile(r"%\((\w+)\)s")


def told(text: str) -> str:
    """The same, in the language that is active."""
    for sentence, pattern in _patterns():
        found = pattern.fullmatch(text)
        if found is not None:
            return gettext(sentence) % found.groupdict()
    return text


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((sentence, _pattern(sentence)) for sentence in SENTENCES)


def _pattern(sentence: str) -> re.Pattern[str]:
    """Literal words, and anything in the holes."""
    parts = _HOLE.split(sentence)
    return re.compile("".join(f"(?P<{part}>.+?)" if odd % 2 else re.escape(part) for odd, part in enumerate(parts)))
