"""The worked cases of recurring revenue, played by other billing vendors, to the cent.

A case that a vendor can express comes out as it does at Stripe: read all along, and once when only
today's objects, the last events and the bills are left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from support import chargebee_server, paddle_server, recurly_server
from support.cases_told import TELLERS, Account, play_account
from support.commands import Project
from support.json_server import serve
from support.mrr_cases import CASES as CASES_FILE
from support.mrr_cases import MORE_CASES, read_cases, seeds_with_rates

pytestmark = pytest.mark.slow

CASES = {
    case["id"]: case for path in (CASES_FILE, MORE_CASES) for case in read_cases(path)["cases"]
}
#: Vendor -> cases that it has no words for. None tells of `unpaid`, of a first payment that is
#: still awaited, of packages, or of a start before the first bill.
_NO_VENDOR = {"G23", "G43", "H01", "H02", "H06", "H08", "H11", "J06"}
UNTOLD: Mapping[str, set[str]] = {
    # one discount for all items; prices in tiers and dinars are unknown
    "paddle": _NO_VENDOR | {"G25", "H04", "H13", "J21"},
    # a price has one currency
    "chargebee": _NO_VENDOR | {"H19"},
    # a plan has no tiers, a week is seven days, and a coupon is for plans
    "recurly": _NO_VENDOR | {"G25", "H03", "H04", "J08"},
}
#: Nobody tells afterwards when a pause began that is over; nor, but for credit notes and credits,
#: when an item went that no later bill has.
UNTOLD_LATE: Mapping[str, set[str]] = {
    vendor: {"G19", "H07", "H18", "H20", *more}
    for vendor, more in (
        ("paddle", ()),
        ("chargebee", ("G35", "H15")),
        ("recurly", ("G35", "H15", "J21")),
    )
}
MOVEMENTS = ("new", "expansion", "contraction", "churn", "reactivation", "pause", "resume", "fx")
MINUS = {"contraction", "churn", "pause"}
CENT = Decimal("0.01")
MODELS = ("+fct_mrr_movements", "+fct_mrr_segments", "+mrr_reconciliation")
END = datetime(2025, 6, 15, 12, tzinfo=UTC)
#: Loads of who reads all along: what no bill dates falls into the month of the load after it.
LOOKS = [
    *(datetime(2024, month, 28, 23, 59, tzinfo=UTC) for month in (3, 10, 11, 12)),
    *(datetime(2025, month, 28, 23, 59, tzinfo=UTC) for month in range(1, 6)),
    END,
]
SERVERS = {"paddle": paddle_server, "chargebee": chargebee_server, "recurly": recurly_server}
PREFIXES = {"paddle": "paddle:ctm_cus_", "chargebee": "chargebee:cus_", "recurly": "recurly:cus_"}


def companies() -> dict[str, Any]:
    return {
        "paddle": paddle_server.PaddleCompany(),
        "chargebee": chargebee_server.ChargebeeCompany(),
        "recurly": recurly_server.RecurlyCompany(),
    }


def write_rates(folder: Path, project: Project) -> None:
    """The project's seeds with the exchange rates of the cases alone."""
    project.settings["SEEDS_DIR"] = seeds_with_rates(folder, [])
    rates = {
        (str(day)[:10], currency): rate
        for case in CASES.values()
        for currency, rows in case.get("config", {}).get("fx", {}).items()
        for day, rate in rows
    }
    rates |= {("2024-01-01", "jpy"): 0.0064, ("2024-01-01", "kwd"): 3.25}
    lines = [f"{day},{currency},{rate},of a case" for (day, currency), rate in rates.items()]
    path = folder / "seeds/exchange_rates.csv"
    path.write_text("\n".join(["rate_date,currency,usd_per_unit,note", *lines, ""]))


