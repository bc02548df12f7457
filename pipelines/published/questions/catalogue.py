"""The catalogue of KPIs, as it travels in the build: what a number is called, means and is worth.

A card, a report or an answer of an API names a KPI and takes title, unit, meaning, direction and
smallest sample from here, so that they are said once, beside the model that brings the KPI.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, Final, Literal, cast

from pipelines.published.questions import formatting
from pipelines.published.questions.monitoring import DEFINITIONS
from pipelines.published.questions.periods import Display
from pipelines.published.reader import Published

Write = Callable[[Any], str]

#: How values of each unit are written, where that needs no currency.
_WRITERS: Final[Mapping[str, Write]] = {
    "share": formatting.percent,
    "count": formatting.count,
    "ratio": formatting.times,
    "ms": formatting.milliseconds,
}
#: Below this, an amount of money is written with four significant digits.
_SMALL: Final = Decimal("0.1")


@dataclass(frozen=True)
class Kpi:
    """A KPI: `currency` is set for money; `better` says which direction is good.

    `minimum_sample` is how many customers or events a value must rest on to be more than a hint;
    None where nothing is sampled.
    """

    name: str
    title: str
    meaning: str
    formula: str
    unit: str
    currency: str | None
    better: Literal["up", "down", "none"]
    minimum_sample: int | None

    def shown_in(self, display: Display) -> str | None:
        """The currency (upper case) that its values are shown in; None where it is no money."""
        if self.unit != "money":
            return None
        is_dollars = self.currency == "usd"
        return display.usd_currency if is_dollars else display.report_currency

    def heading(self, display: Display) -> str:
        """Its title, with the currency where it is money: `MRR (USD)`."""
        code = self.shown_in(display)
        return f"{self.title} ({code})" if code else self.title

    def definition(self) -> str:
        """What it means, and how it is reckoned."""
        return f"{self.meaning} {self.formula}."

    def writer(self, display: Display) -> Write:
        """Writes a value of it for a headline."""
        code = self.shown_in(display)
        return partial(_amount, currency=code) if code else _WRITERS.get(self.unit, str)

    def writer_of_changes(self, display: Display) -> Write:
        """Writes a change of it: that of a share is in percentage points."""
        return formatting.points if self.unit == "share" else self.writer(display)


def kpis(build: Published) -> dict[str, Kpi]:
    """Every KPI of the build by its name."""
    rows = build.table(
        "select metric, title, meaning, formula, unit, currency, better, minimum_sample "
        f"from {DEFINITIONS}"
    ).to_pylist()
    return {
        str(row["metric"]): Kpi(
            name=str(row["metric"]),
            title=str(row["title"]),
            meaning=str(row["meaning"]),
            formula=str(row["formula"]),
            unit=str(row["unit"]),
            currency=row["currency"],
            better=cast(Literal["up", "down", "none"], row["better"]),
            minimum_sample=row["minimum_sample"],
        )
        for row in rows
    }


def _amount(value: Decimal | None, currency: str) -> str:
    if value is not None and abs(value) < _SMALL:
        return formatting.unit_cost(value, currency)
    return formatting.headline(value, currency)
