"""What is forecast: planted series, scheduled changes, odd histories, and bands that hold."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

import duckdb
import pytest

from support.forecasts import Company, ForecastSql, month

NUMBERS = ("value", "lower_80", "upper_80", "lower_95", "upper_95", "known_change")


@pytest.fixture(scope="module")
def sql(tmp_path_factory: pytest.TempPathFactory) -> ForecastSql:
    return ForecastSql(tmp_path_factory.mktemp("forecasts"))


def rows(played: duckdb.DuckDBPyConnection, metric: str, *columns: str) -> list[tuple[Any, ...]]:
    """Columns of a metric's months ahead, in order."""
    return played.execute(
        f"select {', '.join(columns)} from finance.forecast_by_month where metric = ? "
        "order by month",
        [metric],
    ).fetchall()


def test_what_never_changed_is_forecast_to_stay(sql: ForecastSql) -> None:
    played = sql.forecast(Company.of_series([1000.0] * 24, direct_cost=10))
    for metric, value in [
        ("mrr", "1000"), ("recognised_revenue", "1000"), ("llm_cost", "1000"),
        ("gross_margin", "-10"),
    ]:  # fmt: skip
        found = rows(played, metric, "month", "months_ahead", *NUMBERS[:5], "reason")
        amount = Decimal(value)
        assert found == [(month(1 - h), h, *[amount] * 5, None) for h in range(1, 13)], metric
    judged = rows(played, "mrr", "coverage_80", "coverage_95", "coverage_n")
    # Of 24 months, those one ahead were made at the ends of months 12 to 23.
    assert judged[0] == (1, 1, 12)
    assert judged[5] == (1, 1, 7)
    # Twelve ahead needs 24 months behind: none was made before.
    assert judged[11] == (None, None, 0)


def reckoned_top_down(values: Sequence[float], ahead: int) -> tuple[float, float]:
    """The top-down forecast as DECISIONS.md says it: its middle and half of its 80 % band."""
    x = [math.log(value) for value in values]

    def drift(at: int) -> float:
        first = max(at - 12, 0)
        return (x[at] - x[first]) / (at - first) / 2

    tried = []
    for alpha in (0.2, 0.4, 0.6, 0.8, 1.0):
        level, squares = x[0], []
        for at in range(1, len(x)):
            level = alpha * x[at] + (1 - alpha) * level
            if at + 1 < len(x):
                squares.append((x[at + 1] - level - 0.9 * drift(at)) ** 2)
        squares = squares[-24:]
        tried.append((math.sqrt(sum(squares) / len(squares)), level))
    deviation, level = min(tried)
    fading = sum(0.9**step for step in range(1, ahead + 1))
    return (
        level + fading * drift(len(x) - 1),
        1.35 * deviation * math.sqrt(1 + 0.6 * (ahead - 1)),
    )


