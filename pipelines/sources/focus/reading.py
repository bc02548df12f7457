"""FOCUS files -> charges summed by UTC day, in DuckDB: no row passes through Python.

Every text is taken as text and cast exactly or not at all; a row that cannot be read goes to the
quarantine with its line (Parquet: row) from 1, the CSV header being line 1. What differs only by
resource, hour or tags is one line of its day.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa

from pipelines.errors import LoadError
from pipelines.files import literal
from pipelines.loading.file_listing import ListedFile, Listing
from pipelines.loading.llm_lines import read_llm_line
from pipelines.loading.run_tables import QUARANTINE_SCHEMA
from pipelines.sources.focus import cur
from pipelines.sources.focus.tables import (
    CHARGES,
    DIMENSIONS,
    NUMBER_COLUMNS,
    REQUIRED_COLUMNS,
    TEXT_COLUMNS,
)
from pipelines.warehouses.base import loading_settings

BATCH_ROWS: Final = 100_000
COPY_BLOCK_BYTES: Final = 8 * 2**20
RAW_CHARACTERS: Final = 2_000
#: Columns of FOCUS's other datasets, which lie beside the charges from 1.3 on and bill nothing:
#: contract commitments, lines of invoices (whose charges are in the bill), states of periods.
OTHER_DATASETS: Final = ("ContractCommitmentId", "InvoiceDetailId", "BillingPeriodStatus")
#: Quarantined rows of one file that are written down; the rest is counted.
MOST_QUARANTINED: Final = 10_000

_MEASURES: Final = (
    "billed_cost",
    "effective_cost",
    "list_cost",
    "contracted_cost",
    "quantity",
)
_SCOPE: Final = "concat({delivery}, '|', provider_name, '|', strftime(billing_period, '%Y-%m'))"


class UnreadableFileError(Exception):
    """A file cannot be read as a whole; the message says why and what to do.

    `is_passing`: the next run may be able to, though the file stays the same.
    """

    def __init__(self, message: str, *, is_passing: bool = False) -> None:
        super().__init__(message)
        self.is_passing = is_passing


@dataclass
class FileRead:
    """What became of one file: rows, and the billing periods that it holds."""

    loaded: int = 0
    quarantined: int = 0
    periods: set[date] = field(default_factory=set)


class ChargeReader:
    """Reads the files of one delivery after the other.

    Args:
        folder: for temporary files; the caller empties it.
        load_id, observed_at: written to every row.
    """

    def __init__(self, folder: Path, load_id: str, observed_at: datetime) -> None:
        self.folder = folder
        self.load_id = load_id
        self.observed_at = observed_at
        self.connection = duckdb.connect(config=loading_settings())
        self.connection.execute(
            f"set temp_directory = {literal(str(folder / 'spill'))}; set TimeZone = 'UTC';"
            "set preserve_insertion_order = true"
        )
        self._read_files = 0

    def __enter__(self) -> ChargeReader:
        self.begin()
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def begin(self) -> None:
        """Forget what was read: the next files are another delivery's."""
        columns = ", ".join(
            [f"{name} varchar" for name in DIMENSIONS]
            + ["billing_period date", "charge_date date", "charges bigint"]
            + [f"{name} decimal(38,18)" for name in _MEASURES]
        )
        bad = "file varchar, line bigint, field varchar, reason varchar, raw varchar"
        self.connection.execute(
            f"create or replace table grouped ({columns});create or replace table bad_rows ({bad});"
        )

    def periods_of(self, listing: Listing, file: ListedFile) -> set[date]:
        """The billing periods that a file holds, as first days, without reading it whole.

        Raises:
            UnreadableFileError: it cannot be read; the message says why.
        """
        with _Local(self, listing, file) as path:
            source, columns = self._source(file, path)
            start = _column(columns, "BillingPeriodStart")
            rows = self._ask(
                f"select distinct {_day('start')} "
                f"from (select distinct {start} as start from ({source}))"
            )
            return {row[0].replace(day=1) for row in rows if row[0]}

    def read(self, listing: Listing, file: ListedFile, only: set[date] | None) -> FileRead:
        """Add a file's charges, of the billing periods `only` where given, to the delivery.

        Raises:
            UnreadableFileError: nothing of the file was added; the message says why.
        """
        with _Local(self, listing, file) as path:
            source, columns = self._source(file, path)
            try:
                self.connection.execute("begin")
                result = self._add(file, source, columns, only)
                self.connection.execute("commit")
            except duckdb.Error as error:
                self.connection.execute("rollback")
                raise _unreadable(error) from error
        return result

    def _add(
        self, file: ListedFile, source: str, columns: Mapping[str, str], only: set[date] | None
    ) -> FileRead:
        texts = {name: _text(columns, TEXT_COLUMNS[name]) for name in DIMENSIONS}
        texts["billing_currency"] = f"lower({texts['billing_currency']})"
        if _tidy("BillingAccountType") in columns:
            texts |= _of_a_gateway(columns, texts)
        numbers = {name: _number(columns, column) for name, column in NUMBER_COLUMNS.items()}
        checked = {
            f"ok_{name}": f"{_column(columns, column)} is null or {numbers[name]} is not null"
            for name, column in NUMBER_COLUMNS.items()
            if name != "billed_cost" and _tidy(column) in columns
        }
        if _tidy("x_ListCost") in columns:  # our own exports tell an unknown list cost apart
            numbers["list_cost"] = _number(columns, "x_ListCost")
        typed = {
            **texts,
            **numbers,
            **checked,
            "period_day": _day(_column(columns, "BillingPeriodStart")),
            "charge_date": _day(_column(columns, "ChargePeriodStart")),
        }
        is_good = " and ".join(
            [
                "billed_cost is not null",
                "period_day is not null",
                "charge_date is not null",
                "provider_name is not null",
                "regexp_full_match(coalesce(billing_currency, ''), '[a-z]{3}')",
                *checked,
            ]
        )
        keys = [*DIMENSIONS, "billing_period", "charge_date"]
        sums = ", ".join(
            f"case when count({name}) = count(*) then sum({name}) end as {name}"
            for name in _MEASURES
        )
        self.connection.execute(
            f"""
            create or replace temp table file_rows as
            select {", ".join(keys)}, is_good, count(*) as charges, {sums}
            from (
                select
                    * exclude (consumed_quantity, pricing_quantity, period_day),
                    coalesce(consumed_quantity, pricing_quantity) as quantity,
                    cast(date_trunc('month', period_day) as date) as billing_period,
                    {is_good} as is_good
                from (
                    select {", ".join(f"{value} as {name}" for name, value in typed.items())}
                    from ({source})
                )
            )
            where not is_good or {_is_chosen(only)}
            group by {", ".join(keys)}, is_good
            """
        )
        rejected = self._rejected_lines(file)
        self.connection.execute(
            f"insert into grouped by name select {', '.join(keys)}, charges, "
            f"{', '.join(_MEASURES)} from file_rows where is_good"
        )
        ((loaded, bad),) = self._ask(
            "select coalesce(sum(charges) filter (is_good), 0), "
            "coalesce(sum(charges) filter (not is_good), 0) from file_rows"
        )
        periods = self._ask("select distinct billing_period from file_rows where is_good")
        self.connection.execute("drop table file_rows")
        if bad:
            self._quarantine_rows(file, source, columns, texts)
        return FileRead(int(loaded), int(bad) + rejected, {row[0] for row in periods})

    def _quarantine_rows(
        self,
        file: ListedFile,
        source: str,
        columns: Mapping[str, str],
        texts: Mapping[str, str],
    ) -> None:
        """Read a file once more for the rows that cannot be read."""
        if file.format == "csv":
            self._forget_rejects()
        problems = _problems(columns, texts)
        complaint = " ".join(f"when {bad} then {text}" for _, bad, text in problems)
        at_fault = " ".join(f"when {bad} then {literal(name)}" for name, bad, _ in problems)
        self.connection.execute(
            f"""
            insert into bad_rows
            select {literal(file.name)}, _line, field, reason, raw
            from (
                select
                    _line,
                    case {at_fault} end as field,
                    case {complaint} end as reason,
                    {_raw(columns)} as raw
                from ({source})
            )
            where reason is not null
            order by _line
            limit {MOST_QUARANTINED}
            """
        )

    def _rejected_lines(self, file: ListedFile) -> int:
        """Lines of a CSV file that are no rows; they were not among what was read."""
        if file.format != "csv":
            return 0
        found = self._ask(
            "select line, min(cast(error_type as varchar)), min(csv_line) from reject_errors "
            "group by line order by line"
        )
        for line, error_type, text in found[:MOST_QUARANTINED]:
            self.connection.execute(
                "insert into bad_rows values (?, ?, 'row', ?, ?)",
                [
                    file.name,
                    line,
                    f"the line is no CSV row ({error_type}). Export the file again",
                    str(text)[:RAW_CHARACTERS],
                ],
            )
        return len(found)

    def days(self, delivery: str) -> list[tuple[str, date, str, date, str, int]]:
        """(scope, billing period, provider, day, digest, lines) of what was read."""
        values = ", ".join(
            f"coalesce(cast({name} as varchar), '')" for name in (*DIMENSIONS, *_MEASURES)
        )
        scope = _SCOPE.format(delivery=literal(delivery))
        sums = ", ".join(
            f"case when count({name}) = count(*) then sum({name}) end as {name}"
            for name in _MEASURES
        )
        keys = ", ".join([*DIMENSIONS, "billing_period", "charge_date"])
        self.connection.execute(
            f"""
            create or replace table lines as
            select *, {scope} as scope, md5_number_lower(concat_ws('|', {values})) as mark
            from (
                select {keys}, cast(sum(charges) as bigint) as charges, {sums}
                from grouped group by {keys}
            )
            """
        )
        return self._ask(
            "select scope, billing_period, provider_name, charge_date, "
            "concat(cast(sum(cast(mark as hugeint)) as varchar), ':', count(*)), count(*) "
            "from lines group by all order by all"
        )

    def charges(self, versions: Mapping[tuple[str, date], str]) -> Iterator[pa.Table]:
        """Lines of the days `versions` (scope and day -> version id), in batches of `CHARGES`."""
        if not versions:
            return
        self.connection.execute(
            "create or replace table versions (scope varchar, charge_date date, version varchar)"
        )
        self.connection.executemany(
            "insert into versions values (?, ?, ?)",
            [(scope, day, version) for (scope, day), version in versions.items()],
        )
        self._name_llm_lines()
        order = ", ".join([*DIMENSIONS, *_MEASURES])
        values = {
            "_dlt_load_id": literal(self.load_id),
            "_version_id": "versions.version",
            "_position": (
                f"row_number() over (partition by scope, charge_date order by {order}) - 1"
            ),
        }
        columns = ", ".join(f"{values.get(name, name)} as {name}" for name in CHARGES.names)
        batches = self.connection.execute(
            f"""
            select {columns}
            from lines
            inner join versions using (scope, charge_date)
            left join llm_lines
                on lines.service_name is not distinct from llm_lines.service
                and lines.usage_type is not distinct from llm_lines.usage
            """
        ).to_arrow_reader(BATCH_ROWS)
        for batch in batches:
            yield pa.Table.from_batches([batch]).cast(CHARGES)

    def _name_llm_lines(self) -> None:
        self.connection.execute(
            "create or replace table llm_lines "
            "(service varchar, usage varchar, llm_model varchar, llm_token_kind varchar)"
        )
        pairs = self._ask("select distinct service_name, usage_type from lines")
        named = [
            (service, usage, line.model, line.token_kind or "other")
            for service, usage in pairs
            if (line := read_llm_line(service, usage))
        ]
        if named:
            self.connection.executemany("insert into llm_lines values (?, ?, ?, ?)", named)

    def quarantine(self) -> pa.Table:
        """The rows of the delivery that could not be read, in the shape of the quarantine."""
        rows = self._ask("select file, line, field, reason, raw from bad_rows order by file, line")
        refused = [
            {
                **quarantined_file(file, f"{name}: {reason}", self.load_id, self.observed_at),
                "line": line,
                "field": name,
                "raw": raw,
            }
            for file, line, name, reason, raw in rows
        ]
        return pa.Table.from_pylist(refused, schema=QUARANTINE_SCHEMA)

    def _source(self, file: ListedFile, path: Path) -> tuple[str, dict[str, str]]:
        """SQL of a file's rows, and its columns: tidy name -> quoted name."""
        if file.format == "csv":
            compression = "gzip" if file.is_gzipped else "none"
            self._forget_rejects()
            source = (
                f"read_csv({literal(str(path))}, header = true, all_varchar = true, "
                f"compression = '{compression}', nullstr = ['', 'NULL', 'null'], quote = '\"', "
                "escape = '\"', strict_mode = true, store_rejects = true, "
                "rejects_table = 'reject_errors', rejects_scan = 'reject_scans', "
                "sample_size = 1000, normalize_names = false)"
            )
            line = "row_number() over () + 1"
        else:
            source = (
                f"read_parquet({literal(str(path))}, file_row_number = true, "
                "binary_as_string = true, hive_partitioning = false)"
            )
            line = "file_row_number + 1"
        try:
            described = self._ask(f"describe select * from {source}")
        except duckdb.Error as error:
            raise _unreadable(error) from error
        types = {
            cur.tidy(name): ('"' + str(name).replace('"', '""') + '"', str(kind))
            for name, kind, *_ in reversed(described)
        }
        if cur.is_cur(types):
            told = cur.as_focus(types)
            shown = ", ".join(f'{value} as "{name}"' for name, value in told.items())
            columns = {_tidy(name): f'"{name}"' for name in told}
            return f"select {shown}, {line} as _line from {source}", columns
        columns = {}
        for name, *_ in described:
            columns.setdefault(_tidy(name), '"' + str(name).replace('"', '""') + '"')
        missing = [name for name in REQUIRED_COLUMNS if _tidy(name) not in columns]
        if missing and any(_tidy(name) in columns for name in OTHER_DATASETS):
            return (
                f"select * from (select *, {line} as _line from {source}) where _line < 0",
                columns,
            )
        if missing:
            raise UnreadableFileError(
                f"it lacks the column {', '.join(missing)}, so it is no FOCUS file of cost and "
                "usage (nor a CUR 2.0 of AWS). Export it as FOCUS 1.0 to 1.4, or keep it out by "
                "FILE_GLOB"
            )
        return f"select *, {line} as _line from {source}", columns

    def _forget_rejects(self) -> None:
        self.connection.execute(
            "drop table if exists reject_errors; drop table if exists reject_scans"
        )

    def _ask(self, sql: str) -> list[Any]:
        return self.connection.execute(sql).fetchall()

    def next_path(self, file: ListedFile) -> Path:
        """A path under a plain name: DuckDB takes stars and brackets in one for a pattern."""
        self._read_files += 1
        suffix = ".gz" if file.is_gzipped else ""
        return self.folder / f"file_{self._read_files}.{file.format}{suffix}"


