"""The shapes of SQL that cards and charts need of any additive measure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from pipelines.files import literal
from pipelines.published.questions.periods import Period, Selection
from pipelines.published.reader import Answer, Published

#: Named series of a chart; the rest is summed into one more.
MOST_SERIES: Final = 6
#: Key of that one more series, and of rows whose name the mart does not know.
OTHER: Final = "__other__"
UNKNOWN: Final = "__unknown__"
#: AI cost of a feature in marts whose `cost_usd` has other kinds that a rule gives to it, too.
AI_COST: Final = "cost_usd - other_kinds_cost_usd"


@dataclass(frozen=True)
class Measure:
    """An additive column of a mart: trusted SQL of this package, never a viewer's text.

    `value`, `day`, `series` and `provisional` are SQL expressions over the mart's columns
    (`value` must be exact: a decimal or an integer), `where` is a condition, `joins` follows the
    mart's name in `from`.
    """

    mart: str
    grain: str
    value: str
    day: str
    series: str = f"'{UNKNOWN}'"
    provisional: str = "false"
    where: str = "true"
    joins: str = ""

    def asked(self, build: Published, sql: str) -> Answer:
        """The rows of a statement on this mart."""
        return Answer(build.table(sql), sql, self.mart, self.grain)

    def within(self, period: Period) -> str:
        """The condition that a row belongs to the period."""
        return (
            f"{self.where}\n        and {self.day} >= {literal(period.start)}"
            f"\n        and {self.day} < {literal(period.end)}"
        )

    @property
    def source(self) -> str:
        """What stands behind `from`."""
        return f"{self.mart} {self.joins}".rstrip()


def bucket(grain: str, day: str) -> str:
    """SQL of the first day of the year, quarter, month, week (from Monday) or day of `day`."""
    return day if grain == "day" else f"cast(date_trunc('{grain}', {day}) as date)"


def bucket_end(grain: str, start: str) -> str:
    """SQL of the day after the bucket that begins at `start`."""
    return f"cast({start} + interval '1 {grain}' as date)"


def total(build: Published, measure: Measure, period: Period, against: Period | None) -> Answer:
    """One row: the period's total and how it compares with other days.

    Columns: value, value_previous, value_change (null without `against`, or where those days are
    not all within the data), days_with_data, provisional_days.
    """
    other = against or Period(period.start, period.start)
    sql = f"""\
with measured as (
    select
        {measure.day} as day,
        {measure.value} as amount,
        {measure.provisional} as is_provisional
    from {measure.source}
    where {measure.where}
),

totals as (
    select
        min(day) as first_day,
        sum(amount) filter (
            where day >= {literal(period.start)} and day < {literal(period.end)}
        ) as value,
        sum(amount) filter (
            where day >= {literal(other.start)} and day < {literal(other.end)}
        ) as value_previous,
        count(distinct day) filter (
            where day >= {literal(period.start)} and day < {literal(period.end)}
        ) as days_with_data,
        count(distinct day) filter (
            where
                day >= {literal(period.start)} and day < {literal(period.end)}
                and is_provisional
        ) as provisional_days
    from measured
)

select
    value,
    value_previous,
    case when first_day <= {literal(other.start)} then value - value_previous end as value_change,
    days_with_data,
    provisional_days
from totals"""
    return measure.asked(build, sql)


def by_period(build: Published, measure: Measure, selection: Selection) -> Answer:
    """One row per day, week or month and series, the largest series named, the rest `__other__`.

    Columns: date (first day of the bucket), series, value, is_provisional (not complete, or only in
    part within the range); ordered by date, then by the series' size.
    """
    period, grain = selection.period, selection.grain
    sql = f"""\
with bucketed as (
    select
        {bucket(grain, measure.day)} as date,
        {measure.series} as series,
        sum({measure.value}) as value,
        bool_or({measure.provisional}) as is_provisional
    from {measure.source}
    where
        {measure.within(period)}
        and {measure.value} is not null
    group by 1, 2
),

ranked as (
    select
        series,
        row_number() over (order by sum(abs(value)) desc, series asc) as size_rank
    from bucketed
    group by series
)

select
    bucketed.date,
    case
        when ranked.size_rank <= {MOST_SERIES} then bucketed.series else '{OTHER}'
    end as series,
    sum(bucketed.value) as value,
    bool_or(
        bucketed.is_provisional
        or bucketed.date < {literal(period.start)}
        or {bucket_end(grain, "bucketed.date")} > {literal(period.end)}
    ) as is_provisional
