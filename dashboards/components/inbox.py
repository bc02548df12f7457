"""The inbox of alerts: what is open, what people did about it, and what can be done now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

import pyarrow as pa
import streamlit as st

from dashboards import guard
from dashboards.components import address, contract, figures, lists, tables
from dashboards.components.charts import Chart
from dashboards.components.charts import show as show_chart
from pipelines.alerts import inbox
from pipelines.alerts.inbox import Episode, Standing
from pipelines.errors import SettingError
from pipelines.published.questions import monitoring
from pipelines.published.questions.formatting import clock, day, value_of
from pipelines.published.reader import Answer, Published

_VIEWS: Final = {"open": "Needs action", "settled": "Settled", "all": "All"}
_SNOOZES: Final = {1: "1 day", 7: "7 days", 30: "30 days"}
_PROBLEM: Final = "inbox_problem"


def show(build: Published) -> None:
    """The list of open alerts, and below it the one that is ticked or named by the address."""
    known = _standings()
    address.read("inbox", _VIEWS, "open")
    st.session_state.setdefault("inbox", "open")
    view = st.segmented_control(
        "Which alerts", list(_VIEWS), format_func=_VIEWS.__getitem__, required=True, key="inbox",
        label_visibility="collapsed",
    ) or "open"  # fmt: skip
    address.write("inbox", view, "open")
    answer = monitoring.alerts(build, ["open"])
    rows = answer.table.to_pylist()
    by_name = {Episode.of_row(row).name: row for row in rows}
    ticked = tables.pick(
        "open_alerts", "What needs action?", _listed(answer, known, view), build, lists.inbox(),
        "episode", contract.NOW, empty=_nothing(view, len(rows)), opens="act on it",
        note="State and assignment are kept beside the warehouse, not in the mart.",
    )  # fmt: skip
    asked = st.query_params.get("alert")
    chosen = ticked or (asked if asked in by_name else None)
    address.write("alert", chosen)
    if problem := st.session_state.pop(_PROBLEM, None):
        st.error("This could not be kept:", icon=":material/error:")
        st.text(problem)
    if chosen in by_name:
        _one(build, by_name[chosen], known)


def counts(build: Published) -> Answer:
    """One row: needs_action, settled (acknowledged, snoozed or done, and still open)."""
    known = _standings()
    rows = monitoring.alerts(build, ["open"]).table.to_pylist()
    states = [inbox.standing_of(known, Episode.of_row(row), row["severity"]).state for row in rows]
    waiting = sum(state == "open" for state in states)
    table = pa.table({"needs_action": [waiting], "settled": [len(states) - waiting]})
    return Answer(table, "", monitoring.ALERTS, "open alert")


def _standings() -> dict[Episode, Standing]:
    try:
        return inbox.standings(inbox.acts(), datetime.now(UTC).date())
    except SettingError as error:
        st.warning("What people did about alerts cannot be read:", icon=":material/warning:")
        st.text(str(error))
        return {}


def measured(answer: Answer) -> Answer:
    """The answer with `measured`: value against threshold, written by their unit."""
    told = [_measured(row) for row in answer.table.to_pylist()]
    return replace(
        answer, table=answer.table.append_column("measured", pa.array(told, pa.string()))
    )


def _listed(answer: Answer, known: Mapping[Episode, Standing], view: str) -> Answer:
    """The alerts with how they stand; `view` says which."""
    rows = answer.table.to_pylist()
    found = [inbox.standing_of(known, Episode.of_row(row), row["severity"]) for row in rows]
    table = (
        measured(answer)
        .table.append_column("state", pa.array([_state(one) for one in found], pa.string()))
        .append_column("assignee", pa.array([one.assignee or None for one in found], pa.string()))
        .append_column("episode", pa.array([Episode.of_row(row).name for row in rows], pa.string()))
    )
    wanted = [view == "all" or (view == "open") == (one.state == "open") for one in found]
    return replace(answer, table=table.filter(pa.array(wanted, pa.bool_())))


def _state(one: Standing) -> str:
    return f"{one.state} until {day(one.until)}" if one.until else one.state


def _measured(row: Mapping[str, Any]) -> str:
    value, threshold = (
        value_of(row[name], row["unit"], row["currency"]) for name in ("value", "threshold")
    )
    return f"{value} against {threshold}"


def _nothing(view: str, alerts: int) -> str:
    if view == "open" and alerts:
        return "Nothing: every open alert is acknowledged, put aside or done."
    return "Nothing: no rule is beyond its threshold." if view != "settled" else "Nothing settled."


def _one(build: Published, row: dict[str, Any], known: Mapping[Episode, Standing]) -> None:
    """An alert: its sentence, what can be done, its course, the rows behind it, its log."""
    episode = Episode.of_row(row)
    now = inbox.standing_of(known, episode, row["severity"])
    with st.container(border=True, key="alert_detail"):
        st.header("This alert", anchor=False)
        st.text(row["message"])
        facts = [
            row["severity"], _state(now), f"since {day(row['period_start'])}",
            f"first seen {clock(row['first_seen_at'])}", _measured(row),
            f"assigned to {now.assignee}" if now.assignee else "assigned to nobody",
        ]  # fmt: skip
        st.text(" · ".join(facts))
        _actions(episode, row["severity"], now)
        for one in reversed(now.acts):
            said = f": {one.text}" if one.text else ""
            until = f" until {day(one.until)}" if one.until else ""
            st.text(f"{clock(one.at)} · {one.who} · {one.action}{until}{said}")
    _course(build, row)
    behind = monitoring.rows_behind(build, row["metric"], row["dimension"], row["dimension_value"])
    tables.framed("alert_rows", "The rows behind it", behind, build, lists.kpi_values(),
                  contract.EVER, note="The newest 60 periods.")  # fmt: skip


def _actions(episode: Episode, severity: str, now: Standing) -> None:
    if not guard.may_write():
        st.caption(guard.LOOKING_ONLY)
        return
    act = partial(_act, episode, severity)
    with st.container(horizontal=True):
        if now.state == "open":
            st.button("Acknowledge", key="do_acknowledge", on_click=act, args=("acknowledge",))
            with st.popover("Snooze"):
                days = st.selectbox("For", list(_SNOOZES), 1, format_func=_SNOOZES.__getitem__,
                                    key="snooze_days")  # fmt: skip
                until = datetime.now(UTC).date() + timedelta(days=days or 7)
                st.button("Put aside", key="do_snooze", on_click=act, args=("snooze", "", until))
            st.button("Done", key="do_done", on_click=act, args=("done",))
        else:
            st.button("Reopen", key="do_reopen", on_click=act, args=("reopen",))
        with st.popover("Assign"):
            who = st.text_input("To (empty: nobody)", max_chars=inbox.LONGEST_NAME, key="assign_to")
            st.button("Assign", key="do_assign", on_click=act, args=("assign", who))
        with st.popover("Note"):
            note = st.text_area("Note", max_chars=inbox.LONGEST_TEXT, key="note_text")
            st.button("Keep", key="do_note", on_click=act, args=("note", note))


def _act(episode: Episode, severity: str, action: str, text: str = "", until: Any = None) -> None:
    try:
        inbox.act(episode, severity, action, guard.viewer(), text, until)
    except SettingError as error:
        st.session_state[_PROBLEM] = str(error)


def _course(build: Published, row: dict[str, Any]) -> None:
    """The values that the rule has looked at, beside its threshold."""
    checked = monitoring.checked_values(build, row["alert_id"])
    own = [
        one for one in checked.table.to_pylist()
        if one["dimension_value"] == row["dimension_value"] and one["value"] is not None
    ]  # fmt: skip
    drawn = [
        {"date": one["period_start"], "series": name, "value": one[column]}
        for name, column in (("Value", "value"), ("Threshold", "threshold"))
        for one in own
    ]
    write = partial(value_of, unit=row["unit"], currency=row["currency"])
    axis = figures.rate_axis() if row["unit"] == "share" else figures.number_axis()
    show_chart(
        Chart(
            key="alert_course", question="How did it come to this?", answer=checked,
            draw=lambda _: figures.lines(drawn, unit=write, axis=axis), columns=lists.checked(),
            obeys=contract.EVER, variant=Episode.of_row(row).name,
            empty="No value was checked.",
        ),
        build,
    )  # fmt: skip
