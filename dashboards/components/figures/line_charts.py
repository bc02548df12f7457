"""Lines over time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import plotly.graph_objects as go

from dashboards.components.figures.annotations import add_remarks
from dashboards.components.figures.layout import (
    Rows,
    Unit,
    laid_out,
    plain,
    time_axis,
    unsure,
)
from dashboards.components.palette import COLOURS, Look, looks
from pipelines.published.questions.formatting import day, month, series_name

_DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
_SYMBOLS: Final = ("circle", "square", "diamond", "triangle-up", "x", "cross")
#: More points than this on a line are drawn without their markers.
_MARKED_POINTS: Final = 40


def lines(
    rows: Rows,
    *,
    unit: Unit,
    axis: Mapping[str, Any],
    x: str = "date",
    x_text: Callable[[Any], str] = day,
    x_axis: Mapping[str, Any] | None = None,
    detail: Callable[[Mapping[str, Any]], str] | None = None,
    series_looks: Mapping[str, Look] | None = None,
    remarks: Rows = (),
) -> go.Figure:
    """Lines, each with a colour, a dash and a marker of its own. Missing values are gaps.

    Args:
        rows: `x`, series, value, perhaps is_provisional (a hollow marker, apart from the line); in
            the order of `x` within a series.
        unit: writes a value.
        axis: Plotly's settings of the value axis.
        x: name of the column along the axis.
        x_text: writes a place on it.
        x_axis: Plotly's settings of it; default: dates.
        detail: what the pointer shows besides, such as the parts of a rate.
        series_looks: looks by series; default: by their order.
        remarks: date and label of what happened then.
    """
    fig = go.Figure()
    order = list(dict.fromkeys(row["series"] for row in rows))
    found = series_looks or looks(order)
    for rank, series in enumerate(order):
        own = _set_apart([row for row in rows if row["series"] == series])
        symbol = _SYMBOLS[rank % len(_SYMBOLS)]
        fig.add_trace(
            go.Scatter(
                name=plain(series_name(series)),
                x=[row[x] for row in own],
                y=[None if row["value"] is None else float(row["value"]) for row in own],
                mode="lines" if len(own) > _MARKED_POINTS else "lines+markers",
                connectgaps=False,
                line={
                    "color": found[series].colour if series in found else COLOURS[rank % 6],
                    "width": 2,
                    "dash": _DASHES[rank % len(_DASHES)],
                },
                marker={
                    "symbol": [
                        f"{symbol}-open" if row.get("is_provisional") else symbol for row in own
                    ],
                    "size": 7,
                },
                customdata=[
                    [unit(row["value"]), x_text(row[x]), detail(row) if detail else ""]
                    for row in own
                ],
                hovertemplate="%{customdata[1]}: %{customdata[0]}%{customdata[2]}"
                "<extra>%{fullData.name}</extra>",
            )
        )
    add_remarks(fig, remarks)
    return laid_out(fig, x=dict(x_axis) if x_axis else time_axis("day"), y=axis)


def amounts(
    rows: Rows,
    *,
    names: Mapping[str, str],
    unit: Unit,
    axis: Mapping[str, Any],
    x: str = "month",
    remarks: Rows = (),
) -> go.Figure:
    """Lines of columns side by side, by month or day.

    Args:
        rows: `x`, the columns of `names`, perhaps is_provisional (said by the pointer).
        names: what each column is called.
        unit: writes a value.
        axis: Plotly's settings of the value axis.
        x: name of the column of dates.
        remarks: date and label of what happened then.
    """
    listed = [
        {
            x: row[x],
            "series": name,
            "value": row[column],
            "is_provisional": row.get("is_provisional", False),
        }
        for column, name in names.items()
        for row in rows
    ]
    return lines(
        listed,
        unit=unit,
        axis=axis,
        x=x,
        x_text=month if x == "month" else day,
        x_axis=time_axis("month" if x == "month" else "day"),
        detail=unsure,
        remarks=remarks,
    )


def _set_apart(rows: Rows) -> list[Mapping[str, Any]]:
    """Rows with a gap beside what is not complete: half a month is no fall or rise of the line."""
    found: list[Mapping[str, Any]] = []
    was_cut = False
    for row in rows:
        is_cut = bool(row.get("is_provisional"))
        if found and (is_cut or was_cut):
            found.append({**row, "value": None})
        found.append(row)
        was_cut = is_cut
    return found