class _Local:
    """A file under a local path, for as long as it is read."""

    def __init__(self, reader: ChargeReader, listing: Listing, file: ListedFile) -> None:
        self.path = reader.next_path(file)
        self.listing, self.file = listing, file

    def __enter__(self) -> Path:
        try:
            if self.listing.is_local:
                with self.listing.open(self.file):
                    self.path.symlink_to(self.listing.address(self.file))
            else:
                with self.listing.open(self.file) as source, self.path.open("wb") as target:
                    shutil.copyfileobj(source, target, COPY_BLOCK_BYTES)
        except OSError as error:
            self.path.unlink(missing_ok=True)
            raise UnreadableFileError(
                f"it cannot be opened ({error.strerror or error}). Grant the permission to read it",
                is_passing=True,
            ) from error
        return self.path

    def __exit__(self, *_: object) -> None:
        self.path.unlink(missing_ok=True)


def quarantined_file(name: str, reason: str, load_id: str, observed_at: datetime) -> dict[str, Any]:
    """A row of the quarantine that is about a whole file."""
    return {
        "_dlt_load_id": load_id,
        "_observed_at": observed_at,
        "source_table": "charges",
        "record_id": None,
        "file": name,
        "line": None,
        "field": "file",
        "reason": reason,
        "raw": None,
    }


