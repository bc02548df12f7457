"""Custom sources of kind `billing`: a vendor nobody wrote code for, through real HTTP."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import SettingError
from pipelines.sources.billing_files.described import read_billing
from support.commands import ROOT, Project
from support.json_answers import JsonServer, json_server

EXAMPLE = ROOT / "examples" / "sources" / "invoicing.toml"
KEY = "tok-very-secret"

CUSTOMERS = [
    {"id": "c1", "company": "Acme", "contact": {"email": "jo@acme.example"},
     "address": {"country": "DE"}},
    {"id": "c2", "company": "Globex", "contact": {}, "address": {}},
]  # fmt: skip
CONTRACTS = [
    {"id": "k1", "customer": "c1", "seats": 3, "currency": "EUR", "ended_at": None,
     "plan": {"code": "pro", "title": "Pro", "cents": 1999, "cycle": "monthly"},
     # eleven in the evening of the last of December, in UTC
     "started_at": "2026-01-01T00:00:00+01:00"},
    {"id": "k2", "customer": "c2", "currency": "EUR", "started_at": "2026-02-01", "seats": None,
     "plan": {"code": "pro", "title": "Pro", "cents": "x", "cycle": "monthly"}},
    {"id": "k3", "customer": "c2", "currency": "EUR", "started_at": "2026-02-01",
     "plan": {"code": "pro", "title": "Pro", "cents": 100, "cycle": "hourly"}},
]  # fmt: skip
INVOICES = [
    {"number": "R1", "customer": "c1", "date": "2026-01-01", "state": "settled", "currency": "EUR",
     "lines": [
         {"position": 1, "contract": "k1", "net_cents": 5997, "vat_cents": 1139,
          "from": "2026-01-01", "to": "2026-02-01"},
         {"position": 2, "net_cents": 10000},
     ]},
]  # fmt: skip
PAYMENTS = [{"id": 7, "invoice": "R1", "booked_at": 1767571200, "cents": 17136, "currency": "EUR"}]


def answers(path: str, params: dict[str, list[str]], headers: dict[str, str]) -> tuple[int, Any]:
    if headers.get("authorization") != f"Bearer {KEY}":
        return 401, {"error": "who are you"}
    rows = {
        "/api/customers": CUSTOMERS,
        "/api/contracts": CONTRACTS,
        "/api/invoices": INVOICES,
        "/api/payments": PAYMENTS,
    }[path]
    if path == "/api/customers":
        page = int(params["page"][0])
        return 200, {"data": rows[page - 1 : page]}
    return 200, {"data": rows}


@pytest.fixture(scope="module")
def server() -> Iterator[JsonServer]:
    with json_server(answers) as serving:
        yield serving


@pytest.fixture
def sources(project: Project, server: JsonServer) -> Path:
    folder = project.folder / "sources"
    folder.mkdir()
    shutil.copy(EXAMPLE, folder)
    project.settings |= {
        "CUSTOM_SOURCES_DIR": str(folder),
        "AS_OF": "2026-03-01",
        "RUNTIME__REQUEST_MAX_ATTEMPTS": "1",
        "SOURCES__INVOICING__BASE_URL": server.url,
        "INVOICING_TOKEN": KEY,
    }
    return folder


def test_rows_are_those_of_billing_files(
    sources: Path, project: Project, server: JsonServer
) -> None:
    project.load_here("invoicing")
    assert project.rows(
        "select customer_id, name, email_domain, country from raw_invoicing.customers order by 1"
    ) == [("c1", "Acme", "acme.example", "DE"), ("c2", "Globex", None, None)]
    assert project.rows(
        "select subscription_id, quantity, unit_price, currency, billing_interval, "
        "valid_from::varchar from raw_invoicing.subscription_prices"
    ) == [("k1", 3, Decimal("19.99"), "eur", "month", "2025-12-31")]
    assert project.rows(
        "select invoice_id, line_id, subscription_id, status, amount, tax, period_end::varchar "
        "from raw_invoicing.invoice_lines order by 2"
    ) == [
        ("R1", "1", "k1", "paid", Decimal("59.97"), Decimal("11.39"), "2026-02-01"),
        ("R1", "2", None, "paid", Decimal(100), Decimal(0), None),
    ]
    assert project.rows(
        "select payment_id, kind, paid_on::varchar, amount from raw_invoicing.payments"
    ) == [("7", "payment", "2026-01-05", Decimal("171.36"))]
    assert project.rows(
        "select field, reason from raw_invoicing.quarantine order by record_id"
    ) == [
        ("unit_price", "[subscriptions], row 2, column unit_price: x is no number"),
        (
            "billing_interval",
            "[subscriptions], row 3, column billing_interval: hourly has no meaning in its map. "
            "Add it",
        ),
    ]


def test_a_second_load_writes_nothing_and_what_is_gone_is_deleted(
    sources: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.load_here("invoicing")
    project.load_here("invoicing")
    count = "select count(*), count(*) filter (where _is_deleted) from raw_invoicing.customers"
    assert project.rows(count) == [(2, 0)]
    monkeypatch.setitem(globals(), "CUSTOMERS", CUSTOMERS[:1])
    project.load_here("invoicing")
    assert project.rows(count) == [(3, 1)]


def test_preview_shows_rows_of_each_kind_and_no_key(sources: Path, project: Project) -> None:
    done = project.command("usage-vs-revenue", "sources", "preview", "invoicing")
    for said in ("row of: invoices", "amount: 59.97", "refused: [subscriptions], row 2"):
        assert said in done.stdout
    assert KEY not in done.stdout + done.stderr
    assert not project.warehouse.exists()


def test_a_source_is_called_by_the_title_that_its_file_gives(
    sources: Path, project: Project
) -> None:
    file = sources / EXAMPLE.name
    file.write_text(file.read_text().replace("[source]\n", '[source]\ntitle = "Invoices by Ada"\n'))
    said = project.command("usage-vs-revenue", "sources", "list").stdout
    [line] = [line for line in said.splitlines() if line.startswith("invoicing")]
    assert "Invoices by Ada" in line


def test_a_refused_key_names_its_setting(sources: Path, project: Project) -> None:
    project.settings["INVOICING_TOKEN"] = "wrong"
    done = project.load("invoicing", expect=1)
    assert "INVOICING_TOKEN" in done.stdout + done.stderr
    del project.settings["INVOICING_TOKEN"]
    done = project.load("invoicing", expect=2)
    assert "set INVOICING_TOKEN" in " ".join((done.stdout + done.stderr).split())


@pytest.mark.parametrize(
    ("before", "after", "line", "said"),
    [
        ("[payments.map]", "[payments.maps]", "[payments.maps]", "[payments.maps] is unknown"),
        ('paid_on = "booked_at"\n', "", "[payments.map]", "[payments.map] paid_on is missing"),
        (
            'amount = {path = "cents", scale = "0.01"}',
            'amount = "cents"',
            'amount = "cents"',
            "[payments.map] amount needs scale",
        ),
        (
            'kind = "billing"',
            'kind = "billing"\ntitle = 7',
            "title =",
            "[source] title must be a text",
        ),
        ("[customers.read]", "[people.read]", "[people.read]", "[people] is unknown"),
        (
            'kind = "billing"',
            'kind = "billing"\nbasis = "billed"',
            "basis =",
            "[source] basis is unknown",
        ),
        ('country = "address.country"', 'vat = "x"', "vat =", "[customers.map] vat is unknown"),
    ],
)
def test_what_a_file_says_wrong_is_refused_with_its_line(
    tmp_path: Path, before: str, after: str, line: str, said: str
) -> None:
    file = tmp_path / "invoicing.toml"
    text = EXAMPLE.read_text("utf-8")
    assert text.count(before) == 1
    text = text.replace(before, after)
    file.write_text(text, "utf-8")
    [number] = [at for at, one in enumerate(text.splitlines(), 1) if one.startswith(line)]
    with pytest.raises(SettingError) as caught:
        read_billing(file)
    assert said in str(caught.value)
    assert f"line {number}:" in str(caught.value)
