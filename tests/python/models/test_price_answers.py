"""Thousands of calls over all models, tiers, days and kinds of tokens, priced by another's code."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.commands import Project
from support.price_answers import random_calls, unexplained
from support.raw_tables import RawEvents


@pytest.mark.slow
@pytest.mark.parametrize("seed", [11, 12])
def test_every_model_costs_what_others_say(tmp_path: Path, seed: int) -> None:
    calls = list(random_calls(seed, 8))
    project = Project(tmp_path / "prices", {"AS_OF": "2026-11-28"})
    project.folder.mkdir()
    project.dbt("seed", "--quiet")
    RawEvents(project.warehouse).load_events("1000.1", (call.event() for call in calls))
    project.dbt("run", "--quiet", "--select", "+fct_llm_requests")
    agreed, left = unexplained(project, calls)
    assert left == []
    assert agreed > 0.75 * len(calls) > 7_500