def _unreadable(error: duckdb.Error) -> Exception:
    """Want of memory or disk is no property of a file: the load fails and is tried again."""
    text = " ".join(str(error).split())[:300]
    if isinstance(error, duckdb.OutOfMemoryException) or "no space left" in text.lower():
        return LoadError(f"focus: memory or disk ran out while files were read: {text}")
    return UnreadableFileError(f"it cannot be read ({text}). Export it again, or remove it")


def _tidy(name: str) -> str:
    return name.strip().lower().replace("_", "").lstrip("\ufeff")


def _column(columns: Mapping[str, str], name: str) -> str:
    found = columns.get(_tidy(name))
    return f"nullif(trim(cast({found} as varchar)), '')" if found else "cast(null as varchar)"


def _of_a_gateway(columns: Mapping[str, str], texts: Mapping[str, str]) -> dict[str, str]:
    """What LiteLLM's own export says: it bills keys what it reckons, by its providers' names."""
    is_gateway = f"lower({_text(columns, ('BillingAccountType',))}) = 'api key'"
    model = texts["usage_type"]
    said = {
        "provider_name": "'litellm'",
        "stated_basis": "'estimated'",
        "stated_cost_kind": "'llm'",
        "api_key_id": texts["billing_account_id"],
        "stated_line_item": (
            f"case when contains({model}, '/') then {model} "
            f"else concat({texts['provider_name']}, '/', {model}) end"
        ),
    }
    return {
        name: f"case when {is_gateway} then {value} else {texts[name]} end"
        for name, value in said.items()
    }


