"""A report as an Excel workbook: a sheet a section, with native charts that have alternative text.

Numbers are numbers (Excel keeps 15 digits; the JSON file is exact), days are days, and text is text
whatever it begins with.
"""

from __future__ import annotations

import io
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import xlsxwriter

from pipelines.published.questions import formatting
from pipelines.reports.model import Chart, Fact, Report, Section, Table, Unit, Value

_LONGEST_CELL: Final = 32_767
_LONGEST_ALT: Final = 2_000
_DATA: Final = "Chart data"
_COLOURS: Final = ("#1F4E9C", "#E07B39", "#6F7F8F")
_FORMATS: Final[dict[Unit, str]] = {
    "text": "@",
    "money": "#,##0.00",
    "unit_cost": "#,##0.000000",
    "number": "#,##0.##",
    "share": "0.0%",
    "times": "0.00",
    "count": "#,##0",
    "milliseconds": "#,##0",
    "score": "0",
    "hour": "0",
    "day": "yyyy-mm-dd",
    "month": "yyyy-mm",
}
_UNIT_WORDS: Final[dict[Unit, str]] = {"milliseconds": "ms", "hour": "UTC hour"}
#: Rows that a chart covers on a sheet.
_CHART_ROWS: Final = 16
_COLUMN_WIDTH: Final = 17


def as_excel(report: Report) -> bytes:
    """The report as an .xlsx file."""
    out = io.BytesIO()
    options: dict[str, Any] = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"title": report.title[:250], "created": report.built_at})
        writer = _Writer(book)
        writer.about(report)
        for section in report.sections:
            writer.section(section)
        writer.finish()
    return out.getvalue()


