"""Read invoice lines (Online Retail II's columns) and say what each is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FEES = frozenset(
    {
        "POST",
        "DOT",
        "C2",
        "C3",
        "M",
        "D",
        "S",
        "B",
        "BANK CHARGES",
        "AMAZONFEE",
        "CRUK",
        "ADJUST",
        "ADJUST2",
        "PADS",
        "SP1002",
    }
)
TESTS = re.compile(r"^(TEST|GIFT)", re.IGNORECASE)
COLUMNS = ("Invoice", "StockCode", "Description", "Quantity", "InvoiceDate", "Price", "Customer ID", "Country")
LARGEST_ORDERED = 100_000
FIRST_ORDER = 10_000_000


class What(StrEnum):
    """What an invoice line is, whatever sheet it stands on."""

    SALE = "sale"
    FEE = "fee"
    RETURN = "return"
    ADJUSTMENT = "adjustment"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    code: str
    name: str
    quantity: int
    cents: int
    what: What
    reason: str = ""

    @property
    def moves_stock(self) -> bool:
        return self.what in {What.RETURN, What.ADJUSTMENT}


@dataclass(slots=True)
class Invoice:
    """The lines of one invoice, in the file's order; `at` is taken as UTC. `order_id` is its number in the shop."""

    number: str
    at: datetime
    customer: str
    country: str
    order_id: int = 0
    rows: list[Row] = field(default_factory=list)

    @property
    def sales(self) -> list[Row]:
        return [row for row in self.rows if row.what is What.SALE]


def read_invoices(path: Path) -> tuple[list[Invoice], dict[str, str]]:
    """Every invoice in the order of time, and the catalogue as code to name. Raises ValueError for other columns."""
    import polars as pl  # noqa: PLC0415 -- optional dependency

    frame = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema_length=0)
    missing = sorted(set(COLUMNS) - set(frame.columns))
    if missing:
        raise ValueError(f"{path.name} lacks the columns {', '.join(missing)}.")
    invoices: dict[str, Invoice] = {}
    names: dict[str, str] = {}
    for number, record in enumerate(frame.select(COLUMNS).iter_rows(named=True), start=1):
        row = _row(number, record)
        invoice = invoices.get(str(record["Invoice"]))
        if invoice is None:
            customer = record["Customer ID"]
            invoice = Invoice(
                str(record["Invoice"]),
                datetime.fromisoformat(str(record["InvoiceDate"])).replace(tzinfo=UTC),
                str(int(float(customer))) if customer is not None else "",
                str(record["Country"]),
            )
            invoices[invoice.number] = invoice
        invoice.rows.append(row)
        if row.what is What.SALE or row.moves_stock:
            names.setdefault(row.code, row.name or row.code)
    found = sorted(invoices.values(), key=lambda each: (each.at, each.number))
    for order_id, invoice in enumerate(found, start=FIRST_ORDER):
        invoice.order_id = order_id
    return found, names


def _row(number: int, record: dict[str, Any]) -> Row:
    code = str(record["StockCode"] or "").strip().upper()
    name = str(record["Description"] or "").strip()
    quantity, price = int(record["Quantity"] or 0), float(record["Price"] or 0)
    cents = round(price * 100)
    what, reason = _what(str(record["Invoice"]), code, quantity, cents)
    return Row(number, code, name, quantity, cents, what, reason)


def _what(invoice: str, code: str, quantity: int, cents: int) -> tuple[What, str]:
    fault = _fault(invoice, code, quantity, cents)
    if fault:
        return What.REJECTED, fault
    if code in FEES or TESTS.match(code):
        return What.FEE, "fee or test code"
    if quantity < 0 and (cents > 0 or invoice.startswith("C")):
        return What.RETURN, ""
    return (What.ADJUSTMENT if quantity < 0 or cents == 0 else What.SALE), ""


def _fault(invoice: str, code: str, quantity: int, cents: int) -> str:
    fee = code in FEES
    if not code:
        return "no stock code"
    if quantity == 0:
        return "quantity zero"
    if abs(quantity) > LARGEST_ORDERED:
        return "quantity beyond belief"
    if cents < 0 and not fee:
        return "negative price"
    return "a cancellation with a positive quantity" if invoice.startswith("C") and quantity > 0 and not fee else ""


def batches(invoices: list[Invoice], size: int, start: int) -> Iterator[tuple[int, list[Invoice]]]:
    """The invoices from `start` on in batches, each with the position after it."""
    for begin in range(start, len(invoices), size):
        part = invoices[begin : begin + size]
        yield begin + len(part), part
