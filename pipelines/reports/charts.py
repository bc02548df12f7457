"""Charts as SVG: lines, bars and waterfalls, drawn by hand so that no browser is needed.

Colours are flat and differ in lightness, too; every chart starts at zero or shows where zero is.
Text stays text. Labels come from the report, so they are escaped like any text of others.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from html import escape
from typing import Final

from pipelines.reports.model import Chart, Series

WIDTH: Final = 720
HEIGHT: Final = 230
#: Room for amounts on the left, for the legend above, for labels below.
_LEFT, _TOP, _RIGHT, _BOTTOM = 78, 26, 8, 24
COLOURS: Final = ("#1f4e9c", "#e07b39", "#6f7f8f")
GAIN, LOSS, TOTAL = "#2f8f5b", "#b3372f", "#1f4e9c"
_INK, _FAINT = "#333a45", "#d9dee5"
#: Where a value stands on the page.
Height = Callable[[float], float]
#: Labels that fit below the axis.
_MOST_LABELS: Final = 16


def svg(chart: Chart, font: str = "Noto Sans") -> str:
    """A chart as an SVG document."""
    low, high = _range(chart)
    step = _step(high - low)
    low, high = math.floor(low / step) * step, math.ceil(high / step) * step
    high = high if high > low else low + step
    plot = HEIGHT - _TOP - _BOTTOM

    def y(value: float) -> float:
        return _TOP + plot * (high - value) / (high - low)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="{escape(font)}" font-size="10" fill="{_INK}">'
    ]
    for number in range(round((high - low) / step) + 1):
        value = low + number * step
        line = _INK if value == 0 else _FAINT
        parts.append(
            f'<path d="M{_LEFT} {y(value):.1f}H{WIDTH - _RIGHT}" stroke="{line}" '
            f'stroke-width="0.8"/><text x="{_LEFT - 6}" y="{y(value) + 3.5:.1f}" '
            f'text-anchor="end">{escape(_tick(chart, value))}</text>'
        )
    slot = (WIDTH - _LEFT - _RIGHT) / len(chart.labels)
    every = max(1, math.ceil(len(chart.labels) / _MOST_LABELS))
    for place, label in enumerate(chart.labels):
        if place % every == 0:
            parts.append(
                f'<text x="{_LEFT + slot * (place + 0.5):.1f}" y="{HEIGHT - 10}" '
                f'text-anchor="middle">{escape(label)}</text>'
            )
    if chart.kind == "waterfall":
        parts += _steps(chart, slot, y)
    else:
        parts += _legend(chart.series)
        draw = _lines if chart.kind == "line" else _bars
        for place, one in enumerate(chart.series):
            parts += draw(one, place, len(chart.series), slot, y)
    return "".join([*parts, "</svg>"])


def _range(chart: Chart) -> tuple[float, float]:
    """Lowest and highest value to show, zero among them."""
    values = [float(value) for one in chart.series for value in one.values if value is not None]
    if chart.kind == "waterfall" and values:
        values = [level for pair in _levels(values) for level in pair]
    return min([0.0, *values]), max([0.0, *values])


def _levels(values: list[float]) -> list[tuple[float, float]]:
    """From where to where each step of a waterfall goes; the first and the last stand on zero."""
    found, level = [], 0.0
    for place, value in enumerate(values):
        if place in (0, len(values) - 1):
            found.append((0.0, value))
            level = value
        else:
            found.append((level, level + value))
            level += value
    return found


def _step(width: float) -> float:
    """A round distance between lines, so that there are four to eight."""
    if width <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(width / 4))
    return next(power * size for size in (1, 2, 2.5, 5, 10) if width / (power * size) <= 6)


def _tick(chart: Chart, value: float) -> str:
    text = chart.text(Decimal(f"{value:.6g}"))
    return text.removesuffix(".00")


def _legend(series: tuple[Series, ...]) -> list[str]:
    found, x = [], float(_LEFT)
    for place, one in enumerate(series):
        found.append(
            f'<rect x="{x:.1f}" y="6" width="9" height="9" fill="{COLOURS[place]}"/>'
            f'<text x="{x + 14:.1f}" y="14">{escape(one.label)}</text>'
        )
        x += 34 + 6 * len(one.label)
    return found


def _lines(one: Series, place: int, _: int, slot: float, y: Height) -> list[str]:
    """A line, broken where a value is unknown; a lone value is a dot."""
    runs: list[list[tuple[float, float]]] = [[]]
    for at, value in enumerate(one.values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((_LEFT + slot * (at + 0.5), y(float(value))))
    found = []
    for run in runs:
        path = "L".join(f"{x:.1f} {height:.1f}" for x, height in run)
        if len(run) > 1:
            found.append(
                f'<path d="M{path}" fill="none" stroke="{COLOURS[place]}" stroke-width="2" '
                'stroke-linejoin="round"/>'
            )
        found += [
            f'<circle cx="{x:.1f}" cy="{height:.1f}" r="2.4" fill="{COLOURS[place]}"/>'
            for x, height in run
        ]
    return found


def _bars(one: Series, place: int, of: int, slot: float, y: Height) -> list[str]:
    width = slot * 0.72 / of
    found = []
    for at, value in enumerate(one.values):
        if value is not None:
            x = _LEFT + slot * (at + 0.14) + width * place
            found.append(_bar(x, width, 0.0, float(value), COLOURS[place], y))
    return found


def _steps(chart: Chart, slot: float, y: Height) -> list[str]:
    values = [float(value or 0) for value in chart.series[0].values]
    found = []
    for at, (start, end) in enumerate(_levels(values)):
        is_total = at in (0, len(values) - 1)
        colour = TOTAL if is_total else (GAIN if end >= start else LOSS)
        x = _LEFT + slot * (at + 0.18)
        found.append(_bar(x, slot * 0.64, start, end, colour, y))
        top = min(y(start), y(end))
        found.append(
            f'<text x="{x + slot * 0.32:.1f}" y="{top - 4:.1f}" text-anchor="middle" '
            f'font-size="9">{escape(chart.text(chart.series[0].values[at]))}</text>'
        )
    return found


def _bar(x: float, width: float, start: float, end: float, colour: str, y: Height) -> str:
    top, bottom = sorted((y(start), y(end)))
    return (
        f'<rect x="{x:.1f}" y="{top:.1f}" width="{width:.1f}" '
        f'height="{max(bottom - top, 0.6):.1f}" fill="{colour}"/>'
    )