def test_cost_goes_by_level_and_fading_drift(sql: ForecastSql) -> None:
    chance = random.Random(5)
    for length in (12, 19, 40):
        series = [round(math.exp(5 + 0.04 * at + chance.gauss(0, 0.1)), 2) for at in range(length)]
        played = sql.forecast(Company.of_series(series))
        found = rows(played, "llm_cost", "months_ahead", "value", "lower_80", "upper_80", "method")
        assert [row[0] for row in found] == list(range(1, min(12, length // 2) + 1))
        for ahead, value, lower, upper, method in found:
            middle, half = reckoned_top_down(series, ahead)
            assert float(value) == pytest.approx(math.exp(middle), abs=2e-4)
            assert float(lower) == pytest.approx(math.exp(middle - half), abs=2e-4)
            assert float(upper) == pytest.approx(math.exp(middle + half), abs=2e-4)
            assert method == "top_down"


def test_mrr_is_the_middle_of_both_and_the_gap_widens_its_band(sql: ForecastSql) -> None:
    """A book that loses a tenth each month and gains 200: bottom-up alone sees where it ends."""
    book, flows = 1000.0, []
    for _ in range(24):
        flows.append((book, 200.0, -book / 10, book * 0.9 + 200))
        book = flows[-1][3]
    played = sql.forecast(Company(mrr=flows))
    found = rows(played, "mrr", "months_ahead", "value", "lower_80", "upper_80")
    for ahead, value, lower, upper in found:
        top, half = reckoned_top_down([flow[3] for flow in flows], ahead)
        bottom = math.log(2000 + (book - 2000) * 0.9**ahead)
        middle = (top + bottom) / 2
        spread = math.sqrt(half**2 / 2 + ((top - bottom) / 2) ** 2)
        assert float(value) == pytest.approx(math.exp(middle), rel=1e-6)
        assert float(lower) == pytest.approx(math.exp(middle - spread), rel=1e-6)
        assert float(upper) == pytest.approx(math.exp(middle + spread), rel=1e-6)


def test_what_is_scheduled_is_in_it_exactly(sql: ForecastSql) -> None:
    chance = random.Random(2)
    series = [1000 + 10 * at + chance.gauss(0, 20) for at in range(30)]
    plain = sql.forecast(Company.of_series(series))
    known = sql.forecast(
        Company.of_series(
            series,
            # A cancellation at the beginning of September, a smaller plan from 16 November on.
            scheduled=[("2026-09-01 00:00:00", 120, 0), ("2026-11-16 00:00:00", 50, 20)],
            price_factors=dict.fromkeys(range(3, 12), 0.5),
        )
    )

    def difference(metric: str) -> list[Decimal]:
        pairs = zip(rows(known, metric, "value"), rows(plain, metric, "value"), strict=True)
        return [with_it[0] - without[0] for with_it, without in pairs]

    assert difference("mrr") == [0] * 3 + [-120] * 2 + [-150] * 7
    # September has all of it; of November's change 15 days of 30 are in force.
    revenue = [0] * 3 + [-120] * 2 + [-135] + [-150] * 6
    assert difference("recognised_revenue") == revenue
    costs = [row[0] for row in rows(plain, "llm_cost", "value")]
    half = [Decimal(0)] * 3 + [-cost / 2 for cost in costs[3:]]
    assert difference("llm_cost") == half
    assert difference("gross_margin") == [
        earned - cost for earned, cost in zip(revenue, half, strict=True)
    ]
    assert [row[0] for row in rows(known, "mrr", "known_change")] == difference("mrr")
    assert [row[0] for row in rows(known, "llm_cost", "known_change")] == half


MOVED = ("new", "expansion", "contraction", "churn", "reactivation", "pause", "resume")


def movements(played: duckdb.DuckDBPyConnection) -> list[dict[str, Decimal]]:
    """Months ahead with what is expected to move MRR."""
    found = played.execute("select * from finance.forecast_movements_by_month order by month")
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def test_what_comes_and_goes_adds_up_to_the_forecast_of_mrr(sql: ForecastSql) -> None:
    """A book that loses a tenth each month and gains 200, beside what is scheduled."""
    book, flows = 1000.0, []
    for _ in range(24):
        flows.append((book, 200.0, -book / 10, book * 0.9 + 200))
        book = flows[-1][3]
    company = Company(
        mrr=flows,
        # an end, a smaller plan, a larger one and a start, in September and October
        scheduled=[
            ("2026-09-01 00:00:00", 120, 0), ("2026-09-30 00:00:00", 50, 20),
            ("2026-10-05 00:00:00", 10, 17), ("2026-10-05 00:00:00", 0, 40),
        ],
    )  # fmt: skip
    played = sql.forecast(company)
    months = movements(played)
    forecast = rows(played, "mrr", "month", "value", "known_change")
    assert [month["month"] for month in months] == [month for month, _, _ in forecast]
    opening, known_before = Decimal(str(round(book, 9))), Decimal(0)
    for found, (_, value, known) in zip(months, forecast, strict=True):
        assert abs(found["opening_mrr"] - opening) < Decimal("1e-8")
        moved = sum(found[f"{name}_mrr"] for name in MOVED)
        assert found["opening_mrr"] + moved == found["closing_mrr"] == value
        assert found["net_new_mrr"] == moved
        assert found["scheduled_change"] == known - known_before
        opening, known_before = value, known
        assert not any(found[f"{name}_mrr"] for name in ("reactivation", "pause", "resume"))
    # What is usual leans by one share, so that it and what is scheduled are the forecast's change.
    for ahead, found in enumerate(months, start=1):
        start = float(found["opening_mrr"])
        usual_new, usual_churn = 200.0, -start / 10
        scheduled = float(found["scheduled_change"])
        lean = float(found["net_new_mrr"]) - scheduled - usual_new - usual_churn
        lean /= usual_new - usual_churn
        new = usual_new * (1 + lean) + (40 if ahead == 5 else 0)
        churn = usual_churn * (1 - lean) - (120 if ahead == 4 else 0)
        assert abs(lean) < 1
        assert float(found["new_mrr"]) == pytest.approx(new, abs=3e-4)
        assert float(found["churn_mrr"]) == pytest.approx(churn, abs=3e-4)
        assert found["contraction_mrr"] == (-30 if ahead == 4 else 0)
        assert found["expansion_mrr"] == (7 if ahead == 5 else 0)


def test_movements_keep_their_sign_whatever_is_forecast(sql: ForecastSql) -> None:
    """Where usual movements do not lead to the forecast, the rest came as new or went."""
    chance = random.Random(11)
    for length, jump in ((3, 1.0), (5, 0.2), (14, 3.0), (30, 0.1), (30, 20.0)):
        series = [1000 * math.exp(chance.gauss(0, 0.3)) for _ in range(length - 1)]
        played = sql.forecast(Company.of_series([*series, 1000 * jump]))
        months = movements(played)
        assert len(months) == min(12, length // 2)
        for found in months:
            assert (
                found["opening_mrr"] + sum(found[f"{n}_mrr"] for n in MOVED)
                == (found["closing_mrr"])
            )
            assert all(found[f"{name}_mrr"] >= 0 for name in ("new", "expansion", "resume"))
            assert all(found[f"{name}_mrr"] <= 0 for name in ("churn", "contraction", "pause"))
    assert movements(sql.forecast(Company.of_series([5.0, 6.0]))) == []


def test_dated_prices_are_known_ahead_by_the_day(sql: ForecastSql) -> None:
    """Two dollars of May on model a (half of it output), one on b; a changes twice, b never."""
    factors = sql.price_factors(
        [
            ("a", "2020-01-01", "2026-07-01", 1000, 4000),
            ("a", "2026-07-01", "2026-08-17", 1000, 2000),
            ("a", "2026-08-17", "9999-12-31", 3000, None),
            ("b", "2020-01-01", "9999-12-31", 500, 500),
        ],
        [("a", "2026-05-03", 1_000_000, 250_000), ("b", "2026-05-31", 2_000_000, 0),
         ("a", "2026-04-30", 9_000_000, 0), ("a", "2026-06-01", 9_000_000, 0)],
        "3",
    )  # fmt: skip
    # July: output at half is 0.50 less of 3.00. From 17 August on (15 days of 31) input costs
    # 2.00 more, and output, which has no rate then, what it did.
    assert factors[:2] == [1, Decimal("0.833333333")]
    august = 1 + (Decimal(16) / 31 * Decimal("-0.5") + Decimal(15) / 31 * 2) / 3
    assert abs(factors[2] - august) < Decimal("1e-8")
    assert factors[3:] == [Decimal("1.666666667")] * 9
    assert sql.price_factors([], [], "0") == [1] * 12


def test_the_margin_is_what_revenue_and_costs_leave(sql: ForecastSql) -> None:
    chance = random.Random(3)
    revenue = [round(900 + 20 * at + chance.gauss(0, 30), 2) for at in range(26)]
    company = Company.of_series(revenue, direct_cost=12.5)
    company.llm_cost = [round(300 + 5 * at + chance.gauss(0, 10), 2) for at in range(26)]
    played = sql.forecast(company)
    parts = [
        [row[0] for row in rows(played, metric, "value")]
        for metric in ("recognised_revenue", "llm_cost", "gross_margin")
    ]
    direct = [
        row[0]
        for row in played.execute(
            "select value from finance.forecasts_ahead where metric = 'direct_cost' order by month"
        ).fetchall()
    ]
    assert direct == [Decimal("12.5")] * 12
    for earned, cost, margin, other in zip(*parts, direct, strict=True):
        assert margin == earned - cost - other
    assert {row[0] for row in rows(played, "gross_margin", "missing_costs")} == {"other"}


@pytest.mark.parametrize(
    ("length", "ahead", "reason"),
    [
        (0, 1, "no closed month"),
        (1, 1, "closed months 1, a forecast needs 3"),
        (2, 1, "closed months 2, a forecast needs 3"),
        (3, 1, "closed months 3, a band needs 12"),
        (11, 5, "closed months 11, a band needs 12"),
        (12, 6, None),
    ],
)
def test_too_little_history_is_said(
    sql: ForecastSql, length: int, ahead: int, reason: str | None
) -> None:
    played = sql.forecast(Company.of_series([100.0 + at for at in range(length)]))
    for metric in ("mrr", "recognised_revenue", "llm_cost", "gross_margin"):
        found = rows(played, metric, "month", "value", "lower_80", "upper_95", "reason")
        assert len(found) == ahead, metric
        assert found[0][0] == month(0)
        for _, value, lower, upper, said in found:
            assert (value is None) == (length < 3)
            assert (lower is None) == (upper is None) == (length < 12)
            assert (said is None) == (reason is None)
            assert not reason or reason in said or "no closed month" in said


ODD = {
    "a zero in the middle": [100.0] * 12 + [0.0] + [120.0] * 12,
    "negative months": [50.0, -20.0, 30.0, -60.0] * 6,
    "all zero": [0.0] * 24,
    "zeros, then a first customer": [0.0] * 20 + [49.0] * 4,
    "one customer that left": [49.0] * 20 + [0.0] * 4,
    "tiny": [1e-9 * (at % 3 + 1) for at in range(24)],
    "huge": [1e14 * (at + 1) for at in range(24)],
    "leaps": [1.0, 1e6] * 12,
    "from a cent to billions": [0.01 * 4.0**at for at in range(24)],
    "to nothing": [1e9 / 5.0**at + 1e-9 for at in range(24)],
}


@pytest.mark.parametrize("name", ODD)
def test_odd_histories_give_finite_numbers_or_a_reason(sql: ForecastSql, name: str) -> None:
    series = ODD[name]
    played = sql.forecast(Company.of_series(series, direct_cost=1))
    for metric in ("mrr", "recognised_revenue", "llm_cost", "gross_margin"):
        found = rows(played, metric, "reason", "history_months", "months_ahead", *NUMBERS)
        assert found
        for reason, months, ahead, *numbers in found:
            if numbers[0] is None:
                assert reason
                continue
            assert ahead <= max(months // 2, 1)
            value, lower_80, upper_80, lower_95, upper_95, _ = numbers
            if lower_80 is not None:
                assert lower_95 <= lower_80 <= value <= upper_80 <= upper_95
            assert all(n is None or n.is_finite() for n in numbers)
            assert all(n is None or abs(n) < Decimal("1e23") for n in numbers)
            assert metric not in ("mrr", "llm_cost") or value >= 0
    if name == "zeros, then a first customer":
        assert rows(played, "mrr", "history_months")[0] == (4,)


def test_what_came_before_a_gap_is_not_learnt_from(sql: ForecastSql) -> None:
    series = [5.0] * 10 + [1.0] + [100.0] * 13
    played = sql.forecast(Company.of_series(series, left_out=[10]))
    for metric in ("mrr", "recognised_revenue", "llm_cost"):
        found = rows(played, metric, "value", "history_months")
        assert found == [(Decimal(100), 13)] * 6


def test_goals_stand_beside_what_happened_and_what_is_forecast(sql: ForecastSql) -> None:
    played = sql.forecast(
        Company.of_series(
            [1000.0] * 24,
            goals=[
                ("mrr", month(1), 800, 1),
                ("mrr", month(-3), 1250, 2),
                ("mrr", month(-40), 9999, 1),
                ("mmr", month(-3), 5, 1),
                ("llm_cost", month(0), 0, 1),
            ],
        )
    )
    found = played.execute(
        "select metric, goal, actual, forecast, difference, difference_rate, compared_with, reason "
        "from finance.goals_by_month order by metric desc, month"
    ).fetchall()
    assert found[0] == ("mrr", 800, 1000, None, 200, Decimal("0.25"), "actual", None)
    assert found[1][:7] == ("mrr", 1250, None, 1000, -250, Decimal("-0.2"), "forecast")
    assert "more than once" in found[1][7]
    assert found[2][1:7] == (9999, None, None, None, None, None)
    assert "neither" in found[2][7]
    assert "no metric is called mmr" in found[3][7]
    assert found[4][:7] == ("llm_cost", 0, None, 1000, 1000, None, "forecast")


def simulated(chance: random.Random, months: int) -> list[tuple[float, float, float, float]]:
    """Months of MRR of customers of log-normal prices who come at a wandering rate, and leave."""
    arrivals, churn, growth = chance.uniform(3, 25), chance.uniform(0.01, 0.06), 0.01
    book: list[float] = [chance.lognormvariate(4, 1) for _ in range(int(arrivals * 3))]
    flows = []
    for _ in range(months):
        opening = sum(book)
        arrivals *= math.exp(chance.gauss(0.005, 0.12))
        stay = [price for price in book if chance.random() > churn]
        grown = [
            price * chance.uniform(0.7, 1.8) if chance.random() < 3 * growth else price
            for price in stay
        ]
        came = [
            chance.lognormvariate(4, 1)
            for _ in range(sum(chance.random() < arrivals / 200 for _ in range(200)))
        ]
        book = grown + came
        flows.append((opening, sum(came), sum(grown) - opening, sum(book)))
    return flows


@pytest.mark.slow
def test_bands_hold_on_simulated_companies(sql: ForecastSql) -> None:
    """30 companies of other makings than the demo's, 24 to 36 months, up to 12 months ahead."""
    inside: list[tuple[bool, bool]] = []
    for seed in range(30):
        chance = random.Random(seed)
        flows = simulated(chance, 48)
        known = flows[: chance.randrange(24, 37)]
        found = rows(sql.forecast(Company(mrr=known)), "mrr", "months_ahead", *NUMBERS[1:5])
        for ahead, lower_80, upper_80, lower_95, upper_95 in found:
            came = flows[len(known) + ahead - 1][3]
            inside.append((lower_80 <= came <= upper_80, lower_95 <= came <= upper_95))
    assert len(inside) == 360
    assert 0.74 <= sum(row[0] for row in inside) / len(inside) <= 0.92
    assert 0.87 <= sum(row[1] for row in inside) / len(inside) <= 0.995


#: Fader and Hardie (2007), table 1: customers alive after each of seven years, of 1,000.
PUBLISHED = {
    "Regular": [1000, 631, 468, 382, 326, 289, 262, 241],
    "High End": [1000, 869, 743, 653, 593, 551, 517, 491],
}


def lost(alive: Sequence[int]) -> list[tuple[int, int]]:
    return [(before, before - after) for before, after in pairwise(alive)]


def test_lifetimes_are_those_of_the_published_table(sql: ForecastSql) -> None:
    played = sql.fit({name: lost(alive) for name, alive in PUBLISHED.items()}, months=12)
    fits = played.execute(
        "select segment, alpha, beta, likelihood_gain from finance.lifetime_fits_by_segment "
        "order by segment desc"
    ).fetchall()
    assert [(name, round(alpha, 3), round(beta, 3)) for name, alpha, beta, _ in fits] == [
        ("Regular", Decimal("0.704"), Decimal("1.182")),
        ("High End", Decimal("0.668"), Decimal("3.806")),
    ]
    assert all(gain > 10 for *_, gain in fits)
    # Expected years at a discount of 10 %: the closed form by Gauss's hypergeometric function.
    lives = played.execute(
        "select segment, discounted_months / 12, discounted_months_lower / 12, "
        "discounted_months_upper / 12, months_within_36 / 12 "
        "from finance.lifetimes_by_segment order by segment desc"
    ).fetchall()
    for (_, years, lower, upper, within), expected, first in zip(
        lives, (3.6949, 5.9223), (1 + 0.6268 + 0.4665, 1 + 0.8507 + 0.7394), strict=True
    ):
        assert float(years) == pytest.approx(expected, abs=1e-3)
        assert lower < years < upper
        assert float(within) == pytest.approx(first, abs=1e-2)


def test_churn_that_does_not_fall_gains_nothing_by_the_model(sql: ForecastSql) -> None:
    halved = [1024, 512, 256, 128, 64, 32]
    odd = {
        "halved": lost(halved),
        "nobody left": [(5, 0)] * 6,
        "all at once": [(5, 5)],
        "one": [(1, 0), (1, 1)],
    }
    played = sql.fit(odd, months=1)
    rows_found = played.execute(
        "select segment, likelihood_gain, alpha from finance.lifetime_fits_by_segment"
    ).fetchall()
    assert {row[0] for row in rows_found} == set(odd)
    assert all(gain < Decimal("1.353") for _, gain, _ in rows_found)
    numbers = played.execute("select * from finance.lifetimes_by_segment").fetchall()
    assert all(value is not None for row in numbers for value in row)
