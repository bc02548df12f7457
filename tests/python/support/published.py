"""Small published builds for the tests: the marts' columns, filled with known rows."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

AS_OF = datetime(2026, 11, 15, 12)

#: Names that a page must show as they are: markup, links, formulas, template and math syntax.
HOSTILE_NAMES = (
    '<img src="http://evil.test/a.png" onerror="window.pwned=1">',
    '<a href="http://evil.test/b">click</a>',
    "[link](http://evil.test/c) ![i](http://evil.test/d.png) www.evil.test",
    '=HYPERLINK("http://evil.test/e","x")',
    "$x^2$ :red[x] :material/home: **bold** %{x} <script>window.pwned=1</script>",
)

_TABLES = """
create schema core; create schema product; create schema unit_economics; create schema monitoring;
create table monitoring.build (build_id varchar, built_at timestamp, as_of timestamp);
create table monitoring.load_freshness_by_source (
    source varchar, source_name varchar, last_synced_at timestamp, last_loaded_at timestamp,
    hours_since_sync decimal(38, 2), newest_data_date date, rows_loaded bigint,
    last_mode varchar, skipped_endpoints bigint, quarantined_rows bigint, is_stale boolean,
    missing_setting varchar
);
create table monitoring.skipped_endpoints_by_source (
    source varchar, endpoint varchar, reason varchar
);
create table core.fct_provider_costs (
    provider varchar, cost_date date, project_id varchar, api_key_id varchar, line_item varchar,
    billed_usd decimal(38, 9), first_billed_usd decimal(38, 9), restated_at timestamp
);
create table core.fct_invoice_lines (
    invoice_line_id varchar, invoice_id varchar, customer_id varchar, net_amount decimal(38, 9),
    currency varchar, invoice_status varchar, invoice_finalized_at timestamp
);
create table unit_economics.cost_by_model_day (
    date date, provider varchar, model_id varchar, cost_usd decimal(38, 9), is_mapped boolean,
    is_provisional boolean
);
comment on table unit_economics.cost_by_model_day is 'One row per day, provider and model.';
create table product.usage_by_endpoint_day (
    date date, endpoint varchar, calls bigint, errors bigint, is_provisional boolean
);
"""

_FRESHNESS = """
insert into monitoring.load_freshness_by_source values
    ('app_events', 'App events', '2026-11-15 12:00', '2026-11-15 12:00', 0, '2026-11-15', 200000,
        'incremental', 0, 3, false, null),
    ('openai', 'OpenAI', '2026-11-12 12:00', '2026-11-12 12:00', 72, '2026-11-11', 9000,
        'incremental', 1, 0, true, null),
    ('stripe', 'Stripe', null, null, null, null, 0, null, 0, 0, true, 'SOURCES__STRIPE__API_KEY')
"""

_NEVER_LOADED = """
insert into monitoring.load_freshness_by_source values
    ('app_events', 'App events', null, null, null, null, 0, null, 0, 0, true,
        'SOURCES__APP_EVENTS__BUCKET_URL'),
    ('openai', 'OpenAI', null, null, null, null, 0, null, 0, 0, true,
        'SOURCES__OPENAI__ADMIN_KEY'),
    ('stripe', 'Stripe', null, null, null, null, 0, null, 0, 0, true, 'SOURCES__STRIPE__API_KEY')
"""

_ROWS = """
insert into monitoring.skipped_endpoints_by_source values
    ('openai', '/organization/admin_api_keys', 'the key may not read it (403)');
insert into core.fct_provider_costs
select
    'openai', cast(day as date), 'proj_1', null, 'model ' || model || ', input',
    (model + 1) * 1.111111111 + dayofyear(day) % 7, (model + 1) * 1.111111111 + dayofyear(day) % 7
        - case when day >= timestamp '2026-11-10' then 0.5 else 0 end, null
from generate_series(timestamp '2026-07-01', timestamp '2026-11-14', interval 1 day) as d (day)
cross join range(8) as m (model)
where cast(day as date) <> date '2026-11-05';
insert into unit_economics.cost_by_model_day
select cost_date, provider, split_part(line_item, ',', 1), billed_usd, true,
    cost_date >= '2026-11-12'
from core.fct_provider_costs;
insert into core.fct_invoice_lines
select
    'il_' || line, 'in_' || line, 'cus_' || line, 49.99 + line % 30,
    case when line % 10 = 0 then 'eur' when line % 35 = 1 then 'jpy' else 'usd' end,
    case when line % 23 = 0 then 'void' when line % 29 = 0 then 'draft' else 'paid' end,
    timestamp '2026-07-01 08:00' + to_hours(line * 6)
from range(540) as l (line);
insert into product.usage_by_endpoint_day
select
    cast(day as date), '/v1/' || name, 500 + 100 * position + dayofyear(day) % 50, position,
    cast(day as date) = date '2026-11-15'
from generate_series(timestamp '2026-07-01', timestamp '2026-11-15', interval 1 day) as d (day)
cross join (
    select unnest(['chat', 'search', 'embed', 'export', 'login', 'files', 'audio', 'status']),
        unnest(range(8))
) as e (name, position);
"""


@dataclass
class PublishedDir:
    """A folder of published builds, as `dbt build` leaves it: files and the link `current`."""

    path: Path

    def publish(self, build_id: str, *statements: str, filled: bool = True) -> Path:
        """Write a build and make it the current one; returns its file."""
        file = self.path / f"build_{build_id}.duckdb"
        with duckdb.connect(str(file)) as connection:
            connection.execute(_TABLES)
            connection.execute(
                "insert into monitoring.build values (?, ?, ?)",
                [build_id, datetime.now(UTC).replace(tzinfo=None), AS_OF],
            )
            for statement in (_FRESHNESS, _ROWS) if filled else (_NEVER_LOADED,):
                connection.execute(statement)
            for statement in statements:
                connection.execute(statement)
        self.point_to(file.name)
        return file

    def point_to(self, name: str) -> None:
        """Make `current.duckdb` stand for another file, in one rename."""
        link = self.path / "new_link"
        link.symlink_to(name)
        os.replace(link, self.path / "current.duckdb")  # noqa: PTH105


def hostile_rows() -> str:
    """SQL that adds the hostile names wherever source text reaches a page."""
    quoted = [name.replace("'", "''") for name in HOSTILE_NAMES]
    return "".join(
        f"""
        insert into unit_economics.cost_by_model_day
            values (date '2026-11-14', 'openai', '{name}', {9000 + rank}, true, false);
        insert into product.usage_by_endpoint_day
            values (date '2026-11-14', '{name}', {900000 + rank}, 0, false);
        insert into monitoring.skipped_endpoints_by_source values ('openai', '{name}', '{name}');
        """
        for rank, name in enumerate(quoted)
    )


def answer(file: Path, sql: str) -> Any:
    """First value of a query on a copy-free, independent read of a build."""
    from dashboards.data.build import LOCKED_DOWN  # one process: one configuration per file

    with duckdb.connect(str(file), read_only=True, config=dict(LOCKED_DOWN)) as connection:
        row = connection.execute(sql).fetchone()
    return row[0] if row else None
