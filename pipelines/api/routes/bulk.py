"""Whole tables, all KPIs, and statements of one's own: JSON, CSV, and Arrow for many rows."""

from __future__ import annotations

import base64
import csv
import io
import math
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import orjson
import pyarrow as pa
from fastapi import APIRouter, Path, Query
from starlette.responses import Response, StreamingResponse

from pipelines import exports
from pipelines.api import shapes
from pipelines.api.access import need
from pipelines.api.problems import ProblemError
from pipelines.api.routes.asking import READS, READS_ONE, Analyst, Day, Exports, problems
from pipelines.api.serving import envelope, etag, headers_of, is_known
from pipelines.exports.cells import values
from pipelines.files import quote
from pipelines.published.questions import adhoc
from pipelines.published.questions.answers.spans import explained
from pipelines.published.reader import Published

router = APIRouter(tags=["bulk"])

#: Rows of a statement in one answer.
SQL_ROWS: Final = 10_000
_BATCH: Final = 20_000
#: Columns of tables that tell of customers, or of people.
_PEOPLE: Final = frozenset({"customer_id", "subject_id", "dimension_value", "actor_id"})
ARROW: Final = "application/vnd.apache.arrow.stream"
CSV: Final = "text/csv; charset=utf-8"

_BULK: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The rows.",
        "content": {"text/csv": {}, ARROW: {}},
    }
}


