"""A report as a PDF: tagged (PDF/UA-1), with our own font, made by Typst from `report.typ`.

Text goes to the page as data, so nothing in a name is markup. Characters that no font has are
replaced and the report says so; further fonts may lie in the folder of the setting REPORTS_FONTS.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import typst

from pipelines.config import setting
from pipelines.published.questions import formatting
from pipelines.reports import fonts
from pipelines.reports.charts import svg
from pipelines.reports.model import Chart, Fact, Report, Section, Table, as_text, change_text

FONTS_SETTING: Final = "REPORTS_FONTS"
_TEMPLATE: Final = Path(__file__).with_name("report.typ")
#: What stands for a character that no font has.
SUBSTITUTE: Final = "\N{REPLACEMENT CHARACTER}"
#: A word longer than this may be broken after the signs of `_BREAKS`, and anywhere if it has none.
_LONGEST_WORD: Final = 20
#: Signs of the title that stand above the second page and those after it.
_LONGEST_HEADER: Final = 80
_BREAKS: Final = "/_-.:@?&=,"
_MAY_BREAK: Final = "\N{ZERO WIDTH SPACE}"
_SUBSTITUTED: Final = (
    f"Characters that the fonts do not have are shown as {SUBSTITUTE}; the Excel and JSON files "
    f"have them as they are. The folder of the setting {FONTS_SETTING} may hold further fonts."
)


def as_pdf(report: Report) -> bytes:
    """The report as a PDF file, the same bytes for the same report."""
    folders = tuple(_folders())
    writer = _Writer(folders)
    payload = writer.report(report)
    content: bytes = _compile(payload, folders, report, "pdf")
    return content


def as_pages(report: Report, ppi: float = 90) -> list[bytes]:
    """The pages of the PDF as PNG pictures, to be looked at."""
    folders = tuple(_folders())
    payload = _Writer(folders).report(report)
    pages = _compile(payload, folders, report, "png", ppi)
    return pages if isinstance(pages, list) else [pages]


def _compile(
    payload: dict[str, Any], folders: tuple[str, ...], report: Report, form: str, ppi: float = 90
) -> Any:
    compiler = typst.Compiler(
        _TEMPLATE,
        root=_TEMPLATE.parent,
        font_paths=_fonts(folders),
        sys_inputs={"report": json.dumps(payload, ensure_ascii=False)},
    )
    if form == "png":
        return compiler.compile(format="png", ppi=ppi)
    return compiler.compile(
        format="pdf", pdf_standards=["ua-1"], timestamp=report.built_at.replace(microsecond=0)
    )


def _folders() -> Iterable[str]:
    yield str(fonts.FOLDER)
    more = setting(FONTS_SETTING)
    if more:
        yield more


@lru_cache(maxsize=4)
def _fonts(folders: tuple[str, ...]) -> Any:
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=list(folders)
    )


@lru_cache(maxsize=4)
def _characters(folders: tuple[str, ...]) -> frozenset[int]:
    return frozenset().union(
        *(
            fonts.characters(path)
            for folder in folders
            for path in fonts.font_files(Path(folder))
            if "bold" not in path.name.lower()
        )
    )


class _Writer:
    """Writes every value out as a text of characters that the fonts have."""

    def __init__(self, folders: tuple[str, ...]) -> None:
        self._known = _characters(folders)
        families = _fonts(folders).families()
        self._families = [fonts.FAMILY, *(name for name in families if name != fonts.FAMILY)]
        self._is_substituted = False

    def report(self, report: Report) -> dict[str, Any]:
        """What `report.typ` reads."""
        sections = [self._section(section) for section in report.sections]
        title = self._text(report.title)
        notes = [self._broken(note) for note in report.notes]
        if self._is_substituted:
            notes.append(_SUBSTITUTED)
        footer = (
            f"Build {report.build_id}, as of {formatting.clock(report.as_of)}, made "
            f"{formatting.clock(report.built_at)}"
        )
        return {
            "title": title,
            "heading": self._broken(report.title),
            "short": title if len(title) <= _LONGEST_HEADER else f"{title[:_LONGEST_HEADER]}…",
            "date": [report.as_of.year, report.as_of.month, report.as_of.day],
            "fonts": self._families,
            "is_provisional": report.is_provisional,
            "notes": notes,
            "footer": self._text(footer),
            "sections": sections,
        }

    def _section(self, section: Section) -> dict[str, Any]:
        return {
            "title": self._text(section.title),
            "text": [self._broken(text) for text in section.text],
            "facts": [self._fact(fact) for fact in section.facts],
            "charts": [self._chart(chart) for chart in section.charts],
            "tables": [self._table(table) for table in section.tables],
        }

    def _fact(self, fact: Fact) -> dict[str, str]:
        said = fact.reason if fact.value is None else change_text(fact)
        return {
            "label": self._text(fact.label),
            "value": self._broken(as_text(fact.value, fact.unit, fact.currency)),
            "said": self._text(said or ""),
        }

    def _chart(self, chart: Chart) -> dict[str, str]:
        return {
            "title": self._text(chart.title),
            "alt": self._text(chart.alt),
            "svg": self._text(svg(chart, fonts.FAMILY)),
        }

    def _table(self, table: Table) -> dict[str, Any]:
        rows = [
            [
                self._broken(as_text(value, column.unit, column.currency))
                for value, column in zip(row, table.columns, strict=True)
            ]
            for row in table.rows
        ]
        columns: list[dict[str, Any]] = []
        has_text = any(column.unit == "text" for column in table.columns)
        for place, column in enumerate(table.columns):
            is_text = column.unit == "text"
            longest = max((len(row[place]) for row in rows), default=0)
            columns.append(
                {
                    "label": self._text(column.label),
                    "is_number": not is_text and column.unit not in ("day", "month"),
                    "weight": min(max(longest, len(column.label), 6), 60)
                    if is_text or not has_text
                    else 0,
                }
            )
        return {
            "title": self._text(table.title),
            "columns": columns,
            "rows": rows,
            "empty": self._text(table.empty),
            "note": self._text(table.note or ""),
        }

    def _text(self, text: str) -> str:
        """The text in characters that the fonts have; signs that are not seen are left out."""
        found = []
        for one in unicodedata.normalize("NFC", text):
            kind = unicodedata.category(one)
            if one.isspace():
                found.append(" ")
            elif kind in ("Cc", "Cf", "Cs"):
                continue
            elif ord(one) in self._known:
                found.append(one)
            else:
                found.append(SUBSTITUTE)
                self._is_substituted = True
        return "".join(found)

    def _broken(self, text: str) -> str:
        """The text with places where a long word may be broken."""
        return " ".join(
            word if len(word) <= _LONGEST_WORD else _breakable(word)
            for word in self._text(text).split(" ")
        )


def _breakable(word: str) -> str:
    found, since = [], 0
    for one in word:
        found.append(one)
        since += 1
        if one in _BREAKS or since >= _LONGEST_WORD:
            found.append(_MAY_BREAK)
            since = 0
    return "".join(found)
