"""The filter bar. Every choice stands in the URL, so that a pasted link shows the same numbers."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any, Final

import streamlit as st

from dashboards.components import address
from pipelines.published.files import BuildFacts
from pipelines.published.questions import core, finance
from pipelines.published.questions.periods import (
    COMPARISONS,
    GRAINS,
    RANGES,
    Selection,
    period_of,
    today,
)
from pipelines.published.reader import Published

#: The controls, by their names in the URL.
ALL: Final = ("range", "grain", "compare", "currency", "plan")
_KEPT: Final = "kept_filters"
_SHOWN: Final = "selection"
_EVERY_PLAN: Final = "all"
#: Choices that need no words in a link; the default currency is the build's.
_DEFAULTS: Final = (next(iter(RANGES)), next(iter(GRAINS)), next(iter(COMPARISONS)), _EVERY_PLAN)


def bar(build: Published, used: Collection[str]) -> Selection:
    """Draw the controls that a page uses and return what they say.

    What a page does not use keeps its value for the pages that do.
    """
    facts, first_day = build.facts, core.first_day(build)
    plans = finance.plan_names(build)
    codes = core.currencies(build, facts.report_currency)
    with st.container(horizontal=True, key="filters", vertical_alignment="bottom"):
        choice = _choose("range", "Days", RANGES, used)
        asked = _custom_days(facts, first_day) if choice == "custom" and "range" in used else ()
        grain = _choose("grain", "Grain", GRAINS, used)
        compare = _choose("compare", "Comparison", COMPARISONS, used)
        currency = _choose("currency", "Currency", {code: f"in {code}" for code in codes}, used)
        plan = _choose("plan", "Plan", {_EVERY_PLAN: "All plans", **plans}, used)
    selection = Selection(
        period=period_of(choice, facts.as_of, first_day, asked),
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
    return {key: value for key, value in _kept().items() if value not in _DEFAULTS}


def _choose(key: str, label: str, options: dict[str, str], used: Collection[str]) -> str:
    first = next(iter(options))
    kept = _kept()
    if key not in used:
        address.forget(key)
        return kept[key] if kept.get(key) in options else first
    address.read(key, options)
    if key not in st.session_state:
        st.session_state[key] = kept.get(key, first)
    if st.session_state[key] not in options:
        st.session_state[key] = first
    chosen = st.selectbox(
        label,
        list(options),
        format_func=lambda code: options.get(code, code),
        key=key,
        label_visibility="collapsed",
        width=172,
    )
    kept[key] = chosen
    address.write(key, chosen, first)
    return chosen


def _kept() -> dict[str, str]:
    """Choices of this viewer, also those that the page at hand does not draw."""
    kept: dict[str, str] = st.session_state.setdefault(_KEPT, {})
    return kept


def _custom_days(facts: BuildFacts, first_day: date) -> tuple[date, ...]:
    last = today(facts.as_of)
    asked = st.date_input(
        "First and last day",
        (first_day, last),
        min_value=first_day,
        max_value=last,
        key="days",
        bind="query-params",
        label_visibility="collapsed",
        width=240,
    )
    return asked if isinstance(asked, tuple) else (asked,)


def retention_kind() -> str:
    """What retention counts: customers, or their MRR without or with expansion."""
    kinds = {"logo": "Customers", "gross": "MRR, gross", "net": "MRR, net"}
    address.read("retention", kinds)
    st.session_state.setdefault("retention", "logo")
    chosen = st.segmented_control(
        "Retention of",
        list(kinds),
        format_func=kinds.__getitem__,
        required=True,
        key="retention",
        label_visibility="collapsed",
    )
    address.write("retention", chosen, "logo")
    return chosen or "logo"
