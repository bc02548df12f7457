"""The answer on top of the first page: two or three sentences with numbers, each with its page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import streamlit as st

from dashboards.components import filters
from pipelines.published.questions import briefing
from pipelines.published.questions.formatting import count, day, headline, money, month, percent
from pipelines.published.questions.periods import Selection
from pipelines.published.reader import Answer, Published

#: Longest message of a finding that is shown whole.
_LONGEST: Final = 160


def show(build: Published, selection: Selection, book: Answer) -> None:
    """Draw the sentences. `book` is `finance.book_now`."""
    with st.container(border=True, key="answer"):
        for text, page, link in _sentences(build, selection, book):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.text(text, width="stretch")
                st.page_link(
                    f"app_pages/{page}.py", label=link, icon=":material/arrow_forward:",
                    icon_position="right", query_params=filters.in_url(),
                )  # fmt: skip


def _sentences(
    build: Published, selection: Selection, book: Answer
) -> Iterator[tuple[str, str, str]]:
    """Plain text (it may hold source text), the page that says more, and the name of its link."""
    display = selection.display
    for row in book.table.to_pylist():
        goal = next(iter(briefing.mrr_goal(build, selection).table.to_pylist()), None)
        yield _mrr(row, goal, display.report_currency), "revenue", "Revenue"
    found = briefing.actions(build).table.to_pylist()
    if found:
        first, others = found[0]["message"], found[0]["total"] - 1
        short = first if len(first) <= _LONGEST else f"{first[:_LONGEST].rstrip()}…"
        more = f" {count(others)} more need a look." if others else ""
        yield f"{short}{'' if short.endswith(('.', '…')) else '.'}{more}", "alerts", "Alerts"
    else:
        yield "Nothing needs action: no alert is open, nothing stands out.", "alerts", "Alerts"
    for row in briefing.losers(build, selection).table.to_pylist():
        when = month(selection.month)
        if row["losing"]:
            lost = money(-row["loss"], display.usd_currency)
            who = "1 customer" if row["losing"] == 1 else f"{count(row['losing'])} customers"
            yield f"{who} lost money in {when}: {lost} together.", "profitability", "Profitability"
        elif row["customers"]:
            yield f"No customer lost money in {when}.", "profitability", "Profitability"


def _mrr(row: dict[str, Any], goal: dict[str, Any] | None, currency: str) -> str:
    mrr, change = row["mrr"], row["mrr_change"]
    text = f"MRR is {headline(mrr, currency)}"
    opening = mrr - change
    if opening > 0:
        word = "up" if change > 0 else "down" if change < 0 else "the same"
        by = f" {percent(abs(change / opening))}" if change else ""
        text += f", {word}{by} since {day(row['since'])}"
    if goal and goal["goal"]:
        share = mrr / goal["goal"]
        text += (
            f"; {percent(share)} of the goal of {headline(goal['goal'], currency)} "
            f"for {month(goal['month'])}"
        )
    return f"{text}."
