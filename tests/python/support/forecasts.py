"""The forecast's SQL, as dbt compiles it, on marts that a test writes by hand."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

import duckdb

from support.commands import Project

#: Models in the order in which they need each other.
CHAIN: Final = (
    "actuals_by_month",
    "forecast_history",
    "forecast_levels",
    "forecast_mrr_flows",
    "forecasts_bottom_up",
    "forecasts_of_series",
    "forecasts_by_origin",
    "forecast_known_changes",
    "forecasts_ahead",
    "forecast_by_month",
    "forecast_scheduled_movements",
    "forecast_movements_by_month",
    "goals_by_month",
)
#: Models of lifetimes, from how many customers met each renewal.
LIFETIMES: Final = ("lifetime_fits_by_segment", "lifetimes_by_segment")
#: What dated prices make of AI cost.
PRICES: Final = "fct_llm_prices_ahead_by_month"
#: Kinds of rate and the tokens that they price, all others are nothing here.
_KINDS: Final = {
    "input": "text_tokens", "cached": "cached_text_tokens", "written": "written_tokens",
    "written_1h": "cache_write_1h_tokens", "output": "text_out_tokens", "audio": "audio_tokens",
    "cached_audio": "cached_input_audio_tokens", "audio_out": "output_audio_tokens",
    "image": "input_image_tokens", "image_out": "output_image_tokens",
}  # fmt: skip
#: The clock that the SQL is compiled with: May 2026 is the last closed month.
AS_OF: Final = "2026-06-15"
RUNNING: Final = date(2026, 6, 1)

_INPUTS: Final = """
create schema core;
create schema finance;
create schema unit_economics;
create table finance.mrr_movements_by_month (
    month date, opening_mrr decimal(38, 9), new_mrr decimal(38, 9), expansion_mrr decimal(38, 9),
    contraction_mrr decimal(38, 9), churn_mrr decimal(38, 9), reactivation_mrr decimal(38, 9),
    pause_mrr decimal(38, 9), resume_mrr decimal(38, 9), closing_mrr decimal(38, 9),
    currency varchar, is_provisional boolean);
create table finance.revenue_by_month (
    month date, recognised_revenue decimal(38, 9), currency varchar, is_provisional boolean);
create table unit_economics.profit_by_month (
    month date, revenue_usd decimal(38, 9), llm_cost_usd decimal(38, 9),
    gross_profit_usd decimal(38, 9), missing_costs varchar, is_provisional boolean);
create table core.dim_exchange_rates (
    currency varchar, usd_per_unit decimal(38, 12), valid_from date, valid_to date);
create table core.fct_mrr_commitments (
    mrr decimal(38, 9), committed_mrr decimal(38, 9), changes_at timestamp, change_kind varchar);
create table core.fct_llm_prices_ahead_by_month (month date, price_factor decimal(38, 9));
create table core.dim_goals (
    metric varchar, month date, goal decimal(38, 9), note varchar, times_given bigint);
