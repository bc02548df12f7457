"""Bands and errors of the top-down forecast on the M3 competition's monthly series.

    python -m benchmarks.forecasts PATH/TO/M3.rda [--known 30] [--ahead 6] [--series 200]
    M3_SERIES=PATH/TO/M3.rda make bench ARGS=forecasts

The file is `data/M3.rda` of robjhyndman/Mcomp (GPL-3: read from where it lies, no part of this
project). It needs `rdata`; with `statsforecast` installed, AutoETS is measured on the same series.
The SQL is that of the models, compiled by dbt, each series a metric. Promised: bands of 80 % hold
75 to 85 of 100 times, those of 95 % 92 to 98, and the error is at most 1.05 times AutoETS's.
"""

from __future__ import annotations

import argparse
import importlib
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np

from benchmarks.measure import ROOT

MODELS: Final = (
    "forecast_history",
    "forecast_levels",
    "forecast_mrr_flows",
    "forecasts_bottom_up",
    "forecasts_of_series",
)
#: Names the file of series for `python -m benchmarks forecasts`.
PATH_SETTING: Final = "M3_SERIES"
#: Months known to the forecasts of one run.
KNOWN: Final = (18, 24, 30, 36)
AHEAD: Final = 6

_LAST: Final = date(2026, 5, 1)
_INPUTS: Final = """
create schema finance;
create table finance.actuals_by_month (metric varchar, month date, value decimal(38, 9),
    currency varchar, missing_costs varchar, is_provisional boolean);
create table finance.mrr_movements_by_month (month date, opening_mrr decimal(38, 9),
    closing_mrr decimal(38, 9), new_mrr decimal(38, 9), reactivation_mrr decimal(38, 9),
    resume_mrr decimal(38, 9), expansion_mrr decimal(38, 9), contraction_mrr decimal(38, 9),
    churn_mrr decimal(38, 9), pause_mrr decimal(38, 9));
"""


@dataclass(frozen=True)
class Series:
    """Months known, and those that came."""

    known: Sequence[float]
    came: Sequence[float]


