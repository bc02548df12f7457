"""What all figures share: axes, layout, remarks, and source text made safe for Plotly."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import plotly.graph_objects as go

Rows = Sequence[Mapping[str, Any]]
Unit = Callable[[Any], str]

#: Height of a figure that does not grow with its rows, in pixels.
HEIGHT: Final = 320
_LONGEST_NAME: Final = 40
#: Dates of axes, by grain.
_TICKS: Final = {
    "month": "%b\n%Y", "week": "%-d %b\n%Y", "day": "%-d %b\n%Y",
    "quarter": "Q%q\n%Y", "year": "%Y",
}  # fmt: skip
#: Marks of axes whose places are of one length in months, not in days.
_STEPS: Final = {"month": "M2", "quarter": "M3", "year": "M12"}


def plain(name: str, longest: int = _LONGEST_NAME) -> str:
    """Source text for Plotly: entities written out, on one line, not too long."""
    shown = name if len(name) <= longest else f"{name[: longest - 1]}…"
    return html.escape(" ".join(shown.split()) or "(empty name)", quote=False)


def money_axis(prefix: str) -> dict[str, Any]:
    """The value axis of amounts, from zero."""
    return {
        "rangemode": "tozero",
        "title": None,
        "tickprefix": prefix,
        "tickformat": ",~f",
        "fixedrange": True,
        "automargin": True,
    }


def rate_axis() -> dict[str, Any]:
    """The value axis of shares."""
    return {
        "rangemode": "tozero",
        "title": None,
        "tickformat": ",.0~%",
        "fixedrange": True,
        "automargin": True,
    }


def number_axis(title: str | None = None, suffix: str = "") -> dict[str, Any]:
    """The value axis of counts, times and the like, from zero."""
    return {**money_axis(""), "title": title, "ticksuffix": suffix}


def time_axis(grain: str) -> dict[str, Any]:
    """The axis of days to years; whole months are not cut into weeks."""
    return {
        **({"dtick": _STEPS[grain]} if grain in _STEPS else {"nticks": 8}),
        "type": "date",
        "title": None,
        "tickformat": _TICKS[grain],
        "fixedrange": True,
        "automargin": True,
    }


def laid_out(fig: go.Figure, x: Mapping[str, Any], y: Mapping[str, Any]) -> go.Figure:
    """The figure with the layout that all charts have, and these settings of its axes."""
    shown = [trace for trace in fig.data if trace.showlegend is not False]
    fig.update_layout(
        height=fig.layout.height or HEIGHT,
        margin={"l": 0, "r": 12, "t": 24, "b": 0},
        hovermode="closest",
        dragmode=False,
        showlegend=len(shown) > 1,
        legend={
            "orientation": "h",
            "traceorder": "normal",
            "yanchor": "bottom",
            "y": 1.02,
            "x": 0,
            "title": None,
        },
        xaxis=dict(x),
        yaxis=dict(y),
    )
    return fig


def unsure(row: Mapping[str, Any]) -> str:
    """What is said of a value that is not complete."""
    return " (not complete: may still change)" if row.get("is_provisional") else ""


def pattern(shape: str | list[str]) -> dict[str, Any]:
    """White strokes over the fill."""
    return {
        "shape": shape,
        "fillmode": "overlay",
        "fgcolor": "#ffffff",
        "fgopacity": 0.75,
        "size": 6,
        "solidity": 0.3,
    }
