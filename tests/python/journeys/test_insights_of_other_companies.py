"""Companies drawn from other seeds: what is found is what was planted, no more and no less."""

from __future__ import annotations

from pathlib import Path

import pytest

from demo import DemoParameters
from support.demo_run import demo_run
from support.insights import badges_expected, findings, planted_findings


@pytest.mark.slow
@pytest.mark.parametrize("seed", [8, 9])
def test_insights_are_exactly_the_planted_ones(tmp_path: Path, seed: int) -> None:
    parameters = DemoParameters(seed=seed)
    with demo_run(tmp_path, parameters, whole=True) as demo:
        demo.project.load()
        demo.project.dbt("seed", "--quiet")
        demo.project.dbt("run", "--quiet", "--select", "+insights")
        found = findings(demo.project.rows)
        badges = demo.project.rows(
            "select insight_type, subject_id from monitoring.insights "
            "where insight_type in ('high_profit_feature', 'high_loss_feature')"
        )
        assert found == planted_findings(demo.company.truth, parameters.as_of)
        assert {(row[0], row[1]) for row in badges} == badges_expected(
            demo.project.rows, "2026-10-01"
        )
