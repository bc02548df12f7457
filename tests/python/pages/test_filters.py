"""Filters: every figure of every page obeys each, or says that it does not; links; half a range."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.app import PAGES, PageOf
from dashboards.components import contract
from pipelines.published.questions.formatting import bucket
from pipelines.published.questions.periods import Period, period_of
from support.published import PublishedDir

Open = Callable[[], AppTest]

#: What may stand on a figure in place of a change, by filter.
MARKS = {
    "range": {
        one.days.casefold()
        for one in vars(contract).values()
        if isinstance(one, contract.Obeys) and one.days
    },
    "grain": {contract.BY_MONTH_ONLY, "by day", "its own steps"},
    "compare": {contract.OF_NOW, contract.NOT_COMPARED},
    "currency": {contract.OWN_CURRENCY},
    "plan": {contract.ALL_PLANS},
}
#: What is chosen in place of each default.
TURNED = {
    "range": ("7d", "lq"),
    "grain": ("week", "quarter"),
    "compare": ("none",),
    "currency": ("EUR",),
    "plan": ("prod_b",),
}


@dataclass(frozen=True)
class Figure:
    """A bordered frame with a heading or a metric: what it shows, and what is written below."""

    name: str
    is_card: bool
    shown: str
    captions: str


def _blocks(node: Any) -> Iterator[Any]:
    for child in getattr(node, "children", {}).values():
        if getattr(child, "children", None):
            yield child
            yield from _blocks(child)


def _is_frame(block: Any) -> bool:
    """Whether it is a container with a border."""
    return bool(getattr(getattr(block.proto, "flex_container", None), "border", False))


def _leaves(node: Any) -> Iterator[Any]:
    for child in node.children.values():
        if getattr(child, "children", None):
            yield from _leaves(child)
        else:
            yield child


def _content(leaf: Any) -> str:
    """What a viewer sees of an element, without ids that Streamlit gives it."""
    proto = leaf.proto
    if leaf.type == "plotly_chart":
        return str(proto.spec)
    if leaf.type == "dataframe":
        return f"{leaf.value.to_csv()} {proto.columns}"
    if leaf.type == "metric":
        return f"{proto.label} {proto.body} {proto.delta}"
    return ""


def figures(app: AppTest) -> dict[str, Figure]:
    """The figures of a page by their key: the label of a card, else the name of its menu."""
    found = {}
    for block in _blocks(app.main):
        if not _is_frame(block) or any(_is_frame(one) for one in _blocks(block)):
            continue
        leaves = list(_leaves(block))
        metrics = [leaf for leaf in leaves if leaf.type == "metric"]
        headings = [leaf.value for leaf in leaves if leaf.type == "header"]
        if not metrics and not headings:
            continue
        name = re.sub(r" \([A-Z]{3}\)", "", metrics[0].proto.label if metrics else headings[0])
        captions = " ".join(leaf.value for leaf in leaves if leaf.type == "caption")
        found[re.split(r" in [A-Z]| on \d|, \d", name)[0]] = Figure(
            name, bool(metrics), "".join(_content(leaf) for leaf in leaves), captions
        )
    return found


def _concerns(filter_name: str, figure: Figure) -> bool:
    """Whether a filter has a meaning for a figure at all."""
    if filter_name == "compare":
        return figure.is_card
    if filter_name == "grain":
        return '"type":"date"' in figure.shown
    if filter_name == "currency":
        return "USD" in figure.shown or "$" in figure.shown
    return True


def _is_marked(figure: Figure, marks: set[str]) -> bool:
    said = figure.captions.casefold()
    return any(mark in said for mark in marks)


FILTERED = [page for page in PAGES if page.filters]


@pytest.mark.parametrize("page", FILTERED, ids=[page.title for page in FILTERED])
def test_every_figure_obeys_a_filter_or_says_so(
    published: PublishedDir, open_app: Open, page: PageOf
) -> None:
    published.publish("1")
    app = open_app()
    app.query_params["customer"] = "cus_8"
    app.switch_page(page.script).run()
    before = figures(app)
    assert len(before) >= (2 if page.title == "Customers" else 8)
    wrong = []
    for name in page.filters:
        for option in TURNED[name]:
            default = app.selectbox(key=name).value
            app.selectbox(key=name).set_value(option).run()
            assert not app.exception
            now = figures(app)
            for key in before.keys() & now.keys():
                old, new = before[key], now[key]
                is_changed = old.shown != new.shown or (
                    new.is_card and name in ("range", "compare") and old.captions != new.captions
                )
                if _concerns(name, old) and not (is_changed or _is_marked(new, MARKS[name])):
                    wrong.append((name, option, key))
            app.selectbox(key=name).set_value(default).run()
    assert wrong == []


def test_a_mark_is_written_only_where_it_says_something(
    published: PublishedDir, open_app: Open
) -> None:
    published.publish("1")
    app = open_app().switch_page("app_pages/revenue.py").run()
    assert contract.ALL_PLANS not in " ".join(one.value for one in app.caption)
    assert contract.WHOLE_MONTHS not in " ".join(one.value for one in app.caption).lower()
    app.query_params["range"] = "custom"
    app.query_params["days"] = "2026-07-01_2026-07-15"
    app.query_params["plan"] = "prod_b"
    app.run()
    said = " ".join(one.value for one in app.caption)
    assert "Whole months, all plans." in said
    questions = [one.value for one in app.header]
    assert "What moved MRR, 1 Jul – 15 Jul 2026?" in questions
    assert "Which plans bring it in Jul 2026?" in questions  # July is over: not "so far"
    assert not [one for one in questions if "so far" in one]


def test_a_plan_chosen_elsewhere_says_nothing_on_a_page_without_plans(
    published: PublishedDir, open_app: Open
) -> None:
    published.publish("1")
    app = open_app().switch_page("app_pages/revenue.py").run()
    every = app.metric[0].value
    app.selectbox(key="plan").set_value("prod_b").run()
    assert app.metric[0].value != every
    app.switch_page("app_pages/overview.py").run()
    assert app.metric[0].value == every


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ({"range": "custom", "days": "2026-07-05"}, (date(2026, 7, 5),) * 2),
        ({"days": "2026-07-05"}, (date(2026, 7, 5),) * 2),
        ({"days": "2026-07-05_2026-07-09"}, (date(2026, 7, 5), date(2026, 7, 9))),
        ({"days": "2026-07-09_2026-07-05"}, (date(2026, 7, 5), date(2026, 7, 9))),
        ({"days": "1999-01-01_2099-01-01"}, (date(2025, 8, 1), date(2026, 11, 15))),
        ({"days": "'; drop table x"}, (date(2025, 8, 1), date(2026, 11, 15))),
    ],
)
def test_days_of_a_link(
    published: PublishedDir, open_app: Open, link: dict[str, str], shown: tuple[date, date]
) -> None:
    published.publish("1")
    app = open_app().switch_page("app_pages/usage.py")
    for key, value in link.items():
        app.query_params[key] = value
    app.run()
    assert not app.error
    assert app.date_input(key="days").value == shown
    if shown[0] == shown[1]:
        assert app.query_params["days"] in ("2026-07-05", ["2026-07-05"])
        assert "5 Jul 2026" in app.caption[3].value


def test_half_a_range_changes_nothing_and_a_whole_one_does(
    published: PublishedDir, open_app: Open
) -> None:
    published.publish("1")
    app = open_app().switch_page("app_pages/usage.py")
    app.query_params["days"] = "2026-07-05_2026-07-09"
    app.run()
    week = app.metric[0].value
    app.date_input(key="days").set_value((date(2026, 9, 1),)).run()
    assert app.metric[0].value == week
    app.date_input(key="days").set_value((date(2026, 9, 1), date(2026, 9, 30))).run()
    assert app.metric[0].value != week


def test_a_currency_of_a_link_is_taken_in_small_letters_and_never_dropped_silently(
    published: PublishedDir, open_app: Open
) -> None:
    published.publish("1")
    app = open_app()
    app.query_params["currency"] = "eur"
    app.run()
    assert app.selectbox(key="currency").value == "EUR"
    other = open_app()
    other.query_params["currency"] = "CHF"
    other.run()
    assert "The link asks for currency “CHF”, which this build does not have." in [
        one.value for one in other.text
    ]


def test_back_undoes_a_choice_and_a_menu_link_keeps_it(
    published: PublishedDir, open_app: Open
) -> None:
    published.publish("1")
    app = open_app()
    app.selectbox(key="range").set_value("7d").run()
    app.selectbox(key="range").set_value("30d").run()
    app.query_params["range"] = "7d"  # the browser's address after Back
    app.run()
    assert app.selectbox(key="range").value == "7d"
    del app.query_params["range"]  # and after one more
    app.run()
    assert app.selectbox(key="range").value == "12m"
    app.selectbox(key="range").set_value("90d").run()
    del app.query_params["range"]
    app.switch_page("app_pages/revenue.py").run()  # the menu's links hold no choices
    assert app.selectbox(key="range").value == "90d"


def test_a_choice_that_comes_before_the_address_of_the_last_one_is_no_way_back(
    published: PublishedDir, open_app: Open
) -> None:
    published.publish("1")
    app = open_app()
    app.selectbox(key="range").set_value("7d").run()
    del app.query_params["range"]  # the browser had not heard of it yet
    app.selectbox(key="grain").set_value("week").run()
    assert app.selectbox(key="range").value == "7d"


NOON = datetime(2026, 11, 15, 12)


@pytest.mark.parametrize(
    ("choice", "first", "end"),
    [
        ("lm", date(2026, 10, 1), date(2026, 11, 1)),
        ("qtd", date(2026, 10, 1), date(2026, 11, 15)),
        ("lq", date(2026, 7, 1), date(2026, 10, 1)),
        ("ytd", date(2026, 1, 1), date(2026, 11, 15)),
        ("12c", date(2025, 11, 1), date(2026, 11, 1)),
        ("mtd", date(2026, 11, 1), date(2026, 11, 15)),
        ("90d", date(2026, 8, 17), date(2026, 11, 15)),
    ],
)
def test_presets(choice: str, first: date, end: date) -> None:
    assert period_of(choice, NOON, date(2024, 1, 1)) == Period(first, end)


def test_presets_on_the_first_day_of_a_year() -> None:
    midnight = datetime(2027, 1, 1)
    assert period_of("lq", midnight, date(2024, 1, 1)) == Period(
        date(2026, 10, 1), date(2027, 1, 1)
    )
    assert period_of("ytd", midnight, date(2024, 1, 1)).start == date(2026, 1, 1)
    assert period_of("lm", midnight, date(2024, 1, 1)).start == date(2026, 12, 1)


def test_whole_months_are_compared_with_as_many_whole_months() -> None:
    quarter = Period(date(2026, 4, 1), date(2026, 7, 1))
    assert quarter.before() == Period(date(2026, 1, 1), date(2026, 4, 1))
    assert not quarter.cuts_months(date(2026, 11, 15))
    assert Period(date(2026, 7, 1), date(2026, 7, 16)).cuts_months(date(2026, 11, 15))
    assert not Period(date(2026, 11, 1), date(2026, 11, 15)).cuts_months(date(2026, 11, 15))


def test_quarters_and_years_in_words() -> None:
    assert bucket(date(2026, 10, 1), "quarter") == "Q4 2026"
    assert bucket(date(2026, 1, 1), "year") == "2026"
