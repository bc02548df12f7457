"""Plotly figures from rows: bars over time, lines, a waterfall, a heatmap, points, ranked bars.

Source text goes through `plain` before Plotly sees it, which would read markup in it. Colours come
with patterns, dashes or markers, never alone. Axes of bars begin at zero.
"""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final

import plotly.graph_objects as go

from dashboards.components.palette import COLOURS, GREY, MOVEMENT_LOOKS, Look, looks
from pipelines.published.questions.formatting import bucket, day, month, percent, series_name

Rows = Sequence[Mapping[str, Any]]
Unit = Callable[[Any], str]

_LONGEST_NAME: Final = 40
#: Things that lose money whose names stand beside their points: more would cover each other.
_MOST_NAMED: Final = 5
_DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
_SYMBOLS: Final = ("circle", "square", "diamond", "triangle-up", "x", "cross")
_HEIGHT: Final = 320
#: Dates of axes, by grain.
_TICKS: Final = {
    "month": "%b\n%Y", "week": "%-d %b\n%Y", "day": "%-d %b\n%Y",
    "quarter": "Q%q\n%Y", "year": "%Y",
}  # fmt: skip
#: Marks of axes whose places are of one length in months, not in days.
_STEPS: Final = {"month": "M2", "quarter": "M3", "year": "M12"}
#: More points than this on a line are drawn without their markers.
_MARKED_POINTS: Final = 40


def plain(name: str, longest: int = _LONGEST_NAME) -> str:
    """Source text for Plotly: entities written out, on one line, not too long."""
    shown = name if len(name) <= longest else f"{name[: longest - 1]}…"
    return html.escape(" ".join(shown.split()) or "(empty name)", quote=False)


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
                    [unit(row["value"]), bucket(row["date"], grain), _unsure(row)] for row in own
                ],
                hovertemplate="%{customdata[1]}: %{customdata[0]}%{customdata[2]}"
                "<extra>%{fullData.name}</extra>",
                marker={
                    "color": look.colour,
                    "opacity": [0.5 if row["is_provisional"] else 1.0 for row in own],
                    "line": {"width": 0},
                    "pattern": _pattern(look.pattern),
                },
            )
        )
    if empty:
        fig.add_trace(_marks(absence, "x-thin", empty, grain))
    _add_remarks(fig, remarks)
    fig.update_layout(barmode="relative", bargap=0.15)
    return laid_out(fig, x=time_axis(grain), y=axis)


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
    _add_remarks(fig, remarks)
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
        detail=_unsure,
        remarks=remarks,
    )


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
                "pattern": _pattern([step_looks[row["step"]].pattern for row in rows]),
            },
        )
    )
    fig.update_layout(bargap=0.25, clickmode="event+select")
    return laid_out(
        fig, x={"type": "category", "title": None, "automargin": True, "fixedrange": True}, y=axis
    )


def heatmap(rows: Rows) -> go.Figure:
    """Cohorts by months since their first payment, with the share written into each cell.

    Args:
        rows: cohort_month (None: the mean of all), months_since, value, retained_customers,
            customers, is_provisional.
    """
    cohorts = sorted(
        {row["cohort_month"] for row in rows},
        key=lambda month: (month is not None, month),
        reverse=True,
    )
    sizes = {row["cohort_month"]: row["customers"] for row in reversed(rows)}
    width = max((row["months_since"] for row in rows), default=0) + 1
    cells = {(row["cohort_month"], row["months_since"]): row for row in rows}
    grid = [[cells.get((cohort, since)) for since in range(width)] for cohort in cohorts]
    fig = go.Figure(
        go.Heatmap(
            x=list(range(width)),
            y=[
                f"{month(cohort)} ({sizes[cohort]})" if cohort else "Mean of all"
                for cohort in cohorts
            ],
            z=[[float(cell["value"]) if cell else None for cell in line] for line in grid],
            text=[[_cell(cell) for cell in line] for line in grid],
            texttemplate="%{text}",
            textfont={"size": 12},
            customdata=[[_cell_said(cell) for cell in line] for line in grid],
            hovertemplate="%{y}, month %{x}: %{customdata}<extra></extra>",
            hoverongaps=False,
            zmin=0,
            zmax=1.2,
            colorscale=[[0, "#f5efe6"], [0.5, "#b9b5f5"], [0.83, "#4b4bff"], [1, "#1d1d8f"]],
            showscale=False,
            xgap=1,
            ygap=1,
        )
    )
    fig.update_layout(height=max(_HEIGHT, 60 + 26 * len(cohorts)))
    return laid_out(
        fig,
        x={"title": "Months since the first payment", "dtick": 1, "fixedrange": True},
        y={"title": None, "type": "category", "automargin": True, "fixedrange": True},
    )


