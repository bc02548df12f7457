"""Objects that vendors wrote down themselves, odd ones among them, stop no build."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import chargebee_server, paddle_server
from support.commands import Project
from support.json_server import serve
from support.recorded import RecordedChargebee, RecordedPaddle


@pytest.mark.slow
def test_a_company_of_examples_builds_and_each_invoice_counts_once(tmp_path: Path) -> None:
    paddle, chargebee = RecordedPaddle(), RecordedChargebee()
    project = Project(tmp_path)
    with serve(paddle.server()) as at_paddle, serve(chargebee.server()) as at_chargebee:
        project.settings |= {
            "AS_OF": paddle.now.isoformat(),
            "SOURCES__PADDLE__API_KEY": paddle_server.KEY,
            "SOURCES__PADDLE__BASE_URL": at_paddle.url,
            "SOURCES__CHARGEBEE__API_KEY": chargebee_server.KEY,
            "SOURCES__CHARGEBEE__BASE_URL": at_chargebee.url,
        }
        project.load("paddle", "chargebee")
    project.dbt("build", inner_tests=True)
    found = project.rows(
        "select billing_provider, count(distinct native_id) from core.dim_customers "
        "where billing_provider in ('paddle', 'chargebee') group by all order by 1"
    )
    assert [name for name, _ in found] == ["chargebee", "paddle"]
    assert all(count >= 3 for _, count in found)
    assert project.rows("select count(*) > 0 from core.fct_invoice_lines") == [(True,)]