def plain(value: Any) -> Any:
    """A value of a mart as JSON has it: decimals, days and times as text, bytes in base 64."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
        return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta | UUID):
        return str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53:
        return str(value)
    return value


def _json(body: dict[str, Any]) -> bytes:
    return orjson.dumps(body, default=plain, option=orjson.OPT_PASSTHROUGH_DATETIME)


def _cell(value: Any) -> Any:
    """A value as a CSV cell: nothing that a spreadsheet would run, and numbers as numbers, which
    JSON has as text."""
    if isinstance(value, int | Decimal):
        return exports.cell(value)
    found = plain(value)
    if isinstance(found, dict | list):
        found = orjson.dumps(found).decode()
    return exports.cell(found)


def _csv_rows(table: pa.Table | pa.RecordBatch, header: bool) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    if header:
        writer.writerow([exports.cell(name) for name in table.schema.names])
    columns = [values(table.column(index)) for index in range(table.num_columns)]
    writer.writerows([_cell(value) for value in row] for row in zip(*columns, strict=True))
    return out.getvalue().encode("utf-8", "replace")


@router.get("/tables", responses=READS, response_model=dict[str, Any])
def tables(ask: Exports) -> Response:
    """Every published table with its rows and description."""
    build = ask.service.builds.now()
    if is_known(ask.request.headers.get("if-none-match"), etag(build)):
        return Response(status_code=304, headers=headers_of(etag(build)))
    rows = [{"table": name, "description": text} for name, text in sorted(_tables(build).items())]
    scene = ask.scene(build, None)
    reasons = explained({"tables": rows}, {"description": "the table has none"})
    body = {**envelope(scene, with_period=False), "tables": rows, "reasons": reasons}
    return Response(
        _json(body), headers=headers_of(etag(build)),
        media_type="application/json",
    )  # fmt: skip


def _tables(build: Published) -> dict[str, str | None]:
    rows = build.rows(
        "select schema_name || '.' || table_name as name, comment from duckdb_tables() "
        "where not internal and not temporary"
    )
    return {str(row["name"]): row["comment"] for row in rows}


@router.get("/tables/{table}", responses={**READS_ONE, **_BULK}, response_class=StreamingResponse)
def table(
    ask: Exports,
    table: Annotated[
        str, Path(pattern=r"^[a-z_]+\.[a-z0-9_]+$", max_length=100, description="schema.table")
    ],
    format_: Annotated[
        Literal["csv", "arrow"], Query(alias="format", description="Arrow keeps decimals exact.")
    ] = "csv",
) -> Response:
    """A whole table, streamed. Tables with customers, or people of your own who use AI tools, need
    the scope customers:read, too."""
    build = ask.service.builds.now()
    if table not in _tables(build):
        raise ProblemError(404, "There is no such table.", "See /api/v1/tables.", "table")
    schema, name = table.split(".")
    columns = [
        row["column_name"]
        for row in build.rows(
            "select column_name from duckdb_columns() where schema_name = ? and table_name = ?",
            [schema, name],
        )
    ]
    if _PEOPLE & set(columns):
        need(ask.caller, "customers:read")
    tag = etag(build, format_)
    if is_known(ask.request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers_of(tag))
    ask.service.access.take_heavy()
    write = _arrow if format_ == "arrow" else _csv
    try:
        reader, close = build.stream(f"select * from {quote(schema)}.{quote(name)}", _BATCH)
    except BaseException:
        ask.service.access.free_heavy()
        raise

    def done() -> None:
        close()
        ask.service.access.free_heavy()

    headers = {
        **headers_of(tag),
        "content-disposition": f'attachment; filename="{table}.{format_}"',
    }
    media_type = ARROW if format_ == "arrow" else CSV
    return _Streamed(write(reader), done, headers=headers, media_type=media_type)


class _Streamed(StreamingResponse):
    """A stream that says when it is over, also where the reader goes away before its first byte: a
    generator that was never begun has nothing to end."""

    def __init__(self, chunks: Iterator[bytes], done: Callable[[], None], **named: Any) -> None:
        self._done = done
        super().__init__(chunks, **named)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._done()


def _csv(reader: pa.RecordBatchReader) -> Iterator[bytes]:
    yield _csv_rows(reader.schema.empty_table(), header=True)
    for batch in reader:
        yield _csv_rows(batch, header=False)


def _arrow(reader: pa.RecordBatchReader) -> Iterator[bytes]:
    out = io.BytesIO()
    with pa.ipc.new_stream(out, reader.schema) as stream:
        for batch in reader:
            stream.write_batch(batch)
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


@router.get("/kpis/export", responses={**READS, 200: {"content": {"text/csv": {}}}},
            response_model=dict[str, Any])  # fmt: skip
def kpis_export(
    ask: Exports,
    start: Annotated[Day, Query(description="The first period start.")],
    end: Annotated[Day, Query(description="The last period start.")],
    format_: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> Response:
    """Every KPI whose period begins in the range, as `usage-vs-revenue kpis` writes it."""
    if end < start:
        raise ProblemError(400, f"end {end} is before start {start}.", "Swap them.", "end")
    build = ask.service.builds.now()
    tag = etag(build, format_)
    if is_known(ask.request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers_of(tag))
    with ask.service.access.heavy():
        document = exports.read(build, start, end)
        if format_ == "csv":
            return Response(exports.as_csv(document), headers=headers_of(tag), media_type=CSV)
        # beside its own names, the document has those that every answer has
        facts = build.facts
        whole = {
            "build": facts.build_id,
            "currency": facts.report_currency,
            "timezone": facts.report_timezone,
            "is_provisional": any(row["is_provisional"] for row in document["kpis"]),
            **document,
        }
        return Response(
            exports.as_json(whole), headers=headers_of(tag), media_type="application/json"
        )


@router.post("/sql", response_model=shapes.SqlRows, responses=problems())
def sql(
    ask: Analyst,
    statement: shapes.Statement,
    format_: Annotated[Literal["json", "csv", "arrow"], Query(alias="format")] = "json",
) -> Response:
    """Rows of one SELECT over the marts, within the limits of the SQL page."""
    build = ask.service.builds.now()
    with ask.service.access.heavy():
        found = adhoc.run(build, statement.sql)
    if isinstance(found, adhoc.Refused):
        raise ProblemError(
            400, found.reason, "Correct the statement; /api/v1/tables lists the marts.", "sql"
        )
    rows = found.answer.table.slice(0, SQL_ROWS)
    headers = headers_of(etag(build))
    headers["cache-control"] = "no-store"
    if format_ == "csv":
        return Response(_csv_rows(rows, header=True), headers=headers, media_type=CSV)
    if format_ == "arrow":
        out = io.BytesIO()
        with pa.ipc.new_stream(out, rows.schema) as stream:
            stream.write_table(rows)
        return Response(out.getvalue(), headers=headers, media_type=ARROW)
    columns = [values(rows.column(index)) for index in range(rows.num_columns)]
    body = {
        **envelope(ask.scene(build, None), with_period=False),
        "columns": rows.schema.names,
        "rows": [[plain(value) for value in row] for row in zip(*columns, strict=True)],
        "truncated": found.is_cut,
        "sql": statement.sql,
    }
    return Response(_json(body), headers=headers, media_type="application/json")
