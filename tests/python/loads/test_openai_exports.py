"""Cost exports as files: the same tables as the API, without any request."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from support.commands import Project

HEADER = (
    "start_time,end_time,amount_value,amount_currency,quantity,line_item,project_id,"
    "project_name,api_key_id,user_id,organization_id"
)

CURRENT = """
    select buckets.bucket_date, results.project_id, results.line_item, results.amount__value
    from (
        select *, row_number() over (
            partition by id order by _observed_at desc, _dlt_load_id desc, _sequence desc
        ) as recency
        from raw_openai.cost_buckets
    ) as buckets
    join raw_openai.cost_results as results on results._version_id = buckets._version_id
    where recency = 1
    order by all
"""


def row(
    day: str,
    amount: str,
    line_item: str = '"gpt-4o, input"',
    project: str = "proj_a",
    quantity: str = "12.0",
) -> str:
    return (
        f"{day}T00:00:00+00:00,,{amount},usd,{quantity},{line_item},{project},"
        "Project A,key_1,user_1,org_1"
    )


def write(path: Path, rows: Iterable[str], *, age: int = 0, header: str = HEADER) -> None:
    """Write an export; `age` seconds older than the others."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "\n".join([header, *rows]) + "\n"
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    changed = 1_770_000_000 - age
    os.utime(path, (changed, changed))


@pytest.fixture
def exports(project: Project) -> Path:
    folder = project.folder / "exports"
    folder.mkdir()
    project.settings |= {
        "SOURCES__OPENAI__COST_EXPORT_URL": str(folder),
        "SOURCES__OPENAI__BASE_URL": "http://127.0.0.1:9",  # nothing listens there
        "AS_OF": "2026-03-31",
    }
    return folder


def current(project: Project) -> list[tuple[str, str | None, str | None, Decimal]]:
    return [(str(day), *rest) for day, *rest in project.rows(CURRENT)]


def test_files_fill_the_tables_of_the_api(project: Project, exports: Path) -> None:
    write(
        exports / "2026" / "march.csv",
        [
            row("2026-03-01", "0.123456789012345678"),
            row("2026-03-01", "1.29e-05", line_item="whisper"),
            f"{1772409600},{1772496000},2,usd,,whisper,proj_b,,,,",  # 2026-03-02, epoch
            row("2026-03-02", "-0.5", project=""),
        ],
    )
    write(exports / "april.csv.gz", [row("2026-03-03", "3")])
    (exports / "notes.txt").write_text("not an export")
    project.load("openai")
    assert current(project) == [
        ("2026-03-01", "proj_a", "gpt-4o, input", Decimal("0.123456789012345678")),
        ("2026-03-01", "proj_a", "whisper", Decimal("0.0000129")),
        ("2026-03-02", "proj_b", "whisper", Decimal(2)),
        ("2026-03-02", None, "gpt-4o, input", Decimal("-0.5")),
        ("2026-03-03", "proj_a", "gpt-4o, input", Decimal(3)),
    ]
    assert project.rows(
        "select distinct scope, _observed_via from raw_openai.cost_buckets order by scope"
    ) == [("project:", "file"), ("project:proj_a", "file"), ("project:proj_b", "file")]
    assert project.rows(
        "select project_name, api_key_id, user_id, quantity from raw_openai.cost_results "
        "where line_item = 'whisper' and project_id = 'proj_a'"
    ) == [("Project A", "key_1", "user_1", Decimal(12))]
    assert project.rows("select requests from raw_openai.syncs") == [(0,)]


def test_each_file_once_and_a_changed_one_again(project: Project, exports: Path) -> None:
    first = exports / "march.csv"
    write(first, [row("2026-03-01", "8"), row("2026-03-01", "1", line_item="evals")])
    write(exports / "copy.csv", [row("2026-03-01", "8"), row("2026-03-01", "1", line_item="evals")])
    project.load("openai")
    project.load("openai")
    assert project.rows(
        "select objects_read from raw_openai.sync_endpoints order by _dlt_load_id"
    ) == [(4,), (0,)]
    assert sum(amount for *_, amount in current(project)) == 9
    write(first, [row("2026-03-01", "9.99")], age=-60)
    project.load("openai")
    assert current(project) == [("2026-03-01", "proj_a", "gpt-4o, input", Decimal("9.99"))]
    assert project.rows("select count(*) from raw_openai.cost_buckets") == [(2,)]


