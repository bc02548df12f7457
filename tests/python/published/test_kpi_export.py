"""The KPI export: valid by its own schema, exact, and of one build."""

from __future__ import annotations

import csv
import io
import json
import stat
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import jsonschema
import pytest

from pipelines import exports
from pipelines.errors import SettingError
from support.commands import Project

_BUILD = """
create schema monitoring;
create table monitoring.build as select
    'b1' as build_id, timestamp '2026-03-10 06:00' as built_at,
    timestamp '2026-03-10 05:00' as as_of, 'eur' as report_currency, 'UTC' as report_timezone;
create table monitoring.kpi_definitions as select
    m as metric, 'T' as title, 'M' as meaning, 'F' as formula, u as unit, c as currency,
    'up' as better, 'finance.x' as mart, 'month' as default_grain, false as is_state,
    o as over_days, m || '1' as definition_version
from (values ('mrr', 'money', 'eur', 'last'), ('error_rate', 'share', null, 'ratio'))
    as t (m, u, c, o);
create table monitoring.kpis as select
    m as metric, g as period_grain, cast(d as date) as period_start, k as dimension,
    e as dimension_value, cast(v as decimal(38, 9)) as value,
    cast(n as decimal(38, 9)) as numerator, cast(b as decimal(38, 9)) as denominator,
    cast(s as bigint) as sample_size, u as unit, c as currency, p as is_provisional
from (values
    ('mrr', 'month', '2026-01-01', 'all', 'all', '123456789012345.123456789', null, null, 5,
        'money', 'eur', false),
    ('mrr', 'month', '2026-03-01', 'all', 'all', '10', null, null, 5, 'money', 'eur', true),
    ('error_rate', 'day', '2026-02-28', 'endpoint', '=cmd|x', '0.000000001', '1', '1000000000',
        1000000000, 'share', null, false),
    ('error_rate', 'day', '2026-03-01', 'endpoint', 'ü "quoted", line', null, '0', '0', 0, 'share',
        null, false)
) as t (m, g, d, k, e, v, n, b, s, u, c, p);
"""