def read_m3(path: Path, known: int, ahead: int, most: int) -> list[Series]:
    """Monthly series above zero: the last months known of each, and the first that came."""
    rdata: Any = importlib.import_module("rdata")
    found = []
    for entry in rdata.read_rda(path)["M3"].values():
        if not str(np.ravel(entry["period"])[0]).lower().startswith("month"):
            continue
        past = [float(value) for value in np.ravel(entry["x"])][-known:]
        came = [float(value) for value in np.ravel(entry["xx"])][:ahead]
        if len(past) == known and min(*past, *came) > 0:
            found.append(Series(past, came))
    step = max(len(found) // most, 1)
    return found[::step][:most]


def compiled() -> dict[str, str]:
    """The SQL of the models, as dbt compiles it for DuckDB."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "WAREHOUSE_PATH": f"{folder}/warehouse.duckdb",
            "DBT_TARGET_PATH": f"{folder}/target",
            "AS_OF": "2026-06-15",
        }
        dbt = Path(sys.executable).with_name("dbt")
        subprocess.run(
            [str(dbt), "compile", "--quiet", "--select", *MODELS],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        place = Path(folder) / "target/compiled/usage_vs_revenue/models/marts/finance"
        return {name: (place / f"{name}.sql").read_text() for name in MODELS}


def forecasts(series: Sequence[Series], statements: dict[str, str]) -> list[tuple[Any, ...]]:
    """Number of the series, months ahead, value and bounds, from each series' last month."""
    with tempfile.TemporaryDirectory() as folder:
        connection = duckdb.connect(f"{folder}/warehouse.duckdb")
        connection.execute(_INPUTS)
        rows = []
        for number, one in enumerate(series):
            for back, value in enumerate(reversed(one.known)):
                months = _LAST.year * 12 + _LAST.month - 1 - back
                when = date(months // 12, months % 12 + 1, 1)
                rows.append((f"series_{number}", when, value, "usd", None, False))
        connection.executemany(
            "insert into finance.actuals_by_month values (?, ?, ?, ?, ?, ?)", rows
        )
        for name, sql in statements.items():
            connection.execute(f"create table finance.{name} as {sql}")
        return connection.execute(
            "select replace(metric, 'series_', '')::int, months_ahead, value, lower_80, upper_80, "
            "lower_95, upper_95 from finance.forecasts_of_series where origin_month = ? "
            "order by 1, 2",
            [_LAST],
        ).fetchall()


def auto_ets(series: Sequence[Series], ahead: int) -> list[list[float]] | None:
    """The middle of AutoETS for each series; None where statsforecast is not installed."""
    try:
        models: Any = importlib.import_module("statsforecast.models")
    except ImportError:
        return None
    return [
        [
            float(value)
            for value in models.AutoETS(season_length=12)
            .forecast(y=np.array(one.known), h=ahead)["mean"]
        ]
        for one in series
    ]  # fmt: skip


def smape(expected: Sequence[float], came: Sequence[float]) -> float:
    """Symmetric mean absolute percentage error, in percent."""
    pairs = zip(expected, came, strict=True)
    return 200 * float(np.mean([abs(a - b) / (abs(a) + abs(b)) for a, b in pairs]))


def judged(
    series: Sequence[Series], statements: dict[str, str], known: int, ahead: int
) -> tuple[list[str], bool]:
    """What was measured, as lines of text, and whether each promise is kept."""
    inside_80, inside_95 = [], []
    middles: list[list[float]] = [[] for _ in series]
    for number, months, value, *bounds in forecasts(series, statements):
        if months > ahead:
            continue
        came = series[number].came[months - 1]
        lower_80, upper_80, lower_95, upper_95 = (float(bound) for bound in bounds)
        inside_80.append(lower_80 <= came <= upper_80)
        inside_95.append(lower_95 <= came <= upper_95)
        middles[number].append(float(value))
    ours = float(
        np.mean([smape(middle, one.came) for middle, one in zip(middles, series, strict=True)])
    )
    held_80, held_95 = 100 * float(np.mean(inside_80)), 100 * float(np.mean(inside_95))
    lines = [
        f"{len(series)} series, {known} months known, {ahead} ahead",
        f"80 % bands held {held_80:.1f} %, 95 % bands {held_95:.1f} %; sMAPE {ours:.2f}",
    ]
    kept = 75 <= held_80 <= 85 and 92 <= held_95 <= 98
    theirs = auto_ets(series, ahead)
    if theirs is None:
        return [*lines, "AutoETS: not measured, statsforecast is not installed"], kept
    error = float(
        np.mean([smape(middle, one.came) for middle, one in zip(theirs, series, strict=True)])
    )
    lines.append(
        f"AutoETS: sMAPE {error:.2f}; ours is {ours / error:.3f} times that (at most 1.05)"
    )
    return lines, kept and not math.isnan(error) and ours <= 1.05 * error


def run(scratch: Path, small: bool) -> Iterator[str]:
    """The series of the file that M3_SERIES names, at several lengths of history."""
    if PATH_SETTING not in os.environ:
        yield f"not measured: {PATH_SETTING} names no file (M3.rda of robjhyndman/Mcomp)"
        return
    statements = compiled()
    for known in KNOWN:
        series = read_m3(Path(os.environ[PATH_SETTING]), known, AHEAD, 100 if small else 1_428)
        lines, kept = judged(series, statements, known, AHEAD)
        yield from lines
        yield "as promised" if kept else "NOT as promised"


def main() -> int:
    """Print the measures; 1 where a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("path", type=Path)
    parser.add_argument("--known", type=int, default=30)
    parser.add_argument("--ahead", type=int, default=AHEAD)
    parser.add_argument("--series", type=int, default=200)
    asked = parser.parse_args()
    series = read_m3(asked.path, asked.known, asked.ahead, asked.series)
    lines, kept = judged(series, compiled(), asked.known, asked.ahead)
    print("\n".join(lines))
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
