"""Billing files as people write them: what is read, what is put aside, and what they are told."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from support.commands import ROOT
from support.loads import Loads, loads

__all__ = ["loads"]

EXAMPLE = ROOT / "examples/billing_files"


@pytest.fixture
def folder(loads: Loads) -> Path:
    """The example's files, which a test may change."""
    copied = loads.folder / "billing"
    shutil.copytree(EXAMPLE, copied)
    loads.settings = {
        "AS_OF": "2025-03-31",
        "SOURCES__BILLING_FILES__BUCKET_URL": str(copied),
    }
    return copied


def quarantined(loads: Loads) -> list[tuple[object, ...]]:
    return loads.rows(
        "select record_id, field, reason from raw_billing_files.quarantine order by 3"
    )


def replaced(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_all_rows_of_the_example_are_read(loads: Loads, folder: Path) -> None:
    loads.load("billing_files")
    counts = [
        loads.rows(f"select count(*) from raw_billing_files.{table}")[0][0]
        for table in ("customers", "subscription_prices", "invoice_lines", "payments")
    ]
    assert counts == [2, 4, 4, 3]
    assert loads.rows("select email from raw_billing_files.customers where id = 'acme'") != [
        ("jo@acme.example",)
    ]


def test_only_changes_are_written_and_a_deleted_row_is_gone(loads: Loads, folder: Path) -> None:
    loads.load("billing_files")
    replaced(folder / "payments.csv", "bank-3,2025-001,refund,2025-03-03,60.00,USD\n", "")
    replaced(folder / "customers.csv", "Globex SA", "Globex")
    loads.load("billing_files")
    assert loads.rows(
        "select id, count(*) from raw_billing_files.customers group by 1 order by 1"
    ) == [("acme", 1), ("globex", 2)]
    assert loads.rows(
        "select id from raw_billing_files.payments where _is_deleted"
    ) == [("bank-3",)]  # fmt: skip


#: Row of payments.csv -> the column that is at fault, and what its author is told.
BAD_PAYMENTS = {
    "a,2025-001,payment,2025-01-28,408,00,USD": ("currency", "such as EUR"),
    "b,,payment,2025-01-28,8,USD": ("invoice_id", "must be filled"),
    "c,2025-001,payment,28.01.2025,8,USD": ("paid_on", "write it as 2026-01-31"),
    "d,2025-001,payment,2025-01-28,8,Dollar": ("currency", "such as EUR"),
    "e,2025-001,payment,2025-01-28,1e9999,USD": ("amount", "write 1234.50"),
    "f,2025-001,payment,2025-01-28,NaN,USD": ("amount", "write 1234.50"),
    f"g,2025-001,payment,2025-01-28,{'9' * 40},USD": ("amount", "too many digits"),
    "h,2025-001,gift,2025-01-28,8,USD": ("kind", "payment, refund"),
    "bank-1,2025-001,payment,2025-01-28,8,USD": ("payment_id", "delete one of the rows"),
}
BAD_SUBSCRIPTIONS = {
    "s,c,p1,,8.5,20.00,USD,month,1,,active,2025-06-01,": ("quantity", "whole number"),
    "s,c,p2,,8,20.00,USD,month,1,110,active,2025-06-01,": ("discount_percent", "from 0 to 100"),
    "s,c,p3,,8,20.00,USD,month,1,,active,2025-06-01,2025-05-15": ("valid_to", "not after"),
    "s,c,p4,,8,20.00,USD,fortnight,1,,active,2025-06-01,": ("billing_interval", "month, year"),
}
#: An invoice is of one customer and in one currency, and its periods do not run backwards.
BAD_INVOICES = {
    "2025-001,9,acme,,extra,,open,2025-01-15,,,,EUR,1,10.00,,,,": (
        "currency",
        "eur differs from usd",
    ),
    "2025-001,8,globex,,extra,,open,2025-01-15,,,,USD,1,10.00,,,,": (
        "customer_id",
        "invoices.csv, line 2, of the same invoice_id",
    ),
    "2025-009,1,acme,,extra,,open,2025-01-15,,,,USD,1,9.00,,,2025-02-01,2025-01-31": (
        "period_end",
        "is before period_start",
    ),
}


def test_rows_that_cannot_be_read_cost_themselves_alone(loads: Loads, folder: Path) -> None:
    """The others are there; each reason names file, line and column, and what to write."""
    expected = []
    for name, bad in (
        ("payments.csv", BAD_PAYMENTS),
        ("subscriptions.csv", BAD_SUBSCRIPTIONS),
        ("invoices.csv", BAD_INVOICES),
    ):
        good = (folder / name).read_text()
        (folder / name).write_text(good + "".join(f"{row}\n" for row in bad))
        first = good.count("\n") + 1
        expected += [
            (f"{name}, line {first + number}, column {field}: ", told)
            for number, (field, told) in enumerate(bad.values())
        ]
    loads.load("billing_files")
    reasons = {str(reason) for _, _, reason in quarantined(loads)}
    assert len(reasons) == len(expected)
    for start, told in expected:
        assert [one for one in reasons if one.startswith(start) and told in one], (start, reasons)
    assert loads.rows("select count(*) from raw_billing_files.payments") == [(3,)]


def test_a_row_that_went_bad_stays_as_it_was(loads: Loads, folder: Path) -> None:
    loads.load("billing_files")
    replaced(folder / "payments.csv", "408.00", "?")
    loads.load("billing_files")
    assert loads.rows(
        "select amount, _is_deleted from raw_billing_files.payments where id = 'bank-1'"
    ) == [(408, False)]


def test_nothing_is_gone_while_nobody_can_say_which_row_a_bad_one_is(
    loads: Loads, folder: Path
) -> None:
    gone = "select id from raw_billing_files.payments where _is_deleted order by 1"
    loads.load("billing_files")
    replaced(folder / "payments.csv", "bank-1,", ",")
    loads.load("billing_files")
    assert loads.rows(gone) == []
    replaced(folder / "payments.csv", "\n,", "\nbank-9,")
    loads.load("billing_files")
    assert loads.rows(gone) == [("bank-1",)]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"payment_id,invoice_id\nx,y\n", "has no column paid_on, amount, currency"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"", "is empty"),
        (b'payment_id,invoice_id,paid_on,amount,currency\n"x,y\n', "Save it as CSV"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_and_nothing_is_taken_for_deleted(
    loads: Loads, folder: Path, content: bytes, told: str
) -> None:
    loads.load("billing_files")
    (folder / "payments.csv").write_bytes(content)
    shown = " ".join(loads.load("billing_files").split())
    assert told in shown
    assert loads.rows("select count(*) from raw_billing_files.payments where _is_deleted") == [(0,)]


def test_semicolons_a_byte_order_mark_and_several_files_are_read(
    loads: Loads, folder: Path
) -> None:
    (folder / "more").mkdir()
    (folder / "more/customers_2026.csv").write_bytes(
        "\ufeffcustomer_id;name\nhooli;Hooli\n".encode()
    )
    loads.load("billing_files")
    assert loads.rows("select count(*) from raw_billing_files.customers") == [(3,)]


def test_a_folder_that_is_not_there_is_said(loads: Loads) -> None:
    loads.settings = {"SOURCES__BILLING_FILES__BUCKET_URL": str(loads.folder / "nowhere")}
    assert "SOURCES__BILLING_FILES__BUCKET_URL" in loads.load("billing_files", expect=1)
