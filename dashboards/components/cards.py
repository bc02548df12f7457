"""The first row of a page: a number with its unit, its period and what it is compared with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import streamlit as st

from dashboards.components import contract, filters, sparkline, states
from dashboards.components.contract import Obeys
from pipelines.published.questions import monitoring
from pipelines.published.questions.catalogue import kpis
from pipelines.published.questions.formatting import MISSING, count, day, days_of, month, signed
from pipelines.published.questions.periods import Selection
from pipelines.published.reader import Answer, Published

Unit = Callable[[Any], str]


@dataclass(frozen=True)
class Card:
    """What a card says.

    `answer` has one row (or none) with `column` and, where it is compared, `<column>_change`;
    `history` has a column `column` (or `value`) in the order of time. A column `sample` says how
    many customers or events are behind the value; fewer than `few` are named. `by_plan` declares
    that it is of the chosen plan. `about` is source text: the thing that the number is of.
    """

    label: str
    answer: Answer
    column: str
    unit: Unit
    history: Answer | None = None
    history_column: str | None = None
    better: Literal["more", "less", "neither"] = "more"
    change_unit: Unit | None = None
    definition: str | None = None
    setting: str = ""
    notes: tuple[str, ...] = ()
    sample: str | None = None
    few: int = 0
    by_plan: bool = False
    about: str = ""


_BETTER: Final[Mapping[str, Literal["more", "less", "neither"]]] = {
    "up": "more",
    "down": "less",
    "none": "neither",
}


def kpi(
    build: Published,
    selection: Selection,
    name: str,
    answer: Answer,
    column: str = "value",
    **more: Any,
) -> Card:
    """The card of a KPI; the catalogue says its title, unit, direction, sample and definition.

    Args:
        build: the build whose catalogue counts.
        selection: says in which currency amounts are shown.
        name: the KPI's name in `monitoring.kpi_definitions`.
        answer: the row with its value.
        column: where the value stands in it.
        more: what else the card says: history, notes, sample, setting.

    Raises:
        KeyError: the build's catalogue has no such KPI, being of another version.
    """
    found = kpis(build)[name]
    return Card(
        found.heading(selection.display),
        answer,
        column,
        found.writer(selection.display),
        better=_BETTER[found.better],
        change_unit=found.writer_of_changes(selection.display),
        definition=found.definition(),
        few=found.minimum_sample or 0,
        **more,
    )


@contextmanager
def row(key: str = "cards") -> Iterator[None]:
    """Cards side by side, as many as fit. `key` must begin with `cards`."""
    with st.container(key=key):
        yield


def show(card: Card, period: str, against: str | None, obeys: Obeys = contract.DAYS) -> None:
    """Draw a card.

    Args:
        card: what it says; `notes` are of this project's own words (never source text).
        period: what the number is of.
        against: what it is compared with; None for no comparison.
        obeys: the filters it obeys, but for the plan.
    """
    found = card.answer.table.to_pylist()
    values = found[0] if found else {}
    value = values.get(card.column)
    change = values.get(f"{card.column}_change")
    with st.container(border=True, height="stretch"):
        st.metric(
            card.label,
            MISSING if value is None else card.unit(value),
            delta=None if change is None else signed((card.change_unit or card.unit)(change)),
            delta_color={"more": "normal", "less": "inverse", "neither": "off"}[card.better],  # type: ignore[arg-type]
            delta_arrow="auto" if change else "off",
            help=card.definition,
        )
        if card.history is not None:
            column = card.history_column or card.column
            line = [
                row[column]
                for row in card.history.table.to_pylist()
                if not row.get("is_provisional")
            ]
            sparkline.show(line, f"{card.label}: {len(line)} values up to {period}")
        if card.about:
            st.text(card.about)
        obeyed = obeys.by_plan() if card.by_plan else obeys
        unobeyed = contract.marks(obeyed, filters.selection(), filters.used())
        st.caption(" · ".join(_lines(card, values, period, against, unobeyed)))
        if (
            value is None
            and card.setting
            and monitoring.lacks(states.shown_build(), card.answer.mart, card.setting)
        ):
            st.markdown(states.setting_needed(card.setting))


def of_month(build: Published, selection: Selection, *cards: Card) -> None:
    """Draw cards of the headline month; one that is no KPI is defined as its column is."""
    against = selection.month_against
    for card in cards:
        show(
            _defined(card, build),
            month(selection.month),
            None if against is None else month(against),
            contract.MONTH,
        )


def of_period(selection: Selection, *cards: Card) -> None:
    """Draw cards of the whole range."""
    against = selection.against
    for card in cards:
        show(card, days_of(selection.period), None if against is None else days_of(against))


def now(*cards: Card) -> None:
    """Draw cards of what is known at the clock of the build, changes since the answer's `since`."""
    for card in cards:
        begun = next((row.get("since") for row in card.answer.table.to_pylist()), None)
        show(card, contract.OF_NOW, f"since {day(begun)}" if begun else None, contract.NOW)


def _defined(card: Card, build: Published) -> Card:
    if card.definition:
        return card
    text = build.column_description(card.answer.mart, card.column)
    return replace(card, definition=text)


def _lines(
    card: Card,
    values: dict[str, Any],
    period: str,
    against: str | None,
    unobeyed: tuple[str, ...],
) -> list[str]:
    lines = [period, *(mark for mark in unobeyed if mark != period)]
    if values.get(card.column) is None:
        lines.append("no value")
    elif against and values.get(f"{card.column}_change") is not None:
        lines.append(against if against.startswith("since ") else f"vs {against}")
    elif against and f"{card.column}_change" in values:
        lines.append("no earlier days to compare with")
    elif against and values and not against.startswith("since "):
        lines.append(contract.NOT_COMPARED)
    if card.sample and values.get(card.sample) is not None and values[card.sample] < card.few:
        lines.append(f"few: {count(values[card.sample])}")
    if values.get("provisional_days"):
        lines.append(f"{count(values['provisional_days'])} days may still change")
    return [*lines, *card.notes]
