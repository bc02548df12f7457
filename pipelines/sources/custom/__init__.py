"""Custom sources: any API or files of cost and usage, described by one TOML file each.

`sources/<id>.toml` is the source `<id>`; no setting is needed beside the secret that the file names
(`CUSTOM_SOURCES_DIR` moves the folder). What a file may say is in docs/custom-sources.md; examples
are in `examples/sources/`.

| table | grain |
|---|---|
| `custom_days` | version of what a provider says of a UTC day |
| `custom_rows` | row of such a version, mapped to canonical columns |
| `quarantine` | row that could not be mapped, with column and reason |

A day is one object: it gets a new version when it says something else, one without rows when it is
gone. Days that were asked for (of sources without a window: between the first and the last day of
the answer) and are not there are gone. A window asks again for `lookback_days` before the last
read; `--full-refresh` for all. Where its days are those of another zone than UTC, all local days
that touch the UTC days are asked for, and what comes of the UTC days beside them is left out: it is
a part. A control total that the rows do not come to fails the load.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import dlt
import pyarrow as pa
from dlt.extract import DltSource

from pipelines.config import wall_clock, warehouse_path
from pipelines.errors import LoadError, SettingError
from pipelines.loading.context import EndpointResult, RunContext
from pipelines.loading.email_hashes import EmailHasher
from pipelines.loading.emit import emit
from pipelines.loading.run_tables import QUARANTINE_SCHEMA
from pipelines.loading.source import Account, Probe, Setting, Source
from pipelines.loading.windows import last_day, months_before
from pipelines.sources.custom.definition import Definition, read_definition
from pipelines.sources.custom.mapping import (
    Found,
    RefusedError,
    Row,
    added,
    day_of,
    key_of,
    map_found,
    shown,
)
from pipelines.sources.custom.reading import BASE_URL, Answer, read_api, read_files, secret_of
from pipelines.sources.custom.tables import AMOUNTS, DAYS, ROWS, TABLES

FILE: Final = "FILE"
START_DATE: Final = "START_DATE"
DEFAULT_MONTHS: Final = 13
_RAW_CHARACTERS: Final = 2_000

Tables = Iterator[tuple[str, pa.Table]]


@dataclass
class _Reading:
    """What a run read: rows by provider and day, and what could not be mapped.

    Days of rows that could not be mapped are not gone, whoever else is missing there; a row whose
    day is not known may be of any.
    """

    days: dict[tuple[str, date], dict[tuple[Any, ...], Row]] = field(default_factory=dict)
    refused: list[dict[str, Any]] = field(default_factory=list)
    rows: int = 0
    days_refused: set[date] = field(default_factory=set)
    is_any_day_refused: bool = False

    def is_gone(self, day: date) -> bool:
        """Whether a day without rows truly has none."""
        return not self.is_any_day_refused and day not in self.days_refused


def definition_of(account: Account) -> Definition:
    """What an account's file says. Raises SettingError."""
    return read_definition(Path(account.setting(FILE) or ""))


def check_settings(account: Account, clock: datetime) -> None:
    """Raise SettingError where the file says something wrong, or its secret is not set."""
    definition = definition_of(account)
    if definition.id != account.name:
        raise SettingError(
            f'{definition.path} says id = "{definition.id}", but the source is called '
            f"{account.name}. Give the file the name {definition.id}.toml, or correct the id."
        )
    secret_of(definition)
    _first_day(account, definition, clock)


def build(context: RunContext) -> DltSource:
    """The dlt source for one run."""
    definition = definition_of(context.account)
    hasher = EmailHasher.from_settings(warehouse_path())

    @dlt.resource(name="custom", write_disposition="append")
    def rows() -> Iterator[Any]:
        started_at = wall_clock()
        for name, schema in (*TABLES.items(), ("quarantine", QUARANTINE_SCHEMA)):
            yield emit(name, schema.empty_table())
        for name, table in _load(context, definition, hasher):
            yield emit(name, table)
        for name, table in context.run_records(started_at):
            yield emit(name, table)

    @dlt.source(name=context.account.name)
    def custom() -> Any:
        return rows

    return custom()


def answers(
    account: Account, definition: Definition, first: date | None, end: date | None, count: Any
) -> Iterator[Answer]:
    """What the source says of the days from `first` up to but without `end`."""
    if definition.files:
        return read_files(definition, account)
    return read_api(definition, account.setting(BASE_URL), first, end, count)


