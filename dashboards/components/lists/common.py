"""Headings that several pages share."""

from __future__ import annotations

from typing import Any

from dashboards.components.tables import (
    PROVISIONAL,
    amount,
    month,
    number,
    text,
)

#: Column -> heading and format, in the order shown.
Columns = dict[str, Any]


def by_month(thing: str, measured: str, currency: str = "") -> Columns:
    """Rows by month and series."""
    return {
        "date": month(),
        "series": text(thing),
        "value": amount(measured, currency) if currency else number(measured),
        "is_provisional": PROVISIONAL,
    }


def ranking(thing: str, measured: str, currency: str) -> Columns:
    """Rows of a ranking."""
    return {"series": text(thing), "value": amount(measured, currency)}


def waterfall(currency: str) -> Columns:
    """Steps from opening to closing."""
    return {"step": text("Step"), "amount": amount("Amount", currency)}
