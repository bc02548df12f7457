"""Cohorts by months since their first payment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from dashboards.components.figures.layout import (
    HEIGHT,
    Rows,
    laid_out,
)
from pipelines.published.questions.formatting import month, percent


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
    fig.update_layout(height=max(HEIGHT, 60 + 26 * len(cohorts)))
    return laid_out(
        fig,
        x={"title": "Months since the first payment", "dtick": 1, "fixedrange": True},
        y={"title": None, "type": "category", "automargin": True, "fixedrange": True},
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