def _text(columns: Mapping[str, str], names: Sequence[str]) -> str:
    found = [_column(columns, name) for name in names if _tidy(name) in columns]
    return f"coalesce({', '.join(found)})" if found else "cast(null as varchar)"


def _number(columns: Mapping[str, str], name: str) -> str:
    text = _column(columns, name)
    # 64-bit decimals are read ten times faster than 128-bit ones, but only where no digit is lost
    short = f"length({text}) <= 13 and not contains(lower({text}), 'e')"
    small = f"length({text}) <= 18 and starts_with({text}, '0.') and not contains({text}, 'e')"
    exact = f"try_cast({text} as decimal(38,18))"
    # DuckDB reads 1_000 as a number, which no vendor means
    return (
        f"case when contains({text}, '_') then null "
        f"when {short} then coalesce(cast(try_cast({text} as decimal(18,12)) as decimal(38,18)), "
        f"{exact}) "
        f"when {small} then coalesce(cast(try_cast({text} as decimal(18,16)) as decimal(38,18)), "
        f"{exact}) else {exact} end"
    )


def _is_chosen(only: set[date] | None) -> str:
    if only is None:
        return "true"
    days = ", ".join(f"date '{day.isoformat()}'" for day in sorted(only))
    return f"billing_period in ({days})" if days else "false"


