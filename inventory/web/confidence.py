"""How sure one may be of a SKU's stock, place by place, with what showed it and what is held back for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from inventory.queries import attach_confidence, ruling, seen_of
from oms.web import elements, formats

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from django.utils.safestring import SafeString

    from inventory.models import StockLevel

# Under the first a person should look, under the second it is fair.
LOW, FAIR = 70, 85


def confidence_mark(percent: float | None) -> SafeString | str:
    """`93%`, in the tone of how sure that is."""
    if percent is None:
        return "\N{EN DASH}"
    tone, sign = (
        ("bad", "alert-triangle") if percent < LOW else ("warn", "help-circle") if percent < FAIR else ("good", "check")
    )
    return elements.mark(tone, sign, formats.percent(round(percent) / 100, 0), quiet=True)


def confidence_rows(sku_id: UUID, levels: Sequence[StockLevel]) -> list[dict[str, Any]]:
    """The common stock of a SKU by place: how sure it is, what was seen, and the rule that holds units back."""
    now = timezone.now()
    common = [level for level in levels if not level.pool]
    attach_confidence(common, now=now)
    rules, seen = ruling([sku_id], now=now) if common else {}, seen_of(sku_id)
    return [
        {
            "level": level,
            "mark": confidence_mark(getattr(level, "confidence", None)),
            "seen": seen.get(level.location_id),
            "rule": rules.get(level.pk),
        }
        for level in common
    ]