from bucketed
inner join ranked on bucketed.series = ranked.series
group by 1, 2
order by 1, min(ranked.size_rank)"""
    return measure.asked(build, sql)


def behind(measure: Measure, selection: Selection, series: str, start: str, most: int = 500) -> str:
    """The statement of the rows behind one bar of `by_period`: a series and its bucket's first day.

    The bar of what is beyond the named series leads to all rows of its days.

    Raises:
        ValueError: `start` is no ISO date.
    """
    first = literal(date.fromisoformat(start))
    period = selection.period
    within = "" if series == OTHER else f"\n    and {measure.series} = {literal(series)}"
    return f"""\
select *
from {measure.source}
where
    {measure.where}
    and {measure.day} >= greatest({first}, {literal(period.start)})
    and {measure.day} < least({bucket_end(selection.grain, first)}, {literal(period.end)}){within}
order by abs({measure.value}) desc nulls last
limit {most}"""


def history(build: Published, measure: Measure, selection: Selection) -> Answer:
    """One row per day, week or month of the period, also those without data.

    Columns: date, value (null: no data), is_provisional (only in part within the range).
    """
    period, grain = selection.period, selection.grain
    sql = f"""\
with calendar as (
    select distinct {bucket(grain, "cast(day as date)")} as date
    from generate_series(
        {literal(period.start)}, {literal(period.last_day)}, interval '1 day'
    ) as days (day)
),

bucketed as (
    select {bucket(grain, measure.day)} as date, sum({measure.value}) as value
    from {measure.source}
    where
        {measure.within(period)}
    group by 1
)

select
    calendar.date,
    bucketed.value,
    calendar.date < {literal(period.start)}
    or {bucket_end(grain, "calendar.date")} > {literal(period.end)} as is_provisional
from calendar
left join bucketed on calendar.date = bucketed.date
order by 1"""
    return measure.asked(build, sql)


def ranking(build: Published, measure: Measure, period: Period, most: int = 12) -> Answer:
    """One row per series, the largest first, what is beyond `most` rows as `__other__`.

    Columns: series, value.
    """
    sql = f"""\
with summed as (
    select {measure.series} as series, sum({measure.value}) as value
    from {measure.source}
    where
        {measure.within(period)}
    group by 1
    having sum({measure.value}) <> 0
),

ranked as (
    select *, row_number() over (order by value desc, series asc) as size_rank
    from summed
)

select
    case when size_rank <= {most} then series else '{OTHER}' end as series,
    sum(value) as value
from ranked
group by 1
order by min(size_rank)"""
    return measure.asked(build, sql)


def series_by_size(build: Published, measure: Measure) -> list[str]:
    """All series of a mart over the whole build, the largest first: what colours are given by."""
    sql = f"""\
select {measure.series} as series
from {measure.source}
where {measure.where}
group by 1
order by sum(abs({measure.value})) desc, 1"""
    return [str(name) for name in build.table(sql).column("series").to_pylist()]


def compared(
    build: Published,
    mart: str,
    grain: str,
    columns: dict[str, str],
    month: date,
    against: date | None,
    where: str = "true",
) -> Answer:
    """One row of a mart by month beside the same row of another month; none where it is missing.

    Args:
        build: the build to read.
        mart: a table with a column `month` and, after `where`, one row for each.
        grain: what its rows are.
        columns: names and SQL expressions of what is wanted.
        month: the month.
        against: the month it is compared with; None for no comparison.
        where: further condition.

    Columns of the answer: month, and for each asked one itself, `<name>_previous`, `<name>_change`.
    """
    inner = ",\n        ".join(f"{sql} as {name}" for name, sql in columns.items())
    outer = ",\n    ".join(
        f"now.{name},\n    past.{name} as {name}_previous,\n"
        f"    now.{name} - past.{name} as {name}_change"
        for name in columns
    )
    other = "cast(null as date)" if against is None else literal(against)
    sql = f"""\
with wanted as (
    select
        month,
        {inner}
    from {mart}
    where month in ({literal(month)}, {other}) and {where}
)

select
    now.month,
    {outer}
from wanted as now
left join wanted as past on past.month = {other}
where now.month = {literal(month)}"""
    return Answer(build.table(sql), sql, mart, grain)


def months(
    build: Published,
    mart: str,
    grain: str,
    columns: dict[str, str],
    period: Period,
    where: str = "true",
    order: str = "month",
) -> Answer:
    """The rows of a mart whose month the period touches. Columns: month, the asked ones."""
    wanted = ",\n    ".join(
        sql if sql == name else f"{sql} as {name}" for name, sql in columns.items()
    )
    sql = f"""\
select
    month,
    {wanted}
from {mart}
where
    month >= {literal(period.first_month)}
    and month < {literal(period.end)}
    and {where}
order by {order}"""
    return Answer(build.table(sql), sql, mart, grain)
