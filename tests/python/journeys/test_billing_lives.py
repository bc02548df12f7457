"""Subscriptions at each billing vendor, from its API to the ledger: lives worked out by hand.

Each vendor's company is loaded twice into one warehouse: under the vendor's name every other month,
and as `.._late` once, when most events are gone and bills tell of it. One build serves all tests.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from support import (
    braintree_lives,
    braintree_server,
    chargebee_lives,
    chargebee_server,
    lemon_squeezy_lives,
    lemon_squeezy_server,
    paddle_lives,
    paddle_server,
    polar_lives,
    polar_server,
    recurly_lives,
    recurly_server,
)
from support.commands import ROOT, Project
from support.json_server import serve

MODELS = (
    "+mrr_by_customer_month",
    "+fct_mrr_segments",
    "+fct_mrr_movements",
    "+fct_mrr_commitments",
    "+fct_invoice_lines",
    "+fct_cash_movements",
    "+fct_bad_debts",
    "+dim_customers",
    "+dim_plans",
    "+native_mrr_reconciliation",
    "+int_billing_credit_notes",
    "+int_mrr_checks_of_renewals",
    "+int_mrr_checks_of_today",
    "+int_revenue_reversals",
    "+int_exceptions_of_invoices",
    "+int_exceptions_of_payments",
    "+fct_invoices",
)
LOADS = ("2025-01-12", "2025-03-11", "2025-05-25", "2025-06-29", "2025-07-31")
CHARGEBEES = ("chargebee", "chargebee_late", "chargebee_older")
MONTHS = [date(2025, month, 1) for month in range(1, 8)]


def files_of_a_mover(folder: Path) -> str:
    """The example's files; a company that was billed by hand before it came to Paddle; a
    subscription that is handed on; bills paid too much, in other money, and ahead of the clock;
    contracts that change later."""
    shutil.copytree(ROOT / "examples/billing_files", folder)
    with (folder / "customers.csv").open("a") as customers:
        customers.write("mover,Mover BV,,NL,,2024-06-01\n")
        customers.write("seller,Seller BV,,NL,,2025-01-05\nbuyer,Buyer BV,,NL,,2025-04-05\n")
    with (folder / "subscriptions.csv").open("a") as subscriptions:
        subscriptions.write(
            "mover,mover,team,Team plan,1,24.00,USD,month,1,,active,2024-06-01,2024-12-30\n"
            "handed,seller,team,Team plan,1,24.00,USD,month,1,,active,2025-01-05,2025-04-05\n"
            "handed,buyer,team,Team plan,1,24.00,USD,month,1,,active,2025-04-05,\n"
            "off,off,team,Team plan,1,100.00,USD,month,1,10,active,2025-02-01,2025-03-01\n"
            "rise,rise,team,Team plan,2,20.00,USD,month,1,,active,2025-01-10,2025-09-01\n"
            "rise,rise,team,Team plan,3,480.00,USD,year,1,10,active,2025-09-01,\n"
            "less,rise,team,Team plan,1,20.00,USD,month,1,10,active,2025-01-10,\n"
            "less,rise,extra,Extra,1,5.00,USD,month,1,,active,2025-01-10,2025-10-01\n"
            "rest,rise,team,Team plan,1,30.00,USD,month,1,,active,2025-01-10,2025-07-10\n"
            "rest,rise,team,Team plan,1,30.00,USD,month,1,,active,2025-09-10,\n"
        )
    with (folder / "invoices.csv").open("a") as invoices:
        invoices.write(
            "off,1,off,off,team,,paid,2025-02-01,,2025-02-03,,USD,1,100.00,,,2025-02-01,2025-03-01\n"
            "off,2,off,off,team,,paid,2025-02-01,,2025-02-03,,USD,1,-10.00,,,2025-02-01,2025-03-01\n"
            "over,1,off,,extra,,open,2025-02-01,,,,USD,1,50.00,,,,\n"
            "yen,1,off,,extra,,open,2025-02-01,,,,USD,1,60.00,,,,\n"
            "ahead,1,off,,extra,,open,2025-06-01,,,,USD,1,70.00,,,,\n"
            "later,1,off,,extra,,open,2025-09-01,,,,USD,1,80.00,,,,\n"
        )
    with (folder / "payments.csv").open("a") as payments:
        payments.write(
            "over,over,payment,2025-02-05,65.00,USD\n"
            "yen,yen,payment,2025-02-06,9000,JPY\n"
            "ahead,ahead,payment,2025-08-10,70.00,USD\n"
            "lost,nowhere,payment,2025-02-07,5.00,USD\n"
        )
    return str(folder)


def seeds_with_a_mover(folder: Path) -> str:
    shutil.copytree(ROOT / "seeds", folder)
    (folder / "customer_map.csv").write_text(
        "app_customer_id,billing_customer_id,customer_group,billing_provider\n"
        "acct_mover,mover,movers,billing_files\n"
        "acct_mover_new,ctm_3,movers,paddle\n"
    )
    return os.path.relpath(folder, ROOT)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = Project(tmp_path_factory.mktemp("lives"), stays_open=True)
    paddle, chargebee = paddle_lives.tax_inside(everyone=True), chargebee_lives.life(everyone=True)
    older = chargebee_lives.as_older_catalogue(chargebee_lives.life(everyone=True))
    recurly, braintree = recurly_lives.life(everyone=True), braintree_lives.life(everyone=True)
    polar, lemon_squeezy = polar_lives.life(), lemon_squeezy_lives.life()
    with (
        serve(paddle.server()) as at_paddle,
        serve(chargebee.server()) as at_chargebee,
        serve(older.server()) as at_older,
        serve(recurly.server()) as at_recurly,
        serve(braintree.server()) as at_braintree,
        serve(polar.server()) as at_polar,
        serve(lemon_squeezy.server()) as at_lemon_squeezy,
    ):
        keys = {
            "PADDLE": {"API_KEY": paddle_server.KEY, "BASE_URL": at_paddle.url},
            "CHARGEBEE": {"API_KEY": chargebee_server.KEY, "BASE_URL": at_chargebee.url},
            "RECURLY": {"API_KEY": recurly_server.KEY, "BASE_URL": at_recurly.url},
            "BRAINTREE": {
                "MERCHANT_ID": braintree_server.MERCHANT,
                "PUBLIC_KEY": braintree_server.PUBLIC_KEY,
                "PRIVATE_KEY": braintree_server.PRIVATE_KEY,
                "BASE_URL": at_braintree.url,
            },
            "POLAR": {"ACCESS_TOKEN": polar_server.KEY, "BASE_URL": at_polar.url},
            "LEMON_SQUEEZY": {
                "API_KEY": lemon_squeezy_server.KEY,
                "BASE_URL": at_lemon_squeezy.url,
            },
        }
        project.settings = {"PII_HASH_KEY": "a key of the test"} | {
            f"SOURCES__{vendor}__{name}": value
            for vendor, settings in keys.items()
            for name, value in settings.items()
        }
        for day in LOADS:
            project.settings["AS_OF"] = day
            paddle.now = chargebee.now = datetime.fromisoformat(f"{day}T23:59:59")
            recurly.now = braintree.now = polar.now = lemon_squeezy.now = paddle.now
            project.load_here(*(name.lower() for name in keys))
        paddle.events = paddle.events[-1:]
        chargebee.keeps_events_from = datetime(2025, 5, 2)
        del keys["BRAINTREE"]  # tells its whole history at any time, and has one name
        project.settings |= {
            f"SOURCES__{vendor}_LATE__{name}": value
            for vendor, settings in keys.items()
            for name, value in {**settings, "KIND": vendor.lower()}.items()
        }
        older.now = chargebee.now
        project.settings |= {
            "SOURCES__CHARGEBEE_OLDER__KIND": "chargebee",
            "SOURCES__CHARGEBEE_OLDER__API_KEY": chargebee_server.KEY,
            "SOURCES__CHARGEBEE_OLDER__BASE_URL": at_older.url,
        }
        files = files_of_a_mover(project.folder / "billing")
        project.settings["SOURCES__BILLING_FILES__BUCKET_URL"] = files
        project.load_here(
            *(f"{name.lower()}_late" for name in keys), "chargebee_older", "billing_files"
        )
    project.settings["SEEDS_DIR"] = seeds_with_a_mover(project.folder / "seeds")
    project.dbt("build", "--select", *MODELS, "--indirect-selection", "cautious")
    yield project


def mrr_by_month(built: Project, customer: str) -> list[Decimal]:
    rows = dict(
        built.rows(
            f"select month, mrr from finance.mrr_by_customer_month where customer_id = '{customer}'"
        )
    )
    return [rows.get(month, Decimal(0)) for month in MONTHS]


def movements(built: Project, customer: str) -> list[tuple[Any, ...]]:
    return built.rows(
        "select cast(movement_date as varchar), movement_type, mrr_change "
        f"from core.fct_mrr_movements where customer_id = '{customer}' order by 1"
    )


def cash(built: Project, account: str) -> list[tuple[Any, ...]]:
    return built.rows(
        "select movement_type, count(*), sum(native_amount) from core.fct_cash_movements "
        f"where source_account = '{account}' group by 1 order by 1"
    )


@pytest.mark.parametrize(
    ("customer", "expected"),
    [
        ("paddle:ctm_1", [48, 48, 144, 180, 180, 180, 0]),
        ("paddle_late:ctm_1", [48, 48, 144, 180, 180, 180, 0]),
        # a paid trial; a price for a country that changes; seats that go with their discount
        ("paddle:ctm_6", [0, 30, 30, 30, 30, 30, 30]),
        ("paddle:ctm_5", [28, 28, 28, 26, 26, 26, 26]),
        ("paddle:ctm_8", [34, 34, 34, 18, 18, 18, 18]),
        ("chargebee:c1", [48, 48, 144, 180, 0, 180, 0]),
        ("chargebee_late:c1", [48, 48, 144, 180, 0, 180, 0]),
        ("chargebee_older:c1", [48, 48, 144, 180, 0, 180, 0]),
        ("chargebee_older:c3", [87] * 7),
        ("recurly:a1", [48, 48, 144, 180, 0, 180, 0]),
        # two subscriptions on a bill that is sent; a seat of three for nothing; an add-on at 10.00
        # a month beside a year at 1200.00, both billed for the year
        *((f"{account}:c10", [60] * 7) for account in CHARGEBEES),
        *((f"{account}:c12", [60] * 7) for account in CHARGEBEES),
        *((f"{account}:c13", [110] * 7) for account in CHARGEBEES),
        # a fifth and then ten off a hundred; half of a plan and of its add-on, for three bills; an
        # add-on in tiers that is billed in two lines: 20 + 100 + 40
        ("recurly:a4", [70] * 7),
        ("recurly_late:a4", [70] * 7),
        ("recurly:a5", [15, 15, 15, 30, 30, 30, 30]),
        ("recurly:a6", [160] * 7),
        ("recurly_late:a6", [160] * 7),
        # a pause that was seen when it was planned, and not while it lasted
        ("recurly:a7", [30, 30, 30, 0, 30, 30, 30]),
        ("braintree:cu1", [48, 48, 168, 180, 180, 180, 0]),
        # a trial whose first payment failed; a discount with gaps and another amount between
        ("braintree:cu2", [0] * 7),
        ("braintree:cu3", [20, 20, 30, 25, 30, 20, 30]),
        # tax inside: 40 = 48 / 1.2
        ("polar:cus_1", [40, 40, 120, 150, 0, 150, 0]),
        ("polar:cus_3", [7] * 7),
        ("polar_late:cus_3", [7] * 7),
        ("lemon_squeezy:1", [48, 48, 144, 180, 0, 180, 0]),
        # from 30.00 a month to 300.00 a year, read all along and when it was over
        ("lemon_squeezy:5", [30, 30, 25, 25, 25, 25, 25]),
        ("lemon_squeezy_late:5", [30, 30, 25, 25, 25, 25, 25]),
        ("lemon_squeezy:3", [20, 20, 20, 20, 30, 30, 30]),
        # free units, a stair, half an hour, a yearly fee, a charge: 30 + 35 + 12 + 10 + 0
        ("chargebee:c3", [87] * 7),
        # a tenth off until April, three more seats in June, over in July
        ("billing_files:acme", [90, 90, 90, 100, 100, 160, 0]),
        # a subscription that is handed on to another customer
        ("billing_files:seller", [24, 24, 24, 0, 0, 0, 0]),
        ("billing_files:buyer", [0, 0, 0, 24, 24, 24, 24]),
        # 1200 a year by an invoice that was sent in February and given up in May
        ("billing_files:globex", [0, 100, 100, 100, 0, 0, 0]),
    ],
)
def test_each_month_comes_out_to_the_cent(
    built: Project, customer: str, expected: list[int]
) -> None:
    """Read all along, or once when it was over."""
    assert mrr_by_month(built, customer) == [Decimal(one) for one in expected]


def test_paid_renewals_tie_with_the_ledger(built: Project) -> None:
    """Of the life five or six regular renewals at each vendor, besides those of other lives; a
    proration proves nothing."""
    assert built.rows(
        "select split_part(invoice_line_id, ':', 1), is_tied, count(*) "
        "from intermediate.int_mrr_checks_of_renewals group by 1, 2 order by 1"
    ) == [
        ("billing_files", True, 3),
        ("braintree", True, 19),
        ("chargebee", True, 14),
        ("chargebee_late", True, 14),
        ("chargebee_older", True, 14),
        ("lemon_squeezy", True, 22),
        ("lemon_squeezy_late", True, 22),
        ("paddle", True, 45),
        ("paddle_late", True, 6),
        ("polar", True, 19),
        ("polar_late", True, 19),
        ("recurly", True, 46),
        ("recurly_late", True, 46),
    ]


# -- Paddle --------------------------------------------------------------------------------------


def test_gross_discount_and_tax_stand_beside_the_net(built: Project) -> None:
    assert built.rows(
        "select gross_mrr, discount_mrr, tax_mrr, mrr, quantity, native_currency, evidence "
        "from core.fct_mrr_segments where subscription_id = 'paddle:sub_1' "
        "and valid_from <= '2025-01-31' and (valid_to > '2025-01-31' or valid_to is null)"
    ) == [(Decimal(72), Decimal("14.40"), Decimal("9.60"), Decimal(48), 2, "usd", "event")]


def test_movements_at_paddle_fall_on_the_days_on_which_it_happened(built: Project) -> None:
    assert movements(built, "paddle:ctm_1") == [
        ("2025-01-24", "new", Decimal(48)),
        ("2025-03-10", "expansion", Decimal(96)),
        ("2025-04-24", "expansion", Decimal(36)),
        ("2025-07-24", "churn", Decimal(-180)),
    ]


def test_what_was_past_due_is_at_risk_until_it_was_paid(built: Project) -> None:
    assert built.rows(
        "select cast(min(valid_from) as varchar), cast(max(valid_to) as varchar) "
        "from core.fct_mrr_segments where subscription_id = 'paddle:sub_1' and is_at_risk"
    ) == [("2025-05-24 00:00:02", "2025-06-02 10:00:00")]


def test_lines_are_net_of_the_tax_inside_them(built: Project) -> None:
    assert built.rows(
        "select invoice_line_id, net_amount, discount_amount, tax_amount, is_proration "
        "from core.fct_invoice_lines where customer_id = 'paddle:ctm_1' order by period_start, 1"
    )[:4] == [
        ("paddle:txnitm_1", Decimal(48), Decimal("14.40"), Decimal("9.60"), False),
        ("paddle:txnitm_2", Decimal(48), Decimal("14.40"), Decimal("9.60"), False),
        ("paddle:txnitm_3a", Decimal(72), Decimal("21.60"), Decimal("14.40"), True),
        ("paddle:txnitm_3b", Decimal(-24), Decimal("-7.20"), Decimal("-4.80"), True),
    ]


def test_cash_at_paddle_is_what_was_collected_and_the_fee_is_its_own(built: Project) -> None:
    """One attempt of May failed; the refund that nobody approved yet moves nothing. 993.60, and of
    those billed on the 5th of each month 173.17 pounds, 188, 185 and 174 dollars, 147 euros."""
    assert cash(built, "paddle") == [
        ("dispute", 3, Decimal(-84)),
        ("dispute_won", 2, Decimal(56)),
        ("fee", 7, Decimal(-7)),
        ("payment", 42, Decimal("1860.77")),
        ("refund", 1, Decimal(-12)),
    ]


def test_a_converted_price_is_what_was_billed_and_an_amount_per_seat_is_taken_per_seat(
    built: Project,
) -> None:
    """30.00 dollars billed as 24.39 pounds; three seats at 10.00 less 2.00 each."""
    assert built.rows(
        "select subscription_id, native_currency, gross_mrr, mrr from core.fct_mrr_segments "
        "where subscription_id in ('paddle:sub_2', 'paddle:sub_3') and valid_to is null order by 1"
    ) == [
        ("paddle:sub_2", "gbp", Decimal("24.39"), Decimal("24.39")),
        ("paddle:sub_3", "usd", Decimal(30), Decimal(24)),
    ]


def test_what_paddle_converts_is_what_was_billed_at_the_time(built: Project) -> None:
    """Pounds that change in April; a discount of ten dollars that takes nine euros off."""
    assert built.rows(
        "select distinct subscription_id, native_currency, gross_mrr, mrr, "
        "valid_from < '2025-04-05' from core.fct_mrr_segments "
        "where subscription_id in ('paddle:sub_4', 'paddle:sub_7') order by 1, 5 desc, 3"
    ) == [
        ("paddle:sub_4", "gbp", Decimal("24.39"), Decimal("24.39"), True),
        ("paddle:sub_4", "gbp", Decimal(25), Decimal(25), False),
        ("paddle:sub_7", "eur", Decimal(30), Decimal(21), True),
    ]


def test_a_chargeback_at_paddle_takes_revenue_and_gives_it_back_when_it_is_won(
    built: Project,
) -> None:
    """One was lost, one given back by an adjustment, one turned itself."""
    assert built.rows(
        "select revenue_kind, reversal_id, amount, cast(reversal_date as varchar) "
        "from intermediate.int_revenue_reversals where invoice_id like 'paddle:txn_5%' "
        "order by reversal_date"
    ) == [
        ("dispute", "paddle:adj_lost", Decimal(-28), "2025-02-01"),
        ("dispute", "paddle:adj_won", Decimal(-28), "2025-03-01"),
        ("dispute_won", "paddle:adj_won", Decimal(28), "2025-03-20"),
        ("dispute", "paddle:adj_turned", Decimal(-28), "2025-04-01"),
        ("dispute_won", "paddle:adj_turned", Decimal(28), "2025-04-15"),
    ]
    assert built.rows(
        "select distinct movement_type, customer_id from core.fct_cash_movements "
        "where source_account = 'paddle' and movement_type <> 'payment' order by 1, 2"
    ) == [
        ("dispute", "paddle:ctm_5"),
        ("dispute_won", "paddle:ctm_5"),
        ("fee", None),
        ("refund", "paddle:ctm_1"),
    ]


def test_customers_are_known_by_the_vendors_ids_and_names(built: Project) -> None:
    assert built.rows(
        "select billing_provider, native_id, customer_name from core.dim_customers "
        "where source_account in ('paddle', 'chargebee') order by 1, 2"
    ) == [
        ("chargebee", "c1", "Acme Inc"),
        *(("chargebee", f"c{number}", None) for number in (10, 12, 13)),
        ("chargebee", "c2", "Dina R"),
        *(("chargebee", f"c{number}", None) for number in (3, 5, 6, 9)),
        ("paddle", "ctm_1", "Acme GmbH"),
        *(("paddle", f"ctm_{number}", None) for number in (2, 4, 5, 6, 7, 8)),
    ]


def test_addresses_at_which_a_customer_could_be_cancelled_are_not_stored(built: Project) -> None:
    [(count,)] = built.rows(
        "select count(*) from raw_paddle.subscriptions where _raw like '%secret-of-the-customer%'"
    )
    assert count == 0


# -- Chargebee -----------------------------------------------------------------------------------


def test_movements_at_chargebee_fall_on_the_days_on_which_it_happened(built: Project) -> None:
    assert movements(built, "chargebee:c1") == [
        ("2025-01-24", "new", Decimal(48)),
        ("2025-03-10", "expansion", Decimal(96)),
        ("2025-04-24", "expansion", Decimal(36)),
        ("2025-05-24", "pause", Decimal(-180)),
        ("2025-06-24", "resume", Decimal(180)),
        ("2025-07-24", "churn", Decimal(-180)),
    ]


def test_what_is_planned_at_chargebee_is_committed(built: Project) -> None:
    """Ramps: two seats at 30.00 and a stair at 35.00 less a fifth; in the end three seats of the
    other plan at 80.00 less a tenth, as the first coupon is over by then. A renewal: from 90.00 to
    five seats at 30.00, less the ten dollars that stay."""
    assert built.rows(
        "select subscription_id, cast(changes_at as varchar), mrr, committed_mrr "
        "from core.fct_mrr_commitments where change_kind = 'schedule' "
        "and subscription_id like 'chargebee%' order by 1"
    ) == [
        ("chargebee:cb5", "2025-10-15 00:00:00", Decimal(76), Decimal(216)),
        ("chargebee:cb6", "2025-08-05 00:00:00", Decimal(80), Decimal(140)),
        ("chargebee_late:cb5", "2025-10-15 00:00:00", Decimal(76), Decimal(216)),
        ("chargebee_late:cb6", "2025-08-05 00:00:00", Decimal(80), Decimal(140)),
        ("chargebee_older:cb6", "2025-08-05 00:00:00", Decimal(80), Decimal(140)),
    ]


def test_dinars_are_hundredths_at_chargebee(built: Project) -> None:
    assert built.rows(
        "select distinct native_currency, mrr from core.fct_mrr_segments "
        "where subscription_id = 'chargebee:cb2'"
    ) == [("kwd", Decimal(30))]


def test_cash_at_chargebee_is_without_attempts_that_failed(built: Project) -> None:
    """48 + 48 + 48 + 144 + 180 + 230: a credit note paid the rest of the third bill."""
    assert cash(built, "chargebee") == [("payment", 6, Decimal(698))]


def test_promotional_credits_at_chargebee_reduce_revenue_and_not_mrr(built: Project) -> None:
    assert built.rows(
        "select net_amount, credit_amount from core.fct_invoice_lines "
        "where invoice_line_id = 'chargebee:li_cb13_plan'"
    ) == [(Decimal(1200), Decimal(10))]


def test_a_bill_that_was_written_off_is_bad_debt_and_stays_revenue(built: Project) -> None:
    assert built.rows(
        "select invoice_status, net_amount from core.fct_invoice_lines "
        "where invoice_line_id = 'chargebee:li_7'"
    ) == [("uncollectible", Decimal(30))]
    assert built.rows(
        "select count(*) from intermediate.int_billing_credit_notes "
        "where credit_note_id = 'chargebee:CN9'"
    ) == [(0,)]


def test_the_providers_own_mrr_stands_beside_ours(built: Project) -> None:
    assert built.rows(
        "select subscription_id, native_mrr, mrr, difference, reason "
        "from monitoring.native_mrr_reconciliation where billing_provider = 'chargebee' "
        "and subscription_id like 'chargebee:%' order by 1"
    ) == [
        ("chargebee:cb1", Decimal(0), Decimal(0), Decimal(0), "equal"),
        ("chargebee:cb10", Decimal(30), Decimal(30), Decimal(0), "equal"),
        ("chargebee:cb11", Decimal(30), Decimal(30), Decimal(0), "equal"),
        ("chargebee:cb12", Decimal(60), Decimal(60), Decimal(0), "equal"),
        ("chargebee:cb13", Decimal(110), Decimal(110), Decimal(0), "equal"),
        ("chargebee:cb2", Decimal(30), Decimal(30), Decimal(0), "equal"),
        ("chargebee:cb3", Decimal(87), Decimal(87), Decimal(0), "equal"),
        ("chargebee:cb5", Decimal(76), Decimal(76), Decimal(0), "equal"),
        ("chargebee:cb6", Decimal(80), Decimal(80), Decimal(0), "equal"),
    ]


# -- files ---------------------------------------------------------------------------------------


def test_bills_by_hand_are_paid_when_their_payments_cover_them(built: Project) -> None:
    assert built.rows(
        "select invoice_line_id, invoice_status, net_amount, tax_amount, discount_amount "
        "from core.fct_invoice_lines where starts_with(invoice_id, 'billing_files:2025') order by 1"
    ) == [
        ("billing_files:2025-001/1", "paid", Decimal(90), Decimal(18), Decimal(10)),
        ("billing_files:2025-001/2", "paid", Decimal(250), Decimal(50), Decimal(0)),
        ("billing_files:2025-002/1", "uncollectible", Decimal(1200), Decimal(0), Decimal(0)),
        ("billing_files:2025-003/1", "paid", Decimal(90), Decimal(18), Decimal(10)),
    ]


def test_cash_by_hand_is_what_the_payments_say(built: Project) -> None:
    assert built.rows(
        "select movement_type, count(*), sum(native_amount) from core.fct_cash_movements "
        "where customer_id = 'billing_files:acme' group by 1 order by 1"
    ) == [
        ("payment", 2, Decimal(516)),
        ("refund", 1, Decimal(-60)),
    ]


# -- Recurly -------------------------------------------------------------------------------------


def test_movements_at_recurly_are_dated_by_lines_and_states(built: Project) -> None:
    """The change of 10 March was seen on the 11th, the pause of 24 May on the 25th; nobody looked
    when it was over. The discounted bill of 24 March lasts to 24 April."""
    assert movements(built, "recurly:a1") == [
        ("2025-01-24", "new", Decimal(48)),
        ("2025-03-10", "expansion", Decimal(96)),
        ("2025-04-24", "expansion", Decimal(36)),
        ("2025-05-24", "pause", Decimal(-180)),
        ("2025-06-24", "resume", Decimal(180)),
        ("2025-07-24", "churn", Decimal(-180)),
    ]


def test_cash_at_recurly_is_without_what_was_declined(built: Project) -> None:
    """The first life's 648, 7 x 70, 3 x 15 and 4 x 30, 7 x 160, 6 x 30."""
    assert cash(built, "recurly") == [
        ("dispute", 1, Decimal(-48)),
        ("payment", 33, Decimal(2603)),
    ]


