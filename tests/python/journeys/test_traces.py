"""Real LLM requests of other people, as app events: counted and summed exactly.

The whole traces (40,216 requests) are checked where `TRACES_DIR` holds them; the shipped extract is
always checked. The expected numbers are read from the trace files by plain Python.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from demo.company.traces import cached_blocks, events_of_file, write_events
from support.commands import Project
from support.usage_reckoning import (
    MARTS,
    assert_same,
    by_customer_day,
    by_customer_endpoint_day,
    by_hour,
    by_model_day,
    by_service_day,
    by_service_month,
    mart_query,
    rows_by_key,
    uses_of,
)

EXTRACT = Path(__file__).parents[1] / "fixtures" / "traces"


def expected_sums(folder: Path) -> tuple[int, int, int]:
    """Rows, input tokens and output tokens of all traces of a folder."""
    rows, inputs, outputs = 0, 0, 0
    for path in folder.glob("*.csv"):
        with path.open(newline="") as file:
            for row in csv.DictReader(file):
                rows += 1
                inputs += int(row["ContextTokens"])
                outputs += int(row["GeneratedTokens"])
    for path in folder.glob("*.jsonl*"):
        with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
            for line in file:
                request = json.loads(line)
                rows += 1
                inputs += request["input_length"]
                outputs += request["output_length"]
    return rows, inputs, outputs


def folders() -> list[Path]:
    whole = os.environ.get("TRACES_DIR")
    return [EXTRACT, *([Path(whole)] if whole else [])]


@pytest.mark.parametrize("folder", folders(), ids=lambda folder: folder.name)
def test_every_request_of_the_traces_arrives(project: Project, folder: Path) -> None:
    events = project.folder / "events"
    for path in sorted([*folder.glob("*.csv"), *folder.glob("*.jsonl*")]):
        write_events(path, events)
    project.settings |= {
        "SOURCES__APP_EVENTS__BUCKET_URL": str(events),
        "AS_OF": "2024-07-01",
    }
    project.load("app_events")
    project.load("app_events")  # each file once
    assert project.rows(
        "select count(*), sum(input_tokens), sum(output_tokens) from raw_app_events.events"
    ) == [expected_sums(folder)]
    [(cached, whole)] = project.rows(
        "select sum(cached_input_tokens), sum(input_tokens) from raw_app_events.events "
        "where provider = 'mooncake'"
    )
    assert 0 < cached < whole


@pytest.mark.slow
def test_product_marts_of_the_traces_are_what_python_counts(project: Project) -> None:
    events = project.folder / "events"
    files = sorted([*EXTRACT.glob("*.csv"), *EXTRACT.glob("*.jsonl*")])
    for path in files:
        write_events(path, events)
    clock = datetime(2024, 6, 2, tzinfo=UTC)
    project.settings |= {
        "SOURCES__APP_EVENTS__BUCKET_URL": str(events),
        "AS_OF": clock.isoformat(),
    }
    project.load("app_events")
    project.dbt("seed", "--quiet")
    marts = {
        "usage_by_customer_day": by_customer_day,
        "usage_by_service_month": by_service_month,
        "usage_by_service_day": by_service_day,
        "usage_by_hour": by_hour,
        "usage_by_customer_endpoint_day": by_customer_endpoint_day,
        "llm_usage_by_model_day": lambda uses: by_model_day(uses, {}),
    }
    project.dbt("run", "--quiet", "--select", *(f"+{mart}" for mart in marts))
    uses = uses_of(event for path in files for event in events_of_file(path))
    assert len({use.service for use in uses}) == 3
    for mart, expected in marts.items():
        assert_same(rows_by_key(project.rows(mart_query(mart)), MARTS[mart][1]), expected(uses))


def test_only_a_repeated_prefix_is_cached() -> None:
    seen = {(0, 1), (1, 2), (2, 3)}
    assert cached_blocks([1, 2, 9], seen) == 2
    assert cached_blocks([9, 2, 3], seen) == 0
    assert cached_blocks([2, 1], seen) == 0
