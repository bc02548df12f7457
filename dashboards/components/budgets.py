"""A budget for AI cost: set through the seed, tried on the past before."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import streamlit as st

from dashboards import guard
from dashboards.components.tables import amount, month, rate, text
from pipelines import seeds
from pipelines.errors import SettingError
from pipelines.published.questions import core, unit_economics
from pipelines.published.questions.formatting import count, money
from pipelines.published.questions.formatting import month as month_text
from pipelines.published.questions.periods import month_of, today
from pipelines.published.reader import Published

#: Complete months of the past that an amount is tried on.
TRIED_MONTHS: Final = 12
#: More than any bill; an amount beyond it is an error.
_MOST: Final = Decimal(10_000_000_000)
_SAID: Final = "budget_said"


def columns(currency: str) -> dict[str, Any]:
    """Budgets by month."""
    return {
        "month": month(),
        "scope": text("Budget of"),
        "state": text("State"),
        "budget": amount("Budget", currency),
        "actual": amount("So far", currency),
        "forecast": amount("Heading for", currency),
        "forecast_used": rate("Of the budget"),
        "overrun": amount("Above it", currency),
        "reason": text("Note"),
    }


def show(build: Published) -> None:
    """A form for a budget: of all, of a provider, of a feature, or of both."""
    with st.popover("Set a budget", icon=":material/savings:"):
        names = core.feature_names(build)
        provider = st.selectbox(
            "Provider", ["", *unit_economics.providers(build)], key="budget_provider",
            format_func=lambda one: one or "All providers",
        )  # fmt: skip
        feature = st.selectbox(
            "Feature", ["", *(one for one in names if not one.startswith("__"))],
            key="budget_feature", format_func=lambda one: names.get(one, "All features"),
        )  # fmt: skip
        start = st.date_input(
            "From the month of", month_of(today(build.facts.as_of)), key="budget_month"
        )
        written = st.text_input(
            "US dollars a month (empty: no budget any more)", key="budget_amount", max_chars=20
        )
        try:
            wanted = amount_of(written or "")
        except SettingError as error:
            st.text(str(error))
            return
        if wanted is not None:
            st.text(tried(build, provider or None, feature or None, wanted))
        row = {
            "month": month_of(start).isoformat(), "provider": provider or "",
            "feature_id": feature or "", "amount_usd": "" if wanted is None else str(wanted),
            "note": f"written on the page by {guard.viewer()}",
        }  # fmt: skip
        st.button("Write to seeds/budgets.csv", key="write_budget", on_click=_write, args=(row,))
        if said := st.session_state.pop(_SAID, None):
            st.text(said)


def amount_of(text: str) -> Decimal | None:
    """Dollars as they were typed; None for nothing.

    Raises:
        SettingError: no number, none above zero, more than any bill, or finer than a cent.
    """
    cleaned = text.strip().removeprefix("$").replace(",", "")
    if not cleaned:
        return None
    try:
        value = Decimal(cleaned)
    except InvalidOperation:
        value = Decimal("nan")
    if not value.is_finite() or not 0 < value <= _MOST or value != round(value, 2):
        raise SettingError("A budget is dollars above zero, such as 1500 or 99.50.")
    return round(value, 2)


def tried(build: Published, provider: str | None, feature: str | None, wanted: Decimal) -> str:
    """What the amount would have meant in the complete months before, in a sentence."""
    running = month_of(today(build.facts.as_of))
    rows = unit_economics.cost_of_scope(
        build, provider, feature, running, TRIED_MONTHS
    ).table.to_pylist()
    if not rows:
        return "No complete month with such cost is known: no trial on the past."
    over = sum(row["cost_usd"] > wanted for row in rows)
    dearest = max(rows, key=lambda row: row["cost_usd"])
    return (
        f"Would have been exceeded in {count(over)} of the last {count(len(rows))} complete months "
        f"with cost; the dearest was {money(dearest['cost_usd'], 'USD')} in "
        f"{month_text(dearest['month'])}."
    )


def _write(row: Mapping[str, str]) -> None:
    try:
        seeds.append("budgets", row)
    except SettingError as error:
        st.session_state[_SAID] = str(error)
        return
    st.session_state[_SAID] = "Written. It takes effect with the next dbt build."
