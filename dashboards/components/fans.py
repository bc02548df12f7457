"""A forecast as a fan: what happened, the middle of what is expected, two bands, and goals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import plotly.graph_objects as go

from dashboards.components.figures import Rows, Unit, laid_out, time_axis
from dashboards.components.palette import COLOURS, GREY
from dashboards.components.tables import amount, month, number, rate, text
from pipelines.published.questions.formatting import month as month_name

#: Bands, the wider first, and how they are filled.
_BANDS: Final = (("95", "rgba(75, 75, 255, 0.12)"), ("80", "rgba(75, 75, 255, 0.25)"))


def fan(rows: Rows, *, unit: Unit, axis: Mapping[str, Any]) -> go.Figure:
    """Lines with two bands.

    Args:
        rows: month, actual, forecast, lower_80, upper_80, lower_95, upper_95, goal; null where a
            month has none.
        unit: writes a value.
        axis: Plotly's settings of the value axis.
    """
    fig = go.Figure()
    for share, fill in _BANDS:
        banded = [row for row in rows if row[f"lower_{share}"] is not None]
        lower = [float(row[f"lower_{share}"]) for row in banded]
        upper = [float(row[f"upper_{share}"]) for row in banded]
        months = [row["month"] for row in banded]
        fig.add_trace(
            go.Scatter(
                name=f"{share} % band",
                x=[*months, *reversed(months)],
                y=[*upper, *reversed(lower)],
                fill="toself",
                fillcolor=fill,
                mode="lines",
                line={"width": 0},
                hoverinfo="skip",
            )
        )
    for name, column, colour, dash, symbol in (
        ("Actual", "actual", COLOURS[0], "solid", "circle"),
        ("Forecast", "forecast", COLOURS[1], "dash", "square"),
        ("Goal", "goal", GREY, "dot", "x"),
    ):
        own = [row for row in rows if row[column] is not None]
        if not own:
            continue
        fig.add_trace(
            go.Scatter(
                name=name,
                x=[row["month"] for row in own],
                y=[float(row[column]) for row in own],
                customdata=[[unit(row[column]), month_name(row["month"])] for row in own],
                hovertemplate="%{customdata[1]}: %{customdata[0]}<extra>%{fullData.name}</extra>",
                mode="markers" if column == "goal" else "lines+markers",
                line={"color": colour, "width": 2, "dash": dash},
                marker={"color": colour, "symbol": symbol, "size": 8},
            )
        )
    return laid_out(fig, x=time_axis("month"), y=axis)


def columns(currency: str) -> dict[str, Any]:
    """The table view of a fan."""
    return {
        "month": month(),
        "actual": amount("Actual", currency),
        "forecast": amount("Forecast", currency),
        "lower_80": amount("80 % from", currency),
        "upper_80": amount("80 % to", currency),
        "lower_95": amount("95 % from", currency),
        "upper_95": amount("95 % to", currency),
        "goal": amount("Goal", currency),
        "known_change": amount("Scheduled", currency),
        "coverage_80": rate("80 % bands held"),
        "coverage_n": number("Forecasts judged"),
        "reason": text("Note"),
    }


def movements(currency: str) -> dict[str, Any]:
    """The table of what is expected to move MRR."""
    return {
        "month": month(),
        "opening_mrr": amount("Opening", currency),
        "new_mrr": amount("New", currency),
        "expansion_mrr": amount("Expansion", currency),
        "reactivation_mrr": amount("Reactivation", currency),
        "resume_mrr": amount("Resumed", currency),
        "contraction_mrr": amount("Contraction", currency),
        "pause_mrr": amount("Paused", currency),
        "churn_mrr": amount("Churn", currency),
        "closing_mrr": amount("Forecast", currency),
        "scheduled_change": amount("Scheduled", currency),
    }


def said(rows: Rows) -> str:
    """How far the fan can be trusted, in a sentence."""
    reasons = [row["reason"] for row in rows if row["forecast"] is None and row["reason"]]
    judged = [row for row in rows if row["coverage_n"] and row["coverage_80"] is not None]
    if not judged:
        return reasons[0][:1].upper() + reasons[0][1:] + "." if reasons else ""
    first = judged[0]
    held = round(float(first["coverage_80"]) * first["coverage_n"])
    return (
        f"One month ahead, the 80 % band held {held} of {first['coverage_n']} times so far. "
        "Scheduled changes are in it."
    )