def test_a_chargeback_at_recurly_is_of_the_day_on_which_the_payment_turned(built: Project) -> None:
    assert built.rows(
        "select cast(movement_date as varchar), native_amount from core.fct_cash_movements "
        "where source_account = 'recurly' and movement_type = 'dispute'"
    ) == [("2025-04-02", Decimal(-48))]


def test_what_is_planned_at_recurly_is_committed(built: Project) -> None:
    """Two seats at 30.00 and a stair at 35.00, then one of the other plan at 90.00 and the first
    stair at 20.00; a ramp from 10.00 to 15.00."""
    assert built.rows(
        "select subscription_id, cast(changes_at as varchar), mrr, committed_mrr "
        "from core.fct_mrr_commitments where change_kind = 'schedule' "
        "and subscription_id like 'recurly%' order by 1"
    ) == [
        (f"{source}:{number}", f"{day} 00:00:00", Decimal(now), Decimal(then))
        for source in ("recurly", "recurly_late")
        for number, day, now, then in (
            ("rs2", "2025-08-10", 95, 110),
            ("rs3", "2025-10-01", 10, 15),
        )
    ]


# -- Polar ---------------------------------------------------------------------------------------


def test_polar_tells_when_a_state_began_and_orders_tell_the_rest(built: Project) -> None:
    """The upgrade of 10 March was loaded on the 11th, the resumption of 24 June on the 29th."""
    assert movements(built, "polar:cus_1") == [
        ("2025-01-24", "new", Decimal(40)),
        ("2025-03-10", "expansion", Decimal(80)),
        ("2025-04-24", "expansion", Decimal(30)),
        ("2025-05-24", "pause", Decimal(-150)),
        ("2025-06-24", "resume", Decimal(150)),
        ("2025-07-24", "churn", Decimal(-150)),
    ]


