"""FOCUS files of a folder: what is billed, as last stated, whoever wrote the files."""

from __future__ import annotations

import csv
import gzip
import json
import shutil
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from focus_data_toolkit import cli as focus_data_toolkit

from pipelines.loading.llm_lines import read_llm_line
from support.azurite import azurite
from support.commands import ROOT, Project
from support.focus_files import charge, write, write_manifest

#: The bill as last stated: newest version of each day, its lines.
CURRENT = """
    select days.charge_date::varchar as charge_date, charges.usage_type, charges.billed_cost
    from (
        select *, row_number() over (
            partition by scope, charge_date order by _dlt_load_id desc
        ) as recency
        from raw_focus.charge_days
    ) as days
    join raw_focus.charges as charges on charges._version_id = days._version_id
    where recency = 1
    order by all
"""


@pytest.fixture
def files(project: Project) -> Path:
    folder = project.folder / "focus"
    folder.mkdir()
    project.settings["SOURCES__FOCUS__BUCKET_URL"] = str(folder)
    return folder


def billed(project: Project) -> dict[tuple[str, str], Decimal]:
    return {(day, usage): cost for day, usage, cost in project.rows(CURRENT)}


def versions(project: Project) -> int:
    ((count,),) = project.rows("select count(*) from raw_focus.charge_days")
    return int(count)


def test_all_versions_and_formats_say_the_same(files: Path, project: Project) -> None:
    old = charge("2026-01-05", "1.5", x_UsageType="csv")
    new = {
        name: value
        for name, value in charge("2026-01-05", "2.25", x_UsageType="gz").items()
        if name not in {"ProviderName", "PublisherName"}
    } | {"ServiceProviderName": "AWS", "HostProviderName": "AWS"}
    write(files / "a.csv", [old])
    write(files / "b.csv.gz", [new])
    write(files / "c.parquet", [charge("2026-01-05", "0.1", x_UsageType="parquet")])
    typed = pa.table(
        {
            "BilledCost": pa.array([0.1, 0.2]),
            "BillingCurrency": ["USD", "USD"],
            "BillingPeriodStart": pa.array([1767225600000] * 2, pa.timestamp("ms", "UTC")),
            "ChargePeriodStart": pa.array([1767600000000] * 2, pa.timestamp("ms", "UTC")),
            "ChargeCategory": ["Usage", "Usage"],
            "ProviderName": ["AWS", "AWS"],
            "ServiceName": ["S", "S"],
            "x_UsageType": ["double", "double"],
            "ResourceId": ["r1", "r2"],
        }
    )
    pq.write_table(typed, files / "d.parquet")
    project.load_here("focus")
    assert billed(project) == {
        ("2026-01-05", "csv"): Decimal("1.5"),
        ("2026-01-05", "gz"): Decimal("2.25"),
        ("2026-01-05", "parquet"): Decimal("0.1"),
        ("2026-01-05", "double"): Decimal("0.3"),  # two resources, exactly
    }
    assert project.rows("select count(*) from raw_focus.quarantine") == [(0,)]
    before = versions(project)
    project.load_here("focus")
    assert versions(project) == before


def test_numbers_and_times_are_exact_however_they_are_written(
    files: Path, project: Project
) -> None:
    numbers = ["0.123456789012345678", "-0.1234567890123", "1e-13", "12345678901234567.5",
               "0.0000000000001", "1234567.25", ".5", "0.12345678901234561", "-7",
               "1E3"]  # fmt: skip
    times = ["2026-01-05T10:00Z", "2026-01-06T01:00:00+02:00", "2026-01-05 10:00:00",
             "2026-01-05", "2026-01-05T23:59:59.999Z", "2026-01-04T22:00:00-05:00",
             "2026-01-05T10:00:00+00:00", "2026-01-05T10:00:00Z", "2026-01-05T10:00:00.000000Z",
             "2026-01-05 10:00"]  # fmt: skip
    write(
        files / "a.csv",
        [
            charge("2026-01-05", number, ChargePeriodStart=time, x_UsageType=number,
                   BillingPeriodStart="2026-01-01T00:00Z")
            for number, time in zip(numbers, times, strict=True)
        ],
    )  # fmt: skip
    project.load_here("focus")
    assert billed(project) == {("2026-01-05", number): Decimal(number) for number in numbers}


