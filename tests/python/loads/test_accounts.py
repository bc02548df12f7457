"""Several accounts of one vendor: beside each other, and never one for the other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import pipelines.run
from pipelines.errors import SettingError
from pipelines.loading.source import Account
from pipelines.run import _chain
from pipelines.sources import SOURCES
from pipelines.sources.accounts import configured_accounts
from support import openai_server, stripe_server
from support.commands import Project
from support.loads import Loads, loads
from support.openai_server import Organisation, cost
from support.stripe_server import StripeLists

__all__ = ["loads"]

DAY = date(2026, 3, 1)
NEEDED_LISTS = ("customers", "products", "prices", "subscriptions", "invoices", "events")


@dataclass
class Vendors:
    """Two accounts at each of two vendors; each name says whose it is."""

    stripe: dict[str, StripeLists]
    openai: dict[str, Organisation]

    def settings(self) -> dict[str, str]:
        settings = {"AS_OF": "2026-03-03T18:00:00Z"}
        for name, lists in self.stripe.items():
            prefix = f"SOURCES__{name.upper()}__"
            settings[prefix + "API_KEY"] = f"rk_test_{name}"
            settings[prefix + "BASE_URL"] = lists.url
        for name, organisation in self.openai.items():
            prefix = f"SOURCES__{name.upper()}__"
            settings[prefix + "ADMIN_KEY"] = organisation.key
            settings[prefix + "BASE_URL"] = organisation.url
            settings[prefix + "START_DATE"] = DAY.isoformat()
        settings["SOURCES__STRIPE_EU__KIND"] = "stripe"
        settings["SOURCES__OPENAI_LAB__KIND"] = "openai"
        return settings


def stripe_account(name: str, customers: int) -> StripeLists:
    lists: dict[str, list[Any]] = {f"/v1/{path}": [] for path in NEEDED_LISTS}
    lists["/v1/customers"] = [
        {"id": f"cus_{number}", "created": number, "name": name, "email": "jane@example.com"}
        for number in range(customers, 0, -1)
    ]
    return StripeLists(lists, account=f"acct_{name}")


def organisation(name: str, amount: str) -> Organisation:
    return Organisation(
        today=date(2026, 3, 3),
        costs={DAY: [cost(amount, f"line of {name}")]},
        name=f"org_{name}",
        key=f"sk-admin-{name}",
    )


@pytest.fixture
def vendors() -> Iterator[Vendors]:
    with ExitStack() as stack:
        yield Vendors(
            {
                name: stack.enter_context(stripe_server.serve(stripe_account(name, customers)))
                for name, customers in (("stripe", 2), ("stripe_eu", 3))
            },
            {
                name: stack.enter_context(openai_server.serve(organisation(name, amount)))
                for name, amount in (("openai", "1.5"), ("openai_lab", "2.5"))
            },
        )


@pytest.fixture
def both(loads: Loads, vendors: Vendors) -> Loads:
    loads.settings |= vendors.settings()
    return loads


def names_of_customers(loads: Loads, account: str) -> list[tuple[Any, ...]]:
    return loads.rows(f"select name, count(*) from raw_{account}.customers group by 1")


def test_accounts_load_beside_each_other_and_again_only_what_is_new(
    both: Loads, vendors: Vendors
) -> None:
    shown = both.load()
    for name in ("stripe", "stripe_eu", "openai", "openai_lab"):
        assert f"│ {name} " in shown
    assert names_of_customers(both, "stripe") == [("stripe", 2)]
    assert names_of_customers(both, "stripe_eu") == [("stripe_eu", 3)]
    for name, amount in (("openai", "1.5"), ("openai_lab", "2.5")):
        [(line, total)] = both.rows(
            f"select line_item, cast(amount__value as decimal(9, 1)) from raw_{name}.cost_results"
        )
        assert (line, str(total)) == (f"line of {name}", amount)
    for name, server in vendors.stripe.items():
        assert server.keys == {f"rk_test_{name}"}
    for name, server_of_costs in vendors.openai.items():
        assert server_of_costs.keys == {f"sk-admin-{name}"}
    assert both.rows("select source, kind, account_id from raw_sources.accounts order by all") == [
        ("openai", "openai", "org_openai"),
        ("openai_lab", "openai", "org_openai_lab"),
        ("stripe", "stripe", "acct_stripe"),
        ("stripe_eu", "stripe", "acct_stripe_eu"),
    ]
    # one key hashes e-mail addresses for the whole warehouse, so that people can be joined
    assert both.rows(
        "select count(distinct email) from (select email from raw_stripe.customers "
        "union all select email from raw_stripe_eu.customers)"
    ) == [(1,)]

    vendors.stripe["stripe_eu"].lists["/v1/customers"].insert(
        0, {"id": "cus_9", "created": 9, "name": "stripe_eu"}
    )
    both.load()
    assert names_of_customers(both, "stripe") == [("stripe", 2)]
    assert names_of_customers(both, "stripe_eu") == [("stripe_eu", 4)]
    for name in ("stripe", "stripe_eu", "openai", "openai_lab"):
        assert both.rows(f"select source, mode from raw_{name}.syncs order by _dlt_load_id") == [
            (name, "full"),
            (name, "incremental"),
        ]
    both.check_records()


def test_an_account_that_fails_leaves_the_others_loaded(both: Loads, vendors: Vendors) -> None:
    vendors.stripe["stripe"].refused["/v1"] = 401
    shown = both.load(expect=1)
    assert "error: stripe: " in shown
    assert "SOURCES__STRIPE__API_KEY" in shown
    assert "SOURCES__STRIPE_EU__API_KEY" not in shown
    assert names_of_customers(both, "stripe_eu") == [("stripe_eu", 3)]


def test_a_fault_of_ours_in_one_account_leaves_the_others_loaded(
    both: Loads, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = pipelines.run._pipeline

    def faulty(account: Account, *given: Any) -> Any:
        if account.name == "stripe":
            raise KeyError("nobody thought of this")
        return make(account, *given)

    monkeypatch.setattr(pipelines.run, "_pipeline", faulty)
    shown = both.load(expect=1)
    assert "error: stripe: KeyError: 'nobody thought of this' (test_accounts.py, line" in shown
    assert "Traceback" not in shown
    assert names_of_customers(both, "stripe_eu") == [("stripe_eu", 3)]


def test_a_setting_that_is_wrong_for_all_is_no_fault_of_the_program(
    both: Loads, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(account: Account, *given: Any) -> Any:
        raise SettingError("PII_HASH_KEY cannot be read.")

    monkeypatch.setattr(pipelines.run, "_pipeline", wrong)
    assert "error: PII_HASH_KEY cannot be read." in both.load(expect=2)


def test_one_account_is_loaded_by_its_name(both: Loads, vendors: Vendors) -> None:
    both.load("stripe_eu")
    assert not vendors.stripe["stripe"].requests
    assert both.rows("select source from raw_sources.accounts") == [("stripe_eu",)]
    assert "stripe_eu" in both.load("stripe_us", expect=2)


def test_a_missing_key_is_never_that_of_another_account(both: Loads, vendors: Vendors) -> None:
    del both.settings["SOURCES__STRIPE_EU__API_KEY"]
    shown = both.load("stripe_eu", expect=2)
    assert "stripe_eu is not configured: set SOURCES__STRIPE_EU__API_KEY" in shown
    shown = both.load()
    assert "stripe_eu: skipped, set SOURCES__STRIPE_EU__API_KEY to load it." in shown
    assert not vendors.stripe["stripe_eu"].requests


def test_one_key_under_two_names_is_an_error(both: Loads) -> None:
    for name in ("API_KEY", "BASE_URL"):
        both.settings[f"SOURCES__STRIPE_EU__{name}"] = both.settings[f"SOURCES__STRIPE__{name}"]
    for name in ("ADMIN_KEY", "BASE_URL"):
        both.settings[f"SOURCES__OPENAI_LAB__{name}"] = both.settings[f"SOURCES__OPENAI__{name}"]
    shown = both.load(expect=1)
    assert "stripe_eu and stripe are the same stripe account (acct_stripe)" in shown
    assert "openai_lab and openai are the same openai account (org_openai)" in shown
    assert names_of_customers(both, "stripe") == [("stripe", 2)]


def test_a_name_that_takes_anothers_place_is_an_error(both: Loads, vendors: Vendors) -> None:
    vendors.stripe["stripe_eu"].account = "acct_stripe"
    both.load("stripe")
    both.settings["SOURCES__STRIPE__API_KEY"] = ""
    shown = both.load("stripe_eu", expect=1)
    assert "stripe_eu and stripe are the same stripe account (acct_stripe)" in shown


def test_two_keys_of_one_account_are_a_warning(both: Loads, vendors: Vendors) -> None:
    vendors.stripe["stripe_eu"].account = "acct_stripe"
    shown = both.load("stripe", "stripe_eu")
    assert "everything that both keys see is counted twice" in shown
    assert names_of_customers(both, "stripe_eu") == [("stripe_eu", 3)]


def test_a_name_never_changes_its_kind(both: Loads) -> None:
    both.load("stripe_eu")
    both.settings["SOURCES__STRIPE_EU__KIND"] = "openai"
    both.settings["SOURCES__STRIPE_EU__ADMIN_KEY"] = "sk-admin-x"
    assert "raw_stripe_eu holds an account of kind stripe" in both.load("stripe_eu", expect=1)


@pytest.mark.parametrize(
    ("variable", "kind", "said"),
    [
        ("SOURCES__STRIPE_US__KIND", "strpie", ", ".join(one.name for one in SOURCES)),
        ("SOURCES__OPENAI__KIND", "stripe", "another kind"),
        ("SOURCES__SOURCES__KIND", "stripe", "stripe_eu"),
        ("SOURCES__STRIPE__US__KIND", "stripe", "single underscores"),
    ],
)
def test_a_wrong_account_costs_only_itself(
    loads: Loads, vendors: Vendors, variable: str, kind: str, said: str
) -> None:
    settings = vendors.settings()
    loads.settings |= {name: settings[name] for name in settings if "STRIPE_EU" in name}
    loads.settings[variable] = kind
    shown = loads.load(expect=1)
    assert variable in shown
    assert said in shown
    assert names_of_customers(loads, "stripe_eu") == [("stripe_eu", 3)]
    name = variable.removeprefix("SOURCES__").removesuffix("__KIND").lower()
    assert variable in loads.load(name, expect=2)


def test_settings_of_accounts_may_stand_in_dlt_files(
    project: Project, vendors: Vendors, tmp_path: Path
) -> None:
    folder = tmp_path / "dlt"
    folder.mkdir()
    servers = vendors.stripe
    (folder / "config.toml").write_text(
        f'[sources.stripe]\nbase_url = "{servers["stripe"].url}"\n'
        f'[sources.stripe_eu]\nkind = "stripe"\nbase_url = "{servers["stripe_eu"].url}"\n'
        '[sources.stripe_us]\nkind = "stripe"\n'
    )
    (folder / "secrets.toml").write_text(
        '[sources.stripe]\napi_key = "rk_test_stripe"\n'
        '[sources.stripe_eu]\napi_key = "rk_test_stripe_eu"\n'
    )
    project.settings |= {"DLT_CONFIG_FOLDER": str(folder), "AS_OF": "2026-03-03T18:00:00Z"}
    done = project.load()
    assert "stripe_us: skipped, set SOURCES__STRIPE_US__API_KEY" in done.stderr
    for name, server in servers.items():
        assert server.keys == {f"rk_test_{name}"}
    assert project.rows("select source, kind from raw_sources.accounts order by all") == [
        ("stripe", "stripe"),
        ("stripe_eu", "stripe"),
    ]


def test_accounts_come_in_the_order_of_the_sources_and_then_by_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in os.environ:
        if name.startswith("SOURCES__"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("SOURCES__WEST__KIND", "stripe")
    monkeypatch.setenv("SOURCES__EAST__KIND", "openai")
    monkeypatch.setenv("SOURCES__NORTH__KIND", "")
    accounts = configured_accounts()
    assert list(accounts.usable) == [*(source.name for source in SOURCES), "east", "west"]
    assert accounts.usable["west"].setting_name("API_KEY") == "SOURCES__WEST__API_KEY"
    with pytest.raises(KeyError):
        accounts.usable["west"].setting("ADMIN_KEY")


def test_every_source_needs_settings_that_it_has() -> None:
    for source in SOURCES:
        names = {one.name for one in source.settings}
        assert source.needs
        assert all(set(group) <= names for group in source.needs)
        assert not set(source.tables) & {"syncs", "sync_endpoints", "quarantine"}


def test_a_chain_of_errors_that_contains_itself_ends() -> None:
    first, second = SettingError("first"), ValueError("second")
    first.__cause__, second.__cause__ = second, first
    assert list(_chain(first)) == [first, second]
