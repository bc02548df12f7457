"""Assistants: the official client in memory, over HTTP and over stdio, with the API's keys."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, StdioServerParameters
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from pipelines.api.access import Caller
from pipelines.api.serving import Service
from pipelines.assistants.doors import LOCAL, McpDoor
from pipelines.assistants.tools import NAMES, make_server
from support.served import Served

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
OCTOBER = {"start": "2026-10-01", "end": "2026-10-31"}


def with_client(caller: Caller, ask: Callable[[Client], Any]) -> Any:
    async def run() -> Any:
        async with Client(make_server(Service.of_settings(), lambda _: caller)) as client:
            return await ask(client)

    return asyncio.run(run())


def call(name: str, caller: Caller = LOCAL, **arguments: Any) -> Any:
    """The tool's answer."""
    return with_client(caller, lambda client: client.call_tool(name, arguments))


def test_the_tools_only_read_and_have_schemas(served: Served) -> None:
    tools = with_client(LOCAL, lambda client: client.list_tools()).tools
    assert tuple(tool.name for tool in tools) == NAMES
    for tool in tools:
        assert tool.annotations.read_only_hint
        assert {"build", "as_of", "currency"} <= set(tool.output_schema["properties"])


def test_rows_are_as_many_as_an_assistant_reads(served: Served) -> None:
    cut = call("run_sql", sql="select repeat('x', 1000) as x from range(200)").structured_content
    assert (len(cut["rows"]), cut["truncated"]) == (99, True)
    whole = call("run_sql", sql="select range from range(200)").structured_content
    assert (len(whole["rows"]), whole["truncated"]) == (200, False)
    refused = call("run_sql", sql="select repeat('x', 100_000) as x")
    assert refused.is_error
    assert "longer than 100,000 characters" in refused.content[0].text


def test_a_scenario_is_played_as_at_its_address(served: Served) -> None:
    answer = call("what_if", scenario="as_billed").structured_content
    body = served.body("/scenarios/as_billed")
    assert answer["total"] == body["total"]
    assert answer["customers"] == body["customers"]
    assert answer["currency"] == "usd"
    unknown = call("what_if", scenario="no_such_name")
    assert unknown.is_error
    assert "as_billed" in unknown.content[0].text


@pytest.mark.parametrize(
    ("name", "arguments", "path", "sql"),
    [
        (
            "query_metric",
            {"metric": "mrr", **OCTOBER},
            ("values", 0, "value"),
            "select value from monitoring.kpis where metric = 'mrr' "
            "and period_start = date '2026-10-01'",
        ),
        (
            "movements",
            OCTOBER,
            ("closing_mrr",),
            "select mrr from finance.mrr_by_day where date = date '2026-10-31'",
        ),
        (
            "movements",
            OCTOBER,
            ("movements", "new"),
            "select sum(new_mrr) from finance.mrr_by_day "
            "where date between date '2026-10-01' and date '2026-10-31'",
        ),
        (
            "explain_number",
            {"metric": "mrr", "month": "2026-10-05"},
            ("value",),
            "select value from monitoring.kpis where metric = 'mrr' "
            "and period_start = date '2026-10-01'",
        ),
        (
            "customer",
            {"customer_id": "cus_3"},
            ("mrr",),
            "select mrr from finance.mrr_by_customer_month where customer_id = 'cus_3' "
            "order by month desc limit 1",
        ),
        (
            "run_sql",
            {"sql": "select count(*) from core.dim_customers"},
            ("rows", 0, 0),
            "select count(*) from core.dim_customers",
        ),
        (
            "data_status",
            {},
            ("exceptions",),
            "select count(*) from monitoring.exceptions",
        ),
    ],
)
def test_a_tool_says_what_sql_on_the_published_file_says(
    served: Served, name: str, arguments: dict[str, Any], path: tuple[Any, ...], sql: str
) -> None:
    answer = call(name, **arguments)
    assert not answer.is_error, answer.content
    found: Any = answer.structured_content
    assert found["build"] == "0001"
    for part in path:
        found = found[part]
    assert Decimal(str(found)) == served.sql(sql)[0][0]