def test_the_file_changed_last_wins_and_a_day_it_lacks_is_emptied(
    project: Project, exports: Path
) -> None:
    days = [row(f"2026-03-0{day}", str(day)) for day in (1, 2, 3)]
    write(exports / "b_early.csv", [*days, row("2026-03-02", "70", project="proj_b")], age=60)
    project.load("openai")
    write(exports / "a_late.csv", [days[0], row("2026-03-03", "30")])
    project.load("openai")
    assert [(day, amount) for day, _, _, amount in current(project)] == [
        ("2026-03-01", Decimal(1)),
        ("2026-03-02", Decimal(70)),  # another project, of which the later file says nothing
        ("2026-03-03", Decimal(30)),
    ]
    project.command("dlt", "pipeline", "run", "openai", "--full-refresh")
    assert sum(amount for *_, amount in current(project)) == 101
    assert project.rows("select count(*) from raw_openai.cost_buckets") == [(6,)]


def test_an_export_that_names_no_project_tells_all_of_them(project: Project, exports: Path) -> None:
    """One that names some has costs of no project in the scope of none."""
    write(exports / "total.csv", [row("2026-03-01", "10", "", ""), row("2026-03-02", "1", "", "")])
    write(
        exports / "grouped.csv",
        [row("2026-03-01", "6"), row("2026-03-01", "4", project="")],
        age=-60,
    )
    project.load_here("openai")
    scopes = "select scope, bucket_date from raw_openai.cost_buckets order by 1, 2"
    first, second = date(2026, 3, 1), date(2026, 3, 2)
    assert project.rows(scopes) == [
        ("project:", first), ("project:*", first), ("project:*", second), ("project:proj_a", first),
    ]  # fmt: skip
    project.dbt("seed", "--quiet")
    project.dbt("run", "--quiet", "--select", "+fct_provider_costs", "+dim_provider_names")
    assert project.rows(
        "select cost_date, project_id, billed_usd from core.fct_provider_costs order by 1, 2, 3"
    ) == [(first, "proj_a", 6), (first, None, 4), (second, None, 1)]
    assert project.rows("select named_id, given_name from core.dim_provider_names") == [
        ("proj_a", "Project A")
    ]


def test_unreadable_rows_are_quarantined_with_file_and_line(
    project: Project, exports: Path
) -> None:
    write(
        exports / "march.csv",
        [
            row("2026-03-01", "1"),
            row("2026-03-01", "NaN"),
            row("2026-03-02", ""),
            row("the first", "1"),
            "2026-03-04,2026-04-04,5,usd,,whisper,proj_a,,,,",
            row("2026-03-05", "1", quantity="many"),
            "2026-03-06,too,few",
            row("2026-03-07", "7"),
        ],
    )
    done = project.load("openai")
    assert "cost export march.csv: 3 of 8 rows cannot be read (line 5" in done.stderr
    assert "results of project:proj_a|2026-03-02 cannot be read" in done.stderr
    assert project.rows(
        "select file, line, field, record_id from raw_openai.quarantine order by line"
    ) == [
        ("march.csv", 3, "amount_value", "project:proj_a|2026-03-01"),
        ("march.csv", 4, "amount_value", "project:proj_a|2026-03-02"),
        ("march.csv", 5, "start_time", None),
        ("march.csv", 6, "end_time", None),
        ("march.csv", 7, "quantity", "project:proj_a|2026-03-05"),
        ("march.csv", 8, "row", None),
    ]
    reasons = dict(project.rows("select line, reason from raw_openai.quarantine"))
    assert reasons[3] == "amount_value: 'NaN' is not a finite number"
    assert reasons[8] == "row: has 3 fields, the header 11"
    assert [amount for *_, amount in current(project)] == [Decimal(1), Decimal(7)]
    counted = (
        "select cast(bucket_date as varchar), results_quarantined from raw_openai.cost_buckets"
    )
    assert sorted(project.rows(counted)) == [
        ("2026-03-01", 1),
        ("2026-03-02", 1),
        ("2026-03-05", 1),
        ("2026-03-07", 0),
    ]
    project.command("dlt", "pipeline", "run", "openai", "--full-refresh")
    assert project.rows("select count(*) from raw_openai.quarantine") == [(6,)]


