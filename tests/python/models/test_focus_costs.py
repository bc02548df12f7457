"""FOCUS files and custom sources through to provider costs: kinds, models, finality, versions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.exports import focus
from support.commands import Project
from support.focus_files import charge, write, write_manifest
from support.published import PublishedDir

BEDROCK = {
    "ServiceName": "Amazon Bedrock",
    "ServiceCategory": "AI and Machine Learning",
    "ConsumedUnit": "1K tokens",
    "InvoiceId": "INV-9",
}
EDITION = BEDROCK | {"ServiceName": "Claude Sonnet 4.6 (Amazon Bedrock Edition)"}


#: A gateway that says cost and tokens by model, and reckons both.
GATEWAY = """
[source]
id = "gateway"
kind = "both"
provider = "litellm"
basis = "estimated"

[read]
files = "gateway.csv"
format = "csv"

[map]
date = "day"
model = "model"
project_id = "team"
project_name = "team_name"
amount = {path = "cents", scale = "0.01"}
currency = {const = "usd"}
requests = "calls"
input_tokens = "tokens_in"
output_tokens = "tokens_out"

[key]
columns = ["date", "model", "project_id"]

[final]
rule = "after_hours"
hours = 24
"""
GATEWAY_ROWS = [
    {"day": "2026-10-05", "model": model, "team": "t1", "team_name": "Team one", "cents": cents,
     "calls": 2, "tokens_in": 100, "tokens_out": 10}
    for model, cents in (("gpt-4o", "12.5"), ("claude-x", "0.001"))
]  # fmt: skip


def september(output_tokens: str) -> list[dict[str, object]]:
    return [
        charge("2026-09-05", "3", x_UsageType="USE1-Claude4.6Sonnet-input-tokens", **BEDROCK),
        charge("2026-09-05", "2", x_UsageType="USE1-MP:USE1_InputTokenCount-Units", **EDITION),
        charge(
            "2026-09-05", output_tokens, x_UsageType="USE1-Claude4.6Sonnet-output-tokens", **BEDROCK
        ),
        charge("2026-09-05", "7.5", InvoiceId="INV-9"),
        charge("2026-09-05", "-2", ChargeCategory="Credit", InvoiceId="INV-9"),
        charge("2026-09-05", "1", ChargeClass="Correction", InvoiceId="INV-9"),
    ]


def build(project: Project) -> None:
    project.dbt(
        "build", "--quiet", "--exclude-resource-type", "test", "unit_test",
        "--select", "+fct_provider_costs", "+dim_provider_names", "+fct_provider_usage",
        "+int_exceptions_of_bills_given_way",
    )  # fmt: skip


@pytest.fixture(scope="module")
def costs(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("focus"))
    files = project.folder / "files"
    project.settings |= {"SOURCES__FOCUS__BUCKET_URL": str(files), "AS_OF": "2026-11-01"}
    write(files / "september.parquet", september("15"), age=90)
    project.settings["AS_OF"] = "2026-10-08"
    project.load_here("focus")
    write(files / "september.parquet", september("16"), age=10)
    october = [
        charge("2026-10-05", "4", BillingCurrency="EUR", ListCost="5"),
        charge("2026-10-06", "12", ProviderName="MongoDB", ServiceCategory="Databases",
               ServiceName="Atlas", x_UsageType="M10", RegionId=None, SubAccountId=None),
        charge("2026-10-06", "8", ProviderName="Mistral AI", ServiceName="La Plateforme",
               ServiceCategory="AI and Machine Learning", x_UsageType="batch", RegionId=None,
               SubAccountId=None),
        charge("2026-10-06", "30", ProviderName="Datadog", ServiceCategory="Other",
               ServiceName="APM", x_UsageType="apm_host", RegionId=None, SubAccountId=None),
    ]  # fmt: skip
    write(files / "october.csv.gz", october)
    # what LiteLLM exports as a bill is what it reckons, for keys
    reckoned = charge(
        "2026-10-06", "0.25", BillingAccountId="hash-1", BillingAccountType="API Key",
        ProviderName="openai", PublisherName="openai", ServiceName="fast",
        ServiceCategory="AI and Machine Learning", ConsumedUnit="Requests", RegionId=None,
        SubAccountId=None, x_UsageType=None, ChargeDescription="gpt-4o", InvoiceId=None,
    )  # fmt: skip
    write(files / "litellm.csv", [reckoned])
    # one account in two exports, an older version of the format and a newer one
    for export in ("focus10", "focus12"):
        bucket = charge("2026-10-06", "13", ServiceName="Amazon S3", RegionId=None,
                        x_UsageType="storage", SubAccountId="777", SubAccountName=None)  # fmt: skip
        data = files / export / "data" / "BILLING_PERIOD=2026-10" / "d.parquet"
        write_manifest(files / export, "2026-10", [write(data, [bucket])])
    sources = project.folder / "sources"
    sources.mkdir()
    (sources / "gateway.toml").write_text(GATEWAY, "utf-8")
    write(project.folder / "gateway.csv", GATEWAY_ROWS)
    project.settings["CUSTOM_SOURCES_DIR"] = str(sources)
    project.settings["AS_OF"] = "2026-11-01"
    project.load_here("focus", "gateway")
    build(project)
    return project


def test_lines_say_what_they_are_of_which_kind_and_whether_they_are_final(costs: Project) -> None:
    model = "regional.anthropic.claude-sonnet-4-6-v1:0"
    ec2 = "Amazon Elastic Compute Cloud: USE1-BoxUsage:m7i.large, us-east-1"
    assert costs.rows(
        "select provider, cost_date::varchar, line_item, cost_kind, model_id, pool, native_amount, "
        "is_final from core.fct_provider_costs where source_account = 'focus' order by all"
    ) == [
        ("aws", "2026-09-05", ec2, "infrastructure", "__no_model__", "other", Decimal("7.5"), True),
        ("aws", "2026-09-05", f"{ec2}, Correction", "infrastructure", "__no_model__", "other",
         Decimal(1), True),
        ("aws", "2026-09-05", f"{ec2}, Credit", "infrastructure", "__no_model__", "other",
         Decimal(-2), True),
        ("aws", "2026-09-05", "us.anthropic.claude-sonnet-4-6, input, us-east-1", "llm", model,
         "uncached_input", Decimal(5), True),
        ("aws", "2026-09-05", "us.anthropic.claude-sonnet-4-6, output, us-east-1", "llm", model,
         "output", Decimal(16), True),
        ("aws", "2026-10-05", ec2, "infrastructure", "__no_model__", "other", Decimal(4), False),
        ("aws", "2026-10-06", "Amazon S3: storage", "infrastructure", "__no_model__", "other",
         Decimal(13), False),
        ("datadog", "2026-10-06", "APM: apm_host", "observability", "__no_model__", None,
         Decimal(30), False),
        ("litellm", "2026-10-06", "openai/gpt-4o", "llm", "openai/gpt-4o", "all", Decimal("0.25"),
         False),
        ("mistral", "2026-10-06", "La Plateforme: batch", "llm", "__unmapped__", None, Decimal(8),
         False),
        ("mongodb", "2026-10-06", "Atlas: M10", "infrastructure", "__no_model__", None,
         Decimal(12), False),
    ]  # fmt: skip


def test_what_a_bill_says_beside_the_cost_is_kept(costs: Project) -> None:
    assert costs.rows(
        "select service, region, billing_account_id, charge_category, project_id, unit, quantity, "
        "native_currency, basis from core.fct_provider_costs "
        "where cost_date = '2026-10-05' and source_account = 'focus'"
    ) == [
        ("Amazon Elastic Compute Cloud", "us-east-1", "111122223333", "Usage", "444455556666",
         "Hours", Decimal(2), "eur", "billed"),
    ]  # fmt: skip
    assert costs.rows(
        "select provider, named_id, given_name from core.dim_provider_names order by all"
    ) == [("aws", "444455556666", "Production"), ("litellm", "t1", "Team one")]


def test_one_account_in_two_exports_counts_once_and_is_listed(costs: Project) -> None:
    found = costs.rows("select * from intermediate.int_exceptions_of_bills_given_way")
    assert [row[2:6] for row in found] == [
        ("focus/focus10|2026-10-01|focus/focus12", "billed_twice", Decimal(13), "usd")
    ]


def test_litellms_own_export_is_an_estimate_of_its_keys(costs: Project) -> None:
    assert costs.rows(
        "select basis, api_key_id, service from core.fct_provider_costs "
        "where provider = 'litellm' and source_account = 'focus'"
    ) == [("estimated", "hash-1", "fast")]


def test_a_restatement_is_a_version_of_the_day(costs: Project) -> None:
    assert costs.rows(
        "select first_billed_usd, billed_usd, restated_at::varchar from core.fct_provider_costs "
        "where restated_at is not null"
    ) == [(Decimal(15), Decimal(16), "2026-11-02 00:00:00")]


def test_a_custom_source_is_cost_and_usage_like_any_other(costs: Project) -> None:
    assert costs.rows(
        "select provider, cost_date::varchar, project_id, line_item, cost_kind, billed_usd, basis, "
        "is_final from core.fct_provider_costs where source_account = 'gateway' order by all"
    ) == [
        ("litellm", "2026-10-05", "t1", "claude-x", "llm", Decimal("0.00001"), "estimated", True),
        ("litellm", "2026-10-05", "t1", "gpt-4o", "llm", Decimal("0.125"), "estimated", True),
    ]
    assert (
        costs.rows(
            "select provider, usage_date::varchar, requests, input_tokens, cached_input_tokens, "
            "output_tokens from core.fct_provider_usage where source_account = 'gateway'"
        )
        == [("litellm", "2026-10-05", 2, 100, None, 10)] * 2
    )
    # it says no tier, which is none of the nulls that stop a build
    costs.dbt("test", "--quiet", "--select", "fct_provider_costs", "fct_provider_usage",
              "dim_provider_names", "--indirect-selection", "cautious")  # fmt: skip


def test_our_export_loaded_as_a_source_gives_the_same_cost(costs: Project, tmp_path: Path) -> None:
    published = PublishedDir(tmp_path)
    published.publish(
        "20261101T000000",
        f"attach '{costs.warehouse}' as built (read_only)",
        *(
            f"delete from core.{table}; insert into core.{table} by name from built.core.{table}"
            for table in ("fct_provider_costs", "dim_provider_names")
        ),
        filled=False,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PUBLISHED_DIR", str(tmp_path))
        for month in (9, 10):
            focus.export(date(2026, month, 1), costs.folder / "again" / f"{month}.parquet")
    costs.settings |= {
        "SOURCES__AGAIN__KIND": "focus",
        "SOURCES__AGAIN__BUCKET_URL": str(costs.folder / "again"),
    }
    costs.load_here("again")
    build(costs)
    columns = (
        "provider, cost_date, project_id, line_item, cost_kind, model_id, pool, service, region, "
        "coalesce(charge_category, 'Usage'), native_currency, native_amount, billed_usd, basis, "
        # list prices are kept in dollars, so those of other currencies are not exported
        "case when native_currency = 'usd' then list_cost_usd end, "
        "is_final"
    )
    first, again = (
        costs.rows(
            f"select {columns} from core.fct_provider_costs "
            f"where (source_account = 'again') = {is_again} order by all"
        )
        for is_again in (False, True)
    )
    assert len(first) == 13
    assert again == first  # to the last decimal
