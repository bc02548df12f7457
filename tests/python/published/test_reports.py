"""Reports: one month, three formats, the numbers of SQL; for any name, any month, any data."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import duckdb
import jsonschema
import openpyxl
import pypdf
import pytest
import typst
from rich.console import Console

from pipelines import cli
from pipelines.alerts import sending
from pipelines.console import Reporter
from pipelines.files import literal
from pipelines.published.reader import Published, open_published
from pipelines.reports import as_json, command, fonts, making
from pipelines.reports.company import is_closed
from pipelines.reports.issues import note_issue
from pipelines.reports.model import Chart, Report, as_text
from support.published import HOSTILE_NAMES, PublishedDir
from support.served import Served, rows_of
from support.webhook import webhook

OCTOBER = date(2026, 10, 1)
NAMES = {
    "cus_mixed": "Żółć & Søn <GmbH> #1 $x$ *bold* _it_ @mail `raw` \\n",
    "cus_typst": '#read("/etc/passwd") #import "x": * #set page(fill: red) ]] )',
    "cus_greek": "Ωμέγα Κ. Жизнь",
    "cus_kanji": "東京 Lab",
    "cus_turned": "abc\u202egpj.exe\u0000\u0007",
    "cus_emoji": "🚀🚀",
    "cus_long": "A" * 300,
    "=1+1": "=1+1",
    "../../etc/x y": "dots",
    "cus_$month'": "a'b\"c",
    **{f"cus_hostile_{number}": name for number, name in enumerate(HOSTILE_NAMES)},
}
_DAYS = (
    "from generate_series(timestamp '2026-10-01', timestamp '2026-10-31', interval 1 day) "
    "as d (day)"
)
EXTRA = (
    *(
        "insert into core.dim_customers by name select "
        f"{literal(key)} as customer_id, {literal(name)} as customer_name, "
        "timestamp '2025-06-02' as created_at"
        for key, name in NAMES.items()
        if "\0" not in name
    ),
    "insert into core.dim_customers by name select 'cus_turned' as customer_id, "
    "'abc' || chr(8238) || 'gpj.exe' || chr(7) as customer_name",
    "insert into core.dim_customers by name select '__unattributed__' as customer_id",
    # a customer whose months differ, with endpoints, a plan and AI cost
    "update finance.mrr_by_customer_month set mrr = 100 + 10 * month(month) where customer_id = "
    "'cus_7'",
    "update unit_economics.margin_by_customer_month set cost_usd = 1234.565 "
    "where customer_id = 'cus_7' and month = date '2026-10-01'",
    "insert into product.usage_by_customer_endpoint_day by name select "
    "cast(day as date) as date, 'cus_7' as customer_id, '/v1/' || e as endpoint, 10 as calls, "
    "e as errors, 10 as timed_calls, 400.5 * e as mean_response_time_ms, "
    f"900 * e as p95_response_time_ms, false as is_provisional {_DAYS} "
    "cross join range(1, 3) as n (e)",
    "insert into core.fct_cost_attribution by name select cast(day as date) as cost_date, "
    "'cus_7' as customer_id, 'chat' as feature_id, 'openai' as provider, 'llm' as cost_kind, "
    f"1.000000001 as cost_usd, 1.1 as list_cost_usd, 'gpt' as model_id {_DAYS}",
    "insert into core.fct_mrr_segments by name select 'si' as subscription_item_id, 'cus_7' as "
    "customer_id, 'prod_a' as product_id, 2 as quantity, 'earning' as earning_state, 'eur' as "
    "native_currency, 120 as gross_mrr, 20 as discount_mrr, 0 as tax_mrr, 100 as mrr, "
    "timestamp '2026-01-01' as valid_from",
    "update finance.mrr_movements_by_month set opening_mrr = 1000, closing_mrr = 1120, "
    "new_mrr = 150, churn_mrr = -30, expansion_mrr = 0, contraction_mrr = 0, "
    "reactivation_mrr = 0, pause_mrr = 0, resume_mrr = 0, fx_mrr = 0",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> PublishedDir:
    """A published build with customers of every kind."""
    found = PublishedDir(tmp_path_factory.mktemp("reports") / "published")
    found.path.mkdir()
    found.publish("0001", *EXTRA)
    return found


@pytest.fixture(autouse=True)
def settings(folder: PublishedDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The build is published, reports go into the test's own folder, and nobody is told."""
    monkeypatch.setenv("PUBLISHED_DIR", str(folder.path))
    monkeypatch.setenv("REPORTS_DIR", str(tmp_path / "reports"))
    for name in ("ALERTS__URLS", "DASHBOARD_URL", "REPORTS_FONTS"):
        monkeypatch.delenv(name, raising=False)


