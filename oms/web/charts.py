"""Small drawings as SVG from the server: no script, no style attribute, readable in both themes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.html import format_html

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from django.utils.safestring import SafeString

WIDTH, HEIGHT, TOP, BOTTOM = 120, 32, 4, 28
FULL = 100


def sparkline(values: Sequence[float | Decimal]) -> SafeString:
    """The course of a figure, without axes; the figure itself stands beside it, so it is hidden from readers."""
    points = line_points([float(value) for value in values])
    return format_html(
        '<svg class="bt-spark" viewBox="0 0 {w} {h}" preserveAspectRatio="none" aria-hidden="true">'
        '<polygon points="0,{h} {points} {w},{h}"/><polyline points="{points}"/></svg>',
        w=WIDTH,
        h=HEIGHT,
        points=points,
    )


def line_points(values: Sequence[float]) -> str:
    """`x,y` pairs across the drawing; a single or constant value is a line in the middle."""
    if not values:
        return ""
    low, high = min(values), max(values)
    spread = high - low
    step = WIDTH / max(len(values) - 1, 1)
    pairs = []
    for index, value in enumerate(values):
        height = (BOTTOM - (value - low) / spread * (BOTTOM - TOP)) if spread else (TOP + BOTTOM) / 2
        pairs.append(f"{index * step:.1f},{height:.1f}")
    return " ".join(pairs if len(pairs) > 1 else [pairs[0], f"{WIDTH},{pairs[0].partition(',')[2]}"])


def bar(share: float, *, tone: str = "neutral", goal: float | None = None) -> SafeString:
    """A bar filled to `share` of 100, with an optional mark at the goal; the number stands beside it."""
    width = min(max(float(share), 0.0), float(FULL))
    mark = "" if goal is None else format_html('<rect class="bt-f-goal" x="{}" width=".5" height="8"/>', f"{goal:.1f}")
    return format_html(
        '<svg class="bt-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="bt-f-track" width="100" height="8"/><rect class="bt-f-{}" width="{}" height="8"/>{}</svg>',
        tone,
        f"{width:.1f}",
        mark,
    )