@pytest.fixture
def published(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    project.published.mkdir()
    with duckdb.connect(str(project.published / "current.duckdb")) as connection:
        connection.execute(_BUILD)
    monkeypatch.setenv("PUBLISHED_DIR", str(project.published))
    return project


def valid(text: str) -> dict[str, Any]:
    """The document, after its schema has been checked and held against it."""
    schema = json.loads(exports.SCHEMA_PATH.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    document: dict[str, Any] = json.loads(text)
    jsonschema.Draft202012Validator(schema).validate(document)
    return document


def test_json_is_valid_exact_and_says_where_it_is_from(published: Project) -> None:
    document = valid(exports.export(date(2026, 1, 1), date(2026, 3, 1), "json"))
    assert {name: document[name] for name in ("build_id", "as_of", "report_currency", "from")} == {
        "build_id": "b1",
        "as_of": "2026-03-10T05:00:00Z",
        "report_currency": "eur",
        "from": "2026-01-01",
    }
    periods = [row for row in document["kpis"] if row["period_grain"] != "range"]
    assert [row["value"] for row in periods] == [
        "0.000000001",
        None,
        "123456789012345.123456789",
        "10.000000000",
    ]
    assert [row["is_provisional"] for row in periods] == [False, False, False, True]
    assert [row["metric"] for row in document["definitions"]] == ["error_rate", "mrr"]


def test_the_range_takes_both_ends_in(published: Project) -> None:
    document = valid(exports.export(date(2026, 2, 28), date(2026, 2, 28), "json"))
    assert [row["period_start"] for row in document["kpis"]] == ["2026-02-28"]
    assert valid(exports.export(date(2020, 1, 1), date(2020, 1, 2), "json"))["kpis"] == []
    everything = valid(exports.export(date.min, date.max, "json"))["kpis"]
    assert "range" not in {row["period_grain"] for row in everything}
    with pytest.raises(SettingError, match="before"):
        exports.export(date(2026, 2, 2), date(2026, 2, 1), "json")


def test_a_range_that_cuts_months_has_sums_of_its_own(published: Project) -> None:
    with duckdb.connect(str(published.published / "current.duckdb")) as connection:
        connection.execute(
            "insert into monitoring.kpi_definitions by name select 'calls' as metric, 'T' as "
            "title, 'M' as meaning, 'F' as formula, 'count' as unit, 'x' as mart, "
            "'day' as default_grain, "
            "'up' as better, false as is_state, 'sum' as over_days, 'c' as definition_version; "
            "insert into monitoring.kpi_definitions by name select 'users' as metric, 'T' as "
            "title, 'M' as meaning, 'F' as formula, 'count' as unit, 'x' as mart, "
            "'day' as default_grain, "
            "'up' as better, false as is_state, 'u' as definition_version; "
            "delete from monitoring.kpis; insert into monitoring.kpis "
            "select m, g, cast(d as date), 'all', 'all', v, n, b, s, 'count', null, p from (values "
            "('calls', 'day', '2026-01-14', 5, null, null, 5, false), "
            "('calls', 'day', '2026-01-15', 7, null, null, 7, false), "
            "('calls', 'day', '2026-02-10', 9, null, null, 9, true), "
            "('calls', 'month', '2026-02-01', 90, null, null, 90, false), "
            "('users', 'day', '2026-01-15', 3, null, null, 3, false), "
            "('mrr', 'day', '2026-01-15', 100, null, null, 4, false), "
            "('mrr', 'day', '2026-02-10', 120, null, null, 6, false), "
            "('error_rate', 'day', '2026-01-15', 0, 0, 0, 0, false), "
            "('error_rate', 'day', '2026-01-16', 0.5, 1, 2, 2, false), "
            "('error_rate', 'day', '2026-02-10', 0.1, 1, 1000000000, 1000000000, false)"
            ") as t (m, g, d, v, n, b, s, p)"
        )
    document = valid(exports.export(date(2026, 1, 15), date(2026, 2, 10), "json"))
    found = {
        row["metric"]: row for row in document["kpis"] if row["period_grain"] == "range"
    }  # users of days are no users of a range
    assert sorted(found) == ["calls", "error_rate", "mrr"]
    assert {row["period_start"] for row in found.values()} == {"2026-01-15"}
    names = ("value", "numerator", "denominator", "sample_size", "is_provisional")
    assert {metric: tuple(row[name] for name in names) for metric, row in found.items()} == {
        "calls": ("16.000000000", None, None, 16, True),
        "mrr": ("120.000000000", None, None, 6, False),
        "error_rate": ("0.000000002", "2.000000000", "1000000002.000000000", 1000000002, False),
    }
    # the whole month inside is there as it is
    assert [row["value"] for row in document["kpis"] if row["period_grain"] == "month"] == [
        "90.000000000"
    ]
    for first, last in ((date(2026, 1, 1), date(2026, 2, 28)), (date(2026, 1, 15),) * 2):
        whole = valid(exports.export(first, last, "json"))["kpis"]
        assert all(row["period_grain"] != "range" for row in whole)


def test_csv_says_the_same_and_runs_in_no_spreadsheet(published: Project) -> None:
    document = valid(exports.export(date(2026, 1, 1), date(2026, 3, 1), "json"))
    text = exports.export(date(2026, 1, 1), date(2026, 3, 1), "csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == len(document["kpis"])
    for row, said in zip(rows, document["kpis"], strict=True):
        assert row.pop("build_id") == "b1"
        assert row.pop("as_of") == "2026-03-10T05:00:00Z"
        assert row.pop("definitions_version") == document["definitions_version"]
        for name, value in said.items():
            shown = "" if value is None else str(value).lower() if value in (True, False) else value
            expected = f"'{shown}" if str(shown).startswith("=") else str(shown)
            if name != "sample_size":
                assert row[name] == expected, name
            else:
                assert row[name] == str(value)


def test_the_definitions_version_changes_with_any_definition(published: Project) -> None:
    before = valid(exports.export(date(2026, 1, 1), date(2026, 3, 1), "json"))
    with duckdb.connect(str(published.published / "current.duckdb")) as connection:
        connection.execute(
            "update monitoring.kpi_definitions set definition_version = 'x' where metric = 'mrr'"
        )
    after = valid(exports.export(date(2026, 1, 1), date(2026, 3, 1), "json"))
    assert before["definitions_version"] != after["definitions_version"]


def test_the_command_writes_a_file_in_one_rename(published: Project, tmp_path: Path) -> None:
    output = tmp_path / "out" / "kpis.json"
    arguments = ("kpis", "--from", "2026-01-01", "--to", "2026-03-01")
    published.command("usage-vs-revenue", *arguments, "--output", str(output))
    assert len(valid(output.read_text())["kpis"]) == 4 + 2  # and those of the cut range
    assert [path.name for path in output.parent.iterdir()] == ["kpis.json"]
    done = published.command("usage-vs-revenue", *arguments[:3], "--to", "2025-01-01", expect=2)
    assert "before" in done.stderr
    assert stat.S_ISREG(output.stat().st_mode)
