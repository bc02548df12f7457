"""What a load leaves behind, above all one that failed: no key, no person, nothing for others."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from test_killed_loads import KILLED_AT

from pipelines.errors import SettingError
from pipelines.loading.source import Account
from pipelines.sources import BY_NAME
from support.commands import ROOT
from support.loads import Loads, loads, more
from support.openai_server import ADMIN_KEY, Organisation
from support.openai_server import serve as serve_openai
from support.stripe_server import StripeLists
from support.stripe_server import serve as serve_stripe

__all__ = ["loads"]

AS_OF = datetime(2026, 6, 15, tzinfo=UTC)
STRIPE_KEY = "rk_test_Jq83hsk29secret"
PERSON = "jane.roe@example.com"
SECRETS = (STRIPE_KEY, ADMIN_KEY, PERSON, "jane.roe")

RUN = """
import sys
from pipelines.console import Reporter
from pipelines.run import run
sys.exit(run((), full_refresh=False, reporter=Reporter()))
"""
#: The same on a disk that is full after so many bytes.
RUN_ON_A_FULL_DISK = (
    """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, resource.RLIM_INFINITY))
"""
    + RUN
)


@pytest.fixture
def account(loads: Loads) -> Iterator[StripeLists]:
    lists = {f"/v1/{name}": [] for name in ("products", "prices", "subscriptions", "events")}
    invoice = {"id": "in_1", "customer_email": PERSON, "description": f"for <{PERSON.upper()}>"}
    customer = {"id": "cus_1", "email": PERSON, "metadata": {"contact": f"mailto:{PERSON}"}}
    lists |= {"/v1/customers": [customer], "/v1/invoices": [invoice]}
    openai = Organisation(today=date(2026, 3, 3))
    openai.lists["users"] = [{"id": "user_1", "name": "J", "email": PERSON}]
    with serve_stripe(StripeLists(lists)) as served, serve_openai(openai) as organisation:
        loads.settings |= {
            "SOURCES__STRIPE__API_KEY": STRIPE_KEY,
            "SOURCES__STRIPE__BASE_URL": served.url,
            "SOURCES__OPENAI__ADMIN_KEY": ADMIN_KEY,
            "SOURCES__OPENAI__BASE_URL": organisation.url,
            "SOURCES__OPENAI__START_DATE": "2026-03-01",
            "AS_OF": "2026-03-03",
            "HOME": str(loads.folder / "home"),
        }
        (loads.folder / "home").mkdir(mode=0o700)
        yield served


def contents_of(path: Path) -> bytes:
    """What a file holds, unpacked where a plain search would not see it."""
    if path.suffix == ".parquet":
        return str(pq.read_table(path).to_pylist()).encode()
    if path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            tables = connection.execute(
                "select schema_name, table_name from duckdb_tables()"
            ).fetchall()
            rows = [
                connection.execute(f"select * from {schema}.{table}").fetchall()
                for schema, table in tables
            ]
        return str(rows).encode()
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def check_left_behind(folder: Path) -> int:
    """Search every file for secrets and for readers other than its owner; returns how many."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    for path in files:
        content = contents_of(path).lower() + str(path).encode()
        assert not [secret for secret in SECRETS if secret.lower().encode() in content], path
        assert path.stat().st_mode & 0o077 == 0, path
    for path in folder.rglob("*"):
        if path.is_dir():
            assert path.stat().st_mode & 0o077 == 0, path
    return len(files)


def run_watched(loads: Loads, script: str) -> tuple[int, str, int]:
    """Run a load; returns its exit code, what it printed, and how often processes were listed."""
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, **loads.environment()},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    listings = 0
    while process.poll() is None:
        for command in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                shown = command.read_bytes()
            except OSError:
                continue  # it ended meanwhile
            assert not [secret for secret in SECRETS if secret.encode() in shown]
        listings += 1
        time.sleep(0.02)
    return process.returncode, process.communicate()[0], listings


@pytest.mark.parametrize(
    "fault", ["none", "refused", more("not found"), more("broken"), "full disk"]
)
def test_no_key_and_no_address_is_left_behind(
    loads: Loads, account: StripeLists, fault: str
) -> None:
    if fault in ("refused", "not found"):
        account.refused["/v1/invoices"] = {"refused": 403, "not found": 404}[fault]
    if fault == "broken":
        loads.settings["SOURCES__STRIPE__BASE_URL"] = "http://127.0.0.1:9"
    script = RUN_ON_A_FULL_DISK if fault == "full disk" else RUN
    code, shown, listings = run_watched(loads, script)
    assert code == (0 if fault == "none" else 1), shown
    assert listings > 3
    assert not [secret for secret in SECRETS if secret in shown]
    assert check_left_behind(loads.folder) > 3


@pytest.mark.parametrize("step", [more("after extract"), more("after normalise"), "all jobs done"])
def test_what_a_killed_load_leaves_is_no_ones_business(
    loads: Loads, account: StripeLists, step: str
) -> None:
    loads.killed(KILLED_AT, step, "stripe")
    assert list(loads.working_folder.rglob("*.parquet")) or step == "all jobs done"
    assert check_left_behind(loads.folder) > 3
    loads.load()
    assert list(loads.working_folder.rglob("*.parquet")) == []
    assert check_left_behind(loads.folder) > 3


def test_a_search_would_find_what_was_hidden(loads: Loads, account: StripeLists) -> None:
    loads.settings["STORE_EMAILS"] = "true"
    loads.load()
    with pytest.raises(AssertionError, match=r"warehouse\.duckdb"):
        check_left_behind(loads.folder)


def test_a_key_is_never_taken_from_the_command_line(loads: Loads, account: StripeLists) -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("dlt")), "pipeline", "run", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "key" not in done.stdout.lower()


#: Kind -> what it needs beside its secrets.
OTHER_SETTINGS = {
    "braintree": {"MERCHANT_ID": "m", "PUBLIC_KEY": "p"},
    "chargebee": {"SITE": "acme"},
    "aws": {"AWS_ACCESS_KEY_ID": "AKIA"},
}


@pytest.mark.parametrize(
    "kind", sorted(name for name, one in BY_NAME.items() if any(s.is_secret for s in one.settings))
)
@pytest.mark.parametrize("odd", ["{}\u200b", "{}\nX-Other: 1", "{} {}", "{}é"])
def test_a_key_that_cannot_be_sent_is_a_wrong_setting_and_not_shown(
    kind: str, odd: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = Account(kind, BY_NAME[kind])
    for name, value in OTHER_SETTINGS.get(kind, {}).items():
        monkeypatch.setenv(account.setting_name(name), value)
    secrets = [one.name for one in account.source.settings if one.is_secret]
    for name in secrets:
        monkeypatch.setenv(account.setting_name(name), f"  {STRIPE_KEY}\n")
    account.source.check_settings(account, AS_OF)
    assert account.secret(secrets[0]) == STRIPE_KEY
    for name in secrets:
        monkeypatch.setenv(account.setting_name(name), odd.format(STRIPE_KEY, STRIPE_KEY))
    with pytest.raises(SettingError) as refused:
        account.source.check_settings(account, AS_OF)
    assert "Copy the key again" in str(refused.value)
    assert account.setting_name(secrets[0]) in str(refused.value)
    assert STRIPE_KEY not in str(refused.value)
