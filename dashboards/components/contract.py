"""The filter contract: every card, chart and table declares which filters it obeys.

What it does not obey is written on it ("all plans", "whole months"), by the frame and in the words
of this module, so that nobody takes a number for another one. A declaration is tried: a test turns
every filter of every page and wants a change of each figure, or the mark.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Self

from pipelines.published.questions.periods import Selection, add_months

ALL_PLANS: Final = "all plans"
WHOLE_MONTHS: Final = "whole months"
WHOLE_WEEKS: Final = "whole weeks"
LAST_WHOLE_MONTH: Final = "the last whole month"
OF_NOW: Final = "as of now"
BY_MONTH_ONLY: Final = "by month"
NOT_COMPARED: Final = "not compared"
OWN_CURRENCY: Final = "each in its own currency"


@dataclass(frozen=True)
class Obeys:
    """Which filters a figure obeys.

    Attributes:
        days: what it shows in place of the chosen days; empty where it shows those.
        grain: how it is cut in place of the chosen grain; empty where it obeys; None without time.
        plan: whether it shows the chosen plan alone.
        currency: in what it shows amounts in place of the chosen currency; empty where it obeys.
    """

    days: str = ""
    grain: str | None = None
    plan: bool = False
    currency: str = ""

    def by_plan(self) -> Self:
        """The same, of the chosen plan."""
        return replace(self, plan=True)

    def own_currency(self) -> Self:
        """The same, with amounts as they are stored, each beside its currency."""
        return replace(self, currency=OWN_CURRENCY)


#: A figure that declares nothing is marked with every filter: it claims none.
UNDECLARED: Final = Obeys(days="its own days", grain="its own steps", currency=OWN_CURRENCY)
#: The chosen days.
DAYS: Final = Obeys()
#: The chosen days, cut by the chosen grain.
TIME: Final = Obeys(grain="")
#: Every month that the chosen days touch.
MONTHS: Final = Obeys(days=WHOLE_MONTHS, grain=BY_MONTH_ONLY)
#: Every week that the chosen days touch, where weeks are chosen.
WEEKS: Final = Obeys(days=WHOLE_WEEKS, grain="")
#: The last complete month of the chosen days.
MONTH: Final = Obeys(days=LAST_WHOLE_MONTH)
#: The month that the last of the chosen days belongs to.
LAST_MONTH: Final = Obeys(days="the month of the last day")
LAST_DAY: Final = Obeys(days="the last day")
#: The clock of the build.
NOW: Final = Obeys(days=OF_NOW)
#: Every one of the chosen days, whatever the grain.
EACH_DAY: Final = Obeys(grain="by day")
#: What customers are worth: of the six complete months before the clock.
SIX_MONTHS: Final = Obeys(days="the last 6 complete months")
#: Everything there is, whatever days are chosen.
EVER: Final = Obeys(days="all time")


def marks(obeys: Obeys, selection: Selection, used: tuple[str, ...]) -> tuple[str, ...]:
    """What is written on a figure: the filters in force that it does not obey.

    Args:
        obeys: what the figure declares.
        selection: what the filter bar says.
        used: the filters that the page draws.
    """
    found = []
    if "range" in used and obeys.days and _differs(obeys.days, selection):
        found.append(obeys.days)
    if "grain" in used and obeys.grain and obeys.grain != f"by {selection.grain}":
        found.append(obeys.grain)
    if "plan" in used and selection.plan is not None and not obeys.plan:
        found.append(ALL_PLANS)
    if "currency" in used and obeys.currency:
        found.append(obeys.currency)
    return tuple(found)


def _differs(days: str, selection: Selection) -> bool:
    """Whether such days are others than the chosen ones."""
    period = selection.period
    if days == WHOLE_MONTHS:
        return selection.cuts_months
    if days == WHOLE_WEEKS:
        return period.start.weekday() != 0 or period.end.weekday() != 0
    if days == LAST_WHOLE_MONTH:
        return (period.start, period.end) != (selection.month, add_months(selection.month, 1))
    if days == LAST_MONTH.days:
        return period.start != period.last_month or selection.cuts_months
    if days == LAST_DAY.days:
        return period.end - period.start != timedelta(days=1)
    return True