class _Writer:
    """Writes sheets from the top down, and the numbers of charts on a sheet of their own."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._bold = book.add_format({"bold": True})
        self._title = book.add_format({"bold": True, "font_size": 16})
        self._head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
        self._said = book.add_format({"text_wrap": True, "valign": "top"})
        self._by_unit = {
            unit: book.add_format({"num_format": text, "align": "left" if unit == "text" else ""})
            for unit, text in _FORMATS.items()
        }
        self._charts: list[tuple[Any, int, Chart]] = []

    def about(self, report: Report) -> None:
        """The first sheet: what this is, and what to know of it."""
        sheet = self._book.add_worksheet("About")
        sheet.set_column(0, 0, 22)
        sheet.set_column(1, 1, 90)
        sheet.write_string(0, 0, report.title[:_LONGEST_CELL], self._title)
        said = [
            ("Subject", report.subject_name),
            ("Id", report.subject_id or "—"),
            ("Month", report.month_text),
            ("State", "provisional: numbers may still change" if report.is_provisional
             else "closed"),
            ("Report currency", report.currency.upper()),
            ("Time zone", report.time_zone),
            ("Build", report.build_id),
            ("As of", formatting.clock(report.as_of)),
            ("Made", formatting.clock(report.built_at)),
            *(("Note", note) for note in report.notes),
        ]  # fmt: skip
        for row, (name, text) in enumerate(said, start=2):
            sheet.write_string(row, 0, name, self._bold)
            sheet.write_string(row, 1, text[:_LONGEST_CELL], self._said)

    def section(self, section: Section) -> None:
        """A sheet with everything of a section, one below the other."""
        sheet = self._book.add_worksheet(section.title[:31])
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 12, _COLUMN_WIDTH)
        sheet.write_string(0, 0, section.title, self._title)
        row = 2
        for text in section.text:
            sheet.write_string(row, 0, text[:_LONGEST_CELL])
            row += 1
        if section.facts:
            row = self._facts(sheet, row + 1, section.facts) + 1
        for chart in section.charts:
            self._charts.append((sheet, row, chart))
            row += _CHART_ROWS + 1
        for table in section.tables:
            row = self._table(sheet, row, table) + 1

    def finish(self) -> None:
        """Write the numbers of all charts, and place the charts."""
        if not self._charts:
            return
        data = self._book.add_worksheet(_DATA)
        data.set_column(0, 12, _COLUMN_WIDTH)
        row = 0
        for sheet, place, chart in self._charts:
            drawn = self._chart(data, row, chart)
            drawn.set_title({"name": chart.title, "name_font": {"size": 11}})
            drawn.set_size({"width": 820, "height": 20 * _CHART_ROWS - 10})
            drawn.set_y_axis(
                {
                    "num_format": _FORMATS[chart.unit].split(".")[0]
                    if chart.unit != "share"
                    else "0%",
                    "major_gridlines": {"visible": True, "line": {"color": "#D9DEE5"}},
                }
            )
            legend: dict[str, Any] = {"position": "bottom"}
            drawn.set_legend({"none": True} if chart.kind == "waterfall" else legend)
            sheet.insert_chart(
                place, 0, drawn, {"description": chart.alt[:_LONGEST_ALT], "object_position": 2}
            )
            row += len(chart.labels) + 3

    def _facts(self, sheet: Any, row: int, facts: tuple[Fact, ...]) -> int:
        for column, name in enumerate(("Number", "Value", "Unit", "Month before", "Remark")):
            sheet.write_string(row, column, name, self._head)
        for row_of, fact in enumerate(facts, start=row + 1):
            sheet.write_string(row_of, 0, fact.label)
            self._cell(sheet, row_of, 1, fact.value, fact.unit)
            sheet.write_string(row_of, 2, unit_text(fact.unit, fact.currency))
            self._cell(sheet, row_of, 3, fact.before, fact.unit)
            if fact.reason:
                sheet.write_string(row_of, 4, fact.reason)
        return row + len(facts) + 1

    def _table(self, sheet: Any, row: int, table: Table) -> int:
        sheet.write_string(row, 0, table.title, self._bold)
        if not table.rows:
            sheet.write_string(row + 1, 0, table.empty)
            return row + 2
        for column, said in enumerate(table.columns):
            unit = unit_text(said.unit, said.currency)
            sheet.write_string(
                row + 1, column, f"{said.label} ({unit})" if unit else said.label, self._head
            )
        for place, values in enumerate(table.rows, start=row + 2):
            for column, (value, said) in enumerate(zip(values, table.columns, strict=True)):
                self._cell(sheet, place, column, value, said.unit)
        end = row + 2 + len(table.rows)
        if table.note:
            sheet.write_string(end, 0, table.note)
            end += 1
        return end

    def _cell(self, sheet: Any, row: int, column: int, value: Value, unit: Unit) -> None:
        form = self._by_unit[unit]
        if isinstance(value, int | Decimal):
            sheet.write_number(row, column, value, form)
        elif isinstance(value, date) and value.year >= 1900:
            sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), form)
        elif value is not None:
            sheet.write_string(row, column, str(value)[:_LONGEST_CELL], self._by_unit["text"])

    def _chart(self, data: Any, row: int, chart: Chart) -> Any:
        """Write a chart's numbers from `row` on; returns the chart over them."""
        columns = _columns(chart)
        data.write_string(row, 0, chart.title, self._bold)
        for place, label in enumerate(chart.labels, start=row + 2):
            data.write_string(place, 0, label)
        last = row + 1 + len(chart.labels)
        kind = {"type": "line"} if chart.kind == "line" else {"type": "column"}
        if chart.kind == "waterfall":
            kind["subtype"] = "stacked"
        drawn = self._book.add_chart(kind)
        for column, (name, values, colour) in enumerate(columns, start=1):
            data.write_string(row + 1, column, name, self._head)
            for place, value in enumerate(values, start=row + 2):
                self._cell(data, place, column, value, chart.unit)
            paint: dict[str, Any] = {"fill": {"color": colour} if colour else {"none": True}}
            if chart.kind == "line":
                paint = {"line": {"color": colour, "width": 2}}
            drawn.add_series(
                {
                    "name": [_DATA, row + 1, column],
                    "categories": [_DATA, row + 2, 0, last, 0],
                    "values": [_DATA, row + 2, column, last, column],
                    "gap": 60,
                    **paint,
                }
            )
        return drawn


def unit_text(unit: Unit, currency: str | None) -> str:
    """A unit in a heading: the currency's code, `ms`, or nothing where the number says it."""
    return currency.upper() if currency else _UNIT_WORDS.get(unit, "")


_Column = tuple[str, list[Value], str | None]


def _columns(chart: Chart) -> list[_Column]:
    """Names, values and colours of what is drawn; a colour of None is drawn without any."""
    if chart.kind != "waterfall":
        return [
            (one.label, list(one.values), _COLOURS[place]) for place, one in enumerate(chart.series)
        ]
    values = [Decimal(value or 0) for value in chart.series[0].values]
    base: list[Value] = []
    total: list[Value] = []
    up: list[Value] = []
    down: list[Value] = []
    level = Decimal(0)
    for place, value in enumerate(values):
        is_total = place in (0, len(values) - 1)
        before, level = level, value if is_total else level + value
        base.append(None if is_total else min(before, level))
        total.append(value if is_total else None)
        up.append(value if not is_total and value >= 0 else None)
        down.append(-value if not is_total and value < 0 else None)
    return [
        ("Level before", base, None),
        ("Total", total, _COLOURS[0]),
        ("Gain", up, "#2F8F5B"),
        ("Loss", down, "#B3372F"),
    ]