def _day(text: str) -> str:
    """UTC day of a time; one without a zone is UTC, as FOCUS says. Azure leaves out seconds."""
    whole = (
        f"case when length({text}) between 16 and 17 "
        f"then concat(left({text}, 16), ':00') else {text} end"
    )
    moment = (
        f"case when length({text}) <= 19 or ends_with({text}, 'Z') or ends_with({text}, '+00') "
        f"then try_cast({whole} as timestamp) "
        f"else try_cast({text} as timestamptz) at time zone 'UTC' end"
    )
    return (
        f"case when {moment} >= timestamp '1990-01-01' and {moment} < timestamp '2100-01-01' "
        f"then cast({moment} as date) end"
    )


def _problems(columns: Mapping[str, str], texts: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """(column of the file, SQL condition that a row is bad, SQL of what is wrong)."""
    problems = []
    for name in ("ChargePeriodStart", "BillingPeriodStart"):
        text = _column(columns, name)
        problems.append(
            (name, f"{_day(text)} is null", _complaint(text, "is no time (ISO 8601, UTC)"))
        )
    for name in NUMBER_COLUMNS.values():
        text = _column(columns, name)
        number = _number(columns, name)
        bad = f"{text} is not null and {number} is null"
        if name == "BilledCost":
            bad = f"{number} is null"
        problems.append((name, bad, _complaint(text, "is no number of 20 digits before the point")))
    currency = texts["billing_currency"]
    problems.append(
        (
            "BillingCurrency",
            f"{currency} is null or not regexp_full_match({currency}, '[A-Za-z]{{3}}')",
            _complaint(currency, "is no currency of three letters"),
        )
    )
    provider = texts["provider_name"]
    problems.append(
        (
            "ProviderName",
            f"{provider} is null",
            _complaint(provider, "is missing (in 1.4 ServiceProviderName)"),
        )
    )
    return problems


def _complaint(text: str, wanted: str) -> str:
    return (
        f"case when {text} is null then 'is missing' "
        f"else concat(left({text}, 80), {literal(' ' + wanted)}) end || '. Correct the row, or "
        f"export the file again'"
    )


def _raw(columns: Mapping[str, str]) -> str:
    """The row as JSON, without tags: they may hold anything."""
    members = ", ".join(
        f"{literal(name)}, cast({quoted} as varchar)"
        for name, quoted in columns.items()
        if name not in {"tags", "filerownumber"}
    )
    return f"left(cast(json_object({members}) as varchar), {RAW_CHARACTERS})"
