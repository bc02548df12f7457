"""`usage-vs-revenue kpis`: all KPIs of a date range, from the published build, as JSON or CSV.

A range that cuts months has rows of its own, `period_grain` range: what its days add up to, for the
metrics of which days say something (`over_days` of the catalogue).

The JSON follows `kpis.schema.json`, which lies beside this file. Decimals are texts, so that no
reader rounds them. `definitions_version` changes when any metric's definition does.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, localcontext
from pathlib import Path
from typing import Any, Final

from pipelines.errors import SettingError
from pipelines.exports.cells import safe_text
from pipelines.published.reader import Published, open_published

#: Raised with every change of the document's shape.
SCHEMA_VERSION: Final = "1.1"
SCHEMA_PATH: Final = Path(__file__).with_name("kpis.schema.json")

COLUMNS: Final = (
    "metric",
    "period_grain",
    "period_start",
    "dimension",
    "dimension_value",
    "value",
    "numerator",
    "denominator",
    "sample_size",
    "unit",
    "currency",
    "is_provisional",
)
_NANO: Final = Decimal("0.000000001")
#: Columns of the build that every CSV row repeats, so that a row alone says where it is from.
BUILD_COLUMNS: Final = ("build_id", "as_of", "definitions_version")

_DEFINITIONS: Final = (
    "select metric, title, meaning, formula, unit, currency, better, mart, default_grain, "
    "is_state, definition_version from monitoring.kpi_definitions order by metric"
)

#: What the days of a range add up to, by metric and dimension value.
_DAYS_OF_RANGE: Final = """\
select
    days.metric, days.dimension, days.dimension_value, known.over_days,
    cast(sum(days.value) as decimal(38, 9)) as value,
    arg_max(days.value, days.period_start) as last_value,
    cast(sum(days.numerator) as decimal(38, 9)) as numerator,
    cast(sum(days.denominator) as decimal(38, 9)) as denominator,
    cast(sum(days.sample_size) as bigint) as sample_size,
    arg_max(days.sample_size, days.period_start) as last_sample_size,
    days.unit, days.currency, bool_or(days.is_provisional) as is_provisional
from monitoring.kpis as days
inner join monitoring.kpi_definitions as known on days.metric = known.metric
where
    days.period_grain = 'day' and known.over_days is not null
    and days.period_start between ? and ?
group by days.metric, days.dimension, days.dimension_value, days.unit, days.currency,
    known.over_days
order by 1, 2, 3"""

Row = Mapping[str, Any]


def export(first: date, last: date, format_: str) -> str:
    """The KPIs of all periods that begin from `first` to `last`, both included, as a text.

    Raises:
        SettingError: the range is empty, or there is no published build.
    """
    if last < first:
        raise SettingError(f"--to {last} is before --from {first}.")
    with open_published() as published:
        document = read(published, first, last)
    return as_csv(document) if format_ == "csv" else as_json(document)


def read(published: Published, first: date, last: date) -> dict[str, Any]:
    """The document, with values as the build has them."""
    facts = published.facts
    definitions = published.rows(_DEFINITIONS)
    return {
        "schema_version": SCHEMA_VERSION,
        "build_id": facts.build_id,
        "built_at": facts.built_at,
        "as_of": facts.as_of,
        "report_currency": facts.report_currency,
        "report_timezone": facts.report_timezone,
        "definitions_version": definitions_version(definitions),
        "from": first,
        "to": last,
        "definitions": [
            {name: value for name, value in row.items() if name != "definition_version"}
            for row in definitions
        ],
        "kpis": published.rows(
            f"select {', '.join(COLUMNS)} from monitoring.kpis "
            "where period_start between ? and ? "
            "order by metric, period_grain, dimension, dimension_value, period_start",
            [first, last],
        )
        + (_of_range(published, first, last) if _cuts_months(first, last) else []),
    }


def _cuts_months(first: date, last: date) -> bool:
    """Whether a range of several days is not made of whole months."""
    is_whole = first.day == 1 and last.day == monthrange(last.year, last.month)[1]
    return first < last and not is_whole


def _of_range(published: Published, first: date, last: date) -> list[dict[str, Any]]:
    """The days of a range as one period: their sum, the ratio of their parts' sums, or the last."""
    found = []
    for row in published.rows(_DAYS_OF_RANGE, [first, last]):
        parts = {"numerator": None, "denominator": None}
        value, sample_size = row["value"], row["sample_size"]
        if row["over_days"] == "last":
            value, sample_size = row["last_value"], row["last_sample_size"]
        elif row["over_days"] == "ratio":
            parts = {name: row[name] for name in parts}
            value = _quotient(row["numerator"], row["denominator"])
        computed = {**parts, "value": value, "sample_size": sample_size,
                    "period_grain": "range", "period_start": first}  # fmt: skip
        found.append({name: computed.get(name, row.get(name)) for name in COLUMNS})
    return found


def _quotient(numerator: Decimal | None, denominator: Decimal | None) -> Decimal | None:
    """With nine decimals, halves away from zero; None where there is nothing to divide by."""
    if numerator is None or not denominator:
        return None
    with localcontext() as context:
        context.prec = 60
        return (numerator / denominator).quantize(_NANO, ROUND_HALF_UP)


def definitions_version(definitions: Sequence[Row]) -> str:
    """A short hash of all definitions."""
    parts = sorted(f"{row['metric']}:{row['definition_version']}" for row in definitions)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def as_json(document: Row) -> str:
    """The document as JSON, one KPI a line, so that files can be compared line by line."""
    head = {name: value for name, value in document.items() if name != "kpis"}
    text = json.dumps(head, default=_plain, indent=2, ensure_ascii=False)
    rows = ",\n    ".join(
        json.dumps(row, default=_plain, ensure_ascii=False) for row in document["kpis"]
    )
    kpis = f"[\n    {rows}\n  ]" if rows else "[]"
    return f'{text[:-2]},\n  "kpis": {kpis}\n}}\n'


def as_csv(document: Row) -> str:
    """The KPIs as CSV with a header row; text that a spreadsheet would run gets an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([*COLUMNS, *BUILD_COLUMNS])
    build = [_plain(document[name]) for name in BUILD_COLUMNS]
    for row in document["kpis"]:
        writer.writerow([*(cell(row[name]) for name in COLUMNS), *build])
    return out.getvalue()


def _plain(value: Any) -> Any:
    """Values that JSON has no form for: decimals and times as text."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    return value


def cell(value: Any) -> Any:
    """A value as a CSV cell; text that a spreadsheet would run gets an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return safe_text(value) if isinstance(value, str) else _plain(value)
