"""Handing Arrow tables to dlt under their own table names and with exact types."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import dlt
import pyarrow as pa
from dlt.common.schema.typing import TColumnSchema
from dlt.extract import DltSource

from pipelines.config import wall_clock
from pipelines.loading.context import RunContext

#: Batches of rows, each under the name of its raw table.
Batches = Iterable[tuple[str, pa.Table]]


def source_of(context: RunContext, read: Callable[[], Batches]) -> DltSource:
    """The dlt source of a run: what `read` yields, and the run's own records after it.

    `read` is called when dlt extracts, so it may use the source's state.
    """

    @dlt.resource(name=context.account.kind, write_disposition="append")
    def batches() -> Iterator[Any]:
        started_at = wall_clock()
        for table_name, rows in read():
            yield emit(table_name, rows)
        for table_name, rows in context.run_records(started_at):
            yield emit(table_name, rows)

    @dlt.source(name=context.account.name)
    def source() -> Any:
        return batches

    return source()


def emit(table_name: str, rows: pa.Table) -> Any:
    """One batch of rows for raw table `table_name`, as a resource yields it.

    dlt would store a timestamp without zone as one with zone; raw tables hold UTC without zone, so
    the columns are declared to it.
    """
    return dlt.mark.with_hints(
        rows,
        dlt.mark.make_hints(table_name=table_name, columns=timestamp_columns(rows.schema)),
        create_table_variant=True,
    )


def timestamp_columns(schema: pa.Schema) -> list[TColumnSchema]:
    """dlt column hints that keep timestamps as they are: UTC, without zone, in microseconds."""
    return [
        {"name": field.name, "data_type": "timestamp", "timezone": False, "precision": 6}
        for field in schema
        if pa.types.is_timestamp(field.type)
    ]