def test_a_billing_period_is_replaced_as_a_whole_when_its_files_change(
    files: Path, project: Project
) -> None:
    write(files / "old.csv", [charge("2025-12-30", "7")], age=50)
    january = write(
        files / "run1" / "part.csv",
        [charge("2026-01-05", "1"), charge("2026-01-06", "2"), charge("2026-01-07", "3")],
        age=40,
    )
    project.load_here("focus")
    january.unlink()  # the next run of the export writes other names, and another second part
    write(files / "run2" / "part1.csv", [charge("2026-01-05", "1"), charge("2026-01-06", "5")])
    write(files / "run2" / "part2.csv", [charge("2026-01-08", "4")])
    project.load_here("focus")
    usage = "USE1-BoxUsage:m7i.large"
    assert billed(project) == {
        ("2025-12-30", usage): Decimal(7),
        ("2026-01-05", usage): Decimal(1),
        ("2026-01-06", usage): Decimal(5),
        ("2026-01-08", usage): Decimal(4),
    }
    # the day that is gone has a version without lines, unchanged days have none
    assert project.rows(
        "select charge_date::varchar, list(lines order by _dlt_load_id) from raw_focus.charge_days "
        "group by 1 order by 1"
    ) == [
        ("2025-12-30", [1]),
        ("2026-01-05", [1]),
        ("2026-01-06", [1, 1]),
        ("2026-01-07", [1, 0]),
        ("2026-01-08", [1]),
    ]
    for file in files.rglob("*.csv"):
        file.unlink()  # cleaned up: the bill stays
    write(files / "run3.csv", [charge("2026-02-01", "9")])
    project.load_here("focus")
    assert len(billed(project)) == 5


def test_an_export_is_read_by_its_newest_manifest(files: Path, project: Project) -> None:
    export = files / "prefix" / "costs"
    data = export / "data" / "BILLING_PERIOD=2026-01"
    first = write(data / "costs-1.parquet", [charge("2026-01-05", "1"), charge("2026-01-06", "2")])
    write(data / "left-over.parquet", [charge("2026-01-05", "1000")])
    write_manifest(export, "2026-01", [first], age=60)
    project.load_here("focus")
    usage = "USE1-BoxUsage:m7i.large"
    assert billed(project) == {
        ("2026-01-05", usage): Decimal(1),
        ("2026-01-06", usage): Decimal(2),
    }
    second = write(data / "costs-2.parquet", [charge("2026-01-05", "3", InvoiceId="INV-1")])
    project.load_here("focus")  # its manifest is still to come
    assert billed(project)["2026-01-05", usage] == 1
    write_manifest(export, "2026-01", [second, data / "costs-3.parquet"], age=30)
    done = project.load("focus")  # a file of it is not there yet
    assert "costs-3.parquet" in done.stdout + done.stderr
    assert billed(project)["2026-01-05", usage] == 1
    write_manifest(export, "2026-01", [second], age=20)
    project.load_here("focus")
    assert billed(project) == {("2026-01-05", usage): Decimal(3)}


def test_files_read_before_their_manifest_count_once(files: Path, project: Project) -> None:
    data = files / "costs" / "data" / "BILLING_PERIOD=2026-01"
    first = write(data / "costs-1.parquet", [charge("2026-01-05", "1"), charge("2026-01-06", "2")])
    project.load_here("focus")
    assert sum(billed(project).values()) == 3
    write_manifest(files / "costs", "2026-01", [first])
    project.load_here("focus")
    ((total,),) = project.rows(
        f"select sum(billed_cost) from ({CURRENT.replace('order by all', '')})"
    )
    assert total == 3


def test_a_day_whose_rows_cannot_be_read_is_not_a_day_without_cost(
    files: Path, project: Project
) -> None:
    write(files / "a.csv", [charge("2026-01-05", "1"), charge("2026-01-06", "2")], age=9)
    project.load_here("focus")
    write(files / "a.csv", [charge("2026-01-05", "3"), charge("2026-01-06", "two")])
    project.load_here("focus")
    usage = "USE1-BoxUsage:m7i.large"
    assert billed(project) == {
        ("2026-01-05", usage): Decimal(3),
        ("2026-01-06", usage): Decimal(2),
    }


