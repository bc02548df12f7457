"""Codes of the marts as people read them. A code without a word of its own loses its lines."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.published.questions.formatting import series_name

#: Columns that hold codes, of this project or of a list of the provider's; all others are numbers,
#: ids or source text.
CODE_COLUMNS: Final = frozenset(
    {
        "action", "area", "basis", "badge", "cancellation_feedback", "cancellation_reason",
        "change_kind", "check_name", "cost_kind",
        "earning_state", "evidence", "health", "insight_type", "kind", "last_mode",
        "movement_type", "period_grain", "reason", "recommendation", "severity", "state",
        "status", "step", "subject_type", "unit",
    }
)  # fmt: skip
#: Columns of names from the sources, among which placeholders of this project may stand.
NAME_COLUMNS: Final = frozenset(
    {"dimension_value", "endpoint", "feature", "plan", "segment", "series", "service"}
)

_WORDS: Final = {
    "ledger_today": "Ledger against today's subscriptions",
    "events_against_lines": "Events against invoice lines",
    "evidence_gap": "No evidence for a while",
    "renewals_net": "Paid renewals against the ledger",
    "plan_or_quantity": "Plan, price or quantity",
    "fx": "Exchange rates",
    "llm": "AI",
    "ms": "Milliseconds",
    "keep": "Stay on this plan",
    "at_risk": "At risk",
    "past_due": "Payment past due",
    "trialing": "On trial",
    "churn_risk": "May leave: uses little",
    "review_price": "Loses money: review the price",
    "upgrade": "Offer a bigger plan",
    "cost_anomaly": "Unusual cost",
    "slow_responses": "Slow responses",
    "perhaps_chance": "Perhaps chance",
    "ok": "Fine",
    "held": "Held: data are stale",
    "all": "All",
    "within": "Within it",
    "will_exceed": "Heading beyond it",
    "exceeded": "Exceeded",
    "__all__": "All",
    "__no_plan__": "No plan",
}
_CODE: Final = re.compile(r"_{0,2}[a-z0-9]+(_[a-z0-9]+)*_{0,2}$")


def word_of(code: str) -> str:
    """What a code is called; text that is no code stays as it is."""
    named = _WORDS.get(code) or series_name(code)
    if named != code or not _CODE.match(code):
        return named
    text = code.strip("_").replace("_", " ")
    return f"{text[:1].upper()}{text[1:]}"


def worded(table: pa.Table) -> pa.Table:
    """The rows as people read them; files and SQL keep the codes."""
    for place, name in enumerate(table.column_names):
        column = table.column(place)
        is_text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
        if is_text and name in CODE_COLUMNS:
            table = table.set_column(place, name, _worded(column, word_of))
        elif is_text and name in NAME_COLUMNS:
            table = table.set_column(place, name, _worded(column, _name_of))
    return table


def _name_of(name: str) -> str:
    return word_of(name) if name.startswith("__") or name == "all" else series_name(name)


def _worded(column: pa.ChunkedArray, word: Callable[[str], str]) -> Any:
    found = pc.unique(column).to_pylist()
    words = {code: word(code) for code in found if code is not None}
    return pa.array([words.get(code) for code in column.to_pylist()], pa.string())