def test_seats_at_polar_are_told_by_states_and_by_what_tiers_come_to(built: Project) -> None:
    """Twelve at 10.00 and above ten at 8.00; fifteen from 20 March; read late, from 5 April."""
    for account, day in (("polar", "2025-03-20"), ("polar_late", "2025-04-05")):
        assert movements(built, f"{account}:cus_2") == [
            ("2025-01-05", "new", Decimal(116)),
            (day, "expansion", Decimal(24)),
        ]
    assert built.rows(
        "select distinct quantity from core.fct_mrr_segments "
        "where subscription_id = 'polar_late:sub_2' order by 1"
    ) == [(12,), (15,)]


def test_an_update_that_waits_for_the_next_period_is_a_phase_to_come(built: Project) -> None:
    assert built.rows(
        "select phase_start_at, price_id, quantity "
        "from intermediate.int_billing_subscription_phases "
        "inner join intermediate.int_billing_subscription_phase_items using (schedule_id) "
        "where subscription_id = 'polar:sub_2'"
    ) == [(datetime(2025, 8, 5), "polar:price_seats", 5)]


def test_cash_at_polar_is_without_attempts_that_failed_and_the_fee_is_its_own(
    built: Project,
) -> None:
    """A warning of a dispute moves nothing, a refund that failed neither."""
    assert cash(built, "polar") == [
        ("dispute", 1, Decimal(-7)),
        ("fee", 20, Decimal(-20)),
        ("payment", 20, Decimal("1689.50")),
        ("refund", 1, Decimal(-12)),
    ]


