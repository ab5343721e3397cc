from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from channels.connectors.balance import difference, unit_price
from channels.connectors.enums import ChargeKind, OrderState, PaymentState, TaxMode
from channels.connectors.types import ChannelCharge, ChannelLine, ChannelOrder, ChannelPayment

NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
LINE = ChannelLine(
    external_id="1", quantity=2, total_net=Decimal(10), total_tax=Decimal(2), total_gross=Decimal(12), sku="MUG"
)
ORDER = ChannelOrder(
    external_id="7",
    number="7",
    state=OrderState.TO_FULFIL,
    payment=ChannelPayment(state=PaymentState.PAID),
    currency="EUR",
    tax_mode=TaxMode.INCLUDED,
    placed_at=NOW,
    updated_at=NOW,
    lines=(LINE,),
    total_gross=Decimal("12.00"),
    raw={"id": 7},
)


@pytest.mark.parametrize(
    "same",
    [
        {"updated_at": NOW + timedelta(hours=1)},
        {"raw": {"id": 7, "tags": "read"}},
        {"total_gross": Decimal("12.0")},
        {"total_gross": Decimal("1.2E+1")},
    ],
)
def test_content_hash_overlooks_noise(same) -> None:
    assert replace(ORDER, **same).content_hash() == ORDER.content_hash()


@pytest.mark.parametrize(
    "other",
    [
        {"state": OrderState.HOLD},
        {"total_gross": Decimal("12.01")},
        {"note": "Sonner"},
        {"lines": (replace(LINE, quantity_cancelled=1),)},
        {"payment": ChannelPayment(state=PaymentState.REFUNDED)},
        {"placed_at": NOW + timedelta(seconds=1)},
    ],
)
def test_content_hash_sees_every_change_of_meaning(other) -> None:
    assert replace(ORDER, **other).content_hash() != ORDER.content_hash()


def test_units_due_leave_out_the_cancelled_ones() -> None:
    assert replace(LINE, quantity=5, quantity_cancelled=2).quantity_due == 3


@pytest.mark.parametrize(
    ("gross", "tax", "kind"),
    [
        ("12.00", "2.00", None),
        ("12.01", "2.00", ChargeKind.ROUNDING),
        ("12.00", "1.99", ChargeKind.ROUNDING),
        ("11.98", "2.00", ChargeKind.ROUNDING),
        ("12.03", "2.00", ChargeKind.ADJUSTMENT),
        ("9.00", "1.50", ChargeKind.ADJUSTMENT),
    ],
)
def test_the_difference_to_the_total_is_a_charge_of_its_own(gross, tax, kind) -> None:
    rest = difference([LINE], [], gross=Decimal(gross), tax=Decimal(tax))

    assert (rest and rest.kind) == kind
    if rest is not None:
        assert LINE.total_gross + rest.total_gross == Decimal(gross)
        assert rest.total_net + rest.total_tax == rest.total_gross


def test_more_parts_may_round_more() -> None:
    parts = [ChannelCharge(kind=ChargeKind.FEE) for _ in range(10)]
    rest = difference([LINE], parts, gross=Decimal("12.10"), tax=Decimal("2.00"))

    assert rest is not None
    assert rest.kind is ChargeKind.ROUNDING


def test_a_unit_price_of_nothing_is_nothing() -> None:
    assert (unit_price(Decimal(10), 0), unit_price(Decimal(10), 3)) == (Decimal(0), Decimal("3.3333"))
