"""How often the shipped alert rules fire without cause, and how often they find what was planted.

The rules of `seeds/alert_thresholds.csv` are run by their own SQL (the compiled models
`dim_alert_rules`, `alert_checks` and `alert_episodes`) in a DuckDB of its own, over companies whose
KPIs are pure noise about a healthy level, and over the same with a fault planted in the last
period. A company is one value of a rule's dimension: thousands run at once. The table that
this prints is kept in docs/alerts.md.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa

ROOT: Final = Path(__file__).resolve().parent.parent
SEED: Final = 20261115
#: Models that are run, upstream first.
MODELS: Final = (
    "dim_alert_rules", "kpi_definitions", "alert_values", "alert_checks", "alert_episodes",
)  # fmt: skip
WEEKS_OF_PERIOD: Final = {"day": 1 / 7, "week": 1.0, "month": 365.25 / 12 / 7}
FIRST_PERIODS: Final = {
    "day": date(2001, 1, 1),
    "week": date(2001, 1, 1),
    "month": date(2001, 1, 1),
}

Floats = np.ndarray[tuple[int, int], np.dtype[np.float64]]
#: Draws (value, numerator, denominator) for companies x periods of a sample size; the last argument
#: is the planted fault of the last period (0: none).
Draw = Callable[[np.random.Generator, int, int, int, float], tuple[Floats, Floats, Floats]]


@dataclass(frozen=True)
class Trial:
    """One rule under noise: what is healthy, and which faults are planted (as people say them)."""

    alert_id: str
    metric: str
    grain: str
    healthy: str
    draw: Draw
    sizes: tuple[int, ...]
    faults: tuple[tuple[str, float], ...]
    dimension: str = "all"


@dataclass(frozen=True)
class Outcome:
    """False alarms a week per company, and the share of companies whose fault was found at once."""

    trial: Trial
    size: int
    false_alarms: float
    found: tuple[float, ...]


def _last(companies: int, periods: int, fault: float) -> Floats:
    planted = np.zeros((companies, periods))
    planted[:, -1] = fault
    return planted


def rates(healthy: float) -> Draw:
    """Independent events, each bad with the healthy probability; the fault is the bad one."""

    def draw(
        random: np.random.Generator, companies: int, periods: int, size: int, fault: float
    ) -> tuple[Floats, Floats, Floats]:
        chance = np.full((companies, periods), healthy)
        if fault:
            chance[:, -1] = fault
        bad = random.binomial(size, chance).astype(float)
        tries = np.full((companies, periods), float(size))
        return bad / tries, bad, tries

    return draw


def counts(users_share: float) -> Draw:
    """Events of a period: independent (share 0), or of users who are away one period in five.

    `users_share` is users per event; the fault is the share of usage that is gone.
    """

    def draw(
        random: np.random.Generator, companies: int, periods: int, size: int, fault: float
    ) -> tuple[Floats, Floats, Floats]:
        expected = np.full((companies, periods), float(size)) * (
            1 - _last(companies, periods, fault)
        )
        if users_share:
            users = max(1, round(size * users_share))
            expected *= random.binomial(users, 0.8, (companies, periods)) / (users * 0.8)
        events = random.poisson(expected).astype(float)
        return events, events, np.zeros_like(events)

    return draw


def growths(annual_share: float) -> Draw:
    """Growth of a book: 2 % of customers leave a month and as many come, at prices that differ
    (log-normal); the fault is the share of the book that leaves.

    With `annual_share`, that share of revenue is earned by the day, so that February has less.
    """

    def draw(
        random: np.random.Generator, companies: int, periods: int, size: int, fault: float
    ) -> tuple[Floats, Floats, Floats]:
        shape = (companies, periods)
        spread = 0.8
        mean = math.exp(spread**2 / 2)
        book = size * mean
        moves = random.poisson(0.02 * size, (2, *shape))
        # the sum of k log-normal prices, by the log-normal that has its mean and variance
        amounts = np.where(moves > 0, 1.0, 0.0) * moves * mean
        variance = np.log1p((math.exp(spread**2) - 1) / np.maximum(moves, 1))
        amounts *= np.exp(random.normal(size=amounts.shape) * np.sqrt(variance) - variance / 2)
        change = (amounts[0] - amounts[1]) / book - _last(companies, periods, fault)
        days = np.array([_days_of(number) for number in range(periods + 1)])
        by_day = annual_share * (days[1:] / days[:-1] - 1)
        value = change + by_day[np.newaxis, :]
        return value, value * book, np.full(shape, book)

    return draw


def shares_of_cost(healthy: float) -> Draw:
    """Calls of very different cost (log-normal), each unattributed with the healthy probability;
    the fault is the bad one."""

    def draw(
        random: np.random.Generator, companies: int, periods: int, size: int, fault: float
    ) -> tuple[Floats, Floats, Floats]:
        chance = np.full((companies, periods), healthy)
        if fault:
            chance[:, -1] = fault
        bill = np.zeros((companies, periods))
        bad = np.zeros((companies, periods))
        for _ in range(size):
            cost = random.lognormal(sigma=1.0, size=(companies, periods))
            bill += cost
            bad += np.where(random.random((companies, periods)) < chance, cost, 0)
        return bad / bill, bad, bill

    return draw


def levels(healthy: float, spread: float, lines: int = 1) -> Draw:
    """A level with noise about it, the mean of so many lines; the fault is the bad level."""

    def draw(
        random: np.random.Generator, companies: int, periods: int, size: int, fault: float
    ) -> tuple[Floats, Floats, Floats]:
        level = np.full((companies, periods), healthy)
        if fault:
            level[:, -1] = fault
        noise = random.uniform(-spread, spread, (lines, companies, periods)).mean(axis=0)
        value = level + noise
        return value, value, np.zeros_like(value)

    return draw


TRIALS: Final = (
    Trial("net_mrr_down", "net_mrr_growth", "month", "2 % leave, as many come", growths(0),
          (100, 300, 1000), (("15 % lost", 0.15), ("25 % lost", 0.25))),
    Trial("revenue_down", "recognised_revenue_growth", "month",
          "the same, 30 % on annual plans", growths(0.3),
          (100, 300, 1000), (("15 % lost", 0.15), ("25 % lost", 0.25))),
    Trial("churn_high", "customer_churn_rate", "month", "2 % leave", rates(0.02),
          (100, 300, 1000), (("8 % leave", 0.08), ("12 % leave", 0.12))),
    Trial("usage_down", "usage_events", "week", "independent events", counts(0),
          (200, 1000, 10_000), (("30 % gone", 0.3), ("50 % gone", 0.5))),
    Trial("error_rate_high", "error_rate", "day", "1 % fail", rates(0.01),
          (200, 1000, 10_000), (("8 % fail", 0.08), ("15 % fail", 0.15))),
    Trial("error_rate_high_week", "error_rate", "week", "1 % fail", rates(0.01),
          (200, 1000, 10_000), (("8 % fail", 0.08), ("15 % fail", 0.15))),
    Trial("margin_low", "gross_margin_rate", "month", "margin of 70 to 80 %", levels(0.75, 0.05),
          (100, 1000), (("margin of 54 %", 0.54), ("margin of 44 %", 0.44))),
    Trial("unattributed_cost_high", "unattributed_cost_share", "week", "3 % of calls", 
          shares_of_cost(0.03), (200, 1000), (("20 % of calls", 0.2), ("40 % of calls", 0.4))),
    Trial("reconciliation_gap", "cost_reconciliation_gap", "week",
          "20 lines within the tolerance of 2 %", levels(0.01, 0.01, 20),
          (200, 1000), (("gap of 10 %", 0.1), ("gap of 30 %", 0.3))),
    Trial("mrr_ledger_gap", "mrr_reconciliation_gap", "day", "the ledger ties", levels(0, 0),
          (0,), (("gap of 5.00", 5.0),)),
    Trial("unpriced_models", "unpriced_models", "day", "all have a price", levels(0, 0),
          (0,), (("one has none", 1.0),)),
    Trial("stale_source", "hours_since_sync", "day", "loaded every day, give or take 3 hours",
          levels(24, 3), (0,), (("a day missed", 48.0), ("three days missed", 96.0))),
    Trial("budget_exceeded", "llm_budget_use", "month", "heading for 79 to 95 % of the budget",
          levels(0.87, 0.08), (0,), (("110 %", 1.1), ("130 %", 1.3)), "budget"),
)  # fmt: skip

#: Shown beside the rules and not held to the limit: noise that is no longer healthy or independent.
HARDER: Final = (
    Trial("usage_down", "usage_events", "week", "users away one week in five, 10 events each",
          counts(0.1), (200, 1000, 10_000), (("30 % gone", 0.3), ("50 % gone", 0.5))),
    Trial("error_rate_high", "error_rate", "day", "2 % fail", rates(0.02),
          (200, 1000), (("8 % fail", 0.08), ("15 % fail", 0.15))),
    Trial("churn_high", "customer_churn_rate", "month", "3 % leave", rates(0.03),
          (100, 1000), (("8 % leave", 0.08), ("12 % leave", 0.12))),
)  # fmt: skip


def _days_of(month: int) -> int:
    """Days of a month, counted from January 2001."""
    first = _start("month", month)
    return (_start("month", month + 1) - first).days


def _start(grain: str, number: int) -> date:
    first = FIRST_PERIODS[grain]
    if grain == "month":
        return date(first.year + number // 12, number % 12 + 1, 1)
    return first + timedelta(days=number * (7 if grain == "week" else 1))


class Rules:
    """The shipped rules' own SQL, in a DuckDB in memory."""

    def __init__(self, scratch: Path) -> None:
        """Compile the models into `scratch` and make the tables that they read."""
        self._sql = compiled_models(scratch, MODELS)
        self._connection = duckdb.connect()
        self._connection.execute(
            "attach ':memory:' as warehouse; use warehouse; create schema seeds; "
            "create schema core; create schema monitoring; set preserve_insertion_order = false; "
            "create table monitoring.load_freshness_by_source "
            "(last_synced_at timestamp, is_stale boolean)"
        )
        self._connection.execute(
            "create table seeds.alert_thresholds as from read_csv(?, types = {"
            "'warning': 'decimal(38, 9)', 'critical': 'decimal(38, 9)', "
            "'minimum_sample': 'bigint'})",
            [str(ROOT / "seeds" / "alert_thresholds.csv")],
        )
        for schema, name in (("core", MODELS[0]), ("monitoring", MODELS[1])):
            self._connection.execute(f"create table {schema}.{name} as {self._sql[name]}")

    def rules(self) -> list[str]:
        """Ids of all shipped rules."""
        rows = self._connection.execute("select alert_id from core.dim_alert_rules order by 1")
        return [str(row[0]) for row in rows.fetchall()]

    def judge(self, kpis: pa.Table) -> duckdb.DuckDBPyConnection:
        """Run the rules over `kpis` (columns as in monitoring.kpis) into alert_checks and
        alert_episodes; returns the connection to ask them."""
        self._connection.register("given_kpis", kpis)
        self._connection.execute(
            "create or replace table monitoring.kpis as select * replace ("
            "cast(value as decimal(38, 9)) as value, "
            "cast(numerator as decimal(38, 9)) as numerator, "
            "cast(denominator as decimal(38, 9)) as denominator) from given_kpis"
        )
        for name in MODELS[2:]:
            self._connection.execute(
                f"create or replace table monitoring.{name} as {self._sql[name]}"
            )
        return self._connection