def test_odd_rows_and_files_cost_themselves_alone(files: Path, project: Project) -> None:
    write(
        files / "rows.csv",
        [
            charge("2026-01-05", "1"),
            charge("2026-01-05", "one"),
            charge("2026-01-05", "2", BillingCurrency="Euros"),
            charge("2026-01-05", "3", ChargePeriodStart="soon"),
            charge("2026-01-05", "4", ProviderName="", PublisherName=""),
            charge("2026-01-06", "5", ConsumedQuantity="many"),
            charge("2026-01-06", "1e-7"),
        ],
    )
    write(files / "no_focus.csv", [{"date": "2026-01-01", "cost": "3"}])
    (files / "broken.parquet").write_bytes(b"PAR1 no parquet PAR1")
    project.load_here("focus")
    usage = "USE1-BoxUsage:m7i.large"
    assert billed(project) == {
        ("2026-01-05", usage): Decimal(1),
        ("2026-01-06", usage): Decimal("0.0000001"),
    }
    found = project.rows("select file, line, field, reason from raw_focus.quarantine order by all")
    assert [row[:3] for row in found] == [
        ("broken.parquet", None, "file"),
        ("no_focus.csv", None, "file"),
        ("rows.csv", 3, "BilledCost"),
        ("rows.csv", 4, "BillingCurrency"),
        ("rows.csv", 5, "ChargePeriodStart"),
        ("rows.csv", 6, "ProviderName"),
        ("rows.csv", 7, "ConsumedQuantity"),
    ]
    reasons = [row[3] for row in found]
    assert "lacks the column BilledCost" in reasons[1]
    assert reasons[2].startswith("BilledCost: one is no number")
    assert all("Export" in reason or "export" in reason for reason in reasons)
    project.load_here("focus")
    assert len(project.rows("select * from raw_focus.quarantine")) == len(found)  # said once


CUR = {
    "bill_billing_period_start_date": "2026-01-01T00:00:00.000Z",
    "bill_payer_account_id": "111122223333",
    "bill_invoice_id": None,
    "line_item_currency_code": "USD",
    "line_item_usage_account_id": "444455556666",
    "line_item_usage_start_date": "2026-01-05T10:00:00.000Z",
    "line_item_line_item_type": "Usage",
    "line_item_product_code": "AmazonEC2",
    "line_item_usage_type": "USE1-BoxUsage:m7i.large",
    "line_item_unblended_cost": "1.5",
    "line_item_usage_amount": "2",
    "line_item_iam_principal": None,
    "pricing_unit": "Hrs",
    "pricing_public_on_demand_cost": "2",
    "product_region_code": "us-east-1",
    "savings_plan_savings_plan_effective_cost": None,
}
PRODUCT = "Claude Sonnet 4.6 (Amazon Bedrock Edition)"


def test_a_cur_of_aws_is_read_as_focus(files: Path, project: Project) -> None:
    caller = "arn:aws:iam::1:role/app"
    rows: list[dict[str, object]] = [
        CUR | {"product": {"product_name": "Amazon Elastic Compute Cloud"}},
        CUR | {"line_item_line_item_type": "SavingsPlanCoveredUsage",
               "savings_plan_savings_plan_effective_cost": "0.9"},
        CUR | {"line_item_line_item_type": "SavingsPlanNegation",
               "line_item_unblended_cost": "-1.5"},
        CUR | {"line_item_usage_type": "USE1-Claude4.6Sonnet-input-tokens",
               "line_item_product_code": "AmazonBedrock", "line_item_iam_principal": caller},
        CUR | {"line_item_usage_type": "USE1-MP:USE1_OutputTokenCount-Units",
               "line_item_product_code": "9x8y7z", "product": {"product_name": PRODUCT}},
        CUR | {"line_item_line_item_type": "Tax", "line_item_unblended_cost": "0.3",
               "bill_invoice_id": "I-1"},
        CUR | {"line_item_unblended_cost": "much"},
    ]  # fmt: skip
    texts = [row | {"product": json.dumps(row.get("product") or {})} for row in rows]
    write(files / "text.csv.gz", texts)
    maps = pa.map_(pa.string(), pa.string())
    typed = pa.Table.from_pylist([{**row, "product": None} for row in rows[:-1]])
    products = pa.array([list((row.get("product") or {}).items()) for row in rows[:-1]], maps)
    place = typed.schema.get_field_index("product")
    pq.write_table(typed.set_column(place, "product", products), files / "typed.parquet")
    project.load_here("focus")
    found = project.rows(
        "select service_name, usage_type, charge_category, llm_model, llm_token_kind, "
        "sub_account_id, region, invoice_id, api_key_id, sum(billed_cost), sum(effective_cost), "
        "sum(list_cost), sum(quantity) from raw_focus.charges "
        "where provider_name = 'AWS' group by all order by all"
    )
    place_of = ("444455556666", "us-east-1")
    usage = "USE1-BoxUsage:m7i.large"
    model = "us.anthropic.claude-sonnet-4-6"
    assert found == sorted(
        [
            ("Amazon Elastic Compute Cloud", usage, "Usage", None, None, *place_of, None, None,
             3, 3, 4, 4),
            ("AmazonEC2", usage, "Usage", None, None, *place_of, None, None,
             3, Decimal("1.8"), 4, 4),
            ("AmazonEC2", usage, "Adjustment", None, None, *place_of, None, None, -3, 0, 4, 4),
            ("AmazonBedrock", "USE1-Claude4.6Sonnet-input-tokens", "Usage", model, "input",
             *place_of, None, caller, 3, 3, 4, 4),
            (PRODUCT, "USE1-MP:USE1_OutputTokenCount-Units", "Usage", model, "output", *place_of,
             None, None, 3, 3, 4, 4),
            ("AmazonEC2", usage, "Tax", None, None, *place_of, "I-1", None, Decimal("0.6"),
             Decimal("0.6"), 4, 4),
        ],
        key=lambda row: (row[0], row[1], row[2]),
    )  # fmt: skip
    assert project.rows("select file, field from raw_focus.quarantine") == [
        ("text.csv.gz", "BilledCost")
    ]


