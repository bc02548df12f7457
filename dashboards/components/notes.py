"""Short lines under a card that say what its number leaves out. Never source text."""

from __future__ import annotations

from dashboards.components.formatting import count, money, signed
from dashboards.data.build import Answer


def bill_quality(answer: Answer) -> list[str]:
    """How much the bill moved since it was first stated, and which lines are in no total."""
    row = answer.table.to_pylist()[0]
    lines = []
    if row["restated"]:
        lines.append(f"restated by {signed(money(row['restated'], 'USD'))} since first billed")
    if row["lines_without_rate"]:
        lines.append(
            f"{count(row['lines_without_rate'])} bill lines left out: no exchange rate for them "
            "in seeds/exchange_rates.csv"
        )
    return lines


def unmapped(answer: Answer) -> list[str]:
    """The part of the bill that no model is known for."""
    value = answer.table.to_pylist()[0]["value"]
    if not value:
        return []
    return [f"{money(value, 'USD')} of it in line items that seeds/line_item_map.csv lacks"]


def other_currencies(answer: Answer) -> list[str]:
    """Invoiced amounts in other currencies, which the headline does not convert."""
    amounts = [money(row["value"], row["currency"]) for row in answer.table.to_pylist()]
    return [f"besides {', '.join(amounts)}, not converted"] if amounts else []
