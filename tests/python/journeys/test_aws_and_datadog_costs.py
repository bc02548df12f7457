"""What AWS and Datadog bill, from their APIs to the marts: one worked case."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from demo.vendors.datadog_api import API_KEY, APP_KEY, DatadogOrganisation, Growth
from support import aws_server, datadog_server
from support.aws_server import AwsAccount
from support.commands import Project
from support.focus_files import charge, write

pytestmark = pytest.mark.slow

DAY = date(2026, 9, 14)
NEXT = date(2026, 9, 15)
AUGUST = date(2026, 8, 1)
SONNET = "us.anthropic.claude-sonnet-4-6"
REGIONAL = "regional.anthropic.claude-sonnet-4-6-v1:0"
HITS = "sum:trace.http.request.hits{*} by {service}"
FAILED = "sum:trace.http.request.errors{*} by {service}"

#: Sonnet 4.6 at Bedrock, in a region of its own: 3.30 dollars a million tokens in, 16.50 out.
CHARGES = [
    aws_server.Charge(DAY, "Amazon Elastic Compute Cloud - Compute", "USE1-BoxUsage", "48"),
    aws_server.Charge(DAY, "AmazonCloudWatch", "CW:Requests", "2"),
    aws_server.Charge(DAY, "Amazon Bedrock", "USE1-Claude4.6Sonnet-input-tokens", "0.33"),
    # sold through the marketplace, and billed more than the calls cost
    aws_server.Charge(
        DAY, "Claude Sonnet 4.6 (Amazon Bedrock Edition)", "USE1-MP:USE1_OutputTokenCount-Units",
        "0.45",
    ),
    aws_server.Charge(DAY, "Tax", "Tax", "5"),
    # more than any sum of ours was made for
    aws_server.Charge(NEXT, "Amazon Simple Storage Service", "Requests", "123456789012.5"),
]  # fmt: skip


def usd(amount: str) -> Decimal:
    return Decimal(amount)


def call(number: int, **more: Any) -> dict[str, Any]:
    return {
        "event_id": f"e{number}",
        "event_type": "llm_request",
        "occurred_at": f"2026-09-14T08:0{number}:00Z",
        "provider": "aws.bedrock",
        "model": f"{SONNET}-v1:0",
        **more,
    }


EVENTS = [
    call(1, customer_id="cus_a", feature="chat", input_tokens=75_000, output_tokens=10_000),
    call(2, customer_id="cus_b", feature="search", input_tokens=25_000, output_tokens=10_000),
    call(
        4, provider="gcp.vertex_ai", model="gemini-2.5-flash", customer_id="cus_a", feature="chat",
        input_tokens=100_000, output_tokens=10_000,
    ),
    {
        "event_id": "e3", "event_type": "api_request", "occurred_at": "2026-09-14T09:00:00Z",
        "customer_id": "cus_a", "service": "checkout", "status_code": 200,
    },
]  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = Project(tmp_path_factory.mktemp("bills"))
    account = AwsAccount(list(CHARGES), final_until=DAY)
    organisation = DatadogOrganisation(DAY)
    organisation.growth = [
        Growth(date(2026, 8, 3), "infra_host", "on_demand", "30"),
        Growth(date(2026, 9, 1), "infra_host", "committed", "100"),
        Growth(DAY, "infra_host", "on_demand", "2.5"),
        Growth(DAY, "llm_observability", "on_demand", "7", org="org_b"),
    ]
    organisation.usage = [
        ("2026-09-14T07", "infra_hosts", "host_count", 3),
        ("2026-09-14T08", "infra_hosts", "host_count", 4),
        ("2026-09-14T09", "infra_hosts", "host_count", None),
    ]
    organisation.series = {
        HITS: {"checkout": {DAY: 10.0}, "mail": {DAY: 4.0}},
        FAILED: {"mail": {DAY: 1.0}},
        "p95": {"mail": {DAY: 0.5}},
        "up": {"mail": {DAY: 0.999}},
    }
    with ExitStack() as stack:
        stack.enter_context(aws_server.serve(account))
        stack.enter_context(datadog_server.serve(organisation))
        project.settings |= {
            "SOURCES__AWS__AWS_ACCESS_KEY_ID": aws_server.KEY_ID,
            "SOURCES__AWS__AWS_SECRET_ACCESS_KEY": aws_server.SECRET,
            "SOURCES__AWS__BASE_URL": account.url,
            "SOURCES__AWS__START_DATE": "2026-09-14",
            "SOURCES__DATADOG__API_KEY": API_KEY,
            "SOURCES__DATADOG__APP_KEY": APP_KEY,
            "SOURCES__DATADOG__BASE_URL": organisation.url,
            "SOURCES__DATADOG__START_DATE": "2026-08-01",
            "SOURCES__DATADOG__CALLS_QUERY": HITS,
            "SOURCES__DATADOG__ERRORS_QUERY": FAILED,
            "SOURCES__DATADOG__P95_QUERY": "p95",
            "SOURCES__DATADOG__UPTIME_QUERY": "up",
            "AS_OF": "2026-09-15T12:00:00Z",
        }
        project.load_here("aws", "datadog")
        # August is closed a day later, at another sum; AWS adds a line to its day
        organisation.final[AUGUST] = {"org_a": {"infra_host": {"on_demand": 31.31}}}
        account.charges.append(aws_server.Charge(DAY, "AmazonCloudWatch", "CW:Requests", "1"))
        account.totals[NEXT] = "1234567890.12"
        project.settings["AS_OF"] = "2026-09-20T12:00:00Z"
        project.load_here("aws", "datadog")
    events = project.folder / "events"
    events.mkdir()
    (events / "calls.jsonl").write_text("\n".join(map(json.dumps, EVENTS)))
    project.settings["SOURCES__APP_EVENTS__BUCKET_URL"] = str(events)
    project.load_here("app_events")
    project.dbt(
        "build", "--quiet", "--exclude-resource-type", "test", "unit_test", "--select",
        "+cost_by_feature_day", "+bill_controls_by_day", "+fct_exceptions_of_bills",
        "+profit_by_month", "+dim_provider_names", "+service_performance_by_day",
        "+tool_usage_by_day",
    )  # fmt: skip
    yield project


def test_each_line_has_its_kind_its_model_and_its_finality(project: Project) -> None:
    assert project.rows(
        "select line_item, service, cost_kind, model_id, pool, billed_usd, first_billed_usd, "
        "billing_account_id, is_final from core.fct_provider_costs where provider = 'aws' "
        f"and cost_date = date '{DAY}' order by 1"
    ) == [
        ("Amazon Elastic Compute Cloud - Compute: USE1-BoxUsage",
         "Amazon Elastic Compute Cloud - Compute", "infrastructure", "__no_model__", "other",
         usd("48"), usd("48"), "123456789012", False),
        ("AmazonCloudWatch: CW:Requests", "AmazonCloudWatch", "observability", "__no_model__",
         "other", usd("3"), usd("2"), "123456789012", False),
        ("Tax: Tax", "Tax", "infrastructure", "__no_model__", "other", usd("5"), usd("5"),
         "123456789012", False),
        (f"{SONNET}, input", "Amazon Bedrock", "llm", REGIONAL, "uncached_input",
         usd("0.33"), usd("0.33"), "123456789012", False),
        (f"{SONNET}, output", "Amazon Bedrock", "llm", REGIONAL, "output", usd("0.45"),
         usd("0.45"), "123456789012", False),
    ]  # fmt: skip


def test_bedrocks_cost_goes_to_features_and_customers(project: Project) -> None:
    nobody = "__unattributed__"
    assert project.rows(
        "select line_item, feature_id, customer_id, status, cost_usd "
        "from core.fct_cost_attribution where provider = 'aws' and cost_kind = 'llm' order by all"
    ) == [
        (f"{SONNET}, input", "chat", "cus_a", "reconciled", usd("0.2475")),
        (f"{SONNET}, input", "search", "cus_b", "reconciled", usd("0.0825")),
        (f"{SONNET}, output", nobody, nobody, "billed_exceeds_events", usd("0.12")),
        (f"{SONNET}, output", "chat", "cus_a", "billed_exceeds_events", usd("0.165")),
        (f"{SONNET}, output", "search", "cus_b", "billed_exceeds_events", usd("0.165")),
    ]


def test_datadogs_months_add_up_and_are_observability(project: Project) -> None:
    assert project.rows(
        "select date_trunc('month', cost_date)::date, project_id, line_item, cost_kind, basis, "
        "min(is_final), sum(billed_usd), sum(first_billed_usd) from core.fct_provider_costs "
        "where provider = 'datadog' group by all having sum(billed_usd) <> 0 order by all"
    ) == [
        (AUGUST, "org_a", "infra_host, on_demand", "observability", "billed", True,
         usd("31.31"), usd("32.02")),  # two days of it were not told before
        (date(2026, 9, 1), "org_a", "infra_host, committed", "observability", "billed", False,
         usd("100"), usd("100")),
        (date(2026, 9, 1), "org_a", "infra_host, on_demand", "observability", "billed", False,
         usd("2.5"), usd("2.5")),
        (date(2026, 9, 1), "org_b", "llm_observability, on_demand", "observability", "billed",
         False, usd("7"), usd("7")),
    ]  # fmt: skip
    assert project.rows(
        "select observability_cost_usd from unit_economics.profit_by_month "
        f"where month = date '{AUGUST}'"
    ) == [(usd("31.31"),)]
    assert ("datadog", "org_b", "Org_B") in project.rows(
        "select source_account, named_id, given_name from core.dim_provider_names"
    )


def test_a_hundredfold_day_differs_from_its_control_total(project: Project) -> None:
    assert project.rows(
        "select source_account, date, billed_usd, control_usd, is_tied "
        "from monitoring.bill_controls_by_day where not is_tied order by all"
    ) == [("aws", NEXT, usd("123456789012.5"), usd("1234567890.12"), False)]
    assert project.rows(
        "select reason, subject_id from core.fct_exceptions_of_bills order by all"
    ) == [("differs_from_control_total", "aws|2026-09-15")]


def test_services_without_events_are_told_by_who_monitors_them(project: Project) -> None:
    assert project.rows(
        "select source, date, service, part, calls, errors, error_rate, uptime, "
        "p95_response_time_ms, has_app_events from product.service_performance_by_day order by all"
    ) == [
        ("datadog", DAY, "checkout", "__all__", 10, 0, 0, None, None, True),
        ("datadog", DAY, "mail", "__all__", 4, 1, usd("0.25"), usd("0.999"), 500, False),
    ]
    assert project.rows(
        "select source, date, project_id, product_family, usage_type, quantity, highest_hour, "
        "hours from unit_economics.tool_usage_by_day"
    ) == [("datadog", DAY, "org_a", "infra_hosts", "host_count", 7, 4, 2)]


def test_the_declarations_of_its_models_hold(project: Project) -> None:
    project.dbt(
        "test", "--quiet", "--select", "path:models/staging/aws", "path:models/intermediate/aws",
        "path:models/staging/datadog", "path:models/intermediate/datadog", "fct_provider_costs",
        "cost_attribution_sums_to_the_bill", "the_bill_is_what_was_stated_last",
        "service_performance_by_day", "tool_usage_by_day", "fct_service_performance_by_day",
        "fct_tool_usage_by_day", "int_service_performance", "int_tool_usage",
        "--exclude-resource-type", "unit_test", "--indirect-selection", "cautious",
    )  # fmt: skip


def test_an_export_of_the_account_takes_the_place_of_its_sums(project: Project) -> None:
    """It reaches the 14th, so of the 15th the sums still tell; neither is counted twice."""
    bedrock = {"ServiceName": "Amazon Bedrock", "ServiceCategory": "AI and Machine Learning"}
    lines: list[tuple[str, dict[str, str]]] = [
        ("50", {}),
        ("5", {"ChargeCategory": "Tax", "ServiceName": "Tax", "x_UsageType": "Tax"}),
        ("0.33", bedrock | {"x_UsageType": "USE1-Claude4.6Sonnet-input-tokens"}),
        ("0.45", bedrock | {"x_UsageType": "USE1-Claude4.6Sonnet-output-tokens"}),
    ]
    account = {"BillingAccountId": "123456789012"}
    files = project.folder / "export"
    write(files / "september.csv", [charge(str(DAY), cost, **account, **m) for cost, m in lines])
    google = {"ProviderName": "Google Cloud", "BillingAccountId": "0A-1", "SubAccountId": "p-1"}
    vertex = {"ServiceName": "Vertex AI", "ServiceCategory": "AI and Machine Learning"}
    skus = {"Gemini 2.5 Flash GA Text Input - Predictions": "0.03",
            "Gemini 2.5 Flash GA Text Output - Predictions": "0.02"}  # fmt: skip
    write(
        files / "google.csv",
        [
            *(
                charge(str(DAY), cost, **google, **vertex, x_UsageType=u)
                for u, cost in skus.items()
            ),
            charge(str(DAY), "9", **google),
        ],
    )
    project.settings["SOURCES__FOCUS__BUCKET_URL"] = str(files)
    project.load_here("focus")
    project.dbt(
        "build", "--quiet", "--exclude-resource-type", "test", "unit_test", "--select",
        "+fct_cost_attribution", "+bill_controls_by_day", "+int_exceptions_of_bills_given_way",
    )  # fmt: skip
    assert project.rows(
        "select source_account, cost_date, sum(billed_usd) from core.fct_provider_costs "
        "where provider = 'aws' group by all order by all"
    ) == [("aws", NEXT, usd("123456789012.5")), ("focus", DAY, usd("55.78"))]
    assert project.rows(
        "select source_account, line_item, feature_id, customer_id, cost_usd "
        "from core.fct_cost_attribution where provider = 'aws' and cost_kind = 'llm' "
        "and customer_id <> '__unattributed__' order by all"
    ) == [
        ("focus", f"{SONNET}, input, us-east-1", "chat", "cus_a", usd("0.2475")),
        ("focus", f"{SONNET}, input, us-east-1", "search", "cus_b", usd("0.0825")),
        ("focus", f"{SONNET}, output, us-east-1", "chat", "cus_a", usd("0.165")),
        ("focus", f"{SONNET}, output, us-east-1", "search", "cus_b", usd("0.165")),
    ]
    # one dollar more than the export says is within the tolerance, and both are listed
    assert project.rows(
        "select reason, subject_id, amount, currency from "
        "intermediate.int_exceptions_of_bills_given_way order by all"
    ) == [("billed_twice", "aws|2026-09-01|focus", usd("56.78"), "usd")]
    # what was read is still held against the total that AWS says
    assert project.rows(
        "select source_account, date, is_tied from monitoring.bill_controls_by_day "
        f"where source_account = 'aws' and date <= date '{NEXT}' order by all"
    ) == [("aws", DAY, True), ("aws", NEXT, False)]


def test_what_google_cloud_bills_for_a_model_goes_to_its_calls(project: Project) -> None:
    """Calls name Google, the bill Google Cloud; what else that bills is no cost of models."""
    assert project.rows(
        "select line_item, feature_id, customer_id, status, cost_usd "
        "from core.fct_cost_attribution where provider = 'google' order by all"
    ) == [
        ("gemini-2.5-flash, input, us-east-1", "chat", "cus_a", "reconciled", usd("0.03")),
        ("gemini-2.5-flash, output, us-east-1", "chat", "cus_a", "scaled_down", usd("0.02")),
    ]
    assert project.rows(
        "select cost_kind, billed_usd from core.fct_provider_costs where provider = 'gcp'"
    ) == [("infrastructure", usd("9"))]
