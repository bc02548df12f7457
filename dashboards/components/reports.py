"""A month's report as a file, made when it is asked for."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Final

import streamlit as st

from pipelines.published.questions import core
from pipelines.published.questions.formatting import month as month_name
from pipelines.published.questions.periods import add_months
from pipelines.published.reader import Published
from pipelines.reports import making
from pipelines.reports.making import FORMATS, MEDIA_TYPES, Format

_FORMAT_NAMES: Final[dict[Format, str]] = {"pdf": "PDF", "xlsx": "Excel", "json": "JSON"}
#: Months that are offered.
_MONTHS: Final = 12


def download(build: Published, customer_id: str | None = None) -> None:
    """A button that opens month and format: a customer's report, or the company's (None).

    Nothing is drawn for an id that nobody has.
    """
    if customer_id is not None and not core.customer(build, customer_id).table.num_rows:
        return
    key = "customer_report" if customer_id is not None else "board_report"
    newest = making.last_closed(build)
    months = [add_months(newest, -back) for back in range(_MONTHS)]
    if customer_id is not None:
        months.insert(0, add_months(newest, 1))
    name = "Board report" if customer_id is None else "Monthly report"
    with st.popover(name, icon=":material/description:"):
        month = st.selectbox(
            "Month", months, index=0 if customer_id is None else 1,
            format_func=lambda one: month_name(one) + (" so far" if one > newest else ""),
            key=f"{key}_month",
        )  # fmt: skip
        form = st.radio(
            "Format", FORMATS, format_func=_FORMAT_NAMES.__getitem__, horizontal=True,
            key=f"{key}_format",
        )  # fmt: skip
        st.download_button(
            "Download",
            data=partial(_content, build, customer_id, month, form),
            file_name=making.name_of(customer_id, month, form),
            mime=MEDIA_TYPES[form],
            icon=":material/download:",
            on_click="ignore",
            key=f"{key}_download",
        )


def _content(build: Published, customer_id: str | None, month: date, form: Format) -> bytes:
    if customer_id is None:
        return making.written(making.of_company(build, month), form)
    return making.written(making.of_customer(build, customer_id, month), form)
