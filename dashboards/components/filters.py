"""The filter bar. Every choice stands in the URL, so that a pasted link shows the same numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from dashboards.data.periods import DEFAULT_RANGE, RANGES, Period, complete_days


def days(as_of: datetime) -> Period:
    """The range control; returns the complete days it stands for at the build's clock."""
    choice = st.segmented_control(
        "Last complete days (UTC)",
        list(RANGES),
        default=DEFAULT_RANGE,
        required=True,
        key="range",
        bind="query-params",
    )
    return complete_days(choice, as_of)


def currency(codes: Sequence[str]) -> str:
    """The currency control, drawn only where invoices come in several; USD without invoices."""
    if len(codes) < 2:
        return codes[0] if codes else "USD"
    return st.selectbox(
        "Invoices in",
        codes,
        key="currency",
        bind="query-params",
        width=160,
    )
