"""Random bills and events: attribution equals an exact reckoning, however the loads came in.

The reckoning works in fractions, line by line, from the rules alone. The models run incrementally
after every load; another warehouse gets the same rows in other loads and is built once.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from support.commands import Project
from support.raw_tables import RawEvents, RawOpenAI, cost

FIRST = date(2026, 3, 1)
DAYS = [FIRST + timedelta(days=number) for number in range(9)]
AS_OF = datetime(2026, 3, 12)
#: Nano-dollars per token, from the shipped price list.
RATES = {"gpt-4o": (2500, 10_000), "gpt-4o-mini": (150, 600)}
TOLERANCE = Fraction(2, 100)
NOBODY = ("__unattributed__", "__unattributed__")

Line = tuple[date, str, str]
Owner = tuple[str, str]


def random_event(rng: random.Random, number: int) -> dict[str, Any]:
    day = rng.choice(DAYS)
    return {
        "event_id": f"e{number}",
        "event_type": "llm_request",
        "occurred_at": datetime.combine(day, datetime.min.time()) + timedelta(hours=number % 24),
        "customer_id": f"cus_{rng.randrange(5)}",
        "feature": rng.choice(["chat", "search", "code"]),
        "provider": "openai",
        "model": rng.choice(list(RATES)),
        "project_id": rng.choice(["p1", "p2"]),
        "input_tokens": rng.randrange(0, 50_000),
        "output_tokens": rng.randrange(0, 5_000),
    }


def weights_of(events: Iterable[dict[str, Any]]) -> dict[Line, dict[Owner, int]]:
    """Line -> owner -> nano-dollars at list price."""
    weights: dict[Line, dict[Owner, int]] = defaultdict(lambda: defaultdict(int))
    for event in events:
        owner = (event["feature"], event["customer_id"])
        tokens = (event["input_tokens"], event["output_tokens"])
        for pool, count, rate in zip(
            ("input", "output"), tokens, RATES[event["model"]], strict=True
        ):
            if count:
                item = f"{event['model']}, {pool}"
                weights[event["occurred_at"].date(), event["project_id"], item][owner] += (
                    count * rate
                )
    return weights


def random_bill(rng: random.Random, weights: dict[Line, dict[Owner, int]]) -> dict[Line, int]:
    bill: dict[Line, int] = {}
    for line in sorted(weights):
        estimate = sum(weights[line].values())
        factor = rng.choice([None, 0, 70, 85, 99, 100, 101, 102, 103, 118, 140, -5])
        if factor is not None:
            bill[line] = estimate * factor // 100 + rng.randrange(3)
    for day in rng.sample(DAYS, 3):
        bill[(day, "p3", "gpt-4o, output")] = rng.randrange(1, 10**9)
    return bill


def error(billed: Fraction, estimated: Fraction) -> int:
    if billed > estimated * (1 + TOLERANCE):
        return 1
    return -1 if billed < estimated * (1 - TOLERANCE) else 0


def shared(amount: int, weights: dict[Owner, int]) -> dict[Owner, int]:
    """Hamilton's method: ties by key, negatives by size then sign."""
    total, sign = sum(weights.values()), -1 if amount < 0 else 1
    exact = {owner: Fraction(abs(amount) * weight, total) for owner, weight in weights.items()}
    parts = {owner: int(value) for owner, value in exact.items()}
    order = sorted(exact, key=lambda owner: (parts[owner] - exact[owner], "|".join(owner)))
    for owner in order[: abs(amount) - sum(parts.values())]:
        parts[owner] += 1
    return {owner: sign * part for owner, part in parts.items()}


def reckon(
    weights: dict[Line, dict[Owner, int]], bill: dict[Line, int]
) -> dict[tuple[Line, Owner], tuple[int, str]]:
    """(line, owner) -> (nano-dollars, status) of everything billed."""
    errors = {
        line: error(Fraction(billed), Fraction(sum(weights[line].values())))
        for line, billed in bill.items()
        if line in weights
    }

    def near(line: Line, days: int) -> Line:
        return (line[0] + timedelta(days=days), *line[1:])

    def starts(line: Line) -> bool:
        after, before = near(line, 1), near(line, -1)
        return (
            errors.get(line, 0) * errors.get(after, 0) == -1
            and errors[line] * errors.get(before, 0) != -1
            and bill[line] > 0
            and bill[after] > 0
        )

    found: dict[tuple[Line, Owner], tuple[int, str]] = {}
    for line, billed in bill.items():
        if line not in weights:
            found[line, NOBODY] = (billed, "billed_no_events")
            continue
        partner = near(line, 1) if starts(line) else None
        if partner is None and near(line, -1) in errors and starts(near(line, -1)):
            partner = near(line, -1)
        lines = [line] if partner is None else [line, partner]
        all_billed = sum(bill[each] for each in lines)
        estimated = sum(sum(weights[each].values()) for each in lines)
        verdict = error(Fraction(all_billed), Fraction(estimated))
        status = {0: "reconciled", 1: "billed_exceeds_events", -1: "scaled_down"}[verdict]
        rest = all_billed - estimated if verdict == 1 and errors[line] == 1 else 0
        for owner, part in shared(billed - rest, weights[line]).items():
            found[line, owner] = (part, status)
        if rest:
            found[line, NOBODY] = (rest, status)
    return found


