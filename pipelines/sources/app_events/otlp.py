"""OpenTelemetry files (OTLP as JSON lines) -> LLM calls as app events.

The collector's file exporter and the Python file exporter write one OTLP object a line
(`resourceSpans`). Spans of model inference become events `llm_request`; agents, tools and spans
that are not about models are left out, since agents' spans sum up the tokens of their calls. Names
of attributes: OpenTelemetry's GenAI conventions, the present ones and those before
(https://github.com/open-telemetry/semantic-conventions-genai), and OpenLLMetry's.

| event | span |
|---|---|
| `event_id` | trace id and span id, so that a retried export counts once |
| `occurred_at`, `response_time_ms` | its end; its length |
| `status_code` | HTTP status where one is known, else 500 of a failed call and 200 of others |
| `customer_id`, `feature` | first attribute that the settings name, of span or resource, if any |
| `input_tokens` | all input, what was read from and written to a cache included |

Messages never leave the file: only the attributes named here are taken, and what a line or span
that cannot be read held is not quoted.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Final

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.loading.file_listing import ListedFile
from pipelines.loading.source import Account
from pipelines.sources.app_events.csv_lines import Rejected
from pipelines.sources.app_events.lines import gzip_problem

CUSTOMER_ATTRIBUTES: Final = "OTEL_CUSTOMER_ATTRIBUTES"
FEATURE_ATTRIBUTES: Final = "OTEL_FEATURE_ATTRIBUTES"
DEFAULT_CUSTOMER_ATTRIBUTES: Final = (
    "customer_id,customer.id,app.customer.id,tenant.id,enduser.id,user.id"
)
DEFAULT_FEATURE_ATTRIBUTES: Final = "feature,feature.id,feature_id,app.feature,feature.name"

#: How a file of OTLP lines begins, blanks and a mark of UTF-8 aside.
_BEGINNING: Final = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"resource(Spans|Metrics|Logs)"\s*:')
_PEEKED_BYTES: Final = 4_096
_BATCH_ROWS: Final = 20_000
_LONGEST_LINE: Final = 64 * 2**20

#: Operations that are calls of a model; others sum them up or call tools.
_INFERENCES: Final = frozenset(
    {"chat", "generate_content", "text_completion", "completion", "embeddings", "embedding"}
)

#: Column of an event -> attributes of a span, the first that is there wins.
_ATTRIBUTES: Final[dict[str, tuple[str, ...]]] = {
    "user_id": ("user.id", "enduser.id", "user_id"),
    "provider": ("gen_ai.provider.name", "gen_ai.system", "llm.vendor"),
    "model": (
        "gen_ai.response.model",
        "gen_ai.request.model",
        "llm.response.model",
        "llm.request.model",
    ),
    "service_tier": (
        "openai.response.service_tier",
        "gen_ai.openai.response.service_tier",
        "gen_ai.response.service_tier",
        "openai.request.service_tier",
        "gen_ai.openai.request.service_tier",
    ),
    "is_batch": ("gen_ai.request.is_batch", "is_batch"),
    "input_tokens": (
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.prompt_tokens",
        "llm.usage.prompt_tokens",
    ),
    "output_tokens": (
        "gen_ai.usage.output_tokens",
        "gen_ai.usage.completion_tokens",
        "llm.usage.completion_tokens",
    ),
    "cached_input_tokens": (
        "gen_ai.usage.cache_read.input_tokens",
        "gen_ai.usage.cache_read_input_tokens",
        "gen_ai.usage.cached_input_tokens",
        "gen_ai.usage.details.cache_read_tokens",
    ),
    "cache_write_tokens": (
        "gen_ai.usage.cache_write.input_tokens",
        "gen_ai.usage.cache_creation.input_tokens",
        "gen_ai.usage.cache_creation_input_tokens",
        "gen_ai.usage.details.cache_write_tokens",
    ),
    "input_audio_tokens": ("gen_ai.usage.audio.input_tokens",),
    "input_image_tokens": ("gen_ai.usage.image.input_tokens",),
    "output_audio_tokens": ("gen_ai.usage.audio.output_tokens",),
    "output_image_tokens": ("gen_ai.usage.image.output_tokens",),
    "request_id": ("gen_ai.response.id",),
    "project_id": ("project_id", "project.id", "gen_ai.project.id"),
    "api_key_id": ("api_key_id", "api_key.id"),
    "endpoint": ("http.route",),
    "service": ("service.name",),
}
#: Member of `properties` -> attribute. Nothing that a person or a model wrote.
_PROPERTIES: Final = {
    "operation": "gen_ai.operation.name",
    "conversation_id": "gen_ai.conversation.id",
    "error_type": "error.type",
    "agent_id": "gen_ai.agent.id",
    "agent_name": "gen_ai.agent.name",
    "prompt_name": "gen_ai.prompt.name",
    "reasoning_tokens": "gen_ai.usage.reasoning.output_tokens",
    "time_to_first_chunk_s": "gen_ai.response.time_to_first_chunk",
}
_STATUSES: Final = ("http.response.status_code", "http.status_code")
_ERROR: Final = 2

#: Columns of a staged file, without the line; all are texts that the loader casts and checks.
COLUMNS: Final = (
    "event_id",
    "event_type",
    "occurred_at",
    "customer_id",
    "feature",
    "status_code",
    "response_time_ms",
    *_ATTRIBUTES,
    "properties",
)


#: What spans need not name, unlike events: whoever instruments a library knows no customer.
MAY_BE_MISSING: Final = frozenset({"customer_id"})


@dataclass(frozen=True)
class Attributes:
    """Which attributes name customer and feature, in order."""

    customer: tuple[str, ...]
    feature: tuple[str, ...]

    @classmethod
    def from_settings(cls, account: Account) -> Attributes:
        """As the account's settings say."""
        return cls(
            _names(account.setting(CUSTOMER_ATTRIBUTES)),
            _names(account.setting(FEATURE_ATTRIBUTES)),
        )


