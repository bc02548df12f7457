"""The shipped alert rules under pure noise and with planted faults, by their own compiled SQL.

A fast version of `python -m benchmarks alerts`, whose table stands in docs/alerts.md: every rule at
the smallest sample with which it may fire.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from fractions import Fraction

import pyarrow as pa
import pytest

from benchmarks.alerts import TRIALS, WEEKS_OF_PERIOD, Rules, kpis_of

COMPANIES = 250
PERIODS = 26
#: False alarms a week that a rule may give, by the design.
MOST_FALSE_ALARMS = 0.02


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    return Rules(tmp_path_factory.mktemp("rules"))


def test_every_shipped_rule_is_tried(rules: Rules) -> None:
    assert sorted(trial.alert_id for trial in TRIALS) == rules.rules()


def test_no_rule_gives_two_false_alarms_in_a_hundred_weeks(rules: Rules) -> None:
    noise = [kpis_of(trial, trial.sizes[0], COMPANIES, PERIODS, 0) for trial in TRIALS]
    found = rules.judge(pa.concat_tables(noise)).execute(
        "select alert_id from monitoring.alert_episodes"
    )
    alarms = Counter(str(row[0]) for row in found.fetchall())
    rates = {
        trial.alert_id: alarms[trial.alert_id]
        / (COMPANIES * PERIODS * WEEKS_OF_PERIOD[trial.grain])
        for trial in TRIALS
    }
    assert max(rates.values()) < MOST_FALSE_ALARMS, rates
    assert alarms["usage_down"], "noise that never fires at all would prove nothing"


def test_planted_faults_are_found_in_their_own_period(rules: Rules) -> None:
    for worse in (0, 1):
        planted = [(trial, trial.faults[worse][1]) for trial in TRIALS if len(trial.faults) > worse]
        rows = [kpis_of(trial, trial.sizes[0], COMPANIES, 3, fault) for trial, fault in planted]
        fired = rules.judge(pa.concat_tables(rows)).execute(
            "select alert_id, count(*) filter (status in ('warning', 'critical')) "
            "from monitoring.alert_checks where (alert_id, period_start) in ("
            "select alert_id, max(period_start) from monitoring.alert_checks group by alert_id) "
            "group by alert_id"
        )
        shares = {alert_id: count / COMPANIES for alert_id, count in fired.fetchall()}
        assert sorted(shares) == sorted(trial.alert_id for trial, _ in planted)
        least = 0.99 if worse else 0.7
        assert min(shares.values()) > least, shares


def at_most(hits: int, tries: int) -> Fraction:
    """Exact chance of at most so many heads in so many throws of a coin."""
    ways, total = 1, 0
    for k in range(hits + 1):
        total += ways
        ways = ways * (tries - k) // (k + 1)
    return Fraction(total, 2**tries)


def test_the_chance_of_a_drop_is_never_understated(rules: Rules) -> None:
    """Against exact rational arithmetic: an upper bound, and a close one where it decides."""
    pairs = [
        (before, now)
        for before in (1, 2, 5, 17, 200, 1000)
        for now in sorted({round(before * share / 20) for share in range(21)})
    ]
    rows = [
        ("usage_events", "week", start, "all", f"{before} {now}", value)
        for before, now in pairs
        for start, value in ((date(2026, 3, 2), before), (date(2026, 3, 9), now))
    ]
    names = ["metric", "period_grain", "period_start", "dimension", "dimension_value", "value"]
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    count = len(rows)
    kpis = pa.table(
        columns
        | {
            "numerator": pa.nulls(count, pa.int64()),
            "denominator": pa.nulls(count, pa.int64()),
            "sample_size": columns["value"],
            "unit": ["count"] * count,
            "currency": pa.nulls(count, pa.string()),
            "is_provisional": [False] * count,
        }
    )
    found = rules.judge(kpis).execute(
        "select dimension_value, chance, status from monitoring.alert_checks "
        "where alert_id = 'usage_down' and period_start = date '2026-03-09'"
    )
    chances = {name: (Fraction(chance), status) for name, chance, status in found.fetchall()}
    assert len(chances) == len(pairs)
    rounding = Fraction(3, 10**9)
    for before, now in pairs:
        chance, status = chances[f"{before} {now}"]
        exact = at_most(now, before + now)
        assert chance + rounding >= exact, (before, now)
        if exact < Fraction(1, 20):
            assert chance <= exact * Fraction(13, 10) + rounding, (before, now)
        if before >= 200 and now / before < 0.8:
            # beyond the threshold and large enough: chance alone decides
            assert (status == "perhaps_chance") == (chance > Fraction(1, 100)), (before, now)
