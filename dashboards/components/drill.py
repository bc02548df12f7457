"""From a number to the customers behind it, and from a customer to its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import streamlit as st

from dashboards.components import address, contract, figures, filters, lists, states, tables
from pipelines.published.questions import core, finance
from pipelines.published.questions.formatting import (
    clock,
    count,
    day,
    money,
    month,
    series_name,
    signed,
)
from pipelines.published.questions.links import provider_page
from pipelines.published.questions.periods import Selection
from pipelines.published.questions.words import word_of
from pipelines.published.reader import Answer, Published

_CUSTOMER_PAGE: Final = "app_pages/customer.py"
_DIRECTORY: Final = "app_pages/customers.py"
_SQL_PAGE: Final = "app_pages/sql.py"
_PARAMETER: Final = "customer"


def choose_movement(movements: Sequence[str]) -> str | None:
    """The movement whose customers are listed; stands in the URL, set by a click on the chart."""
    address.read("movement", movements)
    if st.session_state.get("movement") not in (None, *movements):
        st.session_state["movement"] = None  # opening and closing are no movements
    chosen = st.pills("Customers behind", movements, format_func=series_name, key="movement")
    address.write("movement", chosen)
    return chosen


def customers(build: Published, answer: Answer, movement: str, currency: str) -> None:
    """The customers behind a movement; a ticked row opens its customer."""
    rows = answer.table
    total = rows.column("total_change")[0].as_py() if rows.num_rows else None
    moves = rows.column("total_movements")[0].as_py() if rows.num_rows else 0
    question = (
        f"Who is behind {series_name(movement).lower()}? "
        f"{count(moves)} movements, {signed(money(total, currency))}"
    )
    ticked = tables.pick(
        f"movement_{movement}",
        question,
        answer,
        build,
        lists.movement_customers(currency),
        "customer_id",
        contract.DAYS.by_plan(),
        empty="No such movement in these days.",
    )
    open_customer(ticked)


def choose_cell(answer: Answer) -> tuple[date, int] | None:
    """The cell of the cohorts whose customers are listed; in the URL, set by a click on it."""
    cells = {
        figures.cell_code(row["cohort_month"], row["months_since"]): row
        for row in answer.table.to_pylist()
        if row["cohort_month"] is not None
    }
    address.read("cohort", cells)
    if st.session_state.get("cohort") not in (None, *cells):
        st.session_state["cohort"] = None
    chosen = st.selectbox(
        "Customers behind a cell",
        list(cells),
        format_func=lambda code: _cell_name(cells[code]),
        index=None,
        placeholder="Click a cell, or choose it here",
        key="cohort",
    )
    address.write("cohort", chosen)
    return (cells[chosen]["cohort_month"], cells[chosen]["months_since"]) if chosen else None


def cohort_customers(build: Published, selection: Selection, cell: tuple[date, int]) -> None:
    """The customers behind a cell of the cohorts; a ticked row opens its customer."""
    cohort, since = cell
    answer = finance.cohort_customers(build, selection, cohort, since)
    rows = answer.table
    of_all = [
        rows.column(name)[0].as_py() if rows.num_rows else 0
        for name in ("retained_customers", "customers")
    ]
    open_customer(
        tables.pick(
            "cohort_customers",
            f"Who of {month(cohort)} is left after {count(since)} months? "
            f"{count(of_all[0])} of {count(of_all[1])}",
            answer,
            build,
            lists.cohort_customers(selection.display.report_currency),
            "customer_id",
            contract.EVER,
        )
    )


def _cell_name(cell: Mapping[str, Any]) -> str:
    return f"First paid {month(cell['cohort_month'])}, month {cell['months_since']}"


def open_customer(customer_id: str | None) -> None:
    """Go to a customer's page, with the filters as they are."""
    if customer_id:
        st.switch_page(_CUSTOMER_PAGE, query_params={**filters.in_url(), _PARAMETER: customer_id})


def open_query(statement: str | None) -> None:
    """Go to the SQL page with a statement written there, to be looked at and run."""
    if statement:
        st.switch_page(_SQL_PAGE, query_params={**filters.in_url(), "sql": statement})


def chosen_customer(build: Published) -> str | None:
    """The customer that the URL names; draws a search box, and what it finds."""
    asked = st.query_params.get(_PARAMETER)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Find a customer",
            placeholder="Part of a name or id",
            key="find_customer",
            label_visibility="collapsed",
            max_chars=100,
        )
    if text:
        found = core.find_customers(build, text)
        ticked = tables.pick(
            "found_customers",
            "Which customer?",
            found,
            build,
            lists.found_customers(build.facts.report_currency.upper()),
            "customer_id",
            contract.NOW,
            empty="No customer has this in its name or id.",
        )
        if ticked and ticked != asked:
            st.query_params[_PARAMETER] = ticked
            asked = ticked
    if not asked:
        if not text:
            st.info(
                "Search for a customer, or tick one in a list of another page.",
                icon=":material/person_search:",
            )
        return None
    return asked


def customer_head(build: Published, selection: Selection, customer_id: str) -> bool:
    """Who a customer is, how it stands and why, as plain text; whether there is such a one."""
    rows = core.customer(build, customer_id).table.to_pylist()
    if not rows:
        _nobody(customer_id)
        return False
    row = rows[0]
    with states.needs(finance.ALL_CUSTOMERS):
        now = finance.customer_head(build, selection, customer_id).table.to_pylist()
        row = {**(now[0] if now else {}), **row}
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(key="customer_name"):
            st.text(row["customer_name"] or row["customer_id"])
        page = provider_page(row.get("billing_provider"), row.get("native_id"))
        if page:
            st.link_button("At the provider", page, icon=":material/open_in_new:", type="tertiary")
        st.page_link(_DIRECTORY, label="All customers", query_params=filters.in_url())
    standing = [
        row.get("plan"),
        row.get("status") and word_of(row["status"]),
        row.get("first_paid_date") and f"pays since {day(row['first_paid_date'])}",
        row.get("last_seen_at") and f"last seen {clock(row['last_seen_at'])}",
        row.get("health") and f"health: {word_of(row['health']).lower()} ({row['score']} of 100)",
    ]
    st.text(" · ".join(str(one) for one in standing if one))
    if row.get("reasons"):
        st.text(f"Why: {row['reasons']}")
    _facts(row)
    return True


def _nobody(customer_id: str) -> None:
    """In place of the page of an id that nobody has."""
    st.warning("No customer of this build has this id.", icon=":material/person_off:")
    st.text(customer_id[:200])
    st.markdown(
        "It may be of another account or newer than the last build, or erased. Search above for a "
        "part of its name, or look through all customers."
    )
    st.page_link(_DIRECTORY, label="All customers", icon=":material/groups:")


def _facts(row: dict[str, Any]) -> None:
    facts = [
        row["customer_id"],
        row["email_domain"],
        row["country"],
        row["acquisition_channel"] and f"came by {row['acquisition_channel']}",
        f"known since {day(row['created_at'])}",
        "deleted" if row["is_deleted"] else None,
        "payment is past due" if row["is_delinquent"] else None,
    ]
    st.text(" · ".join(str(fact) for fact in facts if fact))
