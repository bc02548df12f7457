"""A clicked bar leads to the rows that it is the sum of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from dashboards.components import figures
from dashboards.components.palette import looks
from pipelines.published.questions import adhoc, finance, product, unit_economics
from pipelines.published.questions.measures import OTHER
from pipelines.published.questions.periods import Display, Period, Selection
from pipelines.published.reader import Answer, Published, open_published
from support.published import PublishedDir

Asked = Callable[[Published, Selection], Answer]
Behind = Callable[[Selection, str, str], str]


@pytest.mark.parametrize(
    ("asked", "behind", "column"),
    [
        (unit_economics.cost_by_feature, unit_economics.behind_feature, "cost_usd"),
        (unit_economics.cost_by_model, unit_economics.behind_model, "cost_usd"),
        (product.requests_by_endpoint, product.behind_endpoint, "calls"),
    ],
)
@pytest.mark.parametrize("grain", ["day", "week", "month"])
def test_the_rows_behind_a_bar_sum_to_it(
    published: PublishedDir, asked: Asked, behind: Behind, column: str, grain: str
) -> None:
    published.publish("1")
    # begins on a Thursday and ends within a week and a month, so that bars are cut
    choice = Selection(Period(date(2026, 10, 8), date(2026, 11, 4)), grain, "none", Display("USD"))
    with open_published() as build:
        rows = asked(build, choice).table.to_pylist()
        drawn = figures.bars(
            rows, unit=str, grain=grain, axis={},
            series_looks=looks(sorted({row["series"] for row in rows})),
        )  # fmt: skip
        marks = [
            (*data[:2], value)
            for trace in drawn.data
            for data, value in zip(trace.customdata, trace.y, strict=True)
        ]
        assert len(marks) == len(rows)
        named = [mark for mark in marks if mark[0] != OTHER]
        assert len(named) > 2
        for series, start, value in named[:: max(1, len(named) // 12)]:
            statement = behind(choice, series, start)
            assert adhoc.refusal(statement) is None
            found = build.table(statement).to_pylist()
            assert float(sum(row[column] for row in found)) == pytest.approx(value, abs=1e-6)


def test_the_customers_of_a_cell_are_what_the_cell_counts(published: PublishedDir) -> None:
    published.publish(
        "1",
        "update finance.mrr_by_customer_month set "
        "cohort_month = date '2025-06-01' + to_months(cast(hash(customer_id) % 3 as int)), "
        "is_paying = (hash(customer_id) + datediff('month', date '2025-06-01', month)) % 5 <> 0",
        "delete from finance.mrr_by_customer_month where month < cohort_month",
        "delete from finance.retention_by_cohort_month",
        "insert into finance.retention_by_cohort_month by name select cohort_month, "
        "datediff('month', cohort_month, month) as months_since, month, count(*) as customers, "
        "count_if(is_paying) as retained_customers, count_if(is_paying) / count(*) as "
        "logo_retention, 1 as net_retention, 1 as gross_retention, false as is_provisional "
        "from finance.mrr_by_customer_month group by all",
    )
    choice = Selection(Period(date(2026, 10, 8), date(2026, 11, 4)), "day", "none", Display("USD"))
    with open_published() as build:
        rows = finance.cohorts(build, "logo").table.to_pylist()
        marks = figures.heatmap(rows).data[1].customdata
        assert len(marks) == len(rows)
        cells = {row["cohort_month"]: row for row in rows if row["months_since"] == 4}
        assert len(cells) == 4  # three cohorts and their mean, which stands for nobody
        for cohort, cell in cells.items():
            codes = [code for code, said in marks if cohort and code == f"{cohort:%Y-%m}.4"]
            if cohort is None:
                continue
            assert len(codes) == 1
            found = finance.cohort_customers(build, choice, cohort, 4).table.to_pylist()
            assert len(found) == cell["customers"] == found[0]["customers"]
            assert sum(row["is_paying"] for row in found) == cell["retained_customers"]
            assert found[0]["retained_customers"] == cell["retained_customers"]
        assert [code for code, _ in marks if code is None] == [None] * sum(
            row["cohort_month"] is None for row in rows
        )


def test_a_series_is_a_text_and_a_start_a_day() -> None:
    choice = Selection(Period(date(2026, 10, 8), date(2026, 11, 4)), "day", "none", Display("USD"))
    statement = unit_economics.behind_model(choice, "x' or 'a' = 'a", "2026-10-08")
    assert "'x'' or ''a'' = ''a'" in statement
    with pytest.raises(ValueError, match="isoformat"):
        unit_economics.behind_model(choice, "x", "2026-10-08'; drop table x; --")
