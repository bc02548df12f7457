"""Tables of an answer, and the menu that every chart and table has: origin, files, SQL, view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pyarrow as pa
import streamlit as st

from dashboards.components import filters
from dashboards.components.contract import UNDECLARED, Obeys, marks
from dashboards.components.downloads import csv_bytes, xlsx_bytes
from pipelines.published.questions.periods import Selection
from pipelines.published.questions.words import worded
from pipelines.published.reader import Answer, Published

_ROWS_WITHOUT_SCROLLING: Final = 15
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

#: Grains whose places are written as a month.
_OF_MONTHS: Final = ("month", "quarter", "year")

_AMOUNT_FORMATS: Final = {"USD": "dollar", "EUR": "euro", "JPY": "yen"}

text = st.column_config.TextColumn


def number(label: str, **more: Any) -> Any:
    """A column of counts, thousands separated as the viewer's language does."""
    return st.column_config.NumberColumn(label, format="localized", **more)


def amount(label: str, currency: str) -> Any:
    """A column of amounts, its currency in the heading."""
    return st.column_config.NumberColumn(
        f"{label} ({currency})", format=_AMOUNT_FORMATS.get(currency, "accounting")
    )


def rate(label: str) -> Any:
    """A column of shares of one."""
    return st.column_config.NumberColumn(label, format="percent")


def day(label: str, width: int | None = None) -> Any:
    """A column of days, so many pixels wide or as wide as fits."""
    return st.column_config.DateColumn(label, format="D MMM YYYY", width=width)


def month(label: str = "Month") -> Any:
    """A column of months."""
    return st.column_config.DateColumn(label, format="MMM YYYY")


def moment(label: str) -> Any:
    """A column of UTC times."""
    return st.column_config.DatetimeColumn(label, format="D MMM YYYY, HH:mm")


def flag(label: str) -> Any:
    """A column of yes and no."""
    return st.column_config.CheckboxColumn(label)


def by_period(
    selection: Selection, thing: str, measured: str, currency: str = ""
) -> dict[str, Any]:
    """Columns of the rows behind a chart by the grain that is chosen."""
    grain = selection.grain
    heading = {"month": "Month", "week": "Week from", "day": "Day"}.get(grain, f"{grain} from")
    return {
        "date": month(heading.capitalize()) if grain in _OF_MONTHS else day(heading),
        "series": text(thing),
        "value": amount(measured, currency) if currency else number(measured),
        "is_provisional": PROVISIONAL,
    }


PROVISIONAL: Final = flag("May still change")


def origin(answer: Answer) -> str:
    """Where the numbers come from, in a line: mart and grain."""
    return f"From {answer.mart}, one row per {answer.grain}."


def show(table: pa.Table, columns: Mapping[str, Any] | None = None) -> None:
    """Rows as a grid. Cells are drawn as text: nothing in them is markup or a link."""
    shown = [name for name in columns if name in table.column_names] if columns else None
    st.dataframe(
        worded(table),
        hide_index=True,
        column_config=_first_kept(columns, shown),
        column_order=shown,
        placeholder="—",
        height="content" if table.num_rows <= _ROWS_WITHOUT_SCROLLING else "auto",
    )


def _first_kept(
    columns: Mapping[str, Any] | None, shown: Sequence[str] | None
) -> Mapping[str, Any] | None:
    """The columns with the first one kept in sight while the others scroll, as on a phone."""
    if not columns or not shown:
        return columns
    first = shown[0]
    return {**columns, first: {**columns[first], "pinned": True}}


def footnote(answer: Answer, obeys: Obeys, note: str = "") -> None:
    """The line below a figure: the filters that it does not obey, where its numbers come from."""
    found = ", ".join(marks(obeys, filters.selection(), filters.used()))
    mark = f":material/filter_alt_off: {found[:1].upper()}{found[1:]}. " if found else ""
    st.caption(f"{mark}{origin(answer)} {note}".rstrip())


def framed(
    key: str,
    question: str,
    answer: Answer,
    build: Published,
    columns: Mapping[str, Any],
    obeys: Obeys = UNDECLARED,
    empty: str = "No rows.",
    note: str = "",
) -> None:
    """A table in a frame of its own, with its question and menu; `obeys` as of `charts.Chart`."""
    with st.container(border=True):
        _framed_alone(key, question, answer, build, columns, obeys, empty, note)


@st.fragment
def _framed_alone(
    key: str,
    question: str,
    answer: Answer,
    build: Published,
    columns: Mapping[str, Any],
    obeys: Obeys,
    empty: str,
    note: str,
) -> None:
    heading(key, question, answer, build)
    if answer.table.num_rows:
        show(answer.table, columns)
    else:
        st.caption(empty)
    footnote(answer, obeys, note)


def heading(key: str, question: str, answer: Answer, build: Published) -> None:
    """The question of a table and its menu in one line."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(question, anchor=False, width="stretch")
        menu(key, answer, build)


def pick(
    key: str,
    question: str,
    answer: Answer,
    build: Published,
    columns: Mapping[str, Any],
    column: str,
    obeys: Obeys = UNDECLARED,
    empty: str = "No rows.",
    opens: str = "open the customer",
    note: str = "",
) -> Any:
    """A table with rows to tick; returns `column` of the ticked row, else None."""
    with st.container(border=True):
        heading(key, question, answer, build)
        if not answer.table.num_rows:
            st.caption(empty)
            footnote(answer, obeys)
            return None
        shown = [name for name in columns if name in answer.table.column_names]
        state = st.dataframe(
            worded(answer.table),
            hide_index=True,
            column_config=_first_kept(columns, shown),
            column_order=shown,
            placeholder="—",
            height="content" if answer.table.num_rows <= _ROWS_WITHOUT_SCROLLING else "auto",
            on_select="rerun",
            selection_mode="single-row",
            key=f"{key}_rows",
        )
        footnote(answer, obeys, f"Tick a row to {opens}. {note}".rstrip())
    ticked = state["selection"]["rows"]
    return answer.table.column(column)[ticked[0]].as_py() if ticked else None


def menu(key: str, answer: Answer, build: Published, views: Sequence[str] = ()) -> str | None:
    """A button that opens the answer's origin, definition, files and SQL; returns the view.

    Its content is made only once it is open.
    """
    opened = st.popover(
        "Data", icon=":material/database:", key=f"{key}_menu", on_change="rerun", width="content"
    )
    view_key = f"{key}_view"
    if opened.open:
        with opened:
            if views:
                st.segmented_control(
                    "View as",
                    views,
                    default=views[0],
                    required=True,
                    key=view_key,
                    persist_state="page",
                )
            _about(key, answer, build)
    chosen = st.session_state.get(view_key)
    return str(chosen) if chosen else views[0] if views else None


def _about(key: str, answer: Answer, build: Published) -> None:
    said = build.description(answer.mart)
    st.caption(origin(answer))
    if said:
        st.text(said)
    about = [
        ("Mart", answer.mart),
        ("One row per", answer.grain),
        ("Build", build.name),
        ("SQL", answer.sql),
    ]
    with st.container(horizontal=True):
        st.download_button(
            "CSV",
            data=lambda: csv_bytes(answer.table),
            file_name=f"{key}.csv",
            mime="text/csv",
            icon=":material/download:",
            key=f"{key}_csv",
            on_click="ignore",
        )
        st.download_button(
            "Excel",
            data=lambda: xlsx_bytes(answer.table, about),
            file_name=f"{key}.xlsx",
            mime=_XLSX,
            icon=":material/download:",
            key=f"{key}_xlsx",
            on_click="ignore",
        )
    st.code(answer.sql, language="sql")
