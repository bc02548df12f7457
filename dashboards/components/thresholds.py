"""A rule's thresholds: changed through the seed, with what differs and a trial on the past."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import streamlit as st

from dashboards import guard
from pipelines.alerts import rules
from pipelines.errors import SettingError
from pipelines.published.questions import monitoring
from pipelines.published.questions.formatting import count
from pipelines.published.questions.periods import today
from pipelines.published.reader import Published

#: Days of the past that a threshold is tried on.
TRIED_DAYS: Final = 90
_LABELS: Final = {
    "warning": "Warning", "critical": "Critical", "minimum_sample": "Minimum sample",
}  # fmt: skip


def show(build: Published) -> None:
    """Choose a rule, write other values, see the line that changes and how often it had fired."""
    with st.container(border=True):
        st.header("Change a threshold", anchor=False)
        try:
            known = rules.rows()
        except SettingError as error:
            st.text(str(error))
            return
        rule = st.selectbox("Rule", list(known), key="rule", label_visibility="collapsed")
        if rule is None:
            st.caption("There is no rule to change.")
            return
        st.text(f"{known[rule]['description']} ({known[rule]['comparison']})")
        with st.container(horizontal=True):
            values = {
                name: st.text_input(
                    label, known[rule].get(name, ""), key=f"{rule}_{name}", max_chars=40, width=160
                )
                for name, label in _LABELS.items()
            }
        try:
            _preview(build, rule, known[rule], values)
        except SettingError as error:
            st.text(str(error))


def _preview(
    build: Published, rule: str, row: Mapping[str, str], values: Mapping[str, str | None]
) -> None:
    change = rules.change(rule, {name: value or "" for name, value in values.items()})
    found = monitoring.alert_rule(build, rule).table.to_pylist()
    if found:
        checks = monitoring.checked_values(build, rule).table.to_pylist()
        since = today(build.facts.as_of) - timedelta(days=TRIED_DAYS)
        edited = {**row, **{name: value or "" for name, value in values.items()}}
        times, before = (
            rules.firings(
                checks, found[0], rules.in_sense(one, "warning"), rules.in_sense(one, "critical"),
                int(one["minimum_sample"] or 0), since,
            )
            for one in (edited, row)
        )  # fmt: skip
        st.text(
            f"Would have fired {_times(times)} in the last {TRIED_DAYS} days; as it stands, "
            f"{_times(before)}."
        )
    else:
        st.text("The published build does not know this rule yet: no trial on the past.")
    if not change.difference:
        st.caption("Nothing differs from seeds/alert_thresholds.csv.")
        return
    st.code(change.difference, language="diff")
    if not guard.may_write():
        st.caption(guard.LOOKING_ONLY)
    elif st.button("Write to seeds/alert_thresholds.csv", key="write_rule", type="primary"):
        rules.write(change)
        st.success("Written. It takes effect with the next dbt build.", icon=":material/check:")


def _times(number: int) -> str:
    return "once" if number == 1 else f"{count(number)} times"
