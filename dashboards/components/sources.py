"""How each source stands: loaded, stale, never loaded, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import streamlit as st

from pipelines.published.questions.formatting import clock, count, day
from pipelines.published.reader import Answer


@dataclass(frozen=True)
class Standing:
    """A source's state in a word, its colour and icon, and the next thing to do (or None)."""

    word: str
    colour: Literal["green", "orange", "gray"]
    icon: str
    remedy: str | None


_FRESH: Final = Standing("Fresh", "green", ":material/check_circle:", None)


def standing(row: Mapping[str, Any]) -> Standing:
    """The standing of one row of `load_freshness_by_source`."""
    source = row["source"]
    if row["last_synced_at"] is None:
        return Standing(
            "Never loaded",
            "gray",
            ":material/radio_button_unchecked:",
            f"Set `{row['missing_setting']}`, run `dlt pipeline run {source}`, then `dbt build`.",
        )
    if row["is_stale"]:
        return Standing(
            "Stale",
            "orange",
            ":material/schedule:",
            f"Run `dlt pipeline run {source}`, then `dbt build`.",
        )
    return _FRESH


def show(freshness: Answer) -> None:
    """A card per source that was loaded; those that were not are a list of what they need."""
    rows = freshness.table.to_pylist()
    loaded = [row for row in rows if row["last_synced_at"] is not None]
    with st.container(key="sources"):
        for row in loaded:
            with st.container(border=True, height="stretch"):
                _card(row)
    unused = [row for row in rows if row["last_synced_at"] is None]
    if unused:
        with st.expander(f"Never loaded: {count(len(unused))}", expanded=not loaded):
            for row in unused:
                st.markdown(f"**{row['source_name']}**. {standing(row).remedy}")


def _card(row: Mapping[str, Any]) -> None:
    state = standing(row)
    st.markdown(f"**{row['source_name']}**")
    st.badge(state.word, icon=state.icon, color=state.colour)
    if state.remedy:
        st.markdown(state.remedy)
    facts = [
        ("Last load", clock(row["last_synced_at"])),
        ("Newest day in it", day(row["newest_data_date"])),
        ("Rows", count(row["rows_loaded"])),
        ("Kind of the last run", str(row["last_mode"] or "")),
        ("Endpoints skipped", count(row["skipped_endpoints"])),
        ("Rows in quarantine", count(row["quarantined_rows"])),
    ]
    if row["quarantined_rows"]:
        facts.append(("Their reasons", f"raw_{row['source']}.quarantine in the warehouse"))
    st.text("\n".join(f"{label}: {value}" for label, value in facts))
