"""The first row of a page: a number with its unit, its period and what it is compared with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import streamlit as st

from dashboards.components import states
from dashboards.components.formatting import MISSING, days_of, signed
from dashboards.data.build import Answer
from dashboards.data.periods import Period


@dataclass(frozen=True)
class Card:
    """What a card says. `setting` is what its source needs, said where there is no data."""

    label: str
    total: Answer
    days: Answer
    period: Period
    unit: Callable[[Any], str]
    definition: str
    setting: str
    better: Literal["more", "less"]


def show(card: Card, *notes: str) -> None:
    """Draw a card; `notes` are further lines of this project's own words (never source text)."""
    row = card.total.table.to_pylist()[0]
    with st.container(border=True, height="stretch"):
        if row["value"] is None:
            st.metric(card.label, MISSING, help=card.definition)
            st.caption(f"Nothing is loaded for {days_of(card.period)}.")
            st.markdown(states.setting_needed(card.setting))
            return
        st.metric(
            card.label,
            card.unit(row["value"]),
            delta=None if row["change"] is None else signed(card.unit(row["change"])),
            delta_color="normal" if card.better == "more" else "inverse",
            delta_arrow=_arrow(row["change"]),
            delta_description=None
            if row["change"] is None
            else f"vs {days_of(card.period.before())}",
            help=card.definition,
            chart_data=[
                float("nan") if value is None else float(value)
                for value in card.days.table.column("value").to_pylist()
            ],
            chart_type="bar",
        )
        lines = [days_of(card.period), *notes]
        if row["change"] is None:
            lines.append("not compared: the days before are not all loaded")
        if row["provisional_days"]:
            lines.append(f"{row['provisional_days']} of these days may still change")
        st.caption(" · ".join(lines))


def _arrow(change: Decimal | int | None) -> Literal["auto", "off"]:
    return "auto" if change else "off"
