"""The AWS source, run whole against small servers: real HTTP in, raw rows out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from pipelines.errors import SettingError
from pipelines.sources.accounts import configured_accounts
from pipelines.sources.aws import probe
from pipelines.sources.aws.settings import read_settings
from support.aws_server import KEY_ID, SECRET, AwsAccount, Charge, serve
from support.loads import Loads, loads

__all__ = ["loads"]

DAY_1, DAY_2 = date(2026, 9, 29), date(2026, 9, 30)
EC2 = "Amazon Elastic Compute Cloud - Compute"
BEDROCK = "Amazon Bedrock"
EDITION = "Claude Sonnet 4.6 (Amazon Bedrock Edition)"

LINES = """
    select reported_date, cost_rows.* from raw_aws.cost_rows join (
        select * from raw_aws.cost_days qualify row_number() over (
            partition by id order by _observed_at desc, _dlt_load_id desc, _sequence desc
        ) = 1
    ) as days using (_version_id)
"""


@pytest.fixture
def account(loads: Loads) -> Iterator[AwsAccount]:
    with serve(AwsAccount()) as server:
        loads.settings |= {
            "SOURCES__AWS__AWS_ACCESS_KEY_ID": KEY_ID,
            "SOURCES__AWS__AWS_SECRET_ACCESS_KEY": SECRET,
            "SOURCES__AWS__BASE_URL": server.url,
            "SOURCES__AWS__START_DATE": str(DAY_1),
            "AS_OF": "2026-09-30T12:00:00Z",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        server.charges = [
            Charge(DAY_1, EC2, "USE1-BoxUsage:m5.large", "2.3040000000", "24", "Hrs"),
            Charge(DAY_1, BEDROCK, "USE1-Claude4.6Sonnet-input-tokens", "3E-10", "0.0001"),
            Charge(DAY_1, EDITION, "USE1-MP:USE1_OutputTokenCount-Units", "15", "1", "Units"),
            Charge(DAY_2, EC2, "USE1-BoxUsage:m5.large", "-0.5"),
        ]
        yield server


def test_costs_come_by_day_service_and_usage_type(loads: Loads, account: AwsAccount) -> None:
    shown = loads.load("aws")
    assert loads.rows(
        f"select reported_date, service, usage_type, amount, currency, quantity, unit, llm_model, "
        f"llm_token_kind from ({LINES}) order by 1, 2, 3"
    ) == [
        (DAY_1, BEDROCK, "USE1-Claude4.6Sonnet-input-tokens", Decimal("3E-10"), "USD", None, None,
         "us.anthropic.claude-sonnet-4-6", "input"),
        (DAY_1, EC2, "USE1-BoxUsage:m5.large", Decimal("2.304"), "USD", 24, "Hrs", None, None),
        (DAY_1, EDITION, "USE1-MP:USE1_OutputTokenCount-Units", 15, "USD", 1, "Units",
         "us.anthropic.claude-sonnet-4-6", "output"),
        (DAY_2, EC2, "USE1-BoxUsage:m5.large", Decimal("-0.5"), "USD", None, None, None, None),
    ]  # fmt: skip
    assert loads.rows(
        "select reported_date, account_id, metric, is_final, control_amount, rows_quarantined "
        "from raw_aws.cost_days order by 1"
    ) == [
        (DAY_1, "123456789012", "UnblendedCost", True, Decimal("17.3040000003"), 0),
        (DAY_2, "123456789012", "UnblendedCost", False, Decimal("-0.5"), 0),
    ]
    assert "2 requests, for which AWS bills 0.02 US dollars" in shown
    assert "CloudWatch metrics of Bedrock skipped" in shown
    assert "cloudwatch:ListMetrics" in shown
    assert SECRET not in shown


def test_pages_are_joined_and_counted(loads: Loads, account: AwsAccount) -> None:
    account.page_groups = 1
    shown = loads.load("aws")
    assert loads.rows(f"select count(*), sum(amount) from ({LINES})") == [
        (4, Decimal("16.8040000003"))
    ]
    assert "5 requests, for which AWS bills 0.05 US dollars" in shown
    [(reason,)] = loads.rows(
        "select reason from raw_aws.sync_endpoints where endpoint = 'Cost Explorer'"
    )
    assert reason == "5 requests, for which AWS bills 0.05 US dollars"


def test_what_aws_called_estimated_is_read_until_it_is_not(
    loads: Loads, account: AwsAccount
) -> None:
    account.final_until = DAY_1
    loads.load("aws")
    # six weeks later the days are no longer among the last three, nor of an open month
    account.charges[3] = Charge(DAY_2, EC2, "USE1-BoxUsage:m5.large", "7")
    account.final_until = date(2026, 11, 1)
    loads.settings["AS_OF"] = "2026-11-20T12:00:00Z"
    loads.load("aws")
    assert account.requests[-1]["TimePeriod"]["Start"] == str(DAY_1)
    assert loads.rows(
        f"select reported_date, sum(amount) from ({LINES}) group by 1 order by 1"
    ) == [(DAY_1, Decimal("17.3040000003")), (DAY_2, 7)]
    loads.settings["AS_OF"] = "2026-11-21T12:00:00Z"
    loads.load("aws")
    assert account.requests[-1]["TimePeriod"]["Start"] == "2026-11-01"


def test_an_unchanged_day_is_not_written_again(loads: Loads, account: AwsAccount) -> None:
    loads.load("aws")
    loads.load("aws")
    assert loads.rows("select count(*) from raw_aws.cost_days") == [(2,)]


def test_an_emptied_day_is_a_day_of_nothing_and_a_day_left_out_stays(
    loads: Loads, account: AwsAccount
) -> None:
    loads.load("aws")
    account.charges = account.charges[:3]
    account.left_out = {DAY_1}
    shown = loads.load("aws")
    assert "says nothing of 1 days, such as 2026-09-29" in shown
    assert loads.rows(
        "select reported_date, count(*) from raw_aws.cost_days group by 1 order by 1"
    ) == [(DAY_1, 1), (DAY_2, 2)]
    assert loads.rows(f"select distinct reported_date from ({LINES})") == [(DAY_1,)]


def test_an_amount_that_is_no_decimal_text_costs_its_line_alone(
    loads: Loads, account: AwsAccount
) -> None:
    odd = ["1,5", "NaN", "", None, 1.5, "1e15", "1_000"]
    account.charges += [Charge(DAY_2, "Odd", f"odd {one}", one) for one in odd]
    account.totals[DAY_2] = "0.5"
    shown = loads.load("aws")
    assert "7 of 8 rows of 2026-09-30 cannot be read" in shown
    assert loads.rows(
        "select source_table, record_id, field, count(*) from raw_aws.quarantine group by all"
    ) == [("cost_rows", "bill|2026-09-30", "UnblendedCost.Amount", 7)]
    assert loads.rows(f"select sum(amount) from ({LINES})") == [(Decimal("16.8040000003"),)]


def test_a_key_without_the_permission_is_told_the_least(loads: Loads, account: AwsAccount) -> None:
    account.refusal = (400, "AccessDeniedException", "User is not authorized to perform it")
    shown = loads.load("aws", expect=1)
    assert "ce:GetCostAndUsage, which is the least" in " ".join(shown.split())


def test_a_wrong_key_is_refused_without_its_secret(loads: Loads, account: AwsAccount) -> None:
    loads.settings["SOURCES__AWS__AWS_ACCESS_KEY_ID"] = "AKIAOTHER"
    shown = loads.load("aws", expect=1)
    assert "SOURCES__AWS__AWS_ACCESS_KEY_ID" in shown
    assert SECRET not in shown


def test_throttling_is_waited_for(loads: Loads, account: AwsAccount) -> None:
    account.throttled = 1
    assert "3 requests, for which AWS bills 0.03" in loads.load("aws")


@pytest.mark.parametrize("fault", ["repeat_token", "no_days", "other_day"])
def test_an_answer_that_makes_no_sense_loads_nothing(
    loads: Loads, account: AwsAccount, fault: str
) -> None:
    account.fault = fault
    assert "Nothing of this run was loaded" in loads.load("aws", expect=1)
    assert loads.rows("select * from duckdb_tables() where table_name = 'cost_rows'") == []


def test_another_account_is_not_mixed_in(loads: Loads, account: AwsAccount) -> None:
    loads.load("aws")
    account.account_id = "999999999999"
    assert "Two accounts must not be mixed" in loads.load("aws", expect=1)


def test_aws_settings_alone_do_not_switch_it_on(
    loads: Loads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    assert "SOURCES__AWS__AWS_ACCESS_KEY_ID" in loads.load("aws", expect=2)


def test_aws_own_settings_serve_where_an_address_is_set(loads: Loads, account: AwsAccount) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        loads.settings[name] = loads.settings.pop(f"SOURCES__AWS__{name}")
    loads.load("aws")
    assert loads.rows("select count(*) from raw_aws.cost_days") == [(2,)]


def test_a_wrong_setting_is_named_and_nobody_is_asked(
    loads: Loads, account: AwsAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in loads.environment().items():
        monkeypatch.setenv(name, value)
    aws = configured_accounts().usable["aws"]
    for setting, value in [
        ("METRIC", "UsageQuantity"),
        ("START_DATE", "yesterday"),
        ("BASE_URL", "ce.example.com"),
        ("AWS_SECRET_ACCESS_KEY", ""),
        ("AWS_REGION", "us east 1"),
    ]:
        with monkeypatch.context() as patch:
            patch.setenv(f"SOURCES__AWS__{setting}", value)
            with pytest.raises(SettingError, match=f"SOURCES__AWS__{setting}"):
                read_settings(aws, datetime(2026, 9, 30, tzinfo=UTC))
    assert not account.requests


def test_a_live_check_names_the_permission(
    loads: Loads, account: AwsAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in loads.environment().items():
        monkeypatch.setenv(name, value)
    aws = configured_accounts().usable["aws"]
    clock = datetime(2026, 9, 30, 12, tzinfo=UTC)
    assert [(one.what, one.is_readable) for one in probe(aws, clock)] == [
        ("Cost Explorer", True),
        ("CloudWatch metrics of Bedrock", False),
    ]
    account.refusal = (400, "AccessDeniedException", "no")
    costs, metrics = probe(aws, clock)
    assert "ce:GetCostAndUsage" in costs.detail
    assert costs.is_required
    assert "cloudwatch:GetMetricData" in metrics.detail
    assert not metrics.is_required
