"""The two shapes of SQL that cards and charts need of any additive measure."""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.data.build import Answer, Build, literal, query
from dashboards.data.periods import Period

#: Named series of a chart; the rest is summed into one more.
MOST_SERIES = 6
#: Key of that one more series, and of rows whose name the mart does not know.
OTHER = "__other__"
UNKNOWN = "__unknown__"


@dataclass(frozen=True)
class Measure:
    """An additive column of a mart: trusted SQL of this package, never a viewer's text.

    `value`, `day`, `series` and `provisional` are SQL expressions over the mart's columns
    (`value` must be exact: a decimal or an integer), `where` is a condition.
    """

    mart: str
    grain: str
    value: str
    day: str
    series: str = f"'{UNKNOWN}'"
    provisional: str = "false"
    where: str = "true"


def total(build: Build, measure: Measure, period: Period) -> Answer:
    """One row: the period's total and how it compares with as many days before.

    Columns: value, previous, change (null where the days before are not all within the data),
    days_with_data, provisional_days.
    """
    before = period.before()
    sql = f"""\
with measured as (
    select
        {measure.day} as day,
        {measure.value} as amount,
        {measure.provisional} as is_provisional
    from {measure.mart}
    where {measure.where}
),

totals as (
    select
        sum(amount) filter (where day >= {literal(period.start)}) as value,
        sum(amount) filter (where day < {literal(period.start)}) as previous,
        count(distinct day) filter (where day >= {literal(period.start)}) as days_with_data,
        count(distinct day) filter (
            where day >= {literal(period.start)} and is_provisional
        ) as provisional_days
    from measured
    where day >= {literal(before.start)} and day < {literal(period.end)}
)

select
    totals.value,
    totals.previous,
    case
        when (select min(day) from measured) <= {literal(before.start)}
            then totals.value - totals.previous
    end as change,
    totals.days_with_data,
    totals.provisional_days
from totals"""
    return Answer(query(build, sql), sql, measure.mart, measure.grain)


def by_day(build: Build, measure: Measure, period: Period) -> Answer:
    """One row per day and series, the largest series named and the rest as `__other__`.

    Columns: date, series, value, is_provisional; ordered by date, then by the series' size.
    """
    sql = f"""\
with daily as (
    select
        {measure.day} as date,
        {measure.series} as series,
        sum({measure.value}) as value,
        bool_or({measure.provisional}) as is_provisional
    from {measure.mart}
    where
        {measure.where}
        and {measure.value} is not null
        and {measure.day} >= {literal(period.start)}
        and {measure.day} < {literal(period.end)}
    group by 1, 2
),

ranked as (
    select
        series,
        row_number() over (order by sum(abs(value)) desc, series asc) as size_rank
    from daily
    group by series
)

select
    daily.date,
    case
        when ranked.size_rank <= {MOST_SERIES} then daily.series else '{OTHER}'
    end as series,
    sum(daily.value) as value,
    bool_or(daily.is_provisional) as is_provisional
from daily
inner join ranked on daily.series = ranked.series
group by 1, 2
order by 1, min(ranked.size_rank)"""
    return Answer(query(build, sql), sql, measure.mart, measure.grain)


def days(build: Build, measure: Measure, period: Period) -> Answer:
    """One row per day of the period, also those without data. Columns: date, value (null: none)."""
    sql = f"""\
with calendar as (
    select cast(unnest(
        generate_series({literal(period.start)}, {literal(period.last_day)}, interval '1 day')
    ) as date) as date
),

daily as (
    select {measure.day} as date, sum({measure.value}) as value
    from {measure.mart}
    where {measure.where}
    group by 1
)

select calendar.date, daily.value
from calendar
left join daily on calendar.date = daily.date
order by 1"""
    return Answer(query(build, sql), sql, measure.mart, measure.grain)


def series_by_size(build: Build, measure: Measure) -> list[str]:
    """All series of a mart over the whole build, the largest first: what colours are given by."""
    sql = f"""\
select {measure.series} as series
from {measure.mart}
where {measure.where}
group by 1
order by sum(abs({measure.value})) desc, 1"""
    return [str(name) for name in query(build, sql).column("series").to_pylist()]
