"""Revenue against cost, one point per thing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import plotly.graph_objects as go

from dashboards.components.figures.layout import (
    Rows,
    Unit,
    laid_out,
    plain,
)
from dashboards.components.palette import COLOURS, GREY
from pipelines.published.questions.formatting import percent

#: Things that lose money whose names stand beside their points: more would cover each other.
_MOST_NAMED: Final = 5


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
