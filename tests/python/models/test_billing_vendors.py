"""Several billing vendors and several accounts of one, in one ledger.

A warehouse holds two Stripe accounts that chose the same ids for what a merchant may name, and a
second vendor, `testpay`, that exists in tests/python/fixtures only. One build serves all tests.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from support.commands import ROOT, Project
from support.raw_stripe import RawStripe

Json = dict[str, Any]

VENDOR = ROOT / "tests/python/fixtures/testpay"
#: What testpay knows: its entry in the variable `billing_vendors`.
KNOWN = [
    path.stem.removeprefix("int_testpay__")
    for path in sorted(VENDOR.glob("models/intermediate/testpay/*.sql"))
]
MODELS = (
    "+mrr_by_customer_month",
    "+fct_invoice_lines",
    "+fct_cash_movements",
    "+dim_customers",
    "+dim_plans",
    "+int_sources",
)
FIRST_LOAD = datetime(2026, 2, 1)


def seconds(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())


def stripe_company(name: str, cents: int, percent_off: int) -> dict[str, list[Json]]:
    """One customer with one subscription; product, price and coupon have ids of the merchant."""
    price = {
        "id": "pro-monthly",
        "product": "pro",
        "active": True,
        "currency": "usd",
        "unit_amount": cents,
        "unit_amount_decimal": str(cents),
        "billing_scheme": "per_unit",
        "type": "recurring",
        "tax_behavior": "exclusive",
        "recurring": {"interval": "month", "interval_count": 1, "usage_type": "licensed"},
        "created": seconds("2026-01-01"),
        "metadata": {},
    }
    discount = {
        "id": f"di_{name}",
        "start": seconds("2026-01-05"),
        "end": None,
        "subscription": f"sub_{name}",
        "customer": f"cus_{name}",
        "source": {"type": "coupon", "coupon": "WELCOME"},
    }
    line = {
        "id": f"il_{name}",
        "amount": cents,
        "currency": "usd",
        "quantity": 1,
        "discount_amounts": [{"amount": cents * percent_off // 100, "discount": f"di_{name}"}],
        "taxes": [],
        "period": {"start": seconds("2026-01-05"), "end": seconds("2026-02-05")},
        "pricing": {
            "type": "price_details",
            "price_details": {"price": "pro-monthly", "product": "pro"},
        },
        "parent": {
            "type": "subscription_item_details",
            "subscription_item_details": {
                "subscription": f"sub_{name}",
                "subscription_item": f"si_{name}",
                "proration": False,
            },
        },
    }
    total = cents - cents * percent_off // 100
    return {
        "customers": [
            {
                "id": f"cus_{name}",
                "name": f"{name} Ltd",
                "created": seconds("2026-01-04"),
                "metadata": {},
            }
        ],
        "products": [
            {"id": "pro", "name": f"Pro {name}", "active": True, "created": 1, "metadata": {}}
        ],
        "prices": [price],
        "coupons": [
            {
                "id": "WELCOME",
                "duration": "forever",
                "percent_off": percent_off,
                "valid": True,
                "created": seconds("2026-01-01"),
                "applies_to": {"products": ["pro"]},
            }
        ],
        "subscriptions": [
            {
                "id": f"sub_{name}",
                "customer": f"cus_{name}",
                "status": "active",
                "currency": "usd",
                "collection_method": "charge_automatically",
                "created": seconds("2026-01-05"),
                "start_date": seconds("2026-01-05"),
                "cancel_at_period_end": False,
                "discounts": [discount],
                "items": {
                    "data": [
                        {
                            "id": f"si_{name}",
                            "created": seconds("2026-01-05"),
                            "quantity": 1,
                            "current_period_start": seconds("2026-01-05"),
                            "current_period_end": seconds("2026-02-05"),
                            "price": price,
                            "discounts": [],
                            "tax_rates": [],
                        }
                    ]
                },
            }
        ],
        "invoices": [
            {
                "id": f"in_{name}",
                "customer": f"cus_{name}",
                "status": "paid",
                "currency": "usd",
                "collection_method": "charge_automatically",
                "billing_reason": "subscription_create",
                "created": seconds("2026-01-05"),
                "subtotal": cents,
                "total": total,
                "amount_due": total,
                "amount_paid": total,
                "amount_remaining": 0,
                "discounts": [f"di_{name}"],
                "status_transitions": {
                    "finalized_at": seconds("2026-01-05"),
                    "paid_at": seconds("2026-01-05"),
                },
                "parent": {
                    "type": "subscription_details",
                    "subscription_details": {"subscription": f"sub_{name}"},
                },
                "lines": {"object": "list", "data": [line], "has_more": False},
            }
        ],
    }


def write_testpay(warehouse: Path) -> None:
    """One customer, one subscription of two seats at 30.00 and one bill, as a load writes them."""
    columns = (
        "_dlt_load_id varchar, _version_id varchar, _observed_at timestamp, _sequence bigint, "
        "_is_deleted boolean, id varchar, customer varchar, subscription varchar, plan varchar, "
        "name varchar, cents bigint, quantity bigint, created timestamp"
    )
    head = "'1', 'v1', timestamp '2026-02-01', 1, false"
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create schema raw_testpay")
        for table in ("customers", "subscriptions", "bills"):
            connection.execute(f"create table raw_testpay.{table} ({columns})")
        connection.execute(
            "create table raw_testpay._dlt_loads "
            "(load_id varchar, status bigint, inserted_at timestamptz);"
            "insert into raw_testpay._dlt_loads values ('1', 0, now());"
            f"insert into raw_testpay.customers values ({head}, '7', null, null, null, "
            "'US Inc', null, null, timestamp '2026-01-10');"
            f"insert into raw_testpay.subscriptions values ({head}, '70', '7', null, 'team', "
            "null, 3000, 2, timestamp '2026-01-10');"
            f"insert into raw_testpay.bills values ({head}, '700', '7', '70', 'team', "
            "null, 6000, 2, timestamp '2026-01-10')"
        )


def note_accounts(warehouse: Path) -> None:
    """Which accounts were loaded, as every run of a load notes it."""
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(
            "create schema raw_sources;"
            "create table raw_sources.accounts (source varchar, kind varchar);"
            "insert into raw_sources.accounts values "
            "('stripe', 'stripe'), ('stripe_eu', 'stripe'), ('testpay', 'testpay')"
        )


def checkout_with_testpay(folder: Path) -> tuple[Path, set[str]]:
    """A copy of the dbt project to which the vendor was added; also which files that touched."""
    checkout = folder / "checkout"
    checkout.mkdir()
    for name in ("profiles.yml", "pipelines"):
        (checkout / name).symlink_to(ROOT / name)
    for name in ("models", "macros", "tests/dbt", "seeds"):
        shutil.copytree(ROOT / name, checkout / name)
    touched = {"dbt_project.yml"}
    for path in (VENDOR / "models").rglob("*.*"):
        relative = path.relative_to(VENDOR)
        assert not (ROOT / relative).exists()
        (checkout / relative).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, checkout / relative)
        touched.add(str(relative))
    entry = f"  billing_vendors:\n    testpay: {json.dumps(KNOWN)}\n"
    settings = (ROOT / "dbt_project.yml").read_text()
    assert settings.count("  billing_vendors:\n") == 1
    (checkout / "dbt_project.yml").write_text(settings.replace("  billing_vendors:\n", entry))
    return checkout, touched


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    folder = tmp_path_factory.mktemp("vendors")
    checkout, _ = checkout_with_testpay(folder)
    (checkout / "seeds/customer_map.csv").write_text(
        "app_customer_id,billing_customer_id,customer_group,billing_provider\n"
        "acct_first,cus_first,acme,\n"
        "acct_us,7,acme,testpay\n"
    )
    project = Project(folder, {"AS_OF": "2026-02-15"}, root=checkout)
    first = RawStripe(project.warehouse)
    first.load("100", FIRST_LOAD, stripe_company("first", 10000, 10))
    first.load("101", FIRST_LOAD, stripe_company("other", 10000, 10))
    second = RawStripe(project.warehouse, "stripe_eu")
    second.load("200", FIRST_LOAD, stripe_company("second", 5000, 50))
    write_testpay(project.warehouse)
    note_accounts(project.warehouse)
    project.build(
        *("--select", *MODELS, "--indirect-selection", "cautious"),
        *("--exclude-resource-type", "unit_test"),
    )
    yield project


def test_a_second_vendor_is_its_own_two_folders_and_one_entry(tmp_path: Path) -> None:
    _, touched = checkout_with_testpay(tmp_path)
    assert {str(Path(name).parent) for name in touched} == {
        ".", "models/staging/testpay", "models/intermediate/testpay",
    }  # fmt: skip
    assert {name for name in touched if "/" not in name} == {"dbt_project.yml"}


def test_mrr_of_all_vendors_and_accounts_comes_out_together(built: Project) -> None:
    """90 of each Stripe customer at ten percent off, 25 at half off, 60 for two seats."""
    assert built.rows(
        "select customer_id, mrr from finance.mrr_by_customer_month "
        "where month = '2026-02-01' order by customer_id"
    ) == [
        ("cus_first", Decimal(150)),
        ("cus_other", Decimal(90)),
        ("cus_second", Decimal(25)),
    ]


def test_invoices_say_which_vendor_and_account_they_are_of(built: Project) -> None:
    assert built.rows(
        "select invoice_line_id, billing_provider, source_account, customer_id, price_id, "
        "net_amount, invoice_status from core.fct_invoice_lines order by 1"
    ) == [
        ("il_first", "stripe", "stripe", "cus_first", "pro-monthly", Decimal(90), "paid"),
        ("il_other", "stripe", "stripe", "cus_other", "pro-monthly", Decimal(90), "paid"),
        (
            *("il_second", "stripe", "stripe_eu", "cus_second", "stripe_eu:pro-monthly"),
            *(Decimal(25), "paid"),
        ),
        (
            *("testpay:700:1", "testpay", "testpay", "cus_first", "testpay:team"),
            *(Decimal(60), "paid"),
        ),
    ]


def test_ids_that_a_merchant_chose_are_told_apart(built: Project) -> None:
    assert built.rows(
        "select price_id, product_id, source_account, product_name, unit_amount "
        "from core.dim_plans where billing_provider = 'stripe' order by 1"
    ) == [
        ("pro-monthly", "pro", "stripe", "Pro other", Decimal(100)),
        ("stripe_eu:pro-monthly", "stripe_eu:pro", "stripe_eu", "Pro second", Decimal(50)),
    ]
    assert built.rows(
        "select coupon_id, percent_off from intermediate.int_billing_coupons order by 1"
    ) == [("WELCOME", Decimal(10)), ("stripe_eu:WELCOME", Decimal(50))]
    assert built.rows(
        "select coupon_id, product_id from intermediate.int_billing_coupon_products order by 1"
    ) == [("WELCOME", "pro"), ("stripe_eu:WELCOME", "stripe_eu:pro")]


def test_a_company_that_two_vendors_bill_is_one_customer(built: Project) -> None:
    assert built.rows(
        "select customer_id, billing_provider, source_account, native_id, customer_name, "
        "app_customer_count from core.dim_customers where not is_placeholder order by 1"
    ) == [
        ("cus_first", "stripe", "stripe", "cus_first", "first Ltd", 2),
        ("cus_other", "stripe", "stripe", "cus_other", "other Ltd", 0),
        ("cus_second", "stripe", "stripe_eu", "cus_second", "second Ltd", 0),
    ]
    assert built.rows(
        "select billing_customer_id, customer_id from intermediate.int_billing_customers "
        "where billing_customer_id <> customer_id"
    ) == [("testpay:7", "cus_first")]


def test_vendors_fill_columns_of_the_common_shape_only() -> None:
    """Those that are worked out for all vendors alike are not a vendor's to state."""
    shapes = {
        model["name"].removeprefix("int_billing_"): {
            column["name"]
            for column in model["columns"]
            if not column.get("config", {}).get("meta", {}).get("derived")
        }
        for model in models_of(ROOT / "models/intermediate/billing/_billing__models.yml")
    }
    vendors = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]["billing_vendors"]
    strange = []
    for vendor, known in vendors.items():
        path = ROOT / f"models/intermediate/{vendor}/_{vendor}__models.yml"
        stated = {model["name"]: model["columns"] for model in models_of(path)}
        for entities in known:
            columns = {column["name"] for column in stated[f"int_{vendor}__{entities}"]}
            strange += [f"{vendor}: {entities}.{name}" for name in columns - shapes[entities]]
    assert strange == []


def test_nothing_below_the_vendors_names_one() -> None:
    vendors = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]["billing_vendors"]
    folders = ("intermediate/billing", "core/billing", "core/customers", "marts/finance")
    named = [
        str(path.relative_to(ROOT))
        for folder in folders
        for path in sorted((ROOT / "models" / folder).glob("*.sql"))
        for vendor in vendors
        if f"'{vendor}'" in path.read_text() or f"stg_{vendor}" in path.read_text()
    ]
    assert named == []


def models_of(path: Path) -> list[Json]:
    declared: list[Json] = yaml.safe_load(path.read_text())["models"]
    return declared