def test_use_at_polar_is_revenue_and_no_mrr(built: Project) -> None:
    assert built.rows(
        "select net_amount, is_recurring, quantity from core.fct_invoice_lines "
        "where invoice_line_id = 'polar:item_u2'"
    ) == [(Decimal("2.50"), False, None)]


# -- Lemon Squeezy -------------------------------------------------------------------------------


def test_movements_at_lemon_squeezy_are_dated_by_states_and_bills(built: Project) -> None:
    assert movements(built, "lemon_squeezy:1") == [
        ("2025-01-24", "new", Decimal(48)),
        ("2025-03-10", "expansion", Decimal(96)),
        ("2025-04-24", "expansion", Decimal(36)),
        ("2025-05-24", "pause", Decimal(-180)),
        ("2025-06-24", "resume", Decimal(180)),
        ("2025-07-24", "churn", Decimal(-180)),
    ]


def test_who_cancels_in_a_trial_never_paid(built: Project) -> None:
    assert movements(built, "lemon_squeezy:4") == []


def test_a_setup_fee_and_a_part_that_waited_are_revenue_and_no_mrr(built: Project) -> None:
    """12.00 once beside a year at 120.00, a sixth of both tax; ten more units since 20 May."""
    assert built.rows(
        "select invoice_line_id, net_amount, is_recurring from core.fct_invoice_lines "
        "where invoice_id in ('lemon_squeezy:20', 'lemon_squeezy:36') order by 1"
    ) == [
        ("lemon_squeezy:20/plan", Decimal(100), True),
        ("lemon_squeezy:20/setup", Decimal(10), False),
        ("lemon_squeezy:36/plan", Decimal(34), True),
    ]
    assert movements(built, "lemon_squeezy:3") == [
        ("2025-01-05", "new", Decimal(20)),
        ("2025-05-20", "expansion", Decimal(10)),
    ]