@pytest.fixture(scope="module", params=["all_along", "afterwards"])
def built(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Project, str]]:
    folder = tmp_path_factory.mktemp(request.param)
    project = Project(folder, stays_open=True)
    project.settings = {"PII_HASH_KEY": "a key of the test"}
    at_vendors, accounts = companies(), dict[str, Account]()
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        for vendor, server in SERVERS.items():
            patch.setattr(server, "PAGE_LIMIT", 100)
            (folder / vendor).mkdir()
            told = [case for id_, case in CASES.items() if id_ not in UNTOLD[vendor]]
            accounts[vendor] = play_account(folder / vendor, told, f"{END:%Y-%m-%d}")
            listening = stack.enter_context(serve(at_vendors[vendor].server()))
            project.settings |= {
                f"SOURCES__{vendor.upper()}__API_KEY": server.KEY,
                f"SOURCES__{vendor.upper()}__BASE_URL": listening.url,
            }
        if request.param == "afterwards":
            at_vendors["chargebee"].keeps_events_from = datetime(2025, 5, 15)
        for moment in LOOKS if request.param == "all_along" else [END]:
            for vendor, tell in TELLERS.items():
                tell(accounts[vendor], at_vendors[vendor], int(moment.timestamp()))
            project.settings["AS_OF"] = moment.isoformat()
            project.load_here(*SERVERS)
    write_rates(folder, project)
    project.dbt("seed", "--quiet")
    project.dbt("run", "--quiet", "--select", *MODELS)
    yield project, request.param


def cents(value: Any) -> Decimal:
    return Decimal(str(value)).quantize(CENT)


def movements(project: Project, prefix: str) -> dict[str, dict[str, Decimal]]:
    found: dict[str, dict[str, Decimal]] = {}
    for month, kind, change in project.rows(
        "select strftime(movement_date, '%Y-%m'), movement_type, sum(mrr_change) "
        f"from core.fct_mrr_movements where starts_with(customer_id, '{prefix}') "
        "group by all order by 1"
    ):
        found.setdefault(month, {})[kind] = change
    return found


def native_mrr(project: Project, prefix: str, month: str) -> Decimal:
    """At a month's end, in the case's own currency."""
    year, number = map(int, month.split("-"))
    end = date(year + number // 12, number % 12 + 1, 1)
    [(mrr,)] = project.rows(
        "select coalesce(sum(mrr), 0) from core.fct_mrr_segments "
        f"where starts_with(customer_id, '{prefix}') and valid_from < timestamp '{end}' "
        f"and coalesce(valid_to, timestamp '2100-01-01') >= timestamp '{end}'"
    )
    return Decimal(mrr)


@pytest.mark.parametrize(
    ("vendor", "case_id"),
    [(vendor, id_) for vendor in SERVERS for id_ in CASES if id_ not in UNTOLD[vendor]],
)
def test_case(built: tuple[Project, str], vendor: str, case_id: str) -> None:
    project, mode = built
    if mode == "afterwards" and case_id in UNTOLD_LATE[vendor]:
        pytest.skip("nothing that is left tells it")
    case, prefix = CASES[case_id], f"{PREFIXES[vendor]}{case_id.lower()}_"
    expected = case["expected"]
    if case.get("config", {}).get("report_currency", "usd") != "usd":
        for month, row in expected.items():
            assert cents(native_mrr(project, prefix, month)) == cents(row["mrr"]), month
        return
    found, balance = movements(project, prefix), Decimal(0)
    for month in sorted({*expected, *found}):
        row, moved = expected.get(month, {}), found.get(month, {})
        balance += sum(moved.values(), Decimal(0))
        wanted = {
            kind: cents(row[kind]) * (-1 if kind in MINUS else 1)
            for kind in MOVEMENTS
            if row.get(kind)
        }
        assert {kind: cents(change) for kind, change in moved.items()} == wanted, month
        if "mrr" in row:
            assert cents(balance) == cents(row["mrr"]), month


def test_the_ledger_of_today_is_what_the_objects_say(built: tuple[Project, str]) -> None:
    project, _ = built
    found = project.rows(
        "select check_name, subjects > 0, exceptions from monitoring.mrr_reconciliation "
        "where subject_id = '__all__' and check_name in ('ledger_today', 'events_against_lines')"
    )
    assert sorted(found) == [("events_against_lines", True, 0), ("ledger_today", True, 0)]