def changed(folder: PublishedDir, into: Path, build_id: str, *statements: str) -> PublishedDir:
    """A later build: a copy of `folder`'s, changed. Cheaper than to make one."""
    found = PublishedDir(into)
    found.path.mkdir(exist_ok=True)
    file = found.path / f"build_{build_id}.duckdb"
    shutil.copyfile(folder.path / "build_0001.duckdb", file)
    with duckdb.connect(str(file)) as connection:
        connection.execute("update monitoring.build set build_id = ?", [build_id])
        for statement in statements:
            connection.execute(statement)
    found.point_to(file.name)
    return found


@contextmanager
def opened(folder: PublishedDir) -> Iterator[Published]:
    with open_published(folder.path) as build:
        yield build


def of_customer(folder: PublishedDir, customer_id: str, month: date = OCTOBER) -> Report:
    with opened(folder) as build:
        return making.of_customer(build, customer_id, month)


def of_company(folder: PublishedDir, reports: Path, month: date = OCTOBER) -> Report:
    with opened(folder) as build:
        return making.of_company(build, month, reports)


def document(report: Report) -> dict[str, Any]:
    """The JSON of a report, which must be as its schema says."""
    schema = json.loads(as_json.SCHEMA_PATH.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    found: dict[str, Any] = json.loads(making.written(report, "json"))
    jsonschema.validate(found, schema)
    return found


def pdf_text(report: Report) -> str:
    """What a reader of the PDF finds in it, as one line."""
    pages = pypdf.PdfReader(io.BytesIO(making.written(report, "pdf"))).pages
    text = " ".join(page.extract_text() for page in pages)
    return re.sub(r"\s+", " ", text.replace("\u200b", ""))


def packed(text: str) -> str:
    """A text without blanks: where lines end is the page's matter."""
    return re.sub(r"\s+", "", text)


def workbook(report: Report) -> Any:
    return openpyxl.load_workbook(io.BytesIO(making.written(report, "xlsx")))


def dollars(amount: Decimal) -> str:
    rounded = abs(amount).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{'-' if amount < 0 else ''}${rounded:,}"


def run(*arguments: str, reporter: list[str] | None = None) -> int:
    """The command, as the console script plays it."""
    return cli.main(["report", *arguments])


_CUSTOMER = {
    ("summary", "mrr"): "select mrr from finance.mrr_by_customer_month "
    "where customer_id = 'cus_7' and month = date '2026-10-01'",
    ("summary", "cost_usd"): "select cost_usd from unit_economics.margin_by_customer_month "
    "where customer_id = 'cus_7' and month = date '2026-10-01'",
    ("summary", "revenue_usd"): "select revenue_usd from unit_economics.margin_by_customer_month "
    "where customer_id = 'cus_7' and month = date '2026-10-01'",
    ("summary", "calls"): "select sum(calls) from product.usage_by_customer_day "
    "where customer_id = 'cus_7' and month(date) = 10 and year(date) = 2026",
    ("use", "input_tokens"): "select sum(input_tokens) from product.usage_by_customer_day "
    "where customer_id = 'cus_7' and month(date) = 10 and year(date) = 2026",
    ("plan", "plan_allowance"): "select allowance from product.allowance_by_customer_month "
    "where customer_id = 'cus_7' and month = date '2026-10-01'",
}
_COMPANY = {
    ("summary", "closing_mrr"): "select closing_mrr from finance.mrr_movements_by_month "
    "where month = date '2026-10-01'",
    ("summary", "revenue_usd"): "select revenue_usd from unit_economics.profit_by_month "
    "where month = date '2026-10-01'",
    ("revenue", "cash_collected"): "select cash_collected from finance.revenue_by_month "
    "where month = date '2026-10-01'",
    ("cost", "unattributed_cost_usd"): "select unattributed_cost_usd "
    "from unit_economics.profit_by_month where month = date '2026-10-01'",
    ("quality", "open_alerts"): "select count(*) from monitoring.alerts where status = 'open'",
}


@pytest.mark.parametrize(("subject", "same"), [("cus_7", _CUSTOMER), (None, _COMPANY)])
def test_pdf_excel_and_json_tell_the_numbers_of_sql(
    folder: PublishedDir, tmp_path: Path, subject: str | None, same: dict[tuple[str, str], str]
) -> None:
    report = of_customer(folder, subject) if subject else of_company(folder, tmp_path)
    told, text, book = document(report), packed(pdf_text(report)), workbook(report)
    sections = {section["id"]: section for section in told["sections"]}
    for (section, name), sql in same.items():
        ((expected,),) = rows_of(folder.path, sql)
        fact = next(one for one in sections[section]["facts"] if one["id"] == name)
        assert Decimal(str(fact["value"])) == Decimal(expected), name
        shown = dollars(expected) if fact["unit"] == "money" else f"{int(expected):,}"
        assert packed(f"{fact['label']}{shown}") in text, name
        sheet = book[sections[section]["title"]]
        cells = {row[0].value: row[1].value for row in sheet.iter_rows(max_col=2)}
        assert Decimal(repr(cells[fact["label"]])) == Decimal(expected), name


def test_every_row_of_every_table_is_the_same_in_the_three_formats(
    folder: PublishedDir, tmp_path: Path
) -> None:
    for report in (of_customer(folder, "cus_7"), of_company(folder, tmp_path)):
        text, book, rows = packed(pdf_text(report)), workbook(report), 0
        for section, told in zip(report.sections, document(report)["sections"], strict=True):
            cells = list(book[section.title[:31]].iter_rows(values_only=True))
            for table, said in zip(section.tables, told["tables"], strict=True):
                start = next(n for n, row in enumerate(cells) if row[0] == table.title) + 2
                for place, row in enumerate(table.rows):
                    rows += 1
                    assert list(said["rows"][place].values()) == [as_json.plain(v) for v in row]
                    for column, value in enumerate(row):
                        cell = cells[start + place][column]
                        cell = cell.date() if isinstance(cell, datetime) else cell
                        if isinstance(value, Decimal | int):
                            assert abs(Decimal(repr(cell)) - value) < Decimal("1e-9")
                        else:
                            assert cell == value
                        unit = table.columns[column]
                        assert packed(as_text(value, unit.unit, unit.currency)) in text
        assert rows > 40


def test_reports_of_names_in_any_script_and_of_hostile_ones(folder: PublishedDir) -> None:
    files = set()
    for customer_id, name in NAMES.items():
        report = of_customer(folder, customer_id)
        files.add(making.file_name(report, "pdf"))
        stored = report.subject_name
        assert document(report)["subject_name"] == stored
        cell = workbook(report)["About"]["B3"]
        assert cell.data_type == "s"
        assert str(cell.value)[:7] == stored[:7]
        text = pdf_text(report)
        assert ("do not have" in text) == (customer_id in ("cus_kanji", "cus_emoji")), customer_id
        shown = {"cus_kanji": "\ufffd\ufffd Lab", "cus_emoji": "\ufffd\ufffd",
                 "cus_turned": "abcgpj.exe"}.get(customer_id, name)  # fmt: skip
        assert packed(shown) in packed(text), customer_id
        place = Path("reports") / making.file_name(report, "pdf")
        assert place.parent == Path("reports")
        assert re.fullmatch(r"[A-Za-z0-9_.-]+", place.name)
    assert len(files) == len(NAMES)


def test_a_folder_without_any_font_changes_nothing(
    folder: PublishedDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert {ord(one) for one in "aŻЖΩ€—"} <= fonts.characters(fonts.FOLDER / "NotoSans-Regular.ttf")
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts" / "broken.ttf").write_bytes(b"no font at all")
    monkeypatch.setenv("REPORTS_FONTS", str(tmp_path / "fonts"))
    assert "東" not in pdf_text(of_customer(folder, "cus_kanji"))


@pytest.mark.parametrize("weight", ["Regular", "Bold"])
def test_the_font_has_every_character_that_it_is_said_to_have(weight: str) -> None:
    known = fonts.characters(fonts.FOLDER / f"NotoSans-{weight}.ttf")
    assert len(known) > 1500
    text = " ".join(chr(one) for one in sorted(known) if one > 32)
    source = (
        '#set document(title: "t")\n#set text(font: "Noto Sans", fallback: false, weight: "'
        f'{weight.lower()}")\n#sys.inputs.text'
    )
    compiler = typst.Compiler(
        source.encode(),
        font_paths=typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=[fonts.FOLDER]
        ),
        sys_inputs={"text": text},
    )
    assert compiler.compile(format="pdf", pdf_standards=["ua-1"])  # fails on a missing glyph


def test_the_pdf_is_tagged_and_its_charts_are_told_in_words(folder: PublishedDir) -> None:
    report = of_customer(folder, "cus_7")
    content = making.written(report, "pdf")
    assert making.written(report, "pdf") == content  # the same build, the same bytes
    root: Any = pypdf.PdfReader(io.BytesIO(content)).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    alts: list[str] = []

    def look(node: Any) -> None:
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            for one in node:
                look(one)
        elif isinstance(node, dict):
            if "/Alt" in node:
                alts.append(str(node["/Alt"]))
            if "/K" in node:
                look(node["/K"])

    look(root["/StructTreeRoot"])
    charts = [chart for section in report.sections for chart in section.charts]
    assert len(charts) == 3
    assert {packed(chart.alt) for chart in charts} <= {packed(alt) for alt in alts}
    pictures = [one for sheet in workbook(report) for one in sheet._charts]
    assert len(pictures) == len(charts)


def test_an_id_that_nobody_has_is_answered_with_those_most_like_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run("customer", "cus_77", "--month", "2026-10") == 2
    assert "cus_7 (Customer 7)" in capsys.readouterr().err
    assert run("customer", "customer 12", "--month", "2026-10") == 2
    assert "cus_12 (Customer 12)" in capsys.readouterr().err
    assert run("customer", "__unattributed__", "--month", "2026-10") == 2
    assert not (tmp_path / "reports").exists()


def test_months_that_run_or_have_not_begun(
    folder: PublishedDir, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run("company", "--month", "2026-11") == 2
    said = capsys.readouterr().err
    assert "2026-11 is not over" in said and "Ask for 2026-10" in said
    assert run("customer", "cus_7", "--month", "2026-12") == 2
    assert "has not begun" in capsys.readouterr().err
    for far in ("9999-12", "0001-01", "2999-01"):
        assert run("company", "--month", far) == 2
        assert run("customer", "cus_7", "--month", far) == 2
        assert f"{far} " in capsys.readouterr().err
    running = of_customer(folder, "cus_7", date(2026, 11, 1))
    assert running.is_provisional
    assert "Provisional" in pdf_text(running)
    assert not of_customer(folder, "cus_7").is_provisional
    assert not (tmp_path / "reports").exists()


@pytest.mark.parametrize(
    ("clock", "zone", "closed"),
    [
        ("2026-11-01T00:00+00:00", "UTC", True),
        ("2026-10-31T23:59+00:00", "UTC", False),
        ("2026-11-01T03:00+00:00", "America/New_York", False),
        ("2026-11-01T04:00+00:00", "America/New_York", True),
        ("2026-10-31T23:00+00:00", "Asia/Tokyo", False),
    ],
)
def test_a_month_is_closed_when_it_is_over_in_both_time_zones(
    clock: str, zone: str, closed: bool
) -> None:
    assert is_closed(OCTOBER, datetime.fromisoformat(clock), zone) is closed


def test_a_month_without_data_is_an_honest_report(folder: PublishedDir, tmp_path: Path) -> None:
    for report in (
        of_customer(folder, "cus_greek"),
        of_customer(folder, "cus_7", date(2019, 2, 1)),
        of_company(folder, tmp_path, date(2019, 2, 1)),
    ):
        told = document(report)
        facts = [fact for section in told["sections"] for fact in section["facts"]]
        assert all(fact["reason"] for fact in facts if fact["value"] is None)
        assert "has no" in told["notes"][0]
        assert "—" in pdf_text(report)
        assert workbook(report)


def test_reports_of_a_build_without_any_data(tmp_path: Path) -> None:
    empty = PublishedDir(tmp_path / "published")
    empty.path.mkdir()
    empty.publish("0001", filled=False)
    report = of_company(empty, tmp_path)
    assert "has no recurring revenue" in document(report)["notes"][0]
    assert "No recurring revenue" in pdf_text(report)
    assert workbook(report)
    with opened(empty) as build, pytest.raises(making.UnknownCustomerError, match="no customers"):
        making.of_customer(build, "cus_1", OCTOBER)


def test_a_customer_of_ten_thousand_days_takes_less_than_two_seconds(
    folder: PublishedDir, tmp_path: Path
) -> None:
    old = changed(
        folder,
        tmp_path / "published",
        "0002",
        "insert into product.usage_by_customer_day by name select cast(day as date) as date, "
        "'cus_7' as customer_id, 5 as calls, 1 as errors, 5 as timed_calls, 7 as peak_hour, "
        "200 as mean_response_time_ms, 3 as llm_calls "
        "from generate_series(timestamp '1998-03-18', timestamp '2025-07-31', interval 1 day) "
        "as d (day)",
        "insert into core.fct_cost_attribution by name select cast(day as date) as cost_date, "
        "'cus_7' as customer_id, 'chat' as feature_id, 'llm' as cost_kind, 1 as cost_usd "
        "from generate_series(timestamp '1998-03-18', timestamp '2025-07-31', interval 1 day) "
        "as d (day) cross join range(10)",
    )
    making.written(of_customer(old, "cus_7"), "pdf")  # fonts and libraries are read once
    for form in making.FORMATS:
        began = time.process_time()
        report = of_customer(old, "cus_7")
        assert making.written(report, form)
        assert time.process_time() - began < 2
    months = next(section for section in report.sections if section.id == "trend").tables[0]
    assert len(months.rows) == 12


def test_what_changed_in_closed_months_since_the_last_issue(
    folder: PublishedDir, tmp_path: Path
) -> None:
    reports = tmp_path / "reports"

    def listed(report: Report) -> list[tuple[Any, ...]]:
        section = next(one for one in report.sections if one.id == "restatements")
        return list(section.tables[0].rows)

    first = of_company(folder, reports)
    assert "nothing to compare with" in pdf_text(first)
    note_issue(reports, first, datetime.fromisoformat("2026-11-02T08:00+00:00"))
    (reports / "issued" / "company-2026-01-broken.json").write_text('{"month": 5')
    assert listed(of_company(folder, reports)) == []  # the same build is no later issue
    book = changed(
        folder,
        tmp_path / "published",
        "0002",
        "update unit_economics.profit_by_month set llm_cost_usd = llm_cost_usd + 1.5 "
        "where month = date '2026-09-01'",
        "delete from finance.revenue_by_month where month = date '2026-08-01'",
    )
    second = of_company(book, reports)
    found = {(row[0], row[1]): row[2:] for row in listed(second)}
    before = Decimal("120.123456789")
    assert found[date(2026, 9, 1), "AI cost"] == (before, before + Decimal("1.5"), Decimal("1.5"),
                                                  "USD")  # fmt: skip
    assert found[date(2026, 8, 1), "Invoiced"] == (before, None, None, "USD")
    assert {month for month, _ in found} == {date(2026, 9, 1), date(2026, 8, 1)}
    issued = reports / "issued" / "company-2026-10-0001.json"
    assert stat.S_IMODE(issued.stat().st_mode) == 0o600
    assert "Customer" not in issued.read_text()


def test_the_board_sees_the_forecast_and_how_often_its_bands_held(
    folder: PublishedDir, tmp_path: Path
) -> None:
    into, without = tmp_path / "published", "drop table if exists finance.forecast_by_month"
    ahead = changed(folder, into, "0002", without)
    assert "This build has no forecast" in pdf_text(of_company(ahead, tmp_path))
    ahead = changed(
        folder,
        into,
        "0003",
        without,
        "create table finance.forecast_by_month as select 'mrr' as metric, "
        "cast(day as date) as month, 1000.5 as value, 900 as lower_80, 1100 as upper_80, "
        "800 as lower_95, 1200 as upper_95, 'mix' as method, 0.786 as coverage_80, "
        "0.93 as coverage_95, 14 as coverage_n from generate_series(timestamp '2026-11-01', "
        "timestamp '2027-01-01', interval 1 month) as d (day)",
    )
    text = pdf_text(of_company(ahead, tmp_path))
    assert "its 80 % band held 78.6%, its 95 % band 93.0% of 14 past forecasts" in text
    assert "$1,000.50 $900.00 $1,100.00" in text
    assert "Movements of MRR" in text


def test_where_the_files_go(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("customer", "=1+1", "--month", "2026-10", "--format", "pdf,", "json") == 0
    names = sorted(path.name for path in (tmp_path / "reports").iterdir())
    assert [re.sub(r"-[0-9a-f]{8}-", "-#-", name) for name in names] == [
        "customer--1-1-#-2026-10.json",
        "customer--1-1-#-2026-10.pdf",
    ]
    assert run("customer", "cus_7", "--month", "2026-10", "--output", str(tmp_path / "x.xlsx")) == 0
    assert openpyxl.load_workbook(tmp_path / "x.xlsx")
    several = ["--format", "pdf", "--format", "xlsx", "--output", str(tmp_path / "board.pdf")]
    assert run("company", "--month", "2026-10", *several) == 0
    assert {"board.pdf", "board.xlsx"} <= {path.name for path in tmp_path.iterdir()}
    assert (tmp_path / "reports" / "issued").is_dir()
    (tmp_path / "file").write_text("")
    assert run("company", "--month", "2026-10", "--output", str(tmp_path / "file" / "x.pdf")) == 2
    assert "cannot be written" in capsys.readouterr().err
    for wrong in (["--format", "doc"], ["--month", "2026-13"]):
        with pytest.raises(SystemExit):
            run("customer", "cus_7", "--month", "2026-10", *wrong)


def test_a_report_is_sent_with_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASHBOARD_URL", "https://metrics.example.com/")
    with webhook() as hook:
        monkeypatch.setenv("ALERTS__URLS", hook.url)
        both = ["--format", "pdf", "xlsx", "--send"]
        assert run("customer", "cus_hostile_1", "--month", "2026-10", *both) == 0
        (body,) = hook.bodies
        files = {one["filename"]: one["base64"] for one in body["attachments"]}
        assert set(files) == {
            "customer-cus_hostile_1-2026-10.pdf", "customer-cus_hostile_1-2026-10.xlsx",
        }  # fmt: skip
        for name, content in files.items():
            assert base64.b64decode(content) == (tmp_path / "reports" / name).read_bytes()
        assert "<a href" not in body["title"] and "http://" not in body["title"]
        assert "AI cost: —" in body["message"]
        hook.status = 500
        assert run("company", "--month", "2026-10", "--send") == 1
        assert hook.refused == 1
        # a service that takes no files is told where they lie
        hook.status = 200
        monkeypatch.setenv("ALERTS__URLS", f"gotify://127.0.0.1:{hook.port}/s3cret")
        assert run("company", "--month", "2026-10", "--send") == 0
        said = hook.bodies[-1]["message"]
        assert str(tmp_path / "reports" / "company-2026-10.pdf") in said
        assert "https://metrics.example.com/api/v1/reports/company?month=2026-10" in said


def test_sending_without_an_address_is_wrong_use_and_writes_nothing(tmp_path: Path) -> None:
    output = io.StringIO()
    console = Console(file=output, width=200)
    code = command.report(
        "cus_7", OCTOBER, [], None, send=True, reporter=Reporter(console, console)
    )
    assert code == 2
    assert sending.SETTING in output.getvalue()
    assert not (tmp_path / "reports").exists()


def test_the_api_gives_the_same_files(served: Served) -> None:
    answers = {
        form: served.get("/reports/customers/cus_7", month="2026-10", format=form)
        for form in making.FORMATS
    }
    for form, answer in answers.items():
        assert answer.status_code == 200
        assert answer.headers["content-type"] == making.MEDIA_TYPES[form]
    report = of_customer(served.folder, "cus_7")
    assert answers["pdf"].content == making.written(report, "pdf")
    assert (
        'filename="customer-cus_7-2026-10.xlsx"' in answers["xlsx"].headers["content-disposition"]
    )
    told = answers["json"].json()
    assert told["sections"] == document(report)["sections"]
    tag = {"if-none-match": answers["pdf"].headers["etag"]}
    headers = {"authorization": f"Bearer {served.key}", **tag}
    path = "/api/v1/reports/customers/cus_7?month=2026-10&format=pdf"
    assert served.client.get(path, headers=headers).status_code == 304
    assert served.get("/reports/customers/cus_nobody", month="2026-10").status_code == 404
    for month in ("2026-11", "2026-13", "october", "0001-01"):
        refused = served.get("/reports/company", month=month)
        assert (refused.status_code, refused.json()["parameter"]) == (400, "month"), month
    assert served.body("/reports/company")["month"] == "2026-10"


def test_the_score_is_half_speed_and_half_errors(folder: PublishedDir) -> None:
    report = of_customer(folder, "cus_7")
    section = next(one for one in report.sections if one.id == "performance")
    rows = {row[0]: row[1:] for row in section.tables[0].rows}
    # /v1/1: 400.5 ms, 10 % of errors: 50 + 20; /v1/2: 801 ms, 20 %: 40 + 20
    assert rows["/v1/1"][-1] == 70
    assert rows["/v1/2"][-1] == 60
    assert rows["/v1/1"][:3] == (310, 31, Decimal("0.1"))
    assert rows["/v1/2"][3:5] == (Decimal("801"), Decimal("1800"))


def test_a_chart_of_one_value_of_nothing_and_below_zero_can_be_drawn() -> None:
    from pipelines.reports.charts import svg
    from pipelines.reports.model import Series

    for values in ((None,), (0,), (-5, None, 3), (Decimal("1e-9"),), (10**15, -(10**15))):
        labels = tuple(f"<{number}>" for number in range(len(values)))
        for kind in ("line", "bar", "waterfall"):
            chart = Chart("c", "T", kind, labels, (Series("s", "S", values),), "count")  # type: ignore[arg-type]
            drawn = svg(chart)
            assert "<0>" not in drawn
            assert "nan" not in drawn
            assert chart.alt