def test_an_amount_off_at_lemon_squeezy_is_what_was_taken_off_converted_bills(
    built: Project,
) -> None:
    assert built.rows(
        "select distinct native_currency, gross_mrr, mrr from core.fct_mrr_segments "
        "where subscription_id = 'lemon_squeezy:6'"
    ) == [("eur", Decimal(28), Decimal("18.67"))]


def test_cash_at_lemon_squeezy_is_what_bills_and_orders_say(built: Project) -> None:
    """48 + 48 + 48 + 144 + 180 + 180, 132, 6 x 20 less 10 and 34 and 30, and a book for 48; 3 x 30
    and 285; 7 x 18.67 euros."""
    assert cash(built, "lemon_squeezy") == [
        ("payment", 26, Decimal("1497.69")),
        ("refund", 1, Decimal(-10)),
    ]


# -- a company at two providers ------------------------------------------------------------------


def test_who_moves_to_another_provider_within_a_week_is_neither_churn_nor_new(
    built: Project,
) -> None:
    assert movements(built, "billing_files:mover") == [
        ("2024-06-01", "new", Decimal(24)),
        ("2024-12-30", "pause", Decimal(-24)),
        ("2025-01-02", "resume", Decimal(24)),
    ]
    assert built.rows(
        "select distinct reason from core.fct_mrr_movements where movement_type = 'resume' "
        "and customer_id = 'billing_files:mover'"
    ) == [("provider_migration",)]