def compiled_models(scratch: Path, names: tuple[str, ...]) -> dict[str, str]:
    """SQL of models as dbt compiles them for DuckDB, without a database."""
    dbt = Path(sys.executable).with_name("dbt")
    environment = {
        **os.environ,
        "WAREHOUSE_PATH": str(scratch / "warehouse.duckdb"),
        "DBT_TARGET_PATH": str(scratch / "target"),
        "DBT_LOG_PATH": str(scratch / "logs"),
    }
    environment.pop("SEEDS_DIR", None)
    command = [str(dbt), "--no-populate-cache", "compile", "--no-introspect", "--quiet", "--select"]
    subprocess.run(
        [*command, *names], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL
    )
    folder = scratch / "target" / "compiled"
    return {name: next(folder.rglob(f"{name}.sql")).read_text() for name in names}


def kpis_of(
    trial: Trial, size: int, companies: int, periods: int, fault: float, seed: int = SEED
) -> pa.Table:
    """Rows of monitoring.kpis: one series per company."""
    random = np.random.default_rng([seed, size, round(fault * 1000)])
    value, numerator, denominator = trial.draw(random, companies, periods, size, fault)
    starts = [_start(trial.grain, number) for number in range(periods)]
    rows = companies * periods
    return pa.table(
        {
            "metric": [trial.metric] * rows,
            "period_grain": [trial.grain] * rows,
            "period_start": starts * companies,
            "dimension": [trial.dimension] * rows,
            "dimension_value": np.repeat(np.arange(companies).astype(str), periods),
            "value": value.ravel(),
            "numerator": numerator.ravel(),
            "denominator": denominator.ravel(),
            "sample_size": np.full(rows, size, dtype=np.int64),
            "unit": ["share"] * rows,
            "currency": pa.nulls(rows, pa.string()),
            "is_provisional": np.zeros(rows, dtype=bool),
        }
    )


