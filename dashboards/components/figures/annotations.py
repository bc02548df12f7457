"""Remarks on a figure over time: a line on each day and a label that no other label covers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

import plotly.graph_objects as go

from dashboards.components.figures.layout import HEIGHT, Rows, plain
from dashboards.components.palette import GREY

#: How wide a figure is at least: on a phone of 390 pixels, without the value axis.
_NARROWEST: Final = 270
#: Size of the labels' letters and of a row of them, in pixels; letters are wide ones.
_LETTER, _ROW, _GAP = 6.2, 15, 6
#: Letters of a label at most, by how crowded it is, and the rows that are too many for the first.
_LENGTHS: Final = (24, 16, 10)
_MOST_ROWS: Final = 6
#: What the plot loses of a figure's height to its margins and the axis of time.
_MARGINS: Final = 64


def add_remarks(fig: go.Figure, remarks: Rows) -> None:
    """Draw a line with a label on each day that something is remarked of.

    The labels stand in a band of their own above the plot, in as many rows as it takes for none to
    cover another, even on a phone. The figure grows by the band.
    """
    if not remarks:
        return
    length, rows = _placed(_places(fig, remarks), remarks)
    band = _ROW * (max(rows) + 1)
    height = (fig.layout.height or HEIGHT) + band
    share = 1 / (height - _MARGINS)
    fig.update_layout(height=height, yaxis={"domain": [0, 1 - band * share]})
    for row, place, line in zip(remarks, _places(fig, remarks), rows, strict=True):
        fig.add_shape(
            type="line",
            x0=row["date"],
            x1=row["date"],
            y0=0,
            y1=1 - line * _ROW * share,
            yref="paper",
            line={"color": GREY, "width": 1, "dash": "dot"},
        )
        fig.add_annotation(
            x=row["date"],
            y=1,
            yref="paper",
            yshift=-line * _ROW,
            yanchor="top",
            xanchor="left" if _goes_right(place, row, length) else "right",
            showarrow=False,
            text=plain(row["label"], length),
            hovertext=plain(row["description"] or row["label"], 120),
            font={"size": 11},
        )


def _places(fig: go.Figure, remarks: Rows) -> list[float]:
    """Where each remark stands on the axis, from 0 to 1."""
    days = [day for trace in fig.data for day in map(_day, trace.x or ()) if day is not None]
    days = days or [row["date"] for row in remarks]
    first, last = min(days), max(days)
    length = max((last - first).days, 1)
    return [min(max((row["date"] - first).days / length, 0.0), 1.0) for row in remarks]


def _day(place: Any) -> date | None:
    if isinstance(place, datetime):
        return place.date()
    return place if isinstance(place, date) else None


def _width(row: Mapping[str, Any], length: int) -> float:
    """How much of the narrowest figure a label takes, from 0 to 1."""
    return (min(len(row["label"]), length) * _LETTER + _GAP) / _NARROWEST


def _goes_right(place: float, row: Mapping[str, Any], length: int) -> bool:
    """Whether a label begins at its line; one that would leave the figure ends at it."""
    return place + _width(row, length) <= 1 or place < 1 / 2


def _placed(places: Sequence[float], remarks: Rows) -> tuple[int, list[int]]:
    """Letters of a label at most, and the row of each: the shorter, the fewer rows."""
    length, rows = _LENGTHS[0], [0]
    for length in _LENGTHS:
        rows = _rows(places, remarks, length)
        if max(rows) < _MOST_ROWS:
            break
    return length, rows


def _rows(places: Sequence[float], remarks: Rows, length: int) -> list[int]:
    """The first row in which each label touches none before it."""
    taken: list[list[tuple[float, float]]] = []
    found = []
    for place, row in zip(places, remarks, strict=True):
        begin, end = _span(place, row, length)
        line = next(
            (
                number
                for number, spans in enumerate(taken)
                if all(end <= left or begin >= right for left, right in spans)
            ),
            len(taken),
        )
        if line == len(taken):
            taken.append([])
        taken[line].append((begin, end))
        found.append(line)
    return found


def _span(place: float, row: Mapping[str, Any], length: int) -> tuple[float, float]:
    """From where to where a label goes on the narrowest figure, from 0 to 1."""
    width = _width(row, length)
    return (place, place + width) if _goes_right(place, row, length) else (place - width, place)