# -- Braintree -----------------------------------------------------------------------------------


def test_movements_at_braintree_are_those_of_its_history(built: Project) -> None:
    """Cancelled on 10 July although it was paid until the 23rd; a sum in between is no MRR."""
    assert movements(built, "braintree:cu1") == [
        ("2025-01-24", "new", Decimal(48)),
        ("2025-03-10", "expansion", Decimal(120)),
        ("2025-04-24", "expansion", Decimal(12)),
        ("2025-07-10", "churn", Decimal(-180)),
    ]
    assert built.rows(
        "select distinct evidence from core.fct_mrr_segments "
        "where subscription_id = 'braintree:bt1' and valid_from > '2025-06-24'"
    ) == [("status_history",)]


def test_cash_at_braintree_is_without_what_was_declined(built: Project) -> None:
    assert [one for one in cash(built, "braintree") if one[0] == "payment"] == [
        ("payment", 14, Decimal(864 + 175))
    ]


def test_a_first_payment_that_failed_is_a_bill_that_is_given_up_with_its_subscription(
    built: Project,
) -> None:
    assert movements(built, "braintree:cu2") == []
    assert built.rows(
        "select invoice_status, cast(marked_uncollectible_at as varchar), amount_paid "
        "from intermediate.int_billing_invoices "
        "where source_account = 'braintree' and invoice_status <> 'paid'"
    ) == [("uncollectible", "2025-04-05 10:00:00", Decimal(0))]