"""


def month(back: int) -> date:
    """The month so many before the running one (1 is the last closed one; 0 and below: ahead)."""
    number = RUNNING.year * 12 + RUNNING.month - 1 - back
    return date(number // 12, number % 12 + 1, 1)


@dataclass
class Company:
    """Closed months, oldest first, the last of them May 2026; amounts in dollars.

    Attributes:
        mrr: opening MRR, what came new, what the book lost or gained, closing MRR.
        left_out: places of months that no mart has.
        scheduled: day of the change, MRR now and then.
        price_factors: months ahead of the running one -> factor.
    """

    mrr: Sequence[tuple[float, float, float, float]] = ()
    revenue: Sequence[float] = ()
    llm_cost: Sequence[float] = ()
    direct_cost: float = 0
    left_out: Sequence[int] = ()
    scheduled: Sequence[tuple[str, float, float]] = ()
    price_factors: Mapping[int, float] = field(default_factory=dict)
    goals: Sequence[tuple[str, date, float, int]] = ()

    @classmethod
    def of_series(cls, values: Sequence[float], **other: Any) -> Company:
        """A company whose MRR, revenue and cost all go by one series."""
        before = [0.0, *values][: len(values)]
        flows = [
            (old, max(new - old, 0), min(new - old, 0), new)
            for old, new in zip(before, values, strict=True)
        ]
        return cls(flows, values, values, **other)


class ForecastSql:
    """Compiled once; `forecast` plays it on a company."""

    def __init__(self, folder: Path) -> None:
        project = Project(folder, {"AS_OF": AS_OF})
        project.dbt("compile", "--quiet", "--select", *CHAIN, *LIFETIMES, PRICES)
        compiled = project.target / "compiled/usage_vs_revenue/models/marts/finance"
        self._statements = {
            name: (compiled / f"{name}.sql").read_text() for name in (*CHAIN, *LIFETIMES)
        }
        shutil.rmtree(compiled)
        core = compiled.parents[1] / "core/cost"
        self._statements[PRICES] = (core / f"{PRICES}.sql").read_text()
        self._folder = folder
        self._count = 0

    def forecast(self, company: Company) -> duckdb.DuckDBPyConnection:
        """A warehouse with the company's forecast; the caller asks its tables."""
        connection = self._warehouse()
        _write(connection, company)
        self._run(connection, CHAIN)
        return connection

    def fit(self, renewals: Mapping[str, Sequence[tuple[int, int]]], months: int) -> Any:
        """A warehouse with the lifetimes of segments, each renewing every so many months.

        Args:
            renewals: segment -> customers who met each renewal, and who were lost there.
            months: between two renewals.
        """
        connection = self._warehouse()
        connection.execute(
            "create table finance.renewals_by_segment (segment_kind varchar, segment varchar, "
            "interval_months integer, renewal integer, customers bigint, lost bigint)"
        )
        connection.executemany(
            "insert into finance.renewals_by_segment values ('plan', ?, ?, ?, ?, ?)",
            [
                (segment, months, renewal, met, lost)
                for segment, lives in renewals.items()
                for renewal, (met, lost) in enumerate(lives, start=1)
            ],
        )
        self._run(connection, LIFETIMES)
        return connection

    def price_factors(
        self,
        rates: Sequence[tuple[str, str, str, int | None, int | None]],
        calls: Sequence[tuple[str, str, int, int]],
        list_cost_usd: str,
    ) -> list[Any]:
        """Factors of the twelve months from the running one on.

        Args:
            rates: model, first day, day after the last, nano-dollars per token of input and output.
            calls: model, day, input tokens, output tokens.
            list_cost_usd: what all calls of the last complete month cost.
        """
        connection = self._warehouse()
        kinds = ", ".join(f"{kind}_nano bigint, {kind}_femto bigint" for kind in _KINDS)
        tokens = ", ".join(f"{column} bigint" for column in _KINDS.values())
        connection.execute(
            f"""\
create schema intermediate;
create table intermediate.int_llm_rates_in_nano (
    provider varchar, model_id varchar, service_tier varchar, valid_from date, valid_to date,
    above_tokens bigint, up_to_tokens bigint, {kinds});
create table intermediate.int_llm_calls_by_token_kind (
    provider varchar, model_to_price varchar, service_tier varchar, cost_date date,
    is_cache_hit boolean, input_tokens bigint, {tokens});
create table core.fct_llm_usage_by_day as
    select date '2026-05-10' as cost_date, {list_cost_usd}::decimal(38, 9) as list_cost_usd"""
        )
        for model, first, last, into, out in rates:
            connection.execute(
                "insert into intermediate.int_llm_rates_in_nano by name select 'p' as provider, "
                "? as model_id, 'standard' as service_tier, ?::date as valid_from, ?::date as "
                "valid_to, -1 as above_tokens, 1000000000 as up_to_tokens, ? as input_nano, "
                "0 as input_femto, ? as output_nano, 0 as output_femto",
                [model, first, last, into, out],
            )
        for model, day, into, out in calls:
            connection.execute(
                "insert into intermediate.int_llm_calls_by_token_kind by name select 'p' as "
                "provider, ? as model_to_price, 'standard' as service_tier, ?::date as cost_date, "
                "false as is_cache_hit, ? as input_tokens, ? as text_tokens, ? as text_out_tokens",
                [model, day, into, into, out],
            )
        sql = self._statements[PRICES]
        return [row[1] for row in connection.execute(f"{sql} order by month").fetchall()]

    def _warehouse(self) -> duckdb.DuckDBPyConnection:
        self._count += 1
        place = self._folder / f"company_{self._count}"
        place.mkdir()
        connection = duckdb.connect(str(place / "warehouse.duckdb"))
        connection.execute(_INPUTS)
        return connection

    def _run(self, connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> None:
        for name in names:
            connection.execute(f"create table finance.{name} as {self._statements[name]}")


def _write(connection: duckdb.DuckDBPyConnection, company: Company) -> None:
    def insert(table: str, rows: Sequence[Sequence[Any]]) -> None:
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            connection.executemany(f"insert into {table} values ({marks})", rows)

    def months(series: Sequence[Any]) -> list[tuple[date, Any]]:
        return [
            (month(len(series) - place), value)
            for place, value in enumerate(series)
            if place not in company.left_out
        ]

    insert(
        "finance.mrr_movements_by_month",
        [
            (when, opening, new, 0, 0, moved, 0, 0, 0, closing, "usd", False)
            for when, (opening, new, moved, closing) in months(company.mrr)
        ],
    )
    insert(
        "finance.revenue_by_month",
        [(when, value, "usd", False) for when, value in months(company.revenue)],
    )
    earned = dict(months(company.revenue))
    insert(
        "unit_economics.profit_by_month",
        [
            (
                when, earned.get(when, 0), cost,
                earned.get(when, 0) - cost - company.direct_cost, "other", False,
            )
            for when, cost in months(company.llm_cost)
        ],
    )  # fmt: skip
    insert(
        "core.fct_mrr_commitments",
        [(now, then, day, "schedule") for day, now, then in company.scheduled],
    )
    insert(
        "core.fct_llm_prices_ahead_by_month",
        [(month(-ahead), company.price_factors.get(ahead, 1)) for ahead in range(12)],
    )
    insert(
        "core.dim_goals",
        [(metric, when, value, "", times) for metric, when, value, times in company.goals],
    )
