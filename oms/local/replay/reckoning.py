"""What a file of invoices amounts to, reckoned with Polars alone: the replay's own reading is held against it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import polars as pl

# Written out once more, on purpose: what is compared must not share its definition.
_NOT_GOODS = r"^(POST|DOT|C2|C3|M|D|S|B|BANK CHARGES|AMAZONFEE|CRUK|ADJUST|ADJUST2|PADS|SP1002|TEST.*|GIFT.*)$"
_MOST = 100_000


@dataclass(frozen=True, slots=True)
class Reckoning:
    """Orders, and units by what moves them; `sold` has the units of each SKU."""

    orders: int
    units: int
    returned: int
    added: int
    removed: int
    sold: dict[str, int]


def reckon(path: Path, invoices: Sequence[str]) -> Reckoning:
    """What these invoices of the file should bring into Baton."""
    import polars as pl  # noqa: PLC0415 -- optional dependency

    rows = _goods(path).filter(pl.col("Invoice").is_in(list(invoices)))
    credit, priced = pl.col("Invoice").str.starts_with("C"), pl.col("cents") > 0
    sales = rows.filter(~credit & priced & (pl.col("Quantity") > 0))
    returns = rows.filter((pl.col("Quantity") < 0) & (credit | priced))
    rest = rows.filter(~credit & (pl.col("cents") == 0))
    sold = sales.group_by("code").agg(pl.col("Quantity").sum())
    return Reckoning(
        orders=sales.get_column("Invoice").n_unique(),
        units=_sum(sales),
        returned=-_sum(returns),
        added=_sum(rest.filter(pl.col("Quantity") > 0)),
        removed=-_sum(rest.filter(pl.col("Quantity") < 0)),
        sold=dict(zip(sold.get_column("code").to_list(), sold.get_column("Quantity").to_list(), strict=True)),
    )


def reckon_stock(path: Path, invoices: Sequence[str]) -> pl.DataFrame:
    """What came and went of each SKU on each day, and what a unit costs: `code`, `day`, `sold`, `net`, `half_cents`.

    A SKU costs half of the lowest price at which it was sold.
    """
    import polars as pl  # noqa: PLC0415 -- optional dependency

    rows = _goods(path).filter(pl.col("Invoice").is_in(list(invoices)))
    credit, priced, quantity = pl.col("Invoice").str.starts_with("C"), pl.col("cents") > 0, pl.col("Quantity")
    sale = ~credit & priced & (quantity > 0)
    back = (quantity < 0) & (credit | priced)
    counted = rows.with_columns(
        pl.when(sale).then(quantity).otherwise(0).alias("sold"),
        pl.when(sale | back).then(-quantity).otherwise(quantity).alias("net"),
    )
    costs = rows.filter(sale).group_by("code").agg(pl.col("cents").min().alias("half_cents"))
    days = counted.group_by("code", "day").agg(pl.col("sold").sum(), pl.col("net").sum())
    return days.join(costs, on="code", how="left")


def _goods(path: Path) -> pl.DataFrame:
    import polars as pl  # noqa: PLC0415 -- optional dependency

    frame = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema_length=0)
    cleaned = frame.select(
        pl.col("Invoice").cast(pl.String),
        pl.col("InvoiceDate").cast(pl.String).str.slice(0, 10).alias("day"),
        pl.col("StockCode").cast(pl.String).fill_null("").str.strip_chars().str.to_uppercase().alias("code"),
        pl.col("Quantity").cast(pl.Int64).fill_null(0),
        (pl.col("Price").cast(pl.Float64).fill_null(0) * 100).round(mode="half_to_even").cast(pl.Int64).alias("cents"),
    )
    wrong = pl.col("Invoice").str.starts_with("C") & (pl.col("Quantity") > 0)
    sound = (pl.col("code") != "") & (pl.col("Quantity") != 0) & (pl.col("Quantity").abs() <= _MOST)
    return cleaned.filter(sound & ~wrong & (pl.col("cents") >= 0) & ~pl.col("code").str.contains(_NOT_GOODS))


def _sum(rows: pl.DataFrame) -> int:
    return int(rows.get_column("Quantity").sum())
