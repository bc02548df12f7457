"""The filter bar. Every choice stands in the URL, so that a pasted link shows the same numbers."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any, Final

import streamlit as st

from dashboards.data import core, finance
from dashboards.data.build import Build
from dashboards.data.monitoring import BuildFacts
from dashboards.data.periods import COMPARISONS, GRAINS, RANGES, Selection, period_of, today

#: The controls, by their names in the URL.
ALL: Final = ("range", "grain", "compare", "currency", "plan")
_KEPT: Final = "kept_filters"
_SHOWN: Final = "selection"
_EVERY_PLAN: Final = "all"


def bar(build: Build, facts: BuildFacts, used: Collection[str]) -> Selection:
    """Draw the controls that a page uses and return what they say.

    What a page does not use keeps its value for the pages that do.
    """
    _recall()
    plans = finance.plan_names(build)
    codes = core.currencies(build, facts.report_currency)
    with st.container(horizontal=True, key="filters", vertical_alignment="bottom"):
        choice = _choose("range", "Days", RANGES, used)
        asked = _custom_days(facts) if choice == "custom" and "range" in used else ()
        grain = _choose("grain", "Grain", GRAINS, used)
        compare = _choose("compare", "Comparison", COMPARISONS, used)
        currency = _choose("currency", "Currency", {code: f"in {code}" for code in codes}, used)
        plan = _choose("plan", "Plan", {_EVERY_PLAN: "All plans", **plans}, used)
    _keep()
    selection = Selection(
        period=period_of(choice, facts.as_of, facts.first_day, asked),
        grain=grain,
        comparison=compare,
        display=core.display(build, facts.report_currency, currency),
        plan=None if plan == _EVERY_PLAN else plan,
    )
    st.session_state[_SHOWN] = selection
    return selection


def selection() -> Selection:
    """What the filter bar of this page run says."""
    shown = st.session_state[_SHOWN]
    if not isinstance(shown, Selection):
        raise TypeError("a page ran before the filter bar was drawn")
    return shown


def in_url() -> dict[str, Any]:
    """The choices that are not the default, as a link to another page carries them."""
    return dict(st.session_state.get(_KEPT, {}))


def _choose(key: str, label: str, options: dict[str, str], used: Collection[str]) -> str:
    first = next(iter(options))
    if key not in used:
        kept = st.session_state.get(_KEPT, {}).get(key, first)
        return kept if kept in options else first
    if st.session_state.get(key, first) not in options:
        del st.session_state[key]
    return st.selectbox(
        label,
        list(options),
        format_func=lambda code: options.get(code, code),
        key=key,
        bind="query-params",
        label_visibility="collapsed",
        width=172,
    )


def _custom_days(facts: BuildFacts) -> tuple[date, ...]:
    last = today(facts.as_of)
    asked = st.date_input(
        "First and last day",
        (facts.first_day, last),
        min_value=facts.first_day,
        max_value=last,
        key="days",
        bind="query-params",
        label_visibility="collapsed",
        width=240,
    )
    return asked if isinstance(asked, tuple) else (asked,)


def _recall() -> None:
    for key, value in st.session_state.get(_KEPT, {}).items():
        if key not in st.session_state and key not in st.query_params:
            st.session_state[key] = value


def _keep() -> None:
    kept = st.session_state.get(_KEPT, {})
    for key in ALL:
        if key in st.session_state:
            kept[key] = st.session_state[key]
    st.session_state[_KEPT] = kept


def retention_kind() -> str:
    """What retention counts: customers, or their MRR without or with expansion."""
    kinds = {"logo": "Customers", "gross": "MRR, gross", "net": "MRR, net"}
    chosen = st.segmented_control(
        "Retention of",
        list(kinds),
        format_func=kinds.__getitem__,
        default="logo",
        required=True,
        key="retention",
        bind="query-params",
        label_visibility="collapsed",
    )
    return chosen or "logo"