def test_an_explained_number_says_parts_rows_and_sql(served: Served) -> None:
    found = call("explain_number", metric="mrr", month="2026-10-01").structured_content
    assert next(part["name"] for part in found["components"]) == "opening"
    assert found["components_foot"] in (True, False)
    assert len(found["top_rows"]) == 10
    assert Decimal(found["value"]) in [row[3] for row in served.sql(
        found["sql"].replace("select *", "select 1, 2, 3, value")
    )]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("query_metric", {"metric": "nothing"}, "list_metrics"),
        ("query_metric", {"metric": "mrr", "grain": "hour"}, "grain"),
        ("customer", {"customer_id": "nobody"}, "No customer"),
        ("movements", {"start": "2026-11-02", "end": "2026-11-01"}, "swap"),
        ("run_sql", {"sql": "drop table x"}, "Only SELECT"),
        ("run_sql", {"sql": "select * from read_text('/etc/passwd')"}, ""),
    ],
)
def test_a_fault_is_a_sentence_and_leaks_nothing(
    served: Served, name: str, arguments: dict[str, Any], said: str
) -> None:
    answer = call(name, **arguments)
    text = answer.content[0].text
    assert answer.is_error
    assert said in text
    assert "Traceback" not in text
    assert str(served.folder.path) not in text
    assert "root:" not in text


def test_a_tool_keeps_to_the_keys_scopes(served: Served) -> None:
    numbers = Caller("k", frozenset({"metrics:read"}))
    assert not call("movements", numbers).is_error
    assert call("customer", numbers, customer_id="cus_3").is_error
    assert call("run_sql", numbers, sql="select 1").is_error
    explained = call("explain_number", numbers, metric="mrr", month="2026-10-01")
    assert explained.structured_content["top_rows"] == []
    portal = Caller("k", frozenset({"metrics:read", "customers:read"}), "cus_3")
    assert not call("customer", portal, customer_id="cus_3").is_error
    for name, arguments in (
        ("customer", {"customer_id": "cus_4"}),
        ("movements", {}),
        ("explain_number", {"metric": "mrr", "customer_id": "cus_3"}),
    ):
        assert call(name, portal, **arguments).is_error, name


def test_over_http_a_key_is_needed(served: Served) -> None:
    door = McpDoor(Service.of_settings())

    @asynccontextmanager
    async def running(_: Any) -> Any:
        async with door.running():
            yield

    app = Starlette(routes=[Route("/mcp", door)], lifespan=running)
    body = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "movements", "arguments": OCTOBER},
    }
    accept = {"accept": "application/json, text/event-stream"}
    _, portal = served.keys.create("portal", ["customers:read"], customer="cus_3")
    with TestClient(app, base_url="http://127.0.0.1:8501") as client:

        def ask(**headers: str) -> httpx2.Response:
            return client.post("/mcp", json=body, headers={**accept, **headers})

        assert ask().status_code == 401
        assert ask(authorization="Bearer uvr_wrong").status_code == 401
        assert ask(**{"x-uvr-caller": "guessed"}).status_code == 401
        right = ask(authorization=f"Bearer {served.key}").json()["result"]
        assert right["structuredContent"]["build"] == "0001"
        refused = ask(authorization=f"Bearer {portal}").json()["result"]
        assert refused["isError"]
        foreign = ask(authorization=f"Bearer {served.key}", host="evil.test")
        assert foreign.status_code == 421


def test_over_stdio_the_same_tools_answer(served: Served) -> None:
    script = Path(sys.executable).with_name("usage-vs-revenue")
    parameters = StdioServerParameters(
        command=str(script), args=["mcp"], env={**os.environ, "PYTHONWARNINGS": "ignore"}
    )

    async def run() -> Any:
        async with Client(parameters) as client:
            tools = await client.list_tools()
            answer = await client.call_tool("movements", OCTOBER)
            return tools, answer

    tools, answer = asyncio.run(run())
    assert tuple(tool.name for tool in tools.tools) == NAMES
    assert answer.structured_content["build"] == "0001"


def test_the_dictionary_is_a_resource(served: Served) -> None:
    found = with_client(LOCAL, lambda client: client.read_resource("uvr://definitions"))
    assert "mrr (money)" in found.contents[0].text