def test_empty_files_and_byte_order_marks_do_no_harm(project: Project, exports: Path) -> None:
    (exports / "empty.csv").touch()
    write(exports / "header.csv", [])
    write(exports / "bom.csv", [row("2026-03-01", "1")], header="\ufeff" + HEADER)
    project.load("openai")
    assert len(current(project)) == 1


def test_a_row_without_cost_is_a_day_without_cost(project: Project, exports: Path) -> None:
    """As the dashboard writes days of an organisation that nothing is grouped by."""
    header = (
        "start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,"
        "line_item,project_id,organization_id,organization_name"
    )
    days = [
        "1767830400,1767916800,2026-01-08T00:00:00+00:00,,0.5455665000000000,usd,,,org-x,Personal",
        "1767916800,1768003200,2026-01-09T00:00:00+00:00,,,,,,,",
        "1768003200,1768089600,2026-01-10T00:00:00+00:00,,0.34090000000000000,usd,,,org-x,Personal",
        "1768089600,1768176000,2026-01-11T00:00:00+00:00,,,usd,,,org-x,Personal",
    ]
    write(exports / "ungrouped.csv", days, header=header)
    done = project.load("openai")
    assert "cannot be read" not in done.stderr
    tables = "select count(*) from duckdb_tables() where table_name = 'quarantine'"
    assert project.rows(tables) == [(0,)]
    assert [(day, amount) for day, *_, amount in current(project)] == [
        ("2026-01-08", Decimal("0.5455665")),
        ("2026-01-10", Decimal("0.3409")),
    ]
    # the empty days are stated, the last one, too
    stated = "select bucket_date, count(*) from raw_openai.cost_buckets group by 1 order by 1"
    assert project.rows(stated) == [(date(2026, 1, day), 1) for day in (8, 9, 10, 11)]


def test_sums_need_neither_line_items_nor_projects(project: Project, exports: Path) -> None:
    header = "start_time,end_time,amount_value,amount_currency"
    write(exports / "sums.csv", ["2026-03-01,,1.5,usd", "2026-03-02,,2,usd"], header=header)
    project.load("openai")
    assert current(project) == [
        ("2026-03-01", None, None, Decimal("1.5")),
        ("2026-03-02", None, None, Decimal(2)),
    ]


def test_a_file_without_a_needed_column_is_named(project: Project, exports: Path) -> None:
    write(exports / "march.csv", [row("2026-03-01", "1")])
    write(exports / "odd.csv", ["2026-03-01,1"], header="start_time,amount")
    shown = project.load("openai", expect=1).stderr
    assert "odd.csv" in shown
    assert "amount_value, amount_currency, line_item, project_id" in shown
    (exports / "odd.csv").unlink()
    project.load("openai")
    assert len(current(project)) == 1


def test_a_missing_folder_names_the_setting(project: Project, exports: Path) -> None:
    exports.rmdir()
    shown = project.load("openai", expect=1).stderr
    assert "SOURCES__OPENAI__COST_EXPORT_URL" in shown
    assert "does not exist" in shown


def test_addresses_in_unknown_columns_are_hashed(project: Project, exports: Path) -> None:
    write(
        exports / "march.csv",
        [row("2026-03-01", "1") + ",jane@example.com", row("x", "1") + ",jane@example.com"],
        header=HEADER + ",user_email",
    )
    project.load("openai")
    [(raw,)] = project.rows("select _raw from raw_openai.cost_buckets")
    [(quarantined,)] = project.rows("select raw from raw_openai.quarantine")
    for text in (raw, quarantined):
        assert "@example.com" in text
        assert "jane" not in text
    assert duckdb.sql(f"select json_valid('{raw}')").fetchone() == (True,)