class OtlpError(Exception):
    """A file breaks off, or unpacks to far too much; the message says why."""


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


def is_otlp(file: ListedFile, opened: IO[bytes]) -> bool:
    """Whether a file of JSON lines begins as OTLP does. Reads a few bytes; OSError as reading."""
    try:
        stream: Any = gzip.GzipFile(fileobj=opened) if file.is_gzipped else opened
        return bool(_BEGINNING.match(stream.read(_PEEKED_BYTES)))
    except (EOFError, gzip.BadGzipFile):
        return False  # the reader of lines says what is wrong with it


def stage(
    file: ListedFile,
    opened: IO[bytes],
    target: Path,
    line_column: str,
    attributes: Attributes,
    physical: Callable[[int], str],
) -> list[Rejected]:
    """Write the LLM calls of an OTLP file as Parquet; returns the lines that are no OTLP.

    Args:
        line_column: gets the line that a span stood on, counted from 1.
        physical: number of a column of `COLUMNS` -> its name in the file.

    Raises:
        OtlpError: the file breaks off; nothing of it counts.
        OSError: it cannot be read.
    """
    names = [physical(number) for number in range(len(COLUMNS))]
    schema = pa.schema([*((name, pa.string()) for name in names), (line_column, pa.int64())])
    rejected: list[Rejected] = []
    rows: list[tuple[Any, ...]] = []
    with pq.ParquetWriter(target, schema) as writer:

        def flush() -> None:
            columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
            arrays = [
                pa.array(list(one), kind.type) for one, kind in zip(columns, schema, strict=True)
            ]
            writer.write_table(pa.table(arrays, schema=schema))
            rows.clear()

        for number, line in _lines(file, opened):
            try:
                rows.extend((*event, number) for event in _events(line, attributes))
            except ValueError as error:
                rejected.append(Rejected(number, f"the line is no OTLP of spans: {error}", None))
            if len(rows) >= _BATCH_ROWS:
                flush()
        flush()
    return rejected


