"""Charts by day, each with its question, its mart and grain, a table view, its SQL and a CSV."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import plotly.graph_objects as go
import streamlit as st

from dashboards.components import tables
from dashboards.components.formatting import day, series_name
from dashboards.components.palette import GREY, Look
from dashboards.data.build import Answer, Build, description

#: No link, no logo, no button that sends a chart anywhere.
_PLOTLY: Final = {"displaylogo": False, "displayModeBar": False, "showTips": False}
_LONGEST_NAME: Final = 40


@dataclass(frozen=True)
class DailyBars:
    """A chart of stacked bars: `rows` as of `measures.by_day`, `days` as of `measures.days`.

    `thing` and `measured` name what a series and what a value is (with its unit); `absence` is what
    a day without rows is called, because it is not drawn as a zero.
    """

    key: str
    question: str
    thing: str
    measured: str
    rows: Answer
    days: Answer
    looks: Mapping[str, Look]
    unit: Callable[[Any], str]
    axis_prefix: str
    absence: str
    build: Build


def plain(name: str) -> str:
    """Source text for Plotly, which would read markup in it: entities written out, not too long."""
    shown = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
    return html.escape(" ".join(shown.split()) or "(empty name)", quote=False)


def show(chart: DailyBars) -> None:
    """Draw the chart with its title, caption and menu."""
    rows = chart.rows.table.to_pylist()
    definition = description(chart.build, chart.rows.mart)
    with st.container(border=True):
        st.subheader(chart.question, anchor=False, help=definition)
        if not rows:
            st.caption("No data for these days. The Data page says what is loaded.")
            return
        with st.container(horizontal=True, vertical_alignment="center"):
            view = st.segmented_control(
                "View",
                ("Chart", "Table"),
                default="Chart",
                required=True,
                key=f"{chart.key}_view",
                label_visibility="collapsed",
            )
            tables.data_menu(chart.key, chart.rows, definition)
        if view == "Table":
            tables.show_by_day(chart.rows, chart.thing, chart.measured)
        else:
            st.plotly_chart(
                figure(chart),
                theme="streamlit",
                config=_PLOTLY,
                key=f"{chart.key}_chart",
                alt=f"{chart.question} Bars by day; the table view holds the same numbers.",
            )
        st.caption(tables.origin(chart.rows) + _reading_help(rows))


def figure(chart: DailyBars) -> go.Figure:
    """The Plotly figure. Provisional days are pale.

    On the axis, a dash marks a day that is zero and a cross a day without rows.
    """
    rows = chart.rows.table.to_pylist()
    fig = go.Figure()
    for series in dict.fromkeys(row["series"] for row in _largest_first(rows)):
        fig.add_trace(_bars(chart, series, [row for row in rows if row["series"] == series]))
    days = chart.days.table.to_pylist()
    for name, symbol, found in (
        ("Zero", "line-ew", [row["date"] for row in days if row["value"] == 0]),
        (chart.absence, "x-thin", [row["date"] for row in days if row["value"] is None]),
    ):
        if found:
            fig.add_trace(_marks(name, symbol, found))
    fig.update_layout(
        barmode="relative",
        bargap=0.15,
        height=360,
        margin={"l": 0, "r": 8, "t": 8, "b": 0},
        hovermode="closest",
        showlegend=len(fig.data) > 1,
        legend={
            "orientation": "h",
            "traceorder": "normal",
            "yanchor": "bottom",
            "y": 1.02,
            "x": 0,
            "title": None,
        },
        xaxis={
            "type": "date",
            "title": None,
            "tickformat": "%-d %b\n%Y",
            "nticks": 8,
            "fixedrange": True,
            "automargin": True,
        },
        yaxis={
            "rangemode": "tozero",
            "title": None,
            "tickprefix": chart.axis_prefix,
            "tickformat": ",~f",
            "fixedrange": True,
            "automargin": True,
        },
    )
    return fig


def _reading_help(rows: Sequence[Mapping[str, Any]]) -> str:
    return " Pale bars may still change." if any(row["is_provisional"] for row in rows) else ""


def _largest_first(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Rows so that the first of each series comes in the order of the series' size, rest last."""
    sizes: dict[str, Any] = {}
    for row in rows:
        sizes[row["series"]] = sizes.get(row["series"], 0) + abs(row["value"])
    return sorted(rows, key=lambda row: (row["series"].startswith("__"), -sizes[row["series"]]))


def _bars(chart: DailyBars, series: str, rows: Sequence[Mapping[str, Any]]) -> go.Bar:
    look = chart.looks[series]
    return go.Bar(
        name=plain(series_name(series)),
        x=[row["date"] for row in rows],
        y=[float(row["value"]) for row in rows],
        customdata=[
            [
                chart.unit(row["value"]),
                day(row["date"]),
                " (may still change)" if row["is_provisional"] else "",
            ]
            for row in rows
        ],
        hovertemplate="%{customdata[1]}: %{customdata[0]}%{customdata[2]}"
        "<extra>%{fullData.name}</extra>",
        marker={
            "color": look.colour,
            "opacity": [0.5 if row["is_provisional"] else 1.0 for row in rows],
            "line": {"width": 0},
            "pattern": {"shape": look.pattern, "size": 6, "solidity": 0.4},
        },
    )


def _marks(name: str, symbol: str, dates: Sequence[date]) -> go.Scatter:
    return go.Scatter(
        name=name,
        x=list(dates),
        y=[0 for _ in dates],
        mode="markers",
        cliponaxis=False,
        marker={"symbol": symbol, "size": 7, "color": GREY, "line": {"width": 1.5, "color": GREY}},
        customdata=[day(one) for one in dates],
        hovertemplate="%{customdata}<extra>%{fullData.name}</extra>",
    )
