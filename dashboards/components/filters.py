"""The filter bar. Every choice stands in the URL, so that a pasted link shows the same numbers."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any, Final

import streamlit as st

from dashboards.components import address
from pipelines.published.files import BuildFacts
from pipelines.published.questions import core, finance
from pipelines.published.questions.formatting import days_of
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
_DRAWN: Final = "drawn_filters"
_USED: Final = "used_filters"
_EVERY_PLAN: Final = "all"
#: First and last day of a custom range: in the address `2026-07-05_2026-07-09`, or one day.
_DAYS: Final = "days"
#: Choices that need no words in a link; the default currency is the build's.
_DEFAULTS: Final = (next(iter(RANGES)), next(iter(GRAINS)), next(iter(COMPARISONS)), _EVERY_PLAN)


def bar(build: Published, used: Collection[str], page: str = "") -> Selection:
    """Draw the controls that a page uses and return what they say.

    What a page does not use keeps its value for the pages that do, and says nothing on this one.
    """
    facts, first_day = build.facts, core.first_day(build)
    plans = finance.plan_names(build)
    codes = core.currencies(build, facts.report_currency)
    address.arrive(page, tuple(_drawn().items()))
    if _DAYS in st.query_params and "range" not in st.query_params and "range" in used:
        st.query_params["range"] = "custom"
    _drawn().clear()
    with st.container(horizontal=True, key="filters", vertical_alignment="bottom"):
        choice = _choose("range", "Days", RANGES, used)
        asked: tuple[date, ...] = ()
        if choice == "custom" and "range" in used:
            asked = _custom_days(facts, first_day)
        else:
            address.forget(_DAYS)
        grain = _choose("grain", "Grain", GRAINS, used)
        compare = _choose("compare", "Comparison", COMPARISONS, used)
        currency = _choose("currency", "Currency", {code: f"in {code}" for code in codes}, used)
        plan = _choose("plan", "Plan", {_EVERY_PLAN: "All plans", **plans}, used)
        period = period_of(choice, facts.as_of, first_day, asked)
        if "range" in used and choice != "custom":
            st.caption(days_of(period), width="content")
    selection = Selection(
        period=period,
        grain=grain,
        comparison=compare,
        display=core.display(build, facts.report_currency, currency),
        plan=None if plan == _EVERY_PLAN else plan,
        clock=facts.as_of,
    )
    st.session_state[_SHOWN] = selection
    st.session_state[_USED] = tuple(used)
    return selection


def selection() -> Selection:
    """What the filter bar of this page run says."""
    shown = st.session_state[_SHOWN]
    if not isinstance(shown, Selection):
        raise TypeError("a page ran before the filter bar was drawn")
    return shown


def used() -> tuple[str, ...]:
    """The controls that this page draws."""
    return tuple(st.session_state.get(_USED, ()))


def in_url() -> dict[str, Any]:
    """The choices that are not the default, as a link to another page carries them."""
    return {key: value for key, value in _kept().items() if value not in _DEFAULTS}


def _choose(key: str, label: str, options: dict[str, str], used: Collection[str]) -> str:
    first = next(iter(options))
    kept = _kept()
    if key not in used:
        address.forget(key)
        return first
    refused = address.read(key, options, first)
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
    if refused:
        st.text(f"The link asks for {key} “{refused[:40]}”, which this build does not have.")
    kept[key] = chosen
    _drawn()[key] = chosen
    address.write(key, chosen, first)
    return chosen


def _kept() -> dict[str, str]:
    """Choices of this viewer, also those that the page at hand does not draw."""
    kept: dict[str, str] = st.session_state.setdefault(_KEPT, {})
    return kept


def _drawn() -> dict[str, Any]:
    """The choices of the last run, as its controls had them."""
    drawn: dict[str, Any] = st.session_state.setdefault(_DRAWN, {})
    return drawn


def _custom_days(facts: BuildFacts, first_day: date) -> tuple[date, ...]:
    """First and last day. While only the first one is picked, the days before still count."""
    last = max(today(facts.as_of), first_day)
    kept = _kept()
    asked = address.asked_for(_DAYS)
    found = _days_in(asked or "")
    if found:
        st.session_state[_DAYS] = tuple(min(max(day, first_day), last) for day in found)
    elif asked is not None:
        st.session_state.pop(_DAYS, None)
        kept.pop(_DAYS, None)
    if _DAYS not in st.session_state:
        st.session_state[_DAYS] = _days_in(kept.get(_DAYS, "")) or (first_day, last)
    picked = st.date_input(
        "First and last day",
        min_value=first_day,
        max_value=last,
        key=_DAYS,
        label_visibility="collapsed",
        width=240,
    )
    _drawn()[_DAYS] = picked
    if isinstance(picked, tuple) and len(picked) == 2:
        kept[_DAYS] = _in_words(*picked)
        address.write(_DAYS, kept[_DAYS])
    return _days_in(kept.get(_DAYS, ""))


def _in_words(first: date, last: date) -> str:
    return first.isoformat() if first == last else f"{first.isoformat()}_{last.isoformat()}"


def _days_in(text: str) -> tuple[date, ...]:
    """First and last day of `2026-07-05_2026-07-09`; one day is both; nothing for other text."""
    try:
        found = sorted(date.fromisoformat(part.strip()) for part in text.split("_"))
    except ValueError:
        return ()
    return (found[0], found[-1]) if len(found) <= 2 else ()


def retention_kind() -> str:
    """What retention counts: customers, or their MRR without or with expansion."""
    kinds = {"logo": "Customers", "gross": "MRR, gross", "net": "MRR, net"}
    address.read("retention", kinds, "logo")
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
