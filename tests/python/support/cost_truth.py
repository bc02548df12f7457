"""What the demo company's calls truly cost, and how its bill departs from that, from its books."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from support.commands import Project

#: The company's own projects and workspaces; what engineers use beside them is nobody's.
PRODUCTION = (
    "project_id in ('proj_assistant', 'proj_retrieval', 'proj_documents', 'proj_automation', "
    "'wrkspc_assistant', 'wrkspc_automation')"
)
TOKENS = (
    "line_item not in ('web search tool calls', 'assistants api | file search', 'Text tokens') "
    "and line_item not like 'quantum leap%' and line_item not like 'orchid%'"
)


TABLES = (
    "core.fct_llm_requests", "core.fct_cost_attribution", "core.fct_provider_costs",
    "unit_economics.cost_by_model_day", "seeds.llm_prices", "intermediate.int_customer_keys",
)  # fmt: skip


class CostTruth:
    """The simulator's books and a copy of the project's tables, side by side."""

    def __init__(self, project: Project, books: Path) -> None:
        self._connection = duckdb.connect()
        # copies, because whoever reads a warehouse keeps loads out of it
        self._connection.execute(f"attach '{project.warehouse}' as warehouse (read_only)")
        for table in TABLES:
            self._connection.execute(f"create schema if not exists {table.split('.')[0]}")
            self._connection.execute(f"create table {table} as from warehouse.{table}")
        self._connection.execute("detach warehouse")
        money = "'decimal(18, 9)'"
        for name, types in (
            ("event_costs", f"{{'cost_usd': {money}}}"),
            (
                "provider_bill",
                f"{{'billed_usd': {money}, 'first_billed_usd': {money}, "
                "'project_id': 'varchar', 'api_key_id': 'varchar'}",
            ),
            ("planted", "{'subject': 'varchar'}"),
        ):
            self._connection.execute(
                f"create temp view {name} as "
                f"select * from read_csv('{books / name}.csv', types = {types})"
            )
        # the app knows a customer by another name than billing
        self._connection.execute(
            """
            create temp view true_costs as
            select event_costs.* exclude (customer_id),
                coalesce(keys.customer_id, event_costs.customer_id) as customer_id
            from event_costs
            left join intermediate.int_customer_keys as keys
                on event_costs.customer_id = keys.app_customer_id
            """
        )
        # days on which the bill is what the calls cost: nothing planted, nothing late
        self._connection.execute(
            f"""
            create temp view ordinary_days as
            select costs.date
            from (
                select date, sum(cost_usd) as cost_usd from true_costs
                where reached_provider group by date
            ) as costs
            inner join (
                select date, sum(billed_usd) as billed_usd from provider_bill
                where {PRODUCTION} and {TOKENS} group by date
            ) as bill
                on costs.date = bill.date and costs.cost_usd = bill.billed_usd
            """
        )

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a query on books and tables."""
        return self._connection.execute(sql).fetchall()

    def value(self, sql: str) -> Any:
        """The one value of a query."""
        [(found,)] = self.rows(sql)
        return found

    def days(self, kind: str) -> list[date]:
        """Days on which something of this kind was planted and is known at the clock."""
        return [
            row[0]
            for row in self.rows(
                "select cast(subject as date) as day from planted "
                f"where kind = '{kind}' order by day"
            )
        ]

    def billed(self, day: date, condition: str = "true") -> Decimal:
        """The bill of a day as last stated."""
        return self.value(
            "select coalesce(sum(billed_usd), 0) from provider_bill "
            f"where date = '{day}' and {condition}"
        ) or Decimal(0)

    def attributed(self, day: date, condition: str = "true") -> tuple[Decimal, Decimal, set[str]]:
        """(cost to somebody, cost to nobody, statuses) of a day in the models."""
        [(owned, rest, statuses)] = self.rows(
            f"""
            select
                coalesce(sum(cost_usd) filter (customer_id <> '__unattributed__'), 0),
                coalesce(sum(cost_usd) filter (customer_id = '__unattributed__'), 0),
                list(distinct status)
            from core.fct_cost_attribution where cost_date = '{day}' and {condition}
            """
        )
        return owned, rest, set(statuses or [])
