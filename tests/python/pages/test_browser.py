"""Every page in a real Chromium: no console error, no outside request, both themes, 390 pixels."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from support.browser import PAGES, Visit, chromium, dashboard, visit_in
from support.published import HOSTILE_NAMES, PublishedDir, answer, hostile_rows

pytestmark = pytest.mark.page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@dataclass
class Server:
    """A running dashboard, and the folder whose current build it shows."""

    url: str
    published: PublishedDir
    builds: int = 0

    def publish(self, *statements: str, filled: bool = True) -> Path:
        """Publish a build under a name that this server has not seen."""
        self.builds += 1
        return self.published.publish(f"{self.builds:04}", *statements, filled=filled)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("served")
    published = PublishedDir(folder / "published")
    published.path.mkdir()
    settings = {"WAREHOUSE_PATH": str(folder / "warehouse.duckdb")}
    with dashboard(published.path, folder / "log", settings) as url:
        yield Server(url, published)


@pytest.fixture(scope="module")
def filled(server: Server) -> Path:
    """The build that most tests read."""
    return server.publish()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield visit_in(context)
    context.close()


def test_nothing_published(server: Server, visit: Visit) -> None:
    for address in ("", "revenue"):
        visit.open(f"{server.url}/{address}", "Nothing is published yet")
        expect(visit.page.get_by_text("dbt build")).to_be_visible()
    visit.assert_clean(server.url)


@pytest.mark.slow
def test_an_empty_warehouse(server: Server, visit: Visit) -> None:
    server.publish(filled=False)
    for address, title in PAGES.items():
        visit.open(f"{server.url}/{address}", title)
        assert visit.page.get_by_text("could not be shown").count() == 0, title
        assert visit.page.get_by_text("does not hold").count() == 0, title
    visit.assert_clean(server.url)


def _serious(visit: Visit) -> list[str]:
    """What axe-core calls serious or critical."""
    found = Axe().run(visit.page).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_every_page_is_shown_whole_and_accessible(
    server: Server, filled: Path, browser: Browser, theme: str
) -> None:
    """Light on a wide window, dark on a narrow one, each checked by axe-core."""
    server.published.point_to(filled.name)
    context = browser.new_context(
        viewport={"width": 1280 if theme == "light" else 390, "height": 844},
        color_scheme="dark" if theme == "dark" else "light",
    )
    visit = visit_in(context)
    findings = {}
    for address, title in PAGES.items():
        visit.open(f"{server.url}/{address}", title)
        assert visit.page.get_by_text("could not be shown").count() == 0, title
        assert visit.page.get_by_text("does not hold").count() == 0, title
        visit.assert_fits()
        findings[title] = _serious(visit)
    assert {title: found for title, found in findings.items() if found} == {}
    background = visit.page.evaluate(
        "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    )
    assert (background == "rgb(255, 255, 255)") == (theme == "light")
    visit.assert_clean(server.url)
    context.close()


_REMARKS = (
    "insert into core.dim_annotations (date, label, description) values "
    "('2026-10-02', 'New price list', null), ('2026-10-09', 'Outage of search', 'Two hours'), "
    "('2026-10-21', 'Chat on a small model', null), ('2026-11-03', 'Conference', null)"
)
#: Boxes of the labels of each chart that has any, left, top, right and bottom.
_LABELS = """
[...document.querySelectorAll('.js-plotly-plot')].map(chart =>
    [...chart.querySelectorAll('.annotation-text')].map(label => {
        const box = label.getBoundingClientRect()
        return [box.left, box.top, box.right, box.bottom, chart.getBoundingClientRect().left,
                chart.getBoundingClientRect().right]
    })
).filter(labels => labels.length)
"""


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_remarks_of_one_month_can_all_be_read_on_a_phone(
    server: Server, browser: Browser, theme: Literal["light", "dark"]
) -> None:
    """And what stands beside them is accessible there, in both themes."""
    server.publish(_REMARKS)
    with browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=theme) as context:
        visit = visit_in(context)
        for address, title in (("", "Overview"), ("ai-cost", "AI cost"), ("revenue", "Revenue")):
            visit.open(f"{server.url}/{address}", title)
            charts = visit.page.evaluate(_LABELS)
            assert charts, title
            for labels in charts:
                assert len(labels) == 5  # the build's own stands in March
                for left, _, right, _, begin, end in labels:
                    assert begin <= left, (title, labels)
                    assert right <= end, (title, labels)
                for one, other in itertools.combinations(labels, 2):
                    apart = (
                        one[2] <= other[0] or other[2] <= one[0]
                        or one[3] <= other[1] or other[3] <= one[1]
                    )  # fmt: skip
                    assert apart, (title, one, other)
            assert _serious(visit) == [], title
        visit.assert_clean(server.url)


def _choose(visit: Visit, label: str, option: str) -> None:
    visit.page.get_by_role("combobox", name=label).click()
    visit.page.get_by_role("option", name=option, exact=True).click()


def test_filters_stand_in_the_address_and_come_back_from_it(
    server: Server, filled: Path, visit: Visit, browser: Browser
) -> None:
    server.published.point_to(filled.name)
    visit.open(f"{server.url}/ai-cost", "AI cost")
    expect(visit.page).to_have_title("AI cost · Usage vs Revenue")
    cards = visit.page.get_by_test_id("stMetricValue")
    before = cards.all_inner_texts()
    _choose(visit, "Days", "Last 7 days")
    expect(visit.page).to_have_url(re.compile("[?&]range=7d"))
    _choose(visit, "Currency", "in EUR")
    expect(cards.nth(0)).to_contain_text("€")
    visit.settle()
    assert "currency=EUR" in visit.page.url
    after = cards.all_inner_texts()
    assert [old != new for old, new in zip(before, after, strict=True)][:2] == [True, True]
    with browser.new_context() as other:
        pasted = visit_in(other)
        pasted.open(visit.page.url, "AI cost")
        expect(pasted.page.get_by_test_id("stMetricValue")).to_have_text(after)
    # Back undoes one choice after the other
    visit.page.go_back()
    expect(cards.nth(0)).to_contain_text("$")
    expect(visit.page.get_by_role("combobox", name="Days")).to_have_value("Last 7 days")
    visit.page.go_back()
    expect(visit.page.get_by_role("combobox", name="Days")).to_have_value("Last 12 months")
    visit.settle()
    _choose(visit, "Days", "Last 7 days")
    expect(visit.page).to_have_url(re.compile("[?&]range=7d"))
    # another page keeps them, one without them gives them back
    visit.page.get_by_role("link", name="Alerts").click()
    expect(visit.page.get_by_role("heading", name="Alerts", level=1)).to_be_visible()
    visit.page.get_by_role("link", name="Revenue").click()
    expect(visit.page.get_by_role("heading", name="Revenue", level=1)).to_be_visible()
    expect(visit.page.get_by_role("combobox", name="Days")).to_have_value("Last 7 days")
    visit.settle()
    assert "range=7d" in visit.page.url
    visit.assert_clean(server.url)


def test_a_new_publish_appears_by_itself(server: Server, filled: Path, visit: Visit) -> None:
    server.published.point_to(filled.name)
    visit.open(f"{server.url}/usage?range=7d", "Usage")
    calls = answer(
        filled,
        "select sum(calls) from product.usage_by_endpoint_day "
        "where date between '2026-11-08' and '2026-11-14'",
    )
    requests = visit.page.get_by_test_id("stMetricValue").first
    expect(requests).to_have_text(f"{calls:,}")
    server.publish(
        "insert into product.usage_by_endpoint_day (date, endpoint, calls, errors, is_provisional) "
        "values ('2026-11-14', '/new', 1, 0, false)",
    )
    expect(requests).to_have_text(f"{calls + 1:,}")
    visit.assert_clean(server.url)


@pytest.mark.slow
def test_downloads_equal_the_mart(server: Server, filled: Path, visit: Visit) -> None:
    server.published.point_to(filled.name)
    visit.open(f"{server.url}/revenue?range=7d", "Revenue")
    frame = visit.page.locator("[data-testid=stVerticalBlock]").filter(
        has=visit.page.get_by_role("heading", name="How well are invoices paid?")
    )
    frame.last.get_by_role("button", name="Data").click()
    with visit.page.expect_download() as csv_file:
        visit.page.get_by_role("button", name="CSV").click()
    rows = list(csv.DictReader(io.StringIO(csv_file.value.path().read_text("utf-8"))))
    assert [row["month"] for row in rows] == ["2026-11-01"]
    assert rows[0]["at_risk_mrr"] == str(
        answer(
            filled,
            "select at_risk_mrr from finance.billing_health_by_month where month = '2026-11-01'",
        )
    )
    with visit.page.expect_download() as excel_file:
        visit.page.get_by_role("button", name="Excel").click()
    with zipfile.ZipFile(excel_file.value.path()) as book:
        assert "120.123456789" in book.read("xl/worksheets/sheet1.xml").decode()
        assert "finance.billing_health_by_month" in book.read("xl/sharedStrings.xml").decode()
    visit.assert_clean(server.url)


@pytest.mark.slow
def test_the_reports_of_a_month_are_files(server: Server, filled: Path, visit: Visit) -> None:
    server.published.point_to(filled.name)
    visit.open(f"{server.url}/customer?customer=cus_3", "Customer")
    visit.page.get_by_role("button", name="Monthly report").click()
    with visit.page.expect_download() as pdf:
        visit.page.get_by_role("button", name="Download").click()
    assert pdf.value.suggested_filename == "customer-cus_3-2026-10.pdf"
    assert pdf.value.path().read_bytes().startswith(b"%PDF-")
    visit.open(server.url, "Overview")
    visit.page.get_by_role("button", name="Board report").click()
    visit.page.get_by_text("JSON", exact=True).click()
    with visit.page.expect_download() as document:
        visit.page.get_by_role("button", name="Download").click()
    assert document.value.suggested_filename == "company-2026-10.json"
    assert json.loads(document.value.path().read_text("utf-8"))["build_id"]
    visit.assert_clean(server.url)


@pytest.mark.slow
def test_a_movement_leads_to_its_customers(server: Server, filled: Path, visit: Visit) -> None:
    server.published.point_to(filled.name)
    visit.open(f"{server.url}/revenue", "Revenue")
    bar = visit.page.get_by_test_id("stPlotlyChart").first.locator(".bars .point path").nth(1)
    bar.click(force=True)
    listed = visit.page.get_by_role("heading", name="Who is behind new? 40 movements")
    expect(listed).to_be_visible()
    visit.settle()
    assert "movement=new" in visit.page.url
    grid = visit.page.get_by_test_id("stDataFrame").first
    grid.scroll_into_view_if_needed()
    box = grid.bounding_box()
    assert box
    visit.page.mouse.click(box["x"] + 16, box["y"] + 52)
    expect(visit.page.get_by_role("heading", name="Customer", level=1)).to_be_visible()
    expect(visit.page.get_by_test_id("stText").first).to_have_text("Customer 39")
    assert "customer=cus_39" in visit.page.url
    visit.assert_clean(server.url)


@pytest.mark.slow
def test_a_cell_of_the_cohorts_leads_to_its_customers(
    server: Server, filled: Path, visit: Visit
) -> None:
    server.published.point_to(filled.name)
    visit.open(f"{server.url}/retention", "Retention")
    chart = visit.page.get_by_test_id("stPlotlyChart").first
    chart.scroll_into_view_if_needed()
    # the first mark is of the oldest cohort, in the month of its first payment
    box = chart.locator(".scatterlayer .point").first.bounding_box()
    assert box
    visit.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    listed = visit.page.get_by_role("heading", name=re.compile("^Who of .* is left after"))
    expect(listed).to_be_visible()
    visit.settle()
    code = re.search(r"cohort=(\d{4}-\d\d\.\d+)", visit.page.url)
    assert code
    # the address is a link to the same customers, and only a cell of this build may stand in it
    said = listed.inner_text()
    visit.open(f"{server.url}/retention?cohort={code[1]}", "Retention")
    expect(listed).to_have_text(said)
    visit.open(f"{server.url}/retention?cohort=1999-01.3", "Retention")
    expect(listed).to_have_count(0)
    visit.assert_clean(server.url)


@pytest.mark.slow
def test_hostile_names_do_nothing(server: Server, visit: Visit) -> None:
    server.publish(hostile_rows())
    page = visit.page
    for address, title in PAGES.items():
        visit.open(f"{server.url}/{address}", title)
        assert page.get_by_text("could not be shown").count() == 0, title
        assert page.locator("a[href*='evil']").count() == 0, title
        assert page.locator("img[src*='evil']").count() == 0, title
        assert page.evaluate("window.pwned") is None, title
    visit.open(f"{server.url}/ai-cost", "AI cost")
    models = page.get_by_role("figure", name="Which models does it go to?")
    legend = models.locator(".legendtext")
    expect(legend.first).to_be_visible()
    assert '<a href="http://evil.test/b">click</a>' in " ".join(legend.all_text_contents())
    models.locator(".bars .point path").last.hover(force=True)
    visit.assert_clean(server.url)
    assert HOSTILE_NAMES


def test_an_analysts_statement(server: Server, filled: Path, visit: Visit) -> None:
    server.published.point_to(filled.name)
    asked = "select count(*) as n from core.dim_customers"
    visit.open(f"{server.url}/sql?sql={asked.replace(' ', '%20')}", "SQL")
    visit.page.get_by_role("button", name="Run").click()
    expect(visit.page.get_by_role("heading", name="1 rows")).to_be_visible()
    visit.page.get_by_role("textbox").fill("drop table core.dim_customers")
    visit.page.get_by_role("textbox").press("Control+Enter")
    visit.page.get_by_role("button", name="Run").click()
    expect(visit.page.get_by_text("Only SELECT runs here")).to_be_visible()
    visit.assert_clean(server.url)


def test_an_alert_is_handled_and_a_view_is_saved(
    server: Server, filled: Path, visit: Visit
) -> None:
    server.published.point_to(filled.name)
    page = visit.page
    visit.open(f"{server.url}/alerts?alert=churn_high@2026-10-01", "Alerts")
    expect(page).to_have_title("Alerts · Usage vs Revenue")
    waiting = page.get_by_test_id("stMetricValue").first
    expect(waiting).to_have_text("2")
    page.get_by_role("button", name="Acknowledge").click()
    expect(waiting).to_have_text("1")
    expect(page.get_by_text("acknowledge", exact=False).last).to_be_visible()
    visit.open(f"{server.url}/usage?days=2026-11-10", "Usage")
    of_the_day = "select sum(calls) from product.usage_by_endpoint_day where date = '2026-11-10'"
    calls = answer(filled, of_the_day)
    expect(page.get_by_test_id("stMetricValue").first).to_have_text(f"{calls:,}")
    page.get_by_role("button", name="Views").click()
    page.get_by_role("textbox", name="Name").fill("One day")
    page.get_by_role("textbox", name="Name").press("Enter")
    page.get_by_role("button", name="Save this view").click()
    expect(page.get_by_text("One day", exact=True)).to_be_visible()
    visit.settle()
    visit.open(server.url, "Overview")
    page.get_by_role("button", name="Views").click()
    page.get_by_role("link", name="Open", exact=True).click()
    expect(page.get_by_role("heading", name="Usage", level=1)).to_be_visible()
    visit.settle()
    assert "days=2026-11-10" in page.url
    visit.assert_clean(server.url)
