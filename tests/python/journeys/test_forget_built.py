"""A customer of a built company is erased: every sum stays, also when all is built anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from demo import DemoParameters
from support.demo_run import demo_run
from support.forgotten import files_with, sums_of

pytestmark = pytest.mark.slow

SIZE = DemoParameters(customers=25, months=5, events=4_000, as_of="2026-06-15T12:00:00Z")
SCHEMAS = ("core", "finance", "product", "unit_economics")
#: Rows of these are per load or per object of a vendor's history, and grow with every load.
GROWING = ("fct_loads", "fct_load_endpoints", "fct_quarantined_rows_by_field")


def test_every_sum_stays_and_the_customer_does_not_come_back(tmp_path: Path) -> None:
    with demo_run(tmp_path, SIZE) as run:
        project = run.project
        project.load()
        project.dbt("build")
        [(customer, name)] = project.rows(
            """
            select customer_id, customer_name
            from core.dim_customers inner join unit_economics.margin_by_customer_month
                using (customer_id)
            where customer_name is not null
            group by all order by sum(cost_usd) desc nulls last, customer_id limit 1
            """
        )
        words = [customer, name]
        company = [tmp_path / "company", tmp_path / "logs", tmp_path / "dbt_output.txt"]
        assert files_with(tmp_path, words, but=company)
        before = sums_of(project.warehouse, SCHEMAS)

        project.command("usage-vs-revenue", "forget", customer, "--yes")
        assert files_with(tmp_path, words, but=company) == []
        assert sums_of(project.warehouse, SCHEMAS) == before

        for path in (tmp_path / "company").rglob("*.jsonl"):
            os.utime(path)  # read again
        project.command("usage-vs-revenue", "run", "--full-refresh")
        project.dbt("build", "--full-refresh")
        assert files_with(tmp_path, words, but=company) == []
        after = sums_of(project.warehouse, SCHEMAS)
        moved = {
            table: (sums, after[table])
            for table, sums in before.items()
            if after[table] != sums and not any(one in table for one in GROWING)
        }
        assert not moved
