"""The SQL page's parts: a browser of tables, a field to write in, what came of it."""

from __future__ import annotations

from typing import Final

import streamlit as st

from dashboards.components import lists, tables
from pipelines.published.questions import adhoc
from pipelines.published.questions.formatting import count
from pipelines.published.reader import Answer, Published

_EXAMPLE: Final = """\
select month, closing_mrr, nrr, customer_churn_rate
from finance.mrr_movements_by_month
order by month desc"""


def schema_browser(columns: Answer) -> None:
    """The published tables, and the columns of the chosen one with their meaning."""
    names = list(dict.fromkeys(columns.table.column("table_name").to_pylist()))
    st.header("What is there?", anchor=False)
    table = st.selectbox("Table", names, key="table", bind="query-params")
    rows = columns.table.to_pylist()
    own = [index for index, row in enumerate(rows) if row["table_name"] == table]
    tables.show(columns.table.take(own), lists.COLUMNS)


def statement() -> str | None:
    """The field; returns the statement once the viewer asked for it to run."""
    st.header("Ask", anchor=False)
    written = st.text_area(
        "One SELECT over the published tables",
        _EXAMPLE,
        height=180,
        max_chars=adhoc.LONGEST,
        key="sql",
        bind="query-params",
        help=f"Read-only. At most {adhoc.SECONDS} seconds and {count(adhoc.MOST_ROWS)} rows.",
    )
    asked = st.button("Run", type="primary", icon=":material/play_arrow:", key="run_sql")
    if asked:
        st.session_state["ran_sql"] = written
    return st.session_state.get("ran_sql") if written == st.session_state.get("ran_sql") else None


def show(result: adhoc.Rows | adhoc.Refused, build: Published) -> None:
    """Rows with their files, or why there are none, as plain text."""
    if isinstance(result, adhoc.Refused):
        st.error("This did not run:", icon=":material/error:")
        st.text(result.reason)
        return
    rows = result.answer.table.num_rows
    more = f" (only the first {count(rows)})" if result.is_cut else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(f"{count(rows)} rows{more}", anchor=False, width="stretch")
        tables.menu("your_rows", result.answer, build)
    tables.show(result.answer.table)