def test_lines_of_hosted_models_name_the_model_and_the_kind_of_token() -> None:
    edition = "Claude Sonnet 4.6 (Amazon Bedrock Edition)"
    expected = {
        ("Amazon Bedrock", "USE1-Claude4.6Sonnet-input-tokens"): (
            "us.anthropic.claude-sonnet-4-6", "input",
        ),
        ("Amazon Bedrock", "EUC1-Claude4.6Sonnet-output-tokens-cross-region-global"): (
            "global.anthropic.claude-sonnet-4-6", "output",
        ),
        ("Amazon Bedrock", "USE1-Claude4.6Sonnet-cache-read-input-token-count-flex"): (
            "us.anthropic.claude-sonnet-4-6", "cached_input flex",
        ),
        ("Amazon Bedrock", "USE1-gpt-oss-120b-mantle-input-tokens-standard"): (
            "gpt-oss-120b", "input",
        ),
        ("Amazon Bedrock", "USE1-NovaLite-cache-write-input-token-count"): (
            "us.amazon.nova-lite", "cache_write",
        ),
        (edition, "USE1-MP:USE1_InputTokenCount-Units"): (
            "us.anthropic.claude-sonnet-4-6", "input",
        ),
        (edition, "USE1-MP:USE1_OutputTokenCount_Batch-Units"): (
            "us.anthropic.claude-sonnet-4-6", "output batch",
        ),
        ("Azure OpenAI", "gpt 4o 0806 cchd Inp glbl Tokens"): ("gpt-4o-0806", "cached_input"),
        ("Azure OpenAI", "gpt 4o mini 0718 Batch Outp glbl Tokens"): (
            "gpt-4o-mini-0718", "output batch",
        ),
        ("Azure OpenAI", "GPT 5 Mini cchd Inpt Glbl 1M Tokens"): ("gpt-5-mini", "cached_input"),
        ("Azure OpenAI", "5.4 cd inp Gl 1M Tokens"): ("gpt-5.4", "cached_input"),
        ("Foundry Models", "6-sol ShortCo Opt PP Gl 1M Tokens"): ("gpt-6-sol", "output priority"),
        ("Foundry Models", "6-sol LongCo Cd Wr Std Gl 1M Tokens"): ("gpt-6-sol", "cache_write"),
        ("Foundry Models", "4.3 Cached Inp Glbl 1M Tokens"): ("4.3", "cached_input"),
        ("Vertex AI", "Gemini 2.5 Flash GA Text Output - Predictions"): (
            "gemini-2.5-flash", "output",
        ),
        ("Gemini API", "Generate content input token count gemini 2.5 flash short input text"): (
            "gemini-2.5-flash", "input",
        ),
        ("Gemini API", "Generate content output token count Gemini 2.5 Pro long output text"): (
            "gemini-2.5-pro", "output",
        ),
        ("Gemini API", "Generate content cached input token count gemini 2.5 flash input image"): (
            "gemini-2.5-flash", "cached_input",
        ),
        ("Gemini API", "Generate content input token count gemini 3.7 flash image flex caching"): (
            "gemini-3.7-flash", "cached_input flex",
        ),
        ("Vertex AI", "Generate_content image output token count for Gemini 3 Pro Image"): (
            "gemini-3-pro-image", "output",
        ),
        ("Gemini API", "GenerateContent text output token count for Gemini 2.0 Flash batch"): (
            "gemini-2.0-flash", "output batch",
        ),
        ("Vertex AI", "Gemini 2.5 Pro Thinking Text Output - Predictions"): (
            "gemini-2.5-pro", "output",
        ),
        ("Vertex AI", "Gemini 3 Flash Image Input Caching Priority"): (
            "gemini-3-flash", "cached_input priority",
        ),
        ("Gemini API", "Gemini 3.8 Flash Text Input Caching Storage"): (None, None),
        ("Gemini API", "Grounding with Google Search"): (None, None),
        ("Amazon Bedrock", "USE1-Guardrail-ContentPolicyUnitsConsumed"): (None, None),
    }  # fmt: skip
    for (service, usage_type), wanted in expected.items():
        line = read_llm_line(service, usage_type)
        assert line and (line.model, line.token_kind) == wanted, usage_type
    assert read_llm_line("Amazon Elastic Compute Cloud", "USE1-DataTransfer-Out-Bytes") is None
    assert read_llm_line("Azure Machine Learning", "Standard Data Transfer Out") is None


