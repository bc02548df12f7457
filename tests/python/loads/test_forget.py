"""`usage-vs-revenue forget`: what is loaded, published and told of somebody goes for good."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import pytest
from rich.console import Console

from benchmarks.postgres_server import PostgresServer, postgres_server
from pipelines.cli import main
from pipelines.erasure.ledger import Ledger, is_weak
from pipelines.erasure.objects import without_erased
from pipelines.files import literal
from pipelines.published.files import build_files
from support.commands import Project
from support.forgotten import files_with
from support.stripe_server import StripeLists, serve

JANE = {
    "id": "cus_jane0001",
    "object": "customer",
    "created": 1767225600,
    "name": "Jane Quillfeather",
    "email": "jane@quillfeather.example",
    "phone": "+49 170 5550199",
    "address": {"country": "DE", "city": "Bad Wurzach", "line1": "Rosengasse 7"},
    "metadata": {"app_customer_id": "acct-jane-77", "hobby": "falconry"},
    "currency": "usd",
    "delinquent": False,
}
JOHN = {**JANE, "id": "cus_john0002", "name": "John Oakheart", "email": "john@oakheart.example"}
JOHN |= {"phone": None, "address": None, "metadata": {}}
#: What must be nowhere any more.
WORDS = (
    "cus_jane0001", "acct-jane-77", "Quillfeather", "quillfeather.example", "5550199",
    "Bad Wurzach", "Rosengasse", "falconry", "user-of-jane", "jane-secret",
)  # fmt: skip


@dataclass
class Account:
    """A small company: two customers, a folder of events, a warehouse, a build, ledgers."""

    project: Project
    stripe: StripeLists
    events: Path
    seeds: Path
    own: list[Path] = field(default_factory=list)

    def forget(self, *arguments: str, expect: int = 0) -> str:
        """What the command prints; in this process, which saves its start."""
        return self.run("forget", *arguments, expect=expect)

    def run(self, *arguments: str, expect: int = 0) -> str:
        said = io.StringIO()
        umask = os.umask(0o077)
        with (
            patch.dict(os.environ, self.project.environment(), clear=True),
            patch("pipelines.console.Console", lambda **_: Console(file=said, width=400)),
            patch("sys.stdin", io.StringIO()),
        ):
            code = main(arguments)
        os.umask(umask)
        assert code == expect, said.getvalue()
        return said.getvalue()

    def left(self) -> list[str]:
        """Where a word of Jane's still is, the user's own files aside."""
        return files_with(self.project.folder, WORDS, but=[self.events, *self.own])


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, StripeLists]]:
    """A folder in which all is loaded, and the server that it was loaded from."""
    folder = tmp_path_factory.mktemp("loaded")
    with serve(StripeLists({})) as stripe:
        stripe.lists = lists()
        first = account_in(folder, stripe)
        for made in (first.events, first.seeds):
            made.mkdir()
        (first.seeds / "customer_map.csv").write_text(
            "app_customer_id,billing_customer_id,customer_group,note\n"
            "acct-jane-77,cus_jane0001,,kept by hand\nacct-john,cus_john0002,,\n"
        )
        write_events(first.events)
        first.project.load_here()
        publish_by_hand(first.project)
        tell_by_hand(first.project)
        yield folder, stripe


@pytest.fixture
def account(tmp_path: Path, loaded: tuple[Path, StripeLists]) -> Account:
    template, stripe = loaded
    folder = tmp_path / "copy"
    shutil.copytree(template, folder, symlinks=True)
    stripe.lists = lists()
    return account_in(folder, stripe)


def account_in(folder: Path, stripe: StripeLists) -> Account:
    settings = {
        "SOURCES__STRIPE__API_KEY": "rk_test_forget",
        "SOURCES__STRIPE__BASE_URL": stripe.url,
        "SOURCES__APP_EVENTS__BUCKET_URL": str(folder / "events"),
        "AS_OF": "2026-03-03T18:00:00Z",
        "SEEDS_DIR": str(folder / "seeds"),
    }
    return Account(Project(folder, settings), stripe, folder / "events", folder / "seeds")


def lists() -> dict[str, list[Any]]:
    return {
        "/v1/customers": [JANE, JOHN],
        "/v1/subscriptions": [subscription("sub_1", JANE), subscription("sub_2", JOHN)],
        "/v1/charges": [charge("ch_1", JANE), charge("ch_2", JOHN)],
        **{f"/v1/{name}": [] for name in ("products", "prices", "invoices", "events")},
    }


def subscription(number: str, customer: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": number,
        "created": 1767225600,
        "customer": customer["id"],
        "description": f"For {customer['name']}",
        "status": "active",
        "items": {"data": [{"id": f"si_{number}", "quantity": 3, "metadata": {}}]},
    }


def charge(number: str, customer: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": number,
        "created": 1767225700,
        "amount": 4200,
        "currency": "usd",
        "customer": customer["id"],
        "receipt_email": customer["email"],
        "billing_details": {"name": customer["name"], "phone": customer["phone"]},
        "description": f"Thanks, {customer['name']}!",
    }


def write_events(folder: Path) -> None:
    rows = [
        {
            "event_id": f"{customer}-{number}",
            "event_type": "llm_request",
            "occurred_at": "2026-03-01T00:00:00Z",
            "customer_id": customer,
            "user_id": user,
            "input_tokens": number,
            "note": secret,
        }
        for number in range(50)
        for customer, user, secret in (
            ("acct-jane-77", "user-of-jane", "jane-secret"),
            ("acct-john", "user-of-john", "john-secret"),
        )
    ]
    bad = {"event_id": "bad", "customer_id": "acct-jane-77", "note": "jane-secret"}
    lines = "".join(json.dumps(row) + "\n" for row in [*rows[:60], bad])
    (folder / "one.jsonl").write_text(lines)
    with (folder / "two.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows[60:])


def publish_by_hand(project: Project) -> None:
    """Three builds as `dbt build` publishes them, of the two tables that matter here."""
    project.published.mkdir()
    for day in (1, 2, 3):
        path = project.published / f"build_2026030{day}T000000_0000000{day}.duckdb"
        with duckdb.connect(str(path)) as connection:
            connection.execute(
                f"""
                create schema monitoring; create schema finance;
                create table monitoring.build as select '2026030{day}T000000_0000000{day}' as
                    build_id, timestamp '2026-03-03' as built_at, timestamp '2026-03-03' as as_of,
                    'usd' as report_currency, 'UTC' as report_timezone;
                create table finance.customers as
                    select 'cus_jane0001' as customer_id, 'Jane Quillfeather' as customer_name,
                        42.5::decimal(18, 9) as mrr
                    union all select 'cus_john0002', 'John Oakheart', 17.25;
                create table monitoring.insights as
                    select 'customer' as subject_type, 'cus_jane0001' as subject_id,
                        'Jane Quillfeather costs more than she pays' as message;
                create view finance.everybody as select customer_name from finance.customers;
                comment on column finance.customers.mrr is 'Monthly.';
                """
            )
    (project.published / "current.duckdb").symlink_to(path.name)


def tell_by_hand(project: Project) -> None:
    with sqlite3.connect(project.folder / "warehouse.alerts.sqlite") as ledger:
        ledger.execute("create table messages (dimension_value text, title text, n integer)")
        ledger.execute("insert into messages values ('cus_jane0001', 'Jane Quillfeather', 5)")
        ledger.execute("insert into messages values ('cus_john0002', 'John Oakheart', 6)")


def raw(project: Project, sql: str) -> list[tuple[Any, ...]]:
    return project.rows(sql)


COUNTS = """
    select count(*), count(distinct customer_id), count(distinct user_id), sum(input_tokens)
    from raw_app_events.events
    union all select count(*), count(distinct id), null, null from raw_stripe.customers
    union all select count(*), count(distinct customer), sum(amount), null from raw_stripe.charges
    order by all
