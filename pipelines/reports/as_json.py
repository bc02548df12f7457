"""A report as JSON, after `report.schema.json`: decimals and days are texts, so nobody rounds."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from pipelines.reports.model import Chart, Fact, Report, Section, Table, Value

#: Raised with every change of the document's shape.
SCHEMA_VERSION: Final = "1.0"
SCHEMA_PATH: Final = Path(__file__).with_name("report.schema.json")


def as_json(report: Report) -> bytes:
    """The report as a JSON document in UTF-8, the same bytes for the same report."""
    return (json.dumps(document(report), ensure_ascii=False, indent=1) + "\n").encode()


def document(report: Report) -> dict[str, Any]:
    """The report as JSON's own types."""
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": report.kind,
        "title": report.title,
        "subject_id": report.subject_id,
        "subject_name": report.subject_name,
        "month": report.month_text,
        "is_provisional": report.is_provisional,
        "build_id": report.build_id,
        "built_at": _moment(report.built_at),
        "as_of": _moment(report.as_of),
        "report_currency": report.currency,
        "report_timezone": report.time_zone,
        "notes": list(report.notes),
        "sections": [_section(section) for section in report.sections],
        "figures": report.figures,
    }


def _section(section: Section) -> dict[str, Any]:
    return {
        "id": section.id,
        "title": section.title,
        "text": list(section.text),
        "facts": [_fact(fact) for fact in section.facts],
        "charts": [_chart(chart) for chart in section.charts],
        "tables": [_table(table) for table in section.tables],
    }


def _fact(fact: Fact) -> dict[str, Any]:
    return {
        "id": fact.id,
        "label": fact.label,
        "value": plain(fact.value),
        "unit": fact.unit,
        "currency": fact.currency,
        "before": plain(fact.before),
        "reason": fact.reason,
    }


def _chart(chart: Chart) -> dict[str, Any]:
    return {
        "id": chart.id,
        "title": chart.title,
        "kind": chart.kind,
        "unit": chart.unit,
        "currency": chart.currency,
        "alt": chart.alt,
        "labels": list(chart.labels),
        "series": [
            {"id": one.id, "label": one.label, "values": [plain(value) for value in one.values]}
            for one in chart.series
        ],
    }


def _table(table: Table) -> dict[str, Any]:
    return {
        "id": table.id,
        "title": table.title,
        "note": table.note,
        "columns": [
            {
                "id": column.id,
                "label": column.label,
                "unit": column.unit,
                "currency": column.currency,
            }
            for column in table.columns
        ],
        "rows": [
            {column.id: plain(value) for column, value in zip(table.columns, row, strict=True)}
            for row in table.rows
        ],
    }


def plain(value: Value) -> str | int | None:
    """A value in JSON's types: a decimal and a day as text, a whole number as it is."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    return value


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
