"""What a page is about: the build that it shows, what its filters chose, and both currencies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

from dashboards.components import figures, filters, notes, states
from dashboards.components.charts import Chart
from pipelines.published.questions import core
from pipelines.published.questions.formatting import money
from pipelines.published.questions.periods import Selection
from pipelines.published.reader import Answer, Published


@dataclass(frozen=True)
class Currency:
    """A currency that charts are drawn in."""

    code: str

    @property
    def unit(self) -> Any:
        """Writes an amount for reading."""
        return partial(money, currency=self.code)

    @property
    def axis(self) -> dict[str, Any]:
        """The axis of amounts."""
        return figures.money_axis(notes.prefix(self.code))

    def chart(self, **parts: Any) -> Chart:
        """A chart whose figure depends on this currency."""
        return Chart(variant=self.code, **parts)


@dataclass(frozen=True)
class Page:
    """One run of a page: what all its panels share."""

    build: Published
    choice: Selection
    _answers: dict[Any, Answer] = field(default_factory=dict, repr=False)

    def once(self, question: Callable[..., Answer], *what: Any) -> Answer:
        """The answer to a question to the build that several panels ask: asked once a run."""
        key = (question, *what)
        if key not in self._answers:
            self._answers[key] = question(self.build, *what)
        return self._answers[key]

    @cached_property
    def report(self) -> Currency:
        """What revenue is shown in."""
        return Currency(self.choice.display.report_currency)

    @cached_property
    def dollars(self) -> Currency:
        """What cost and margin are shown in: dollars, or the currency that was chosen."""
        return Currency(self.choice.display.usd_currency)

    @cached_property
    def remarks(self) -> list[dict[str, Any]]:
        """What happened in these days, to be marked on charts over time."""
        found: list[dict[str, Any]] = core.remarks(self.build, self.choice.period).table.to_pylist()
        return found


def opened() -> Page:
    """The page that is being drawn."""
    return Page(states.shown_build(), filters.selection())