def _load(context: RunContext, definition: Definition, hasher: EmailHasher) -> Tables:
    state = dlt.current.source_state()
    known = _known_days(context)
    first, end = _window(context, definition, state.get("read_until") if known else None)
    reading = _Reading()
    asked_first, asked_end, beside = _days_of_zone(definition, first, end, context.as_of)
    for answer in answers(
        context.account, definition, asked_first, asked_end, context.count_request
    ):
        _add(reading, definition, answer, beside, context, hasher)
    found = {key: list(rows.values()) for key, rows in reading.days.items()}
    asked = _days_asked(found, first, end)
    gone: dict[tuple[str, date], list[Row]] = {
        key: []
        for key, digest in known.items()
        if digest
        and key not in found
        and asked
        and asked[0] <= key[1] < asked[1]
        and reading.is_gone(key[1])
    }
    yield from _write(context, definition, {**found, **gone}, known)
    if reading.refused:
        context.warn(
            f"{len(reading.refused):,} rows cannot be read ({reading.refused[0]['reason']}). They "
            f"are in {context.account.dataset}.quarantine"
        )
    stats = context.stats_for("custom_rows")
    stats.quarantined += len(reading.refused)
    stats.read += reading.rows
    yield "quarantine", pa.Table.from_pylist(reading.refused, schema=QUARANTINE_SCHEMA)
    if end is not None:
        state["read_until"] = end.isoformat()
    context.endpoints.append(EndpointResult("custom", "loaded", None, reading.rows, True))


def _window(
    context: RunContext, definition: Definition, read_until: str | None
) -> tuple[date | None, date | None]:
    window = definition.window
    if window is None:
        return None, None
    settled = context.as_of - timedelta(hours=window.settle_hours)
    end = last_day(settled) + timedelta(days=0 if window.settle_hours else 1)
    first = _first_day(context.account, definition, context.as_of)
    if read_until and not context.full_refresh:
        context.mode = "incremental"
        again = date.fromisoformat(read_until) - timedelta(days=window.lookback_days)
        first = max(first, again)
    return first, end


def _days_of_zone(
    definition: Definition, first: date | None, end: date | None, clock: datetime
) -> tuple[date | None, date | None, frozenset[date]]:
    """The source's own days to ask for, so that the UTC days are whole; UTC days that are not."""
    window = definition.window
    if not first or not end or not window or window.format != "date" or definition.is_utc:
        return first, end, frozenset()
    zone, day = ZoneInfo(definition.timezone), timedelta(days=1)

    def local(moment: datetime) -> date:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(zone).date()

    last = datetime.combine(end, time(), UTC) - timedelta(microseconds=1)
    asked_end = min(local(last), local(clock)) + day
    return local(datetime.combine(first, time(), UTC)), asked_end, frozenset({first - day, end})


def _first_day(account: Account, definition: Definition, clock: datetime) -> date:
    """The earliest day that a window may ask for. Raises SettingError."""
    window = definition.window
    text = account.setting(START_DATE) or (window.first if window else None)
    try:
        first = date.fromisoformat(text) if text else months_before(clock.date(), DEFAULT_MONTHS)
    except ValueError as error:
        raise SettingError(
            f"{account.setting_name(START_DATE)} is {text!r}, which is not a day (YYYY-MM-DD)."
        ) from error
    if window and window.oldest_days is not None:
        oldest = clock.date() - timedelta(days=window.oldest_days)
        # of the oldest day of another zone only a part is in the UTC day
        first = max(first, oldest if definition.is_utc else oldest + timedelta(days=1))
    return first


def _days_asked(
    found: dict[tuple[str, date], list[Row]], first: date | None, end: date | None
) -> tuple[date, date] | None:
    if first is not None and end is not None:
        return first, end
    days = [day for _, day in found]
    return (min(days), max(days) + timedelta(days=1)) if days else None


def _add(
    reading: _Reading,
    definition: Definition,
    answer: Answer,
    beside: frozenset[date],
    context: RunContext,
    hasher: EmailHasher,
) -> None:
    mapped: list[Row | None] = []
    for found in answer.rows:
        reading.rows += 1
        row: Row | None = None
        try:
            row = map_found(definition, found, context.as_of)
            if row["day"] not in beside:
                _keep(reading, definition, row)
        except RefusedError as error:
            reading.refused.append(_refused(context, found, error, hasher))
            try:
                reading.days_refused.add(day_of(definition, found.fields))
            except RefusedError:
                reading.is_any_day_refused = True
        mapped.append(row)
    for total, first, end in answer.totals:
        _check_total(definition, total, mapped[first:end])


