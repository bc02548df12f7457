"""A chart in its frame: the question it answers, its menu, its caption, its table view."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import plotly.graph_objects as go
import streamlit as st

from dashboards.components import drill, figures, tables
from dashboards.components.contract import UNDECLARED, Obeys
from pipelines.published.reader import Answer, Published

#: No link, no logo, no button that sends a chart anywhere.
_PLOTLY: Final = {"displaylogo": False, "displayModeBar": False, "showTips": False}

#: Views beside the chart as it is: strokes over the fills; an axis that need not begin at zero.
_HATCHED: Final = "Hatched"
_CLOSE_UP: Final = "Close-up"

Draw = Callable[[list[dict[str, Any]]], go.Figure]


@dataclass(frozen=True)
class Chart:
    """A chart of the rows of an answer.

    `key` names its file and its widgets; `draw` makes the figure of the rows and depends on nothing
    but them and `variant` (such as the currency), because figures are kept per build. `obeys`
    declares which filters the answer obeys; the frame marks the others. `behind` makes the
    statement of the rows behind a clicked bar over time: its series, its bucket's first day.
    """

    key: str
    question: str
    answer: Answer
    draw: Draw
    columns: Mapping[str, Any]
    obeys: Obeys = UNDECLARED
    variant: str = ""
    note: str = ""
    behind: Callable[[str, str], str] | None = None
    empty: str = "No data for these days. The Data page says what is loaded."


def show(chart: Chart, build: Published, on_point: str | None = None) -> None:
    """Draw the chart in its frame.

    Args:
        chart: what it shows.
        build: the build of this page run.
        on_point: key of the session's state that takes what a clicked point stands for (the first
            of its custom data); the page runs again then.
    """
    mark = f"{chart.key}_mark"
    with st.container(border=True):
        if on_point is None and chart.behind is None:
            _framed_alone(chart, build)
        else:
            _framed(chart, build, on_point or mark)
    if chart.behind is not None and (clicked := st.session_state.pop(mark, None)):
        drill.open_query(chart.behind(*clicked))


@st.fragment
def _framed_alone(chart: Chart, build: Published) -> None:
    """A menu that opens, or a change of view, runs this part of the page only."""
    _framed(chart, build, None)


def _framed(chart: Chart, build: Published, on_point: str | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(chart.question, anchor=False, width="stretch")
        other = _CLOSE_UP if _draws_lines(chart.draw) else _HATCHED
        view = tables.menu(chart.key, chart.answer, build, views=("Chart", other, "Table"))
    if not chart.answer.table.num_rows:
        st.caption(chart.empty)
    elif view == "Table":
        tables.show(chart.answer.table, chart.columns)
    else:
        _plot(chart, build, on_point, view or "Chart")
    leads_on = "Click a bar for the rows behind it." if chart.behind is not None else ""
    tables.footnote(chart.answer, chart.obeys, f"{chart.note} {leads_on}".strip())


def _draws_lines(draw: Draw) -> bool:
    """Whether it draws lines, which need not begin at zero as bars must."""
    return getattr(draw, "func", draw) in (figures.lines, figures.amounts)


def _plot(chart: Chart, build: Published, on_point: str | None, view: str) -> None:
    key = f"{chart.key}_chart"

    def remember_point() -> None:
        chosen = st.session_state[key].selection.points
        if chosen and on_point:
            found = chosen[0]["customdata"]
            st.session_state[on_point] = found[:2] if chart.behind is not None else found[0]

    st.plotly_chart(
        _figure(
            build.path, chart.key, chart.answer.sql, chart.variant, view, bool(on_point), chart
        ),
        theme="streamlit",
        config=_PLOTLY,
        key=key,
        alt=f"{chart.question} The table view in this chart's menu holds the same numbers.",
        on_select=remember_point if on_point else "ignore",
        selection_mode="points",
    )


@st.cache_resource(show_spinner=False, max_entries=512)
def _figure(
    path: str, key: str, sql: str, variant: str, view: str, clickable: bool, _chart: Chart
) -> go.Figure:
    """The figure, made once per file and question; its colours are flat unless hatches are asked.

    Two things of one colour keep their hatches: nothing else tells them apart.
    """
    drawn = _chart.draw(_chart.answer.table.to_pylist())
    bars = [trace for trace in drawn.data if trace.type == "bar"]
    colours = [trace.marker.color for trace in bars if isinstance(trace.marker.color, str)]
    if view != _HATCHED and len(set(colours)) == len(colours):
        drawn.update_traces(marker_pattern_shape="", selector={"type": "bar"})
    if view == _CLOSE_UP and _draws_lines(_chart.draw):
        drawn.update_yaxes(rangemode="normal")
    if clickable:
        drawn.update_layout(clickmode="event+select")
    return drawn