def test_disputes_at_braintree_move_money_and_requests_for_papers_do_not(built: Project) -> None:
    """60 taken and given back, 180 accepted, 20 still open; the retrieval of 168 moves nothing."""
    assert cash(built, "braintree")[:-1] == [
        ("dispute", 3, Decimal(-260)),
        ("dispute_won", 1, Decimal(60)),
    ]
    assert built.rows(
        "select dispute_id, dispute_status from intermediate.int_billing_disputes "
        "where source_account = 'braintree' order by 1"
    ) == [
        ("braintree:dis_accepted", "lost"),
        ("braintree:dis_open", "needs_response"),
        ("braintree:dis_papers", "warning_closed"),
        ("braintree:dis_won", "won"),
    ]


def test_bills_in_files_are_what_their_payments_make_of_them(built: Project) -> None:
    """Paid and noted so, with a discount in a line of its own; too much; in yen; next month."""
    assert built.rows(
        "select replace(invoice_id, 'billing_files:', ''), invoice_status, amount_paid, "
        "amount_remaining from core.fct_invoices where customer_id = 'billing_files:off' order by 1"
    ) == [
        ("ahead", "open", 0, 70),
        ("off", "paid", 90, 0),
        ("over", "paid", 65, 0),
        ("yen", "open", 0, 60),
    ]
    assert built.rows(
        "select subject_id, reason, amount from intermediate.int_exceptions_of_invoices "
        "where subject_id like 'billing_files:o%' union all "
        "select subject_id, reason, amount from intermediate.int_exceptions_of_payments "
        "where subject_type = 'payment' order by 1"
    ) == [
        ("billing_files:lost", "unknown_invoice", 5),
        ("billing_files:over", "overpaid", 15),
        ("billing_files:yen", "other_currency_than_invoice", 9000),
    ]
    assert built.rows(
        "select movement_id, cast(movement_date as varchar), amount from core.fct_cash_movements "
        "where movement_id like '%/out_of_band'"
    ) == [("billing_files:off/out_of_band", "2025-02-03", 90)]
    assert built.rows(
        "select expected, actual, is_tied from intermediate.int_mrr_checks_of_renewals "
        "where customer_id = 'billing_files:off'"
    ) == [(90, 90, True)]


def test_rows_ahead_of_the_clock_are_committed(built: Project) -> None:
    """Three at 480.00 a year less a tenth, an add-on that goes, a pause that ends."""
    assert built.rows(
        "select replace(subscription_id, 'billing_files:', ''), change_kind, "
        "cast(changes_at as date), mrr, committed_mrr from core.fct_mrr_commitments "
        "where customer_id = 'billing_files:rise' order by 1"
    ) == [
        ("less", "schedule", date(2025, 10, 1), 23, 18),
        ("rest", "resume", date(2025, 9, 10), 0, 30),
        ("rise", "schedule", date(2025, 9, 1), 40, 108),
    ]
