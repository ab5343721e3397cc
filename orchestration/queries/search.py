"""Orders by what people have in hand: a number, a name, an address, a SKU, a tracking number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q

from inventory.queries import skus_by_code
from oms.fulfilment.queries import fulfilments
from oms.orders.queries import channels, orders

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from django.db.models import QuerySet

    from oms.orders.models import Order

LAST = "\uffff"
SHORTEST_NAME = 2
DIGITS_OF_NUMBER = 6


def search_orders(rows: QuerySet[Order], text: str, *, now: datetime) -> QuerySet[Order]:
    """Those of the rows that the text names, in whatever way.

    Each way is a query of its own on its own index; one condition over all of them would read the whole table.
    """
    first, *rest = _ways(text.strip(), now)
    return rows.filter(pk__in=first.union(*rest, all=True) if rest else first)


def order_named(text: str, *, now: datetime) -> Order | None:
    """The one order whose number, or whose number at its channel, this is; None when there is none or several."""
    text = text.strip()
    by_number = orders().filter(number__in=_numbers(text, now)).first()
    if by_number is not None:
        return by_number
    found = list(orders().filter(external_number__in=_external(text))[:2])
    return found[0] if len(found) == 1 else None


def _ways(text: str, now: datetime) -> Iterator[QuerySet[Any, Any]]:
    """Queries for the ids of orders."""
    rows = orders().order_by()
    yield rows.filter(number__in=_numbers(text, now)).values_list("pk")
    yield rows.filter(_begins("number", text.upper())).values_list("pk")
    if "@" in text:
        yield rows.filter(_begins("customer_email", text.lower())).values_list("pk")
        return
    yield rows.filter(external_number__in=_external(text)).values_list("pk")
    by_id = rows.filter(channel_id__in=list(channels().values_list("pk", flat=True)), external_id=text)
    yield by_id.values_list("pk")
    parcels = fulfilments().order_by().filter(parcels__tracking_number=text)
    yield parcels.values_list("order_id")
    skus = skus_by_code({text, text.upper()})
    if skus:
        yield rows.filter(lines__sku_id__in=skus.values()).values_list("pk")
    if len(text) >= SHORTEST_NAME and not any(letter.isdigit() for letter in text):
        # A name is found by any of its words; nobody remembers which one was written first.
        name = Q(customer_name__istartswith=text) | Q(customer_name__icontains=f" {text}")
        yield rows.filter(name).values_list("pk")


def _begins(field: str, text: str) -> Q:
    """A prefix as a range: pattern operators would lose their index under row-level security."""
    return Q(**{f"{field}__gte": text, f"{field}__lt": text + LAST, f"{field}__startswith": text})


def _numbers(text: str, now: datetime) -> list[str]:
    """The numbers that the text may stand for: as written, or its last digits alone, of this year or the last."""
    written = [text.upper()]
    if text.isdigit() and len(text) <= DIGITS_OF_NUMBER:
        written += [f"CMD-{year}-{text.zfill(DIGITS_OF_NUMBER)}" for year in (now.year, now.year - 1)]
    return written


def _external(text: str) -> list[str]:
    """Channels write a number with or without its sign."""
    bare = text.removeprefix("#")
    return [bare, f"#{bare}"] if bare else [text]