def try_out(rules: Rules, trial: Trial, size: int, companies: int, periods: int) -> Outcome:
    """False alarms on noise, and what is found of each planted fault."""
    alarms = _asked(
        rules.judge(kpis_of(trial, size, companies, periods, 0)),
        "select count(*) from monitoring.alert_episodes where alert_id = ?",
        trial,
    )
    found = tuple(
        _asked(
            rules.judge(kpis_of(trial, size, companies, 3, fault)),
            "select count(*) from monitoring.alert_checks where alert_id = ? "
            "and status in ('warning', 'critical') "
            "and period_start = (select max(period_start) from monitoring.kpis)",
            trial,
        )
        / companies
        for _, fault in trial.faults
    )
    weeks = companies * periods * WEEKS_OF_PERIOD[trial.grain]
    return Outcome(trial, size, alarms / weeks, found)


def _asked(connection: duckdb.DuckDBPyConnection, sql: str, trial: Trial) -> int:
    row = connection.execute(sql, [trial.alert_id]).fetchone()
    return int(row[0]) if row else 0


def run(scratch: Path, small: bool) -> Iterator[str]:
    """The table of docs/alerts.md, line by line."""
    rules = Rules(scratch)
    companies, periods = (300, 26) if small else (1000, 52)
    yield "| rule | noise | sample | false alarms a week | found at once |"
    yield "|---|---|---:|---:|---|"
    for trial in (*TRIALS, *HARDER):
        for size in trial.sizes:
            outcome = try_out(rules, trial, size, companies, periods)
            found = ", ".join(
                f"{name}: {share:.1%}"
                for (name, _), share in zip(trial.faults, outcome.found, strict=True)
            )
            sample = f"{size:,}" if size else "any"
            yield (
                f"| {trial.alert_id} | {trial.healthy} | {sample} "
                f"| {outcome.false_alarms:.2%} | {found} |"
            )