def attributed(project: Project) -> dict[tuple[Line, Owner], tuple[int, str]]:
    rows = project.rows(
        "select cost_date, project_id, line_item, feature_id, customer_id, "
        "cast(cost_usd * 1000000000 as bigint), status from core.fct_cost_attribution "
        "where line_item <> '__no_bill__'"
    )
    return {((r[0], r[1], r[2]), (r[3], r[4])): (r[5], r[6]) for r in rows}


def everything(project: Project) -> list[tuple[Any, ...]]:
    return project.rows("select * from core.fct_cost_attribution order by all")


def by_day(bill: dict[Line, int]) -> dict[tuple[str, date], list[dict[str, Any]]]:
    days: dict[tuple[str, date], list[dict[str, Any]]] = {("organization", d): [] for d in DAYS}
    for (day, project, item), nano in bill.items():
        amount = f"{Decimal(nano).scaleb(-9):f}"
        days["organization", day].append(cost(item, amount, project))
    return days


def run(project: Project, *arguments: str) -> None:
    project.settings["AS_OF"] = AS_OF.isoformat()
    project.dbt(
        "run", "--quiet", "--select", "+fct_cost_attribution", "+fct_cost_by_line_day",
        "+fct_llm_usage_by_day", "+fct_llm_calls_by_feature_day", *arguments,
    )  # fmt: skip
    check_sums(project)


def check_sums(project: Project) -> None:
    """The sums that marts read, kept by day, are those of the rows by customer."""
    of_lines = "provider_cost_id, cost_date, project_id, line_item, model_id, feature_id, status"
    of_calls = "cost_date, provider, project_id, model_id, feature_id"
    for keys, values, kept, whole in (
        (of_lines, ("cost_usd", "list_cost_usd"), "cost_by_line_day", "cost_attribution"),
        (of_calls, ("calls", "list_cost_usd"), "llm_calls_by_feature_day", "llm_usage_by_day"),
    ):
        sums = ", ".join(f"sum({value})" for value in values)
        rows = [
            project.rows(f"select {keys}, {sums} from core.fct_{name} group by all order by all")
            for name in (kept, whole)
        ]
        assert rows[0] == rows[1]
        assert rows[0]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_attribution_is_exact_whatever_the_order_of_loads(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    events = [random_event(rng, number) for number in range(120)]
    weights = weights_of(events)
    first, last = random_bill(rng, weights), random_bill(rng, weights)

    # The first bill with half of the events, then late events, then the restated bill.
    stepwise = Project(tmp_path / "stepwise")
    stepwise.folder.mkdir()
    stepwise.dbt("seed", "--quiet")
    app, openai = RawEvents(stepwise.warehouse), RawOpenAI(stepwise.warehouse)
    app.load_events("1000.1", events[:60])
    openai.load_days("1000.2", datetime(2026, 3, 10, 12), by_day(first))
    run(stepwise)
    assert attributed(stepwise) == reckon(weights_of(events[:60]), first)
    app.load_events("1001.1", events[60:90])
    run(stepwise)
    openai.load_days("1002.2", datetime(2026, 3, 11, 12), by_day(last))
    run(stepwise)
    app.load_events("1003.1", events[90:])
    run(stepwise)
    # A line of the first bill that the last one lacks is billed 0 now.
    assert attributed(stepwise) == reckon(weights, dict.fromkeys(first, 0) | last)

    at_once = Project(tmp_path / "at_once")
    at_once.folder.mkdir()
    at_once.dbt("seed", "--quiet")
    app, openai = RawEvents(at_once.warehouse), RawOpenAI(at_once.warehouse)
    openai.load_days("1000.2", datetime(2026, 3, 10, 12), by_day(first))
    openai.load_days("1002.2", datetime(2026, 3, 11, 12), by_day(last))
    app.load_events("1003.1", rng.sample(events, len(events)))
    run(at_once)
    assert everything(at_once) == everything(stepwise)
    run(stepwise, "--full-refresh")
    assert everything(stepwise) == everything(at_once)
