"""Shopify's money: amounts in two currencies, prices with or without their tax."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from channels.connectors.enums import ChargeKind
from channels.connectors.reading import amount_of, flag, part, records, text
from channels.connectors.types import ChannelCharge, ChannelTax

_CENT = Decimal("0.01")
_ONE = Decimal(1)


def set_amount(body: Mapping[str, Any], key: str) -> Decimal:
    """An amount in the shop's currency; absent is zero."""
    return amount_of(part(part(body, key), "shopMoney").get("amount"), key)


def taxes(body: Mapping[str, Any]) -> tuple[ChannelTax, ...]:
    return tuple(
        ChannelTax(
            amount=set_amount(each, "priceSet"),
            rate=_rate(each),
            label=text(each, "title"),
            withheld=flag(each, "channelLiable"),
        )
        for each in records(body, "taxLines")
    )


def _rate(tax: Mapping[str, Any]) -> Decimal | None:
    percent = tax.get("ratePercentage")
    return None if percent is None else amount_of(percent, "ratePercentage") / 100


def net_and_gross(amount: Decimal, tax: Decimal, *, included: bool) -> tuple[Decimal, Decimal]:
    return (amount - tax, amount) if included else (amount, amount + tax)


def proportional(amount: Decimal, net: Decimal, gross: Decimal, *, included: bool) -> tuple[Decimal, Decimal]:
    """Net and gross of a part whose tax is not told, in the proportion of the whole."""
    if included:
        share = net / gross if gross else _ONE
        return (amount * share).quantize(_CENT, ROUND_HALF_UP), amount
    share = gross / net if net else _ONE
    return amount, (amount * share).quantize(_CENT, ROUND_HALF_UP)


def charge(body: Mapping[str, Any], kind: ChargeKind, amount: Decimal, *, included: bool) -> ChannelCharge:
    found = taxes(body)
    tax = sum((each.amount for each in found), Decimal(0))
    net, gross = net_and_gross(amount, tax, included=included)
    return ChannelCharge(
        kind=kind,
        external_id=text(body, "id"),
        label=text(body, "title") or text(body, "name"),
        code=text(body, "code"),
        total_net=net,
        total_tax=tax,
        total_gross=gross,
        taxes=found,
    )
