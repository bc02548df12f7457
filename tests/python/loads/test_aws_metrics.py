"""Bedrock's metrics and Cost Explorer as moto plays them: a server that nobody here wrote."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import botocore.session
import pytest
import requests
from moto.server import ThreadedMotoServer

from support.loads import Loads, loads

__all__ = ["loads"]

DAY = date(2026, 9, 29)
MODEL = "us.anthropic.claude-sonnet-4-6"


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def measure(url: str, region: str, name: str, values: list[float], hour: int = 3) -> None:
    """Put values of a metric of the model on the day."""
    client = botocore.session.Session().create_client(
        "cloudwatch", region_name=region, endpoint_url=url,
        aws_access_key_id="moto", aws_secret_access_key="moto",
    )  # fmt: skip
    data = [
        {
            "MetricName": name,
            "Dimensions": [{"Name": "ModelId", "Value": MODEL}],
            "Timestamp": datetime(2026, 9, 29, hour, tzinfo=UTC),
            "Value": value,
        }
        for value in values
    ]
    client.put_metric_data(Namespace="AWS/Bedrock", MetricData=data)


def answer(start: str, amount: str, token: str | None) -> dict[str, Any]:
    """A page of Cost Explorer with one group of a day."""
    page: dict[str, Any] = {
        "ResultsByTime": [
            {
                "TimePeriod": {"Start": start, "End": start},
                "Estimated": False,
                "Groups": [
                    {
                        "Keys": ["Amazon Bedrock", f"USE1-NovaPro-{amount}"],
                        "Metrics": {"UnblendedCost": {"Amount": amount, "Unit": "USD"}},
                    }
                ],
                "Total": {"UnblendedCost": {"Amount": amount, "Unit": "USD"}},
            }
        ]
    }
    return page | ({"NextPageToken": token} if token else {})


def test_motos_pages_and_metrics_load(loads: Loads, moto: str) -> None:
    for region, scale in (("us-east-1", 1), ("eu-west-1", 10)):
        measure(moto, region, "Invocations", [2.0 * scale, 1.0 * scale])
        measure(moto, region, "InvocationClientErrors", [1.0])
        measure(moto, region, "InputTokenCount", [1000.0 * scale], hour=23)
        measure(moto, region, "InvocationLatency", [100.0 * scale, 301.0 * scale])
    queue = f"{moto}/moto-api/static/ce/cost-and-usage-results"
    pages = [answer(str(DAY), "1.5", "more"), answer(str(DAY), "2", None)]
    total = answer(str(DAY), "3.5", None)
    requests.post(queue, json={"results": [*pages, total]}, timeout=10).raise_for_status()
    loads.settings |= {
        "SOURCES__AWS__AWS_ACCESS_KEY_ID": "moto",
        "SOURCES__AWS__AWS_SECRET_ACCESS_KEY": "moto",
        "SOURCES__AWS__AWS_REGION": "us-east-1, eu-west-1",
        "SOURCES__AWS__BASE_URL": moto,
        "SOURCES__AWS__START_DATE": str(DAY),
        "AS_OF": "2026-09-30T00:00:00Z",
    }
    shown = loads.load("aws")
    assert "3 requests, for which AWS bills 0.03 US dollars" in shown
    # moto reckons no percentiles: they are left out, and the run says so
    assert "no 95th percentile of latency" in shown
    assert loads.rows("select service, usage_type, amount from raw_aws.cost_rows order by 2") == [
        ("Amazon Bedrock", "USE1-NovaPro-1.5", Decimal("1.5")),
        ("Amazon Bedrock", "USE1-NovaPro-2", 2),
    ]
    assert loads.rows(
        "select reported_date, account_id, is_final, control_amount from raw_aws.cost_days"
    ) == [(DAY, "123456789012", True, Decimal("3.5"))]
    assert loads.rows(
        "select region, model_id, invocations, client_errors, server_errors, mean_latency_ms, "
        "p95_latency_ms, input_tokens, output_tokens from raw_aws.metric_rows order by 1"
    ) == [
        ("eu-west-1", MODEL, 30, 1, None, 2005, None, 10000, None),
        ("us-east-1", MODEL, 3, 1, None, Decimal("200.5"), None, 1000, None),
    ]
