"""Cohorts by months since their first payment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
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

    A clicked cell stands for its cohort and month (`cell_code`); the mean of all for nothing.

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
    names = [
        f"{month(cohort)} ({sizes[cohort]})" if cohort else "Mean of all" for cohort in cohorts
    ]
    fig = go.Figure(
        go.Heatmap(
            x=list(range(width)),
            y=names,
            z=[[float(cell["value"]) if cell else None for cell in line] for line in grid],
            text=[[_cell(cell) for cell in line] for line in grid],
            texttemplate="%{text}",
            textfont={"size": 12},
            hoverinfo="skip",
            zmin=0,
            zmax=1.2,
            colorscale=[[0, "#f5efe6"], [0.5, "#b9b5f5"], [0.83, "#4b4bff"], [1, "#1d1d8f"]],
            showscale=False,
            xgap=1,
            ygap=1,
        )
    )
    fig.add_trace(_marks_to_click(names, grid))
    fig.update_layout(height=max(HEIGHT, 60 + 26 * len(cohorts)))
    return laid_out(
        fig,
        x={"title": "Months since the first payment", "dtick": 1, "fixedrange": True},
        y={"title": None, "type": "category", "automargin": True, "fixedrange": True},
    )


def cell_code(cohort: date, since: int) -> str:
    """A cell in the address: `2026-01.3` is the fourth month of who first paid in January."""
    return f"{cohort:%Y-%m}.{since}"


def _marks_to_click(
    names: Sequence[str], grid: Sequence[Sequence[Mapping[str, Any] | None]]
) -> go.Scatter:
    """Unseen marks over the cells: a heatmap's own cells cannot be clicked."""
    found = [
        (name, cell)
        for name, line in zip(names, grid, strict=True)
        for cell in line
        if cell is not None
    ]
    unseen = {"marker": {"opacity": 0}}
    return go.Scatter(
        x=[cell["months_since"] for _, cell in found],
        y=[name for name, _ in found],
        mode="markers",
        marker={"symbol": "square", "size": 24, "opacity": 0},
        selected=unseen,
        unselected=unseen,
        customdata=[
            [
                cell["cohort_month"] and cell_code(cell["cohort_month"], cell["months_since"]),
                _cell_said(cell),
            ]
            for _, cell in found
        ],
        hovertemplate="%{y}, month %{x}: %{customdata[1]}<extra></extra>",
        showlegend=False,
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
