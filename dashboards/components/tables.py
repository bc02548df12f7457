"""Tables of an answer, and the menu that every chart and table has: origin, CSV, SQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pyarrow as pa
import streamlit as st

from dashboards.components.downloads import csv_bytes
from dashboards.components.formatting import series_name
from dashboards.data.build import Answer

_ROWS_WITHOUT_SCROLLING: Final = 40

SKIPPED_COLUMNS: Final = {
    "source": st.column_config.TextColumn("Source", width="small"),
    "endpoint": st.column_config.TextColumn("What was skipped", width="medium"),
    "reason": st.column_config.TextColumn("Why", width="large"),
}
ROW_COUNT_COLUMNS: Final = {
    "table_name": st.column_config.TextColumn("Table", width="medium"),
    "row_count": st.column_config.NumberColumn("Rows", format="localized", width="small"),
    "description": st.column_config.TextColumn("What one row is", width="large"),
}


def origin(answer: Answer) -> str:
    """Where the numbers come from, in a line: mart and grain."""
    return f"From {answer.mart}, one row per {answer.grain}."


def show(table: pa.Table, columns: Mapping[str, Any] | None = None) -> None:
    """Rows as a grid. Cells are drawn as text: nothing in them is markup or a link."""
    st.dataframe(
        table,
        hide_index=True,
        column_config=columns,
        placeholder="—",
        height="content" if table.num_rows <= _ROWS_WITHOUT_SCROLLING else "auto",
    )


def show_by_day(answer: Answer, thing: str, measured: str) -> None:
    """The rows behind a chart by day: what the series are and what is measured head the columns."""
    names = [series_name(key) for key in answer.table.column("series").to_pylist()]
    place = answer.table.schema.get_field_index("series")
    show(
        answer.table.set_column(place, "series", pa.array(names, pa.string())),
        {
            "date": st.column_config.DateColumn("Day (UTC)", format="D MMM YYYY"),
            "series": st.column_config.TextColumn(thing),
            "value": st.column_config.NumberColumn(measured, format="localized"),
            "is_provisional": st.column_config.CheckboxColumn("May still change"),
        },
    )


def with_menu(
    key: str, answer: Answer, definition: str | None, columns: Mapping[str, Any] | None = None
) -> None:
    """A table with its menu and its origin."""
    show(answer.table, columns)
    with st.container(horizontal=True, vertical_alignment="center"):
        data_menu(key, answer, definition)
        st.caption(origin(answer), width="content")


def data_menu(key: str, answer: Answer, definition: str | None) -> None:
    """A button that opens the answer's origin, its definition, its CSV and its SQL."""
    with st.popover("Data", icon=":material/database:", key=f"{key}_menu"):
        st.caption(origin(answer))
        if definition:
            st.text(definition)
        st.download_button(
            "Download CSV",
            data=lambda: csv_bytes(answer.table),
            file_name=f"{key}.csv",
            mime="text/csv",
            icon=":material/download:",
            key=f"{key}_csv",
            on_click="ignore",
        )
        st.code(answer.sql, language="sql")