def _lines(file: ListedFile, opened: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    stream: Any = gzip.GzipFile(fileobj=opened) if file.is_gzipped else opened
    number = given = 0
    try:
        while line := stream.readline(_LONGEST_LINE):
            number += 1
            given += len(line)
            if file.is_gzipped and (problem := gzip_problem(given, opened.tell())):
                raise OtlpError(problem)
            if len(line) == _LONGEST_LINE:
                raise OtlpError(f"line {number} is longer than {_LONGEST_LINE:,} bytes")
            if line.strip():
                yield number, line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
    except (EOFError, gzip.BadGzipFile) as error:
        raise OtlpError(f"the gzip stream is damaged ({error})") from error


def _events(line: bytes, attributes: Attributes) -> Iterator[tuple[Any, ...]]:
    """The LLM calls of a line, as `COLUMNS`. Raises ValueError where it is no OTLP."""
    try:
        content = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise ValueError("it is not valid JSON") from error
    if not isinstance(content, dict):
        raise ValueError("it is no JSON object")
    if "resourceSpans" not in content:
        if "resourceMetrics" in content or "resourceLogs" in content:
            return
        raise ValueError("it has no resourceSpans")
    # all of a line or nothing of it
    events = []
    for resource_spans in _objects(content["resourceSpans"]):
        resource = resource_spans.get("resource")
        shared = _values(resource.get("attributes")) if isinstance(resource, dict) else {}
        for scope in _objects(resource_spans.get("scopeSpans", ())):
            for span in _objects(scope.get("spans", ())):
                own = _values(span.get("attributes"))
                if _is_inference(own):
                    events.append(_event(span, own, {**shared, **own}, attributes))
    yield from events


def _objects(value: Any) -> Sequence[Mapping[str, Any]]:
    if not isinstance(value, list | tuple) or not all(isinstance(one, dict) for one in value):
        raise ValueError("its lists of spans are none")
    return value


def _values(attributes: Any) -> dict[str, Any]:
    """Name -> value of an OTLP attribute list; whole numbers come as text, lists are left out."""
    found: dict[str, Any] = {}
    for one in attributes if isinstance(attributes, list) else ():
        value = one.get("value") if isinstance(one, dict) else None
        if isinstance(value, dict) and isinstance(one.get("key"), str):
            for kind in ("stringValue", "intValue", "doubleValue", "boolValue"):
                if value.get(kind) not in (None, ""):
                    found[one["key"]] = value[kind]
    return found


def _is_inference(own: Mapping[str, Any]) -> bool:
    operation = own.get("gen_ai.operation.name") or own.get("llm.request.type")
    if operation is not None:
        return str(operation).lower() in _INFERENCES
    # spans of before there were operations
    return _first(own, _ATTRIBUTES["model"]) is not None and (
        _first(own, (*_ATTRIBUTES["input_tokens"], *_ATTRIBUTES["output_tokens"])) is not None
    )


def _first(values: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((values[name] for name in names if name in values), None)


def _event(
    span: Mapping[str, Any],
    own: Mapping[str, Any],
    values: Mapping[str, Any],
    attributes: Attributes,
) -> tuple[str | None, ...]:
    trace, span_id = span.get("traceId"), span.get("spanId")
    started, ended = span.get("startTimeUnixNano"), span.get("endTimeUnixNano")
    columns = {
        "event_id": f"{trace}{span_id}".lower() if trace and span_id else None,
        "event_type": "llm_request",
        "occurred_at": ended,
        "customer_id": _first(values, attributes.customer),
        "feature": _first(values, attributes.feature),
        "status_code": _status(span, values),
        "response_time_ms": _milliseconds(started, ended),
        **{name: _first(values, names) for name, names in _ATTRIBUTES.items()},
    }
    more = {name: own[attribute] for name, attribute in _PROPERTIES.items() if attribute in own}
    columns["properties"] = orjson.dumps(more).decode() if more else None
    return tuple(_text(columns[name]) for name in COLUMNS)


def _status(span: Mapping[str, Any], values: Mapping[str, Any]) -> Any:
    status = span.get("status")
    code = status.get("code") if isinstance(status, dict) else None
    error = values.get("error.type")
    is_failed = code in (_ERROR, "STATUS_CODE_ERROR") or error is not None
    known = _first(values, _STATUSES)
    if known is not None:
        return known
    if is_failed and re.fullmatch(r"[45]\d\d", str(error)):
        return error
    return 500 if is_failed else 200


def _milliseconds(started: Any, ended: Any) -> str | None:
    try:
        nanoseconds = int(ended) - int(started)
    except (TypeError, ValueError):
        return None
    if nanoseconds < 0:  # clocks of two machines
        return None
    return str((Decimal(nanoseconds) / 1_000_000).quantize(Decimal("0.001")))


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)