def _keep(reading: _Reading, definition: Definition, row: Row) -> None:
    """Raises RefusedError where another row of the day has the same key and none may."""
    rows = reading.days.setdefault((row["provider"], row["day"]), {})
    key = key_of(definition, row)
    if key not in rows:
        rows[key] = row
    elif definition.adds_repeated:
        rows[key] = added(rows[key], row)
    else:
        raise RefusedError(
            "key",
            "another row of the day has the same. Add what tells them apart to [key], or "
            'repeated = "add" if they are parts of one',
        )


def _check_total(definition: Definition, total: Any, rows: list[Row | None]) -> None:
    """Raises LoadError where the rows do not come to the control total beside them."""
    check = definition.check
    try:
        wanted = Decimal(str(total)) * check["scale"]
    except InvalidOperation as error:
        raise LoadError(
            f"{definition.id}: {check['total_path']} of [check] is {str(total)[:40]}, no number. "
            f"Correct it in {definition.path}."
        ) from error
    came = sum((row["amount"] for row in rows if row), Decimal(0))
    if abs(came - wanted) > check["tolerance"]:
        raise LoadError(
            f"{definition.id}: the rows come to {came.normalize():f}, their control total is "
            f"{wanted.normalize():f}. Nothing was loaded. Check scale and [rows] in "
            f"{definition.path}, or raise tolerance of [check]."
        )


def _refused(
    context: RunContext, found: Found, error: RefusedError, hasher: EmailHasher
) -> dict[str, Any]:
    return {
        "_dlt_load_id": context.load_id,
        "_observed_at": context.observed_at,
        "source_table": "custom_rows",
        "record_id": None,
        "file": found.file,
        "line": found.line,
        "field": error.column,
        "reason": str(error),
        "raw": shown(hasher.scrub(dict(found.fields)))[:_RAW_CHARACTERS],
    }


def _write(
    context: RunContext,
    definition: Definition,
    found: dict[tuple[str, date], list[Row]],
    known: dict[tuple[str, date], str],
) -> Tables:
    stats = context.stats_for("custom_rows")
    days, rows = [], []
    for (provider, day), mapped in sorted(found.items()):
        lines = sorted(mapped, key=_as_text)
        digest = _digest("\n".join(map(_as_text, lines))) if lines else ""
        if known.get((provider, day)) == digest:
            continue
        version = _digest(f"{context.load_id}|{context.account.name}|{provider}|{day}")
        stats.new += (provider, day) not in known
        stats.changed += (provider, day) in known
        days.append(
            {
                "_dlt_load_id": context.load_id,
                "_observed_at": context.observed_at,
                "_version_id": version,
                "kind": definition.kind,
                "provider": provider,
                "day": day,
                "digest": digest,
                "rows": len(lines),
            }
        )
        for position, row in enumerate(lines):
            names = {"_dlt_load_id": context.load_id, "_version_id": version}
            rows.append({**row, **names, "_position": position})
    yield "custom_rows", pa.Table.from_pylist(rows, schema=ROWS)
    yield "custom_days", pa.Table.from_pylist(days, schema=DAYS)


def _as_text(row: Row) -> str:
    exact = {name: str(row[name].normalize()) for name in AMOUNTS if row[name] is not None}
    return repr(sorted((name, str(value)) for name, value in {**row, **exact}.items()))


def _digest(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _known_days(context: RunContext) -> dict[tuple[str, date], str]:
    rows = context.query(
        "select provider, day, digest from custom_days "
        "where _dlt_load_id in (select load_id from _dlt_loads where status = 0) "
        "order by _dlt_load_id"
    )
    return {(row["provider"], _as_day(row["day"])): row["digest"] or "" for row in rows}


def _as_day(value: date | datetime) -> date:
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).date()
    return value


def probe(account: Account, clock: datetime) -> Iterator[Probe]:
    """The first answer: whether the source can be read, and how many rows it has."""
    definition = definition_of(account)
    end = last_day(clock) + timedelta(days=1) if definition.window else None
    first = end - timedelta(days=1) if end else None
    answer = next(answers(account, definition, first, end, lambda: None), None)
    rows = len(answer.rows) if answer else 0
    yield Probe(definition.id, True, f"readable; {rows:,} rows in the first answer")


SOURCE: Final = Source(
    name="custom",
    area="cost",
    title="Custom source, described by a TOML file",
    settings=(
        Setting(FILE, "TOML file that describes it; those in sources/ need no setting"),
        Setting(BASE_URL, "scheme and host in place of those of the file's url"),
        Setting(START_DATE, f"first UTC day to load (where unset, {DEFAULT_MONTHS} months ago)"),
    ),
    needs=((FILE,),),
    tables=TABLES,
    build=build,
    check_settings=check_settings,
    probe=probe,
)