def points(rows: Rows, *, name: str, unit: Unit, prefix: str) -> go.Figure:
    """Revenue against cost, one point per thing, with the line where one equals the other.

    Both axes are logarithmic: a few large things do not push the rest into a corner. What is
    smaller than the edge, or below zero, stands on the edge. The worst are named.

    Args:
        rows: `name`, revenue, cost, margin, margin_rate; points below the line lose money. A column
            of an id, `<name without _name>_id`, is what a clicked point stands for.
        name: the column with what a point stands for (source text).
        unit: writes an amount.
        prefix: of the axes, the currency.
    """
    fig = go.Figure()
    worst = sorted((row for row in rows if row["margin"] < 0), key=lambda row: row["margin"])
    edge = _edge([row[column] for row in rows for column in ("cost", "revenue")])
    identity = f"{name.removesuffix('_name')}_id"
    for label, symbol, colour, wanted in (
        ("Earns more than it costs", "circle", COLOURS[2], False),
        ("Costs more than it earns", "diamond", COLOURS[5], True),
    ):
        own = [row for row in rows if (row["margin"] < 0) is wanted]
        fig.add_trace(
            go.Scatter(
                name=label,
                x=[max(float(row["cost"]), edge) for row in own],
                y=[max(float(row["revenue"]), edge) for row in own],
                mode="markers",
                marker={"symbol": symbol, "size": 9, "color": colour, "opacity": 0.8},
                customdata=[
                    [
                        row.get(identity),
                        plain(row[name]),
                        unit(row["revenue"]),
                        unit(row["cost"]),
                        unit(row["margin"]),
                        percent(row["margin_rate"]),
                    ]
                    for row in own
                ],
                hovertemplate="%{customdata[1]}<br>Revenue %{customdata[2]}, cost %{customdata[3]}"
                "<br>Margin %{customdata[4]} (%{customdata[5]})<extra></extra>",
            )
        )
    if worst:
        fig.add_trace(
            go.Scatter(
                x=[max(float(row["cost"]), edge) for row in worst[:_MOST_NAMED]],
                y=[max(float(row["revenue"]), edge) for row in worst[:_MOST_NAMED]],
                mode="text",
                text=[f"{plain(row[name], 20)}  " for row in worst[:_MOST_NAMED]],
                textposition="middle left",
                textfont={"size": 11},
                hoverinfo="skip",
                showlegend=False,
            )
        )
    far = max((float(row["cost"]) for row in rows), default=edge)
    fig.add_trace(
        go.Scatter(
            name="Break-even: revenue equals cost",
            x=[edge, max(far, edge)],
            y=[edge, max(far, edge)],
            mode="lines",
            line={"color": GREY, "dash": "dash", "width": 1.5},
            hoverinfo="skip",
        )
    )
    axis = {
        "type": "log",
        "tickprefix": prefix,
        "tickformat": ",~f",
        "fixedrange": True,
        "automargin": True,
    }
    fig.update_layout(clickmode="event+select")
    x, y = (
        {**axis, "title": title, **_decades([float(row[column]) for row in rows], edge)}
        for column, title in (("cost", "AI cost"), ("revenue", "Revenue"))
    )
    return laid_out(fig, x=x, y=y)


def _decades(amounts: Sequence[float], edge: float) -> dict[str, Any]:
    """The range of a logarithmic axis that holds the amounts, and marks at powers of ten."""
    low, high = math.log10(edge), math.log10(max([*amounts, edge]))
    return {"range": [low - 0.2, max(high, low + 1) + 0.2], "dtick": 1}


def _edge(amounts: Sequence[Any]) -> float:
    """Where a logarithmic axis begins: the power of ten below the least of the larger amounts."""
    above = [float(amount) for amount in amounts if amount is not None and amount > 0]
    if not above:
        return 0.01
    return float(
        10 ** max(math.floor(math.log10(min(above))), math.floor(math.log10(max(above))) - 5)
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


def laid_out(fig: go.Figure, x: Mapping[str, Any], y: Mapping[str, Any]) -> go.Figure:
    """The figure with the layout that all charts have, and these settings of its axes."""
    shown = [trace for trace in fig.data if trace.showlegend is not False]
    fig.update_layout(
        height=fig.layout.height or _HEIGHT,
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


def _largest_first(rows: Rows) -> list[str]:
    """Series by size, what is no thing of its own last."""
    sizes: dict[str, Any] = {}
    for row in rows:
        sizes[row["series"]] = sizes.get(row["series"], 0) + abs(row["value"])
    return sorted(sizes, key=lambda series: (series.startswith("__"), -sizes[series]))


def _unsure(row: Mapping[str, Any]) -> str:
    return " (not complete: may still change)" if row.get("is_provisional") else ""


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


def _pattern(shape: str | list[str]) -> dict[str, Any]:
    """White strokes over the fill."""
    return {
        "shape": shape,
        "fillmode": "overlay",
        "fgcolor": "#ffffff",
        "fgopacity": 0.75,
        "size": 6,
        "solidity": 0.3,
    }


def _set_apart(rows: Rows) -> list[Mapping[str, Any]]:
    """Rows with a gap before what is not complete: half a month is no fall of the line."""
    found: list[Mapping[str, Any]] = []
    for row in rows:
        if row.get("is_provisional") and found:
            found.append({**row, "value": None})
        found.append(row)
    return found


def _add_remarks(fig: go.Figure, remarks: Rows) -> None:
    for row in remarks:
        fig.add_shape(
            type="line",
            x0=row["date"],
            x1=row["date"],
            y0=0,
            y1=1,
            yref="paper",
            line={"color": GREY, "width": 1, "dash": "dot"},
        )
        fig.add_annotation(
            x=row["date"],
            y=1,
            yref="paper",
            yanchor="top",
            xanchor="left",
            showarrow=False,
            text=plain(row["label"], 24),
            hovertext=plain(row["description"] or row["label"], 120),
            font={"size": 11},
        )


def _cell(cell: Mapping[str, Any] | None) -> str:
    if cell is None:
        return ""
    return f"{float(cell['value']):.0%}{'*' if cell['is_provisional'] else ''}"


def _cell_said(cell: Mapping[str, Any] | None) -> str:
    if cell is None:
        return ""
    unsure = ", month not over" if cell["is_provisional"] else ""
    if cell["cohort_month"] is None:
        return f"{percent(cell['value'])}, weighted by {cell['customers']} customers at first"
    return (
        f"{percent(cell['value'])} ({cell['retained_customers']} of "
        f"{cell['customers']} customers{unsure})"
    )
