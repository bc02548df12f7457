"""A company a million times as large: the same tables, no step of the build too narrow for it.

Amounts are made larger in the raw tables, so that everything after the load meets them.
"""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from demo import DemoParameters
from support.commands import Project
from support.demo_run import demo_run

TIMES = 1_000_000
AMOUNTS = re.compile(r"(^|_)(amount|total|subtotal|balance|net|fee|flat)")
NO_AMOUNTS = re.compile(r"percent|currency|id$|ids$|type|count|transaction$")
SUMS = """
    select
        (select sum(net_amount) from core.fct_invoice_lines),
        (select sum(mrr) from finance.mrr_by_customer_month where month = '2026-05-01'),
        (select sum(revenue_usd) from core.fct_revenue_by_day where revenue_date < '2026-06-01')
"""


def enlarge(warehouse: Path) -> int:
    """Multiply every amount that Stripe told; returns how many columns hold some."""
    with duckdb.connect(str(warehouse)) as connection:
        columns = [
            (table, column)
            for table, column, type_ in connection.execute(
                "select table_name, column_name, data_type from duckdb_columns() "
                "where schema_name = 'raw_stripe'"
            ).fetchall()
            if AMOUNTS.search(column)
            and not NO_AMOUNTS.search(column)
            and type_.startswith(("BIGINT", "DECIMAL"))
        ]
        for table, column in columns:
            connection.execute(f'update raw_stripe."{table}" set "{column}" = "{column}" * {TIMES}')
    return len(columns)


def sums(project: Project) -> list[Decimal]:
    (row,) = project.rows(SUMS)
    assert all(row)
    return list(row)


@pytest.mark.slow
def test_amounts_a_million_times_as_large_build_and_add_up(tmp_path: Path) -> None:
    parameters = DemoParameters(customers=30, months=5, events=4_000, as_of="2026-06-15T12:00:00Z")
    with demo_run(tmp_path, parameters) as run:
        run.project.load()
    run.project.dbt("build", "--quiet")
    before = sums(run.project)
    assert enlarge(run.project.warehouse) > 60
    run.project.dbt("build", "--quiet", "--full-refresh")
    for small, large in zip(before, sums(run.project), strict=True):
        assert abs(large / TIMES - small) < Decimal("0.5"), (small, large)
