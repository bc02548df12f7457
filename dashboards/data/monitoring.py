"""Marts of schema `monitoring`: what is loaded, how fresh it is and what the build holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dashboards.data.build import Answer, Build, query

FRESHNESS: Final = "monitoring.load_freshness_by_source"
BUILD: Final = "monitoring.build"
SKIPPED: Final = "monitoring.skipped_endpoints_by_source"


@dataclass(frozen=True)
class BuildFacts:
    """What a build says of itself; both times are UTC, without zone as in the marts."""

    build_id: str
    built_at: datetime
    as_of: datetime


def build_facts(build: Build) -> BuildFacts:
    """Identity and clocks of the build."""
    row = query(build, f"select build_id, built_at, as_of from {BUILD}").to_pylist()[0]
    return BuildFacts(str(row["build_id"]), row["built_at"], row["as_of"])


def load_freshness_by_source(build: Build) -> Answer:
    """One row per known source, also those never loaded."""
    sql = f"""\
select
    source,
    source_name,
    last_synced_at,
    last_loaded_at,
    hours_since_sync,
    newest_data_date,
    rows_loaded,
    last_mode,
    skipped_endpoints,
    quarantined_rows,
    is_stale,
    missing_setting
from {FRESHNESS}
order by source"""
    return Answer(query(build, sql), sql, FRESHNESS, "source")


def row_counts(build: Build) -> Answer:
    """One row per published table: table, rows, description (from the dbt docs)."""
    tables = query(
        build,
        "select schema_name, table_name from duckdb_tables() "
        "where not internal and not temporary order by 1, 2",
    ).to_pylist()
    names = [(str(row["schema_name"]), str(row["table_name"])) for row in tables]
    counts = "\nunion all\n".join(
        f"select '{schema}' as schema_name, '{table}' as table_name, count(*) as row_count "
        f"from {schema}.{table}"
        for schema, table in names
    )
    sql = f"""\
with counted as (
{counts}
)

select
    counted.schema_name || '.' || counted.table_name as table_name,
    counted.row_count,
    documented.comment as description
from counted
inner join duckdb_tables() as documented
    on counted.schema_name = documented.schema_name and counted.table_name = documented.table_name
order by 1"""
    return Answer(query(build, sql), sql, "duckdb_tables()", "published table")


def stale_sources(build: Build) -> list[str]:
    """Sources that were loaded once, but not lately."""
    found = query(
        build,
        f"select source from {FRESHNESS} "
        "where is_stale and last_synced_at is not null order by source",
    )
    return [str(name) for name in found.column("source").to_pylist()]


def skipped_endpoints(build: Build) -> Answer:
    """One row per endpoint that the last run could not read, with the reason."""
    sql = f"select source, endpoint, reason from {SKIPPED} order by source, endpoint"
    return Answer(query(build, sql), sql, SKIPPED, "source and endpoint")