"""


def test_a_customer_goes_from_every_file_and_no_number_moves(account: Account) -> None:
    project = account.project
    assert account.left(), "the search finds what is there"
    before = raw(project, COUNTS)

    done = account.forget("cus_jane0001", "--yes")

    assert account.left() == []
    assert not any(word in done for word in WORDS)
    assert raw(project, COUNTS) == before
    [receipt] = project.folder.glob("warehouse.erasures/*.json")
    said = json.loads(receipt.read_text())
    assert said["warehouse_rows"]["raw_app_events.events"] == 50
    assert said["ledgers"] == {str(project.folder / "warehouse.alerts.sqlite"): 1}
    assert said["still_held_by"] == []
    held = said["event_files"]
    assert sum(one["rows"] for one in held.values()) == 50
    assert set(held) == {"one.jsonl", "two.csv"}
    assert receipt.stat().st_mode & 0o077 == 0
    # what belongs to others is as it was
    assert raw(project, "select name from raw_stripe.customers where id = 'cus_john0002'") == [
        ("John Oakheart",)
    ]
    assert raw(
        project, "select count(*) from raw_app_events.events where properties like '%john-secret%'"
    ) == [(50,)]
    assert "acct-john,cus_john0002" in (account.seeds / "customer_map.csv").read_text()


def test_what_settings_keep_elsewhere_is_reached_too(account: Account) -> None:
    project = account.project
    elsewhere = project.folder / "elsewhere"
    reports = elsewhere / "reports"
    reports.mkdir(parents=True)
    paths = {
        name: elsewhere / file
        for name, file in (
            ("ALERTS__INBOX_PATH", "inbox.db"),
            ("DIGESTS__LEDGER_PATH", "digests.db"),
            ("DASHBOARD__VIEWS_PATH", "views.json"),
        )
    }
    project.settings |= {name: str(path) for name, path in paths.items()}
    project.settings["REPORTS_DIR"] = str(reports)
    for path in list(paths.values())[:2]:
        with sqlite3.connect(path) as ledger:
            ledger.execute("create table said (dimension_value text, note text)")
            ledger.execute("insert into said values ('cus_jane0001', 'ask Jane Quillfeather')")
    views = [
        {"name": "Jane Quillfeather", "page": "customer",
         "choices": {"customer": "cus_jane0001"}, "who": ""},
        {"name": "All", "page": "", "choices": {"days": "2026-01-01"}, "who": "j@firm.example"},
    ]  # fmt: skip
    paths["DASHBOARD__VIEWS_PATH"].write_text(json.dumps(views))
    handed_out = reports / "customer.json"
    handed_out.write_text('{"name": "Jane Quillfeather"}')

    done = account.forget("cus_jane0001", "--yes", expect=1)

    account.own.append(handed_out)
    assert account.left() == []
    assert f"still held by {handed_out}" in done
    first, second = json.loads(paths["DASHBOARD__VIEWS_PATH"].read_text())
    assert first["choices"]["customer"].startswith("erased")
    assert second == views[1]


def test_readers_find_a_whole_build_under_a_new_name(account: Account) -> None:
    project = account.project
    names = {path.name for path in build_files(project.published)}
    account.forget("cus_jane0001", "--yes")
    now = {path.name for path in build_files(project.published)}
    assert len(now) == 3
    assert not names & now
    rows = project.published_rows("select customer_name, mrr from finance.customers order by mrr")
    assert [(name, str(mrr)) for name, mrr in rows] == [
        ("John Oakheart", "17.250000000"), (None, "42.500000000"),
    ]  # fmt: skip
    assert len(project.published_rows("from finance.everybody")) == 2
    [(comment,)] = project.published_rows(
        "select comment from duckdb_columns() where column_name = 'mrr'"
    )
    assert comment == "Monthly."
    current = (project.published / "current.duckdb").resolve()
    [(build_id,)] = project.published_rows("select build_id from monitoring.build")
    assert current.stem == f"build_{build_id}"


def test_later_loads_do_not_bring_the_customer_back(account: Account) -> None:
    project = account.project
    account.forget("acct-jane-77", "--yes")  # the app's id of her
    versions = raw(project, "select count(*) from raw_stripe.customers")
    before = raw(project, COUNTS)

    os.utime(account.events / "one.jsonl", (1, 1))  # so that it is read again
    project.load_here()
    account.stripe.lists["/v1/charges"].insert(0, charge("ch_3", JANE))
    account.run("run", "--full-refresh")

    assert account.left() == []
    assert raw(project, "select count(*) from raw_stripe.customers") == versions
    assert len({row[0] for row in raw(project, "select customer from raw_stripe.charges")}) == 2
    new = raw(project, COUNTS)
    assert [row[1] for row in new] == [row[1] for row in before], "she stays one customer"
    events = "select event_id, count(distinct customer_id) from raw_app_events.events group by all"
    assert {count for _, count in raw(project, events)} == {1}


def test_a_killed_erasure_is_finished_by_the_next(account: Account) -> None:
    project = account.project
    locked = project.published
    locked.chmod(0o500)  # nothing can be written there
    try:
        if os.access(locked, os.W_OK):  # a superuser writes anywhere: a folder bars the way
            (locked / ".publish.lock").mkdir()
        account.forget("cus_jane0001", "--yes", expect=2)
    finally:
        locked.chmod(0o700)
        if (locked / ".publish.lock").is_dir():
            (locked / ".publish.lock").rmdir()
    assert account.left(), "the builds are not reached yet"
    assert project.published_rows("select count(*) from finance.customers") == [(2,)]
    project.load_here()  # in between: she does not come back
    account.forget("cus_jane0001", "--yes")
    assert account.left() == []


def test_a_dry_run_shows_and_changes_nothing(account: Account) -> None:
    before = {path: path.read_bytes() for path in account.project.folder.glob("*.duckdb")}
    done = account.forget("cus_jane0001", "--dry-run")
    assert "raw_app_events.events: 50" in done
    assert {path: path.read_bytes() for path in before} == before
    assert not list(account.project.folder.glob(".warehouse_eras*"))


def test_without_yes_nobody_is_erased_unasked(account: Account) -> None:
    done = account.forget("cus_jane0001", expect=2)
    assert "--yes" in done
    assert account.left()
    assert "Nobody is known as" in account.forget("cus_nobody99", "--yes", expect=2)


def test_a_user_goes_and_the_customer_stays(account: Account) -> None:
    account.forget("user-of-jane", "--yes")
    assert files_with(account.project.folder, ["user-of-jane"], but=[account.events]) == []
    assert raw(account.project, "select count(properties) from raw_app_events.events") == [(50,)]
    rows = raw(account.project, "select distinct name from raw_stripe.customers")
    assert ("Jane Quillfeather",) in rows
    assert raw(
        account.project,
        "select count(*) from raw_app_events.events where customer_id = 'acct-jane-77'",
    ) == [(50,)]


def test_an_id_that_other_things_bear_is_replaced_where_a_customer_stands(tmp_path: Path) -> None:
    assert is_weak("42")
    assert is_weak("acme")
    assert not is_weak("cus_jane0001")
    ledger = Ledger(tmp_path / "ledger.json")
    entry = ledger.add("42", "customer", ["paddle"])
    item = {"id": "42", "quantity": "42", "customer_id": "42", "details": {"total": "42"}}
    left = without_erased(item, ledger, "transactions", "paddle")
    assert left == {**item, "customer_id": entry.pseudonym}
    assert without_erased(item, ledger, "customers", "paddle")["id"] == entry.pseudonym
    assert without_erased(item, ledger, "transactions", "braintree") is item


def test_one_id_of_two_people_erases_the_one_that_is_meant(tmp_path: Path) -> None:
    """The app's 42 is not the provider's 42."""
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            """
            create schema core;
            create table core.dim_customers as select * from (values
                ('braintree:42', 'braintree', '42', 'a-1', 'Ann Other'),
                ('paddle:ctm_000777', 'paddle', 'ctm_000777', '42', 'Meant Person')
            ) as rows (customer_id, source_account, native_id, app_customer_id, customer_name);
            """
        )
    project = Project(tmp_path, {"SEEDS_DIR": str(tmp_path)})
    account = Account(project, StripeLists({}), tmp_path, tmp_path)
    assert "several customers" in account.forget("42", "--yes", expect=2)
    account.forget("paddle:ctm_000777", "--yes")
    [one, other] = project.rows("from core.dim_customers order by customer_id")
    assert one == ("braintree:42", "braintree", "42", "a-1", "Ann Other")
    assert other[0].startswith("paddle:erased_")
    assert other[3].startswith("erased_")
    assert other[4] is None
    account.forget("braintree:42", "--yes")
    names = project.rows("select native_id, customer_name from core.dim_customers")
    assert all(native.startswith("erased_") and name is None for native, name in names)


def test_a_line_that_could_not_be_read_goes_also_by_an_id_of_digits(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    refused = {
        "raw_app_events": [
            ("events", "one.jsonl", '{"event_id": "e1", "customer_id":4711, "quantity": 1e999'),
            ("events", "two.csv", "e2,login,4711,Bad Wurzach"),
            ("events", "two.csv", "e3,login,47115,kept; not 4,711"),
        ],
        "raw_paddle": [
            ("subscriptions", None, '{"id": "sub_1", "custom_data": {"app_customer_id": "4711"}}'),
            ("subscriptions", None, '{"id": "4711", "customer_id": "ctm_other"}'),
        ],
    }
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create schema core; create table core.dim_customers as select "
            "'ctm_meant01' as customer_id, 'paddle' as source_account, 'ctm_meant01' as native_id, "
            "'4711' as app_customer_id, 'Meant Person' as customer_name"
        )
        for schema, rows in refused.items():
            connection.execute(
                f"create schema {schema}; create table {schema}.quarantine (source_table varchar, "
                "record_id varchar, file varchar, reason varchar, raw varchar)"
            )
            for table, file, line in rows:
                connection.execute(
                    f"insert into {schema}.quarantine values (?, null, ?, 'odd', ?)",
                    [table, file, line],
                )
    project = Project(tmp_path, {"SEEDS_DIR": str(tmp_path)})
    Account(project, StripeLists({}), tmp_path, tmp_path).forget("ctm_meant01", "--yes")
    kept = "select raw from {}.quarantine where raw is not null"
    assert project.rows(kept.format("raw_app_events")) == [("e3,login,47115,kept; not 4,711",)]
    assert project.rows(kept.format("raw_paddle")) == [
        ('{"id": "4711", "customer_id": "ctm_other"}',)
    ]


@dataclass
class OnPostgres:
    """The same company in a database of a server of its own."""

    account: Account
    server: PostgresServer
    database: str

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.server.rows(self.database, sql)

    def left(self) -> list[str]:
        """Words of Jane's in files, the server's own included, and in rows."""
        self.server.rows(self.database, "checkpoint")
        pages = [
            path.read_bytes()
            for path in (self.server.folder / "data" / "base").rglob("*")
            if path.is_file()
        ]
        tables = self.rows(
            "select format('%I.%I', schemaname, tablename) from pg_tables "
            "where schemaname not in ('pg_catalog', 'information_schema')"
        )
        cells = [str(row) for (name,) in tables for row in self.rows(f"select * from {name}")]
        return [
            *self.account.left(),
            *(word for word in WORDS if any(word.encode() in page for page in pages)),
            *(word for word in WORDS if any(word in cell for cell in cells)),
        ]


@pytest.fixture
def on_postgres(tmp_path: Path) -> Iterator[OnPostgres]:
    place = Path(tempfile.mkdtemp(prefix="pg_"))
    with postgres_server(place) as server, serve(StripeLists({})) as stripe:
        stripe.lists = lists()
        account = account_in(tmp_path, stripe)
        account.project.settings |= server.create("erasing")
        for made in (account.events, account.seeds):
            made.mkdir()
        write_events(account.events)
        account.project.load_here()
        made_models(server)
        yield OnPostgres(account, server, "erasing")


#: Text that a careless copy spoils: quotes, lines, what ends a COPY, what is null in some CSV.
HOSTILE = 'a "b", c\ntwo\r\n\\N\n\\.\ttab ü😀 \'; --'


def made_models(server: PostgresServer) -> None:
    """Of each kind of table that a build makes there, one."""
    hostile = literal(HOSTILE)
    server.rows(
        "erasing",
        f"""
        create schema core; create schema published_finance; create schema published_monitoring;
        create table core.dim_customers as select 'cus_jane0001'::text as customer_id,
            'stripe'::text as source_account, 'cus_jane0001'::text as native_id,
            'acct-jane-77'::text as app_customer_id, 'Jane Quillfeather'::text as customer_name,
            null::timestamp as left_at, ''::text as note, {hostile} as odd,
            0.1::double precision + 0.2 as share, '{{"a": [1.50]}}'::jsonb as document
        union all select 'cus_john0002', 'stripe', 'cus_john0002', 'acct-john', 'John Oakheart',
            '2026-01-01 00:00:00.000001', null, null, null, null;
        create unique index on core.dim_customers (customer_id);
        create table published_finance.customers as select customer_id, customer_name,
            42.500000000::numeric(18, 9) as mrr from core.dim_customers;
        comment on column published_finance.customers.mrr is 'Monthly.';
        create table published_monitoring.build as
            select '20260303T000000_00000001'::text as build_id;
        create schema theirs;
        create table theirs.notes as select 'nothing of ours'::text as customer_id;
        analyze;
        """,
    )


@pytest.mark.engines
def test_a_customer_goes_from_postgres_and_no_number_moves(on_postgres: OnPostgres) -> None:
    account, rows = on_postgres.account, on_postgres.rows
    assert on_postgres.left(), "the search finds what is there"
    before = rows(COUNTS.replace("order by all", "order by 1, 2, 3, 4"))
    assert "raw_app_events.events: 50" in account.forget("cus_jane0001", "--dry-run")
    assert on_postgres.left(), "a dry run changes nothing"

    done = account.forget("acct-jane-77", "--yes")

    assert on_postgres.left() == []
    assert not any(word in done for word in WORDS)
    assert rows(COUNTS.replace("order by all", "order by 1, 2, 3, 4")) == before
    [receipt] = account.project.folder.glob("warehouse.erasures/*.json")
    said = json.loads(receipt.read_text())
    assert said["warehouse_rows"]["raw_app_events.events"] == 50
    assert any("write-ahead log" in note for note in said["notes"])
    one, other = rows("select * from core.dim_customers order by customer_name is null desc")
    assert one[0].startswith("erased_")
    assert one[4:7] == (None, None, "")
    assert one[7:] == (HOSTILE, 0.1 + 0.2, {"a": [1.5]})
    assert (other[0], other[4], str(other[5]), other[6]) == (
        "cus_john0002", "John Oakheart", "2026-01-01 00:00:00.000001", None,
    )  # fmt: skip
    published = rows("select customer_name, mrr::text from published_finance.customers order by 1")
    assert published == [("John Oakheart", "42.500000000"), (None, "42.500000000")]
    [(build,)] = rows("select build_id from published_monitoring.build")
    assert build.startswith("20260303T000000_")
    assert build != "20260303T000000_00000001"

    versions = rows("select count(*) from raw_stripe.customers")
    os.utime(account.events / "one.jsonl", (1, 1))  # so that it is read again
    account.run("run", "--full-refresh")
    assert on_postgres.left() == []
    assert rows("select count(*) from raw_stripe.customers") == versions


@pytest.mark.engines
def test_an_erasure_killed_in_postgres_is_finished_by_the_next(on_postgres: OnPostgres) -> None:
    account = on_postgres.account
    published = account.project.published
    published.mkdir()
    (published / ".publish.lock").mkdir()  # the database is done, the builds cannot be reached
    account.forget("cus_jane0001", "--yes", expect=1)
    (published / ".publish.lock").rmdir()
    account.forget("cus_jane0001", "--yes")
    assert on_postgres.left() == []