def test_the_foundations_own_sample_loads_to_the_last_digit(files: Path, project: Project) -> None:
    sample = ROOT / "tests" / "python" / "fixtures" / "focus_1_0_sample.csv.gz"
    shutil.copy(sample, files)
    with gzip.open(sample, "rt", newline="") as opened:
        rows = list(csv.DictReader(opened))
    project.load_here("focus")
    assert project.rows("select count(*) from raw_focus.quarantine") == [(0,)]
    found = project.rows(
        "select provider_name, sum(billed_cost), sum(charges) from raw_focus.charges group by 1"
    )
    wanted: dict[str, tuple[Decimal, int]] = {}
    for row in rows:
        total, count = wanted.get(row["ProviderName"], (Decimal(0), 0))
        wanted[row["ProviderName"]] = (total + Decimal(row["BilledCost"]), count + 1)
    assert {name: (total, count) for name, total, count in found} == wanted


@pytest.mark.parametrize("provider", ["aws", "azure", "gcp"])
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_files_that_others_generate_come_to_the_same(
    files: Path, project: Project, provider: str, version: str
) -> None:
    """With contract commitments beside the charges, as FOCUS has them from 1.3 on."""
    arguments = ["generate", "--provider", provider, "--focus-version", version, "--rows", "400"]
    assert focus_data_toolkit.main([*arguments, "--seed", "7", "--out", str(files)]) == 0
    said = [
        row
        for path in files.glob("*cost_and_usage*.csv")
        for row in csv.DictReader(path.open(encoding="utf-8"))
    ]
    assert len(said) == 400
    done = project.load("focus")
    assert "could not be read" not in done.stdout + done.stderr
    by_day: dict[str, Decimal] = {}
    for row in said:
        day = row["ChargePeriodStart"][:10]
        by_day[day] = by_day.get(day, Decimal(0)) + Decimal(row["BilledCost"])
    assert (
        dict(project.rows(f"select charge_date, sum(billed_cost) from ({CURRENT}) group by 1"))
        == by_day
    )


@pytest.mark.slow
def test_an_export_in_azures_storage_is_read_by_its_manifest(
    project: Project, tmp_path: Path
) -> None:
    """A superseded file lies beside the one that the manifest names; billing files lie in another
    container; a refused key is said."""
    with azurite(tmp_path / "azurite") as storage:
        export = tmp_path / "container" / "costs"
        old = write(export / "data" / "costs-1.parquet", [charge("2026-01-05", "7")])
        new = write(export / "data" / "costs-2.csv.gz", [charge("2026-01-05", "2.25")])
        write_manifest(export, "2026-01", [new])
        assert old.exists()
        storage.upload("billing", tmp_path / "container")
        project.settings["SOURCES__FOCUS__BUCKET_URL"] = "az://billing/costs"
        project.settings |= storage.credentials("FOCUS")
        project.load("focus")
        assert project.rows(f"select sum(billed_cost) from ({CURRENT})") == [(Decimal("2.25"),)]

        shutil.copytree(ROOT / "examples/billing_files", tmp_path / "by_hand")
        storage.upload("by-hand", tmp_path / "by_hand")
        project.settings["SOURCES__BILLING_FILES__BUCKET_URL"] = "az://by-hand"
        project.settings |= storage.credentials("BILLING_FILES")
        project.load("billing_files")
        lines = (tmp_path / "by_hand" / "customers.csv").read_text().splitlines()
        ((customers,),) = project.rows(
            "select count(distinct customer_id) from raw_billing_files.customers"
        )
        assert customers == len(lines) - 1

        project.settings["SOURCES__FOCUS__CREDENTIALS__AZURE_STORAGE_ACCOUNT_KEY"] = "c2VjcmV0"
        refused = project.load("focus", expect=1)
        assert "az://billing/costs" in refused.stdout + refused.stderr
        assert "c2VjcmV0" not in refused.stdout + refused.stderr
