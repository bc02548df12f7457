"""Bars: over time, by month, a waterfall, ranked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import plotly.graph_objects as go

from dashboards.components.figures.annotations import add_remarks
from dashboards.components.figures.layout import (
    Rows,
    Unit,
    laid_out,
    pattern,
    plain,
    time_axis,
    unsure,
)
from dashboards.components.palette import COLOURS, GREY, MOVEMENT_LOOKS, Look
from pipelines.published.questions.formatting import bucket, month, series_name


def bars(
    rows: Rows,
    *,
    unit: Unit,
    grain: str,
    axis: Mapping[str, Any],
    series_looks: Mapping[str, Look],
    names: Mapping[str, str] | None = None,
    empty: Sequence[date] = (),
    absence: str = "No data",
    remarks: Rows = (),
) -> go.Figure:
    """Stacked bars over time.

    Args:
        rows: date, series, value, is_provisional (drawn pale).
        unit: writes a value.
        grain: a key of `periods.GRAINS`.
        axis: Plotly's settings of the value axis (see `money_axis`).
        series_looks: the look of each series.
        names: what series are called, where that is not their key.
        empty: buckets without data, marked on the axis: not the same as zero.
        absence: what such a bucket is called.
        remarks: date and label of what happened then.

    A clicked bar stands for its series and the first day of its bucket.
    """
    fig = go.Figure()
    for series in _largest_first(rows):
        own = [row for row in rows if row["series"] == series]
        look = series_looks.get(series, Look(GREY, "-"))
        fig.add_trace(
            go.Bar(
                name=plain((names or {}).get(series) or series_name(series)),
                x=[row["date"] for row in own],
                y=[float(row["value"]) for row in own],
                customdata=[
                    [
                        series,
                        row["date"].isoformat(),
                        unit(row["value"]),
                        bucket(row["date"], grain),
                        unsure(row),
                    ]
                    for row in own
                ],
                hovertemplate="%{customdata[3]}: %{customdata[2]}%{customdata[4]}"
                "<extra>%{fullData.name}</extra>",
                marker={
                    "color": look.colour,
                    "opacity": [0.5 if row["is_provisional"] else 1.0 for row in own],
                    "line": {"width": 0},
                    "pattern": pattern(look.pattern),
                },
            )
        )
    if empty:
        fig.add_trace(_marks(absence, "x-thin", empty, grain))
    add_remarks(fig, remarks)
    fig.update_layout(barmode="relative", bargap=0.15)
    return laid_out(fig, x=time_axis(grain), y=axis)


def columns_of(rows: Rows, *, x: str, value: str, unit: Unit, axis: Mapping[str, Any]) -> go.Figure:
    """One bar per month, of one colour.

    Args:
        rows: `x` (months), `value` and customers (said by the pointer).
        x: name of the column of months.
        value: name of the column of values.
        unit: writes a value.
        axis: Plotly's settings of the value axis.
    """
    fig = go.Figure(
        go.Bar(
            x=[month(row[x]) for row in rows],
            y=[float(row[value]) for row in rows],
            customdata=[[unit(row[value]), row["customers"]] for row in rows],
            hovertemplate="%{x}: %{customdata[0]} (%{customdata[1]} customers)<extra></extra>",
            marker={"color": COLOURS[0], "line": {"width": 0}},
        )
    )
    return laid_out(
        fig, x={"type": "category", "title": None, "automargin": True, "fixedrange": True}, y=axis
    )


def waterfall(
    rows: Rows,
    *,
    unit: Unit,
    axis: Mapping[str, Any],
    step_looks: Mapping[str, Look] = MOVEMENT_LOOKS,
) -> go.Figure:
    """Steps from an opening to a closing level.

    Args:
        rows: step, amount, bottom, top.
        unit: writes an amount.
        axis: Plotly's settings of the value axis.
        step_looks: the look of each step.
    """
    fig = go.Figure(
        go.Bar(
            x=[series_name(row["step"]) for row in rows],
            y=[float(row["top"] - row["bottom"]) for row in rows],
            base=[float(row["bottom"]) for row in rows],
            text=[unit(row["amount"]) for row in rows],
            textposition="outside",
            cliponaxis=False,
            customdata=[[row["step"], unit(row["amount"])] for row in rows],
            hovertemplate="%{x}: %{customdata[1]}<extra></extra>",
            marker={
                "color": [step_looks[row["step"]].colour for row in rows],
                "line": {"width": 0},
                "pattern": pattern([step_looks[row["step"]].pattern for row in rows]),
            },
        )
    )
    fig.update_layout(bargap=0.25, clickmode="event+select")
    return laid_out(
        fig, x={"type": "category", "title": None, "automargin": True, "fixedrange": True}, y=axis
    )


def ranked(
    rows: Rows,
    *,
    name: str,
    value: str,
    unit: Unit,
    axis: Mapping[str, Any],
    most: int = 15,
    identity: str = "",
) -> go.Figure:
    """Bars from left to right, the first row on top, at most `most` of them.

    Args:
        rows: `name` (a series key or source text) and `value`.
        name: column of what a bar stands for.
        value: column of its length.
        unit: writes a value.
        axis: Plotly's settings of the value axis.
        most: bars at most.
        identity: column of what a clicked bar stands for.
    """
    rows = rows[:most]
    fig = go.Figure(
        go.Bar(
            orientation="h",
            y=[f"{rank} {plain(series_name(row[name]), 28)}" for rank, row in enumerate(rows, 1)],
            x=[float(row[value]) for row in rows],
            text=[unit(row[value]) for row in rows],
            textposition="auto",
            hovertemplate="%{y}: %{text}<extra></extra>",
            customdata=[[row.get(identity)] for row in rows],
            marker={
                "color": [GREY if row[name].startswith("__") else COLOURS[0] for row in rows],
                "line": {"width": 0},
            },
        )
    )
    fig.update_layout(height=60 + 28 * max(len(rows), 1), bargap=0.25)
    return laid_out(
        fig,
        x=dict(axis),
        y={
            "autorange": "reversed",
            "type": "category",
            "automargin": True,
            "fixedrange": True,
            "title": None,
        },
    )


def _largest_first(rows: Rows) -> list[str]:
    """Series by size, what is no thing of its own last."""
    sizes: dict[str, Any] = {}
    for row in rows:
        sizes[row["series"]] = sizes.get(row["series"], 0) + abs(row["value"])
    return sorted(sizes, key=lambda series: (series.startswith("__"), -sizes[series]))


def _marks(name: str, symbol: str, dates: Sequence[date], grain: str) -> go.Scatter:
    return go.Scatter(
        name=name,
        x=list(dates),
        y=[0 for _ in dates],
        mode="markers",
        cliponaxis=False,
        marker={"symbol": symbol, "size": 7, "color": GREY, "line": {"width": 1.5, "color": GREY}},
        customdata=[bucket(one, grain) for one in dates],
        hovertemplate="%{customdata}<extra>%{fullData.name}</extra>",
    )
