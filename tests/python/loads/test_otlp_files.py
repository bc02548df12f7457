"""OpenTelemetry files as app events: model calls once, tokens exactly, messages never."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.exporter.otlp.json.file import FileSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import Status, StatusCode

from pipelines.sources.app_events.otlp import _milliseconds
from support.commands import Project

SECRET = "what the customer asked in confidence"
START = 1_770_000_000_000_000_000


@pytest.fixture
def files(project: Project) -> Path:
    folder = project.folder / "events"
    folder.mkdir()
    project.settings["SOURCES__APP_EVENTS__BUCKET_URL"] = str(folder)
    return folder


def span(number: int, **more: Any) -> dict[str, Any]:
    """A span as the collector writes it; `more` are attributes, `_` for dots where they begin."""
    kinds = {bool: "boolValue", int: "intValue", float: "doubleValue", str: "stringValue"}
    return {
        "traceId": f"{number:032X}",
        "spanId": f"{number:016x}",
        "name": "chat",
        "startTimeUnixNano": str(START),
        "endTimeUnixNano": str(START + 1_234_567_000),
        "attributes": [
            {"key": key, "value": {kinds[type(value)]: str(value) if type(value) is int else value}}
            for key, value in more.items()
        ],
        "status": {},
    }


def line(*spans: dict[str, Any], service: str = "backend") -> str:
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]}
    scopes = [{"scope": {"name": "s"}, "spans": list(spans)}]
    return json.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": scopes}]})


def test_spans_of_the_official_exporter_become_calls_without_messages(
    files: Path, project: Project
) -> None:
    provider = TracerProvider(resource=Resource.create({"service.name": "assistant"}))
    exporter = FileSpanExporter(str(files / "spans.jsonl"))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("test")
    agent = {"gen_ai.operation.name": "invoke_agent", "gen_ai.usage.input_tokens": 1_000}
    with tracer.start_as_current_span("agent", attributes=agent, start_time=START):
        call = tracer.start_span(
            "chat gpt-4o",
            start_time=START,
            attributes={
                "gen_ai.operation.name": "chat",
                "gen_ai.provider.name": "openai",
                "gen_ai.request.model": "gpt-4o",
                "gen_ai.response.model": "gpt-4o-2024-08-06",
                "gen_ai.response.id": "resp_1",
                "gen_ai.conversation.id": "conv_1",
                "openai.response.service_tier": "flex",
                "gen_ai.usage.input_tokens": 900,
                "gen_ai.usage.cache_read.input_tokens": 300,
                "gen_ai.usage.cache_write.input_tokens": 100,
                "gen_ai.usage.output_tokens": 50,
                "gen_ai.usage.reasoning.output_tokens": 20,
                "gen_ai.input.messages": SECRET,
                "gen_ai.output.messages": SECRET,
                "customer_id": "cus_1",
                "feature": "chat",
                "user.id": "u1",
            },
        )
        call.end(end_time=START + 2_500_000_000)
        failed = tracer.start_span(
            "chat gpt-4o",
            start_time=START,
            attributes={
                "gen_ai.operation.name": "chat",
                "gen_ai.system": "anthropic",
                "gen_ai.request.model": "claude-sonnet-4-6",
                "error.type": "RateLimitError",
                "gen_ai.prompt": SECRET,
                "enduser.id": "cus_2",
            },
        )
        failed.set_status(Status(StatusCode.ERROR, SECRET))
        failed.end(end_time=START + 1_000_000)
    provider.shutdown()
    assert SECRET in (files / "spans.jsonl").read_text("utf-8")  # so that the test can fail
    project.load_here("app_events")
    assert project.rows(
        "select event_type, customer_id, user_id, feature, service, status_code, response_time_ms, "
        "provider, model, service_tier, input_tokens, cached_input_tokens, cache_write_tokens, "
        "output_tokens, request_id, occurred_at from raw_app_events.events order by customer_id"
    ) == [
        ("llm_request", "cus_1", "u1", "chat", "assistant", 200, Decimal(2500), "openai",
         "gpt-4o-2024-08-06", "flex", 900, 300, 100, 50, "resp_1",
         datetime.fromtimestamp(START / 1e9 + 2.5, UTC).replace(tzinfo=None)),
        ("llm_request", "cus_2", "cus_2", None, "assistant", 500, Decimal(1), "anthropic",
         "claude-sonnet-4-6", None, None, None, None, None, None,
         datetime.fromtimestamp(START / 1e9 + 0.001, UTC).replace(tzinfo=None)),
    ]  # fmt: skip
    assert project.rows("select count(*) from raw_app_events.quarantine") == [(0,)]
    assert SECRET.encode() not in project.warehouse.read_bytes()
    ((properties,),) = project.rows(
        "select properties from raw_app_events.events where customer_id = 'cus_1'"
    )
    assert json.loads(properties) == {
        "operation": "chat", "conversation_id": "conv_1", "reasoning_tokens": "20",
    }  # fmt: skip


def test_old_names_retries_and_odd_lines(files: Path, project: Project) -> None:
    old = {
        "llm.request.type": "chat", "gen_ai.system": "anthropic",
        "gen_ai.response.model": "claude-x", "gen_ai.usage.prompt_tokens": 10,
        "gen_ai.usage.completion_tokens": 4, "gen_ai.usage.cache_creation_input_tokens": 20,
        "gen_ai.usage.cache_read_input_tokens": 30, "account": "cus_9", "area": "search",
    }  # fmt: skip
    project.settings |= {
        "SOURCES__APP_EVENTS__OTEL_CUSTOMER_ATTRIBUTES": "account",
        "SOURCES__APP_EVENTS__OTEL_FEATURE_ATTRIBUTES": "missing, area",
    }
    embedding = {"gen_ai.operation.name": "embeddings", "account": "cus_9",
                 "gen_ai.usage.input_tokens": 7, "gen_ai.request.model": "e"}  # fmt: skip
    tool = {"gen_ai.operation.name": "execute_tool", "account": "cus_9"}
    bad = {**embedding, "gen_ai.usage.input_tokens": -7}
    nobody = {name: value for name, value in embedding.items() if name != "account"}
    lines = [
        line(span(1, **old), span(2, **tool), span(3, **{"http.route": "/x"})),
        line(span(1, **old)),  # sent again
        "",
        json.dumps({"resourceMetrics": []}),
        f'{{"resourceSpans": "{SECRET}',
        json.dumps({"event_id": "e1", "prompt": SECRET}),
        line(span(4, **embedding), span(5, **bad), span(6, **nobody)),
    ]
    (files / "a.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    plain = {"event_id": "plain", "event_type": "login", "occurred_at": "2026-02-01T00:00:00Z"}
    (files / "b.jsonl").write_text(json.dumps({**plain, "customer_id": "cus_9"}), "utf-8")
    (files / "c.jsonl").write_text(json.dumps({"resourceLogs": []}), "utf-8")
    (files / "d.jsonl.gz").write_bytes(gzip.compress(line(span(9, **old)).encode())[:-20])
    project.load_here("app_events")
    assert project.rows(
        "select distinct event_id, customer_id, feature, input_tokens, cached_input_tokens, "
        "cache_write_tokens, output_tokens from raw_app_events.events order by all"
    ) == [
        (f"{1:032x}{1:016x}", "cus_9", "search", 10, 30, 20, 4),
        (f"{4:032x}{4:016x}", "cus_9", None, 7, None, None, None),
        (f"{6:032x}{6:016x}", None, None, 7, None, None, None),  # it costs whoever made it
        ("plain", "cus_9", None, None, None, None, None),
    ]
    quarantined = project.rows(
        "select file, line, field, reason, raw from raw_app_events.quarantine order by all"
    )
    assert [row[:3] for row in quarantined] == [
        ("a.jsonl.gz", 5, None),
        ("a.jsonl.gz", 6, None),
        ("a.jsonl.gz", 7, "input_tokens"),
        ("d.jsonl.gz", None, None),
    ]
    assert SECRET not in str(quarantined)
    assert SECRET.encode() not in project.warehouse.read_bytes()
    before = project.rows("select count(*) from raw_app_events.events")
    project.load_here("app_events")
    assert project.rows("select count(*) from raw_app_events.events") == before


def test_a_span_that_ends_before_it_starts_took_no_time_that_is_known() -> None:
    assert _milliseconds("1000000", "3500000") == "2.500"
    assert _milliseconds("3500000", "1000000") is None
