"""Orders of each hour as stacked bars: SVG from the server, without script or style."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from oms.web import formats

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, HEIGHT = 690, 208
LEFT, TOP, BOTTOM = 34, 16, 184
HOURS = 24
STEP = (WIDTH - LEFT) / HOURS
BAR = 18
GAP = 0.6
LABELLED = 2
STEPS = (1, 2, 5)


def hours_chart(
    series: Sequence[tuple[int, Sequence[int]]], before: Sequence[int], *, hour: float, clock: str
) -> SafeString:
    """Bars of each channel (its colour, its orders by hour), a dotted line for a week ago, a mark at this hour."""
    totals = [sum(values[index] for _colour, values in series) for index in range(HOURS)]
    top = scale_of(max([*totals, *before, 1]))
    return format_html(
        '<svg class="bt-chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}{}{}</svg>',
        WIDTH,
        HEIGHT,
        _words(totals, int(hour)),
        _grid(top),
        _bars(series, top),
        _line(before, top),
        _mark(hour, clock),
        _hours(),
    )


def scale_of(most: int) -> int:
    """The highest value of the axis: four even steps of 1, 2 or 5 times a power of ten."""
    power = 1
    while True:
        for step in STEPS:
            if most <= 4 * step * power:
                return 4 * step * power
        power *= 10


def _y(value: float, top: int) -> float:
    return BOTTOM - (BOTTOM - TOP) * value / top


def _grid(top: int) -> SafeString:
    lines = []
    for part in range(5):
        value = top * part // 4
        kind = "axis" if part == 0 else "grid"
        lines.append(
            (kind, LEFT, WIDTH, f"{_y(value, top):.1f}", LEFT - 6, f"{_y(value, top) + 4:.1f}", formats.number(value))
        )
    return format_html_join(
        "",
        '<line class="bt-{0}" x1="{1}" x2="{2}" y1="{3}" y2="{3}"/><text x="{4}" y="{5}" text-anchor="end">{6}</text>',
        lines,
    )


def _bars(series: Sequence[tuple[int, Sequence[int]]], top: int) -> SafeString:
    rects = []
    for index in range(HOURS):
        below = 0
        for colour, values in series:
            if values[index]:
                low, high = _y(below, top), _y(below + values[index], top)
                rects.append((colour, f"{_x(index):.1f}", f"{high:.1f}", BAR, f"{max(low - high - GAP, 0.5):.1f}"))
                below += values[index]
    return format_html_join("", '<rect class="bt-f-{}" x="{}" y="{}" width="{}" height="{}"/>', rects)


def _x(index: int) -> float:
    return LEFT + index * STEP + (STEP - BAR) / 2


def _line(before: Sequence[int], top: int) -> SafeString:
    if not any(before):
        return SafeString("")
    points = " ".join(f"{_x(index) + BAR / 2:.1f},{_y(value, top):.1f}" for index, value in enumerate(before))
    return format_html('<polyline class="bt-prev" points="{}"/>', points)


def _mark(hour: float, clock: str) -> SafeString:
    x = LEFT + hour * STEP
    anchor, shift = ("end", -6) if hour > HOURS - LABELLED else ("start", 6)
    return format_html(
        '<line class="bt-now" x1="{0}" x2="{0}" y1="8" y2="{1}"/><text x="{2}" y="17" text-anchor="{3}">{4}</text>',
        f"{x:.1f}",
        BOTTOM,
        f"{x + shift:.1f}",
        anchor,
        clock,
    )


def _hours() -> SafeString:
    labels = (
        (f"{_x(index) + BAR / 2:.1f}", HEIGHT - 6, _("%(hour)s h") % {"hour": index})
        for index in range(0, HOURS, LABELLED)
    )
    return format_html_join("", '<text x="{}" y="{}" text-anchor="middle">{}</text>', labels)


def _words(totals: Sequence[int], hour: int) -> str:
    """What the drawing says, for people who do not see it; the table beside it has every figure."""
    best = max(range(HOURS), key=lambda index: totals[index])
    return _("Orders by hour: %(most)s at %(best)s h, %(now)s so far at %(hour)s h.") % {
        "most": totals[best],
        "best": best,
        "now": totals[hour],
        "hour": hour,
    }
