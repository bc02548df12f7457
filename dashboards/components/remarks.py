"""A remark on a day, added on the page through seeds/annotations.csv."""

from __future__ import annotations

from datetime import date
from typing import Final

import streamlit as st

from dashboards import guard
from pipelines import seeds
from pipelines.errors import SettingError

_SAID: Final = "remark_said"


def show(last: date) -> None:
    """A form for a remark; `last` is the day that is proposed."""
    if not guard.may_write():
        return
    with st.popover("Add a remark", icon=":material/edit_note:"):
        with st.form("remark", clear_on_submit=True, border=False):
            st.date_input("Day", last, key="remark_day")
            st.text_input("In a few words", key="remark_label", max_chars=60)
            st.text_input("More", key="remark_text", max_chars=300)
            st.form_submit_button("Write to seeds/annotations.csv", on_click=_write)
        if said := st.session_state.pop(_SAID, None):
            st.text(said)


def _write() -> None:
    state = st.session_state
    label, chosen = (state.get("remark_label") or "").strip(), state.get("remark_day")
    if not label or not isinstance(chosen, date):
        state[_SAID] = "A remark needs a day and a few words."
        return
    try:
        seeds.append(
            "annotations",
            {"date": chosen.isoformat(), "label": label,
             "description": (state.get("remark_text") or "").strip() or label,
             "note": f"written on the page by {guard.viewer()}"},
        )  # fmt: skip
    except SettingError as error:
        state[_SAID] = str(error)
        return
    state[_SAID] = "Written. It stands on the charts after the next dbt build."
