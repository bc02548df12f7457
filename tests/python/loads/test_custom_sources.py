"""Custom sources: what their files say, refuse and load, through real HTTP."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pipelines.errors import SettingError
from pipelines.sources.custom.definition import read_definition
from support.commands import ROOT, Project
from support.json_answers import JsonServer, json_server

EXAMPLES = ROOT / "examples" / "sources"
KEY = "sk-very-secret-key"

#: The newest version of each day, with its rows.
CURRENT = """
    select days.day::varchar, model, amount, currency, requests, input_tokens, cached_input_tokens,
        cache_write_tokens, output_tokens, basis, is_final
    from (
        select *, row_number() over (
            partition by provider, day order by _dlt_load_id desc
        ) as recency
        from {schema}.custom_days
    ) as days
    join {schema}.custom_rows as rows on rows._version_id = days._version_id
    where recency = 1
    order by all
"""

MINIMAL = """
[source]
id = "acme"
kind = "cost"
provider = "acme"

[read]
url = "https://acme.example/costs"
auth = {type = "bearer", secret_env = "ACME_KEY"}

[rows]
path = "data"

[map]
date = "day"
service = "what"
amount = {path = "cents", scale = "0.01"}
currency = {const = "eur"}

[key]
columns = ["date", "service"]
"""

#: Three pages; nothing of the first is left after `explode`.
CAPPED = [
    {"day": "2026-10-01", "what": f"s{number}", "cost": {"input": cents, "output": 0}}
    for number, cents in enumerate([0, 0, 1, 0, 5])
]
spend = {"2026-10-01": 1.25, "2026-10-02": 0.1}


def answers(path: str, params: dict[str, list[str]], headers: dict[str, str]) -> tuple[int, Any]:
    if KEY not in (headers.get("authorization", ""), headers.get("x-api-key", "")) and (
        headers.get("authorization") != f"Bearer {KEY}"
    ):
        return 401, {"error": {"message": f"wrong key {headers.get('authorization')}"}}
    if path == "/api/v1/activity":
        row = {"model": "openai/gpt-4o", "model_permaslug": "openai/gpt-4o-2024-08-06",
               "endpoint_id": "e", "byok_usage_inference": 9.5, "reasoning_tokens": 3}  # fmt: skip
        return 200, {
            "data": [
                {**row, "date": "2026-10-01", "provider_name": "Azure", "usage": 0.1,
                 "requests": 2, "prompt_tokens": 10, "completion_tokens": 5},
                {**row, "date": "2026-10-01", "provider_name": "OpenAI", "usage": 0.2,
                 "requests": 1, "prompt_tokens": 7, "completion_tokens": 1},
            ]
        }  # fmt: skip
    if path == "/user/daily/activity":
        return 200, litellm(params)
    if path == "/v1/organizations/cost_report":
        return 200, anthropic(params)
    if path in ("/berlin", "/new_york"):
        return 200, hours(
            {"/berlin": "Europe/Berlin", "/new_york": "America/New_York"}[path], params
        )
    if path == "/capped":  # two rows a page, whatever is asked for
        start = int(params["offset"][0])
        return 200, {"data": CAPPED[start : start + 2], "count": len(CAPPED)}
    return 404, {"error": "no such path"}


def litellm(params: dict[str, list[str]]) -> dict[str, Any]:
    """Two pages a day: the second one has the rest of gpt-4o."""
    first, last = (date.fromisoformat(params[name][0]) for name in ("start_date", "end_date"))
    days = [day for day in sorted(spend) if first <= date.fromisoformat(day) <= last]
    page = int(params["page"][0])
    pages = [(day, is_rest) for day in days for is_rest in (False, True)]

    def metrics(spend: float, requests: int, tokens: int) -> dict[str, Any]:
        return {"metrics": {"prompt_tokens": tokens, "completion_tokens": 10, "spend": spend,
                "cache_read_input_tokens": 15, "cache_creation_input_tokens": 5,
                "api_requests": requests}}  # fmt: skip

    def part(day: str, is_rest: bool) -> dict[str, Any]:
        models = {"gpt-4o": metrics(spend[day] / 2, 1 if is_rest else 3, 50)}
        total = spend[day] / 2
        if not is_rest:
            models["claude-x"] = metrics(0.5, 4, 100)
            total += 0.5
        return {"date": day, "metrics": {"spend": total}, "breakdown": {"models": models}}

    return {
        "results": [part(*one) for one in pages[page - 1 : page]],
        "metadata": {"page": page, "total_pages": len(pages)},
    }


#: Hours until which the API of a zone knows its costs.
known_until = [datetime(2026, 10, 3, 12, tzinfo=UTC)]


def hours(zone: str, params: dict[str, list[str]]) -> dict[str, Any]:
    """A cent for each hour of the local days that are asked for, in local time."""
    start, end = (
        datetime.fromisoformat(params[name][0]).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        for name in ("start", "end")
    )
    count = int((min(end, known_until[0]) - start) / timedelta(hours=1))
    local = [(start + timedelta(hours=hour)).astimezone(ZoneInfo(zone)) for hour in range(count)]
    return {
        "data": [
            {"day": at.replace(tzinfo=None).isoformat(), "what": at.isoformat(), "cents": 1}
            for at in local
        ]
    }


def anthropic(params: dict[str, list[str]]) -> dict[str, Any]:
    first, end = (date.fromisoformat(params[name][0][:10]) for name in ("starting_at", "ending_at"))
    assert params["group_by[]"] == ["workspace_id", "description"]
    page = params.get("page", ["0"])[0]
    row = {"currency": "USD", "cost_type": "tokens", "workspace_id": None,
           "service_tier": "standard", "model": "claude-opus-5",
           "context_window": "0-200k"}  # fmt: skip
    buckets = [
        {"starting_at": f"{first + timedelta(n)}T00:00:00Z", "results": []}
        for n in range((end - first).days)
    ]
    for bucket in buckets:
        if bucket["starting_at"].startswith("2026-10-01"):
            bucket["results"] = [
                {**row, "amount": "41280.000000", "token_type": "uncached_input_tokens"},
                {**row, "amount": "0.5", "token_type": "output_tokens"},
            ]
    half = len(buckets) // 2
    return {
        "data": buckets[half:] if page == "p2" else buckets[:half],
        "has_more": page != "p2",
        "next_page": None if page == "p2" else "p2",
    }


@pytest.fixture(scope="module")
def server() -> Iterator[JsonServer]:
    with json_server(answers) as serving:
        yield serving


@pytest.fixture
def sources(project: Project, server: JsonServer) -> Path:
    folder = project.folder / "sources"
    folder.mkdir()
    project.settings |= {
        "CUSTOM_SOURCES_DIR": str(folder),
        "AS_OF": "2026-10-03T12:00:00Z",
        "RUNTIME__REQUEST_MAX_ATTEMPTS": "1",
    }
    for name, key in (
        ("OPENROUTER", "OPENROUTER_MANAGEMENT_KEY"),
        ("LITELLM", "LITELLM_KEY"),
        ("ANTHROPIC_LEGACY", "ANTHROPIC_ADMIN_KEY"),
    ):
        project.settings |= {f"SOURCES__{name}__BASE_URL": server.url, key: KEY}
    return folder


def of_files(pattern: str, form: str) -> str:
    """A source that reads files in place of an API."""
    return MINIMAL.replace(
        'url = "https://acme.example/costs"\nauth = {type = "bearer", secret_env = "ACME_KEY"}',
        f'files = "{pattern}"\nformat = "{form}"',
    ).replace('[rows]\npath = "data"\n', "")


def current(project: Project, source: str) -> list[tuple[Any, ...]]:
    return project.rows(CURRENT.format(schema=f"raw_{source}"))


def test_the_shipped_examples_load_without_code(
    sources: Path, project: Project, server: JsonServer
) -> None:
    for file in EXAMPLES.glob("*.toml"):  # one is not configured, and skipped
        shutil.copy(file, sources)
    project.load_here()
    slug = "openai/gpt-4o-2024-08-06"
    assert current(project, "openrouter") == [
        ("2026-10-01", slug, Decimal("0.1"), "usd", 2, 10, None, None, 5, "billed", None),
        ("2026-10-01", slug, Decimal("0.2"), "usd", 1, 7, None, None, 1, "billed", None),
    ]
    whole, added = (4, 100, 15, 5, 10), (4, 100, 30, 10, 20)
    assert current(project, "litellm") == [
        ("2026-10-01", "claude-x", Decimal("0.5"), "usd", *whole, "estimated", True),
        ("2026-10-01", "gpt-4o", Decimal("1.25"), "usd", *added, "estimated", True),
        ("2026-10-02", "claude-x", Decimal("0.5"), "usd", *whole, "estimated", False),
        ("2026-10-02", "gpt-4o", Decimal("0.1"), "usd", *added, "estimated", False),
    ]
    assert [row[:4] for row in current(project, "anthropic_legacy")] == [
        ("2026-10-01", "claude-opus-5", Decimal("0.005"), "usd"),
        ("2026-10-01", "claude-opus-5", Decimal("412.8"), "usd"),
    ]
    # again: nothing is new, and only the last days are asked for
    server.asked.clear()
    project.load_here("litellm")
    assert {params["start_date"][0] for _, params in server.asked} == {"2026-10-01"}
    assert project.rows("select count(*) from raw_litellm.custom_days") == [(2,)]


def test_a_day_that_is_gone_or_says_something_else_is_a_new_version(
    sources: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(EXAMPLES / "litellm.toml", sources)
    project.load_here("litellm")
    monkeypatch.setitem(spend, "2026-10-01", 7.5)
    monkeypatch.delitem(spend, "2026-10-02")
    project.load_here("litellm")
    assert [row[:3] for row in current(project, "litellm")] == [
        ("2026-10-01", "claude-x", Decimal("0.5")),
        ("2026-10-01", "gpt-4o", Decimal("7.5")),
    ]
    assert project.rows("select day::varchar, rows from raw_litellm.custom_days order by all") == [
        ("2026-10-01", 2), ("2026-10-01", 2), ("2026-10-02", 0), ("2026-10-02", 2),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "page", ['size_param = "limit"', 'more = "count"'], ids=["until_a_shorter_page", "by_a_total"]
)
def test_pages_are_counted_as_the_server_sends_them(
    sources: Path, project: Project, server: JsonServer, page: str
) -> None:
    text = MINIMAL.replace("acme.example/costs", "acme.example/capped").replace(
        '[rows]\npath = "data"',
        f'[page]\ntype = "offset"\nparam = "offset"\nsize = 100\n{page}\n[rows]\npath = "data"\n'
        'explode = {into = "token_type", value = "cents", columns = {input = "cost.input", '
        'output = "cost.output"}}',
    )
    (sources / "acme.toml").write_text(text, "utf-8")
    project.settings |= {"SOURCES__ACME__BASE_URL": server.url, "ACME_KEY": KEY}
    project.load_here("acme")
    assert [row[2] for row in current(project, "acme")] == [Decimal("0.01"), Decimal("0.05")]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
def test_a_window_of_another_zone_replaces_whole_utc_days_only(
    sources: Path, project: Project, server: JsonServer, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    path = zone.rsplit("/", 1)[-1].lower()
    text = MINIMAL.replace("acme.example/costs", f"acme.example/{path}").replace(
        '[rows]',
        '[window]\nstart_param = "start"\nend_param = "end"\nfirst = "2026-09-29"\n'
        'lookback_days = 2\n[rows]',
    ).replace('provider = "acme"', f'provider = "acme"\ntimezone = "{zone}"')  # fmt: skip
    (sources / "acme.toml").write_text(text, "utf-8")
    project.settings |= {"SOURCES__ACME__BASE_URL": server.url, "ACME_KEY": KEY}
    project.load_here("acme")
    monkeypatch.setattr(f"{__name__}.known_until", [datetime(2026, 10, 5, 12, tzinfo=UTC)])
    project.settings["AS_OF"] = "2026-10-05T12:00:00Z"
    project.load_here("acme")
    assert Counter(row[0] for row in current(project, "acme")) == {
        **{f"2026-{day}": 24 for day in ("09-29", "09-30", "10-01", "10-02", "10-03", "10-04")},
        "2026-10-05": 12,
    }


def test_a_wrong_scale_is_caught_by_the_control_total(sources: Path, project: Project) -> None:
    text = (EXAMPLES / "litellm.toml").read_text("utf-8")
    wrong = text.replace('"metrics.spend", scale = "1"', '"metrics.spend", scale = "0.01"')
    (sources / "litellm.toml").write_text(wrong, "utf-8")
    done = project.load("litellm", expect=1)
    assert "control total" in " ".join((done.stdout + done.stderr).split())


def test_a_refused_key_is_not_shown_and_its_setting_is_named(
    sources: Path, project: Project
) -> None:
    shutil.copy(EXAMPLES / "openrouter.toml", sources)
    project.settings["OPENROUTER_MANAGEMENT_KEY"] = "sk-another"
    done = project.load("openrouter", expect=1)
    said = " ".join((done.stdout + done.stderr).split())
    assert "OPENROUTER_MANAGEMENT_KEY" in said
    assert "sk-another" not in said
    del project.settings["OPENROUTER_MANAGEMENT_KEY"]
    done = project.load("openrouter", expect=2)
    assert "set OPENROUTER_MANAGEMENT_KEY" in " ".join((done.stdout + done.stderr).split())


def test_preview_shows_mapped_rows_and_what_is_left_out(sources: Path, project: Project) -> None:
    shutil.copy(EXAMPLES / "openrouter.toml", sources)
    done = project.command("usage-vs-revenue", "sources", "preview", "openrouter")
    assert "amount: 0.1" in done.stdout
    assert "day: 2026-10-01" in done.stdout
    assert "not mapped: byok_usage_inference, endpoint_id, model, reasoning_tokens" in done.stdout
    assert KEY not in done.stdout + done.stderr
    assert not project.warehouse.exists()
    done = project.command("usage-vs-revenue", "sources", "preview", "stripe", expect=2)
    assert "no custom source" in " ".join((done.stdout + done.stderr).split())


def test_files_are_read_like_answers_and_odd_rows_cost_themselves_alone(
    sources: Path, project: Project
) -> None:
    text = of_files("bills/*.csv", "csv")
    (sources / "acme.toml").write_text(text, "utf-8")
    bills = project.folder / "bills"
    bills.mkdir()
    lines = ["day,what,cents", "2026-10-01,a,150", "2026-10-01,b,x", "soon,c,1", "2026-10-02,a,-3",
             "2026-10-02,a,4", "2026-10-02,a,-3", "2026-10-02,d,", "2026-10-02,e,NaN"]  # fmt: skip
    (bills / "october.csv").write_text("\n".join(lines), "utf-8")
    project.load_here("acme")
    assert [row[:4] for row in current(project, "acme")] == [
        ("2026-10-01", None, Decimal("1.5"), "eur"),
        ("2026-10-02", None, Decimal("-0.03"), "eur"),
    ]
    kept = current(project, "acme")
    lines = ["day,what,cents", "2026-09-30,a,9", "2026-10-01,a,?", "2026-10-03,a,5"]
    (bills / "october.csv").write_text("\n".join(lines), "utf-8")
    project.load_here("acme")  # what cannot be read is not gone; the other day is
    assert [row[:3] for row in current(project, "acme")] == [
        ("2026-09-30", None, Decimal("0.09")),
        kept[0][:3],
        ("2026-10-03", None, Decimal("0.05")),
    ]
    assert project.rows("select day::varchar from raw_acme.custom_days where rows = 0") == [
        ("2026-10-02",)
    ]
    assert project.rows(
        "select distinct file, line, field from raw_acme.quarantine order by all"
    ) == [
        ("october.csv", 3, "amount"),
        ("october.csv", 4, "date"),
        ("october.csv", 6, "key"),
        ("october.csv", 7, "key"),  # the same row again: nobody knows whether it is another one
        ("october.csv", 8, "amount"),
        ("october.csv", 9, "amount"),
    ]


def test_lines_and_files_that_cannot_be_read_cost_themselves_alone(
    sources: Path, project: Project
) -> None:
    text = of_files("bills/*.jsonl*", "jsonl")
    (sources / "acme.toml").write_text(text, "utf-8")
    bills = project.folder / "bills"
    bills.mkdir()
    row = b'{"day": "2026-10-0%d", "what": "a", "cents": 150}\n'
    (bills / "may.jsonl").write_bytes(row % 3)
    project.load_here("acme")
    (bills / "may.jsonl").write_bytes(b"cut off {\n")
    deep = b'{"day": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n"
    (bills / "october.jsonl").write_bytes(row % 1 + b'{"day": "2026\n' + deep + b"\xff\n")
    (bills / "june.jsonl.gz").write_bytes(b"no gzip")
    done = project.load("acme")
    assert "cannot be read" in done.stdout + done.stderr
    # a day that stood in a line that cannot be read any more is not gone
    assert [row[0] for row in current(project, "acme")] == ["2026-10-01", "2026-10-03"]
    assert project.rows("select file, line, field from raw_acme.quarantine order by all") == [
        ("june.jsonl.gz", None, "file"),
        ("may.jsonl", 1, "line"),
        ("october.jsonl", 2, "line"),
        ("october.jsonl", 3, "line"),
        ("october.jsonl", 4, "line"),
    ]
    done = project.command("usage-vs-revenue", "sources", "preview", "acme")
    assert "refused: october.jsonl, line 2: " in done.stdout

    for name in ("may.jsonl", "october.jsonl"):
        (bills / name).unlink()
    done = project.load("acme", expect=1)
    assert "june.jsonl.gz cannot be read" in " ".join((done.stdout + done.stderr).split())


def test_a_line_of_a_csv_file_that_is_no_utf8_costs_itself(sources: Path, project: Project) -> None:
    text = of_files("bills/*.csv", "csv")
    (sources / "acme.toml").write_text(text, "utf-8")
    bills = project.folder / "bills"
    bills.mkdir()
    lines = [b"day,what,cents", b"2026-10-01,a,150", b"2026-10-01,caf\xe9,1", b"2026-10-02,b,7"]
    (bills / "october.csv").write_bytes(b"\n".join(lines))
    (bills / "heading.csv").write_bytes(b"day,what,caf\xe9,cents\n2026-10-03,a,b,?\n")
    project.load_here("acme")
    assert [row[0] for row in current(project, "acme")] == ["2026-10-01", "2026-10-02"]
    assert project.rows("select file, line, field from raw_acme.quarantine order by all") == [
        ("heading.csv", None, "file"),
        ("october.csv", 3, "line"),
    ]


@pytest.mark.parametrize(
    ("before", "after", "line", "said"),
    [
        ('kind = "cost"', 'kind = "costs"', 4, "Write one of cost, usage, both"),
        ('provider = "acme"', 'provider = "acme"\nsecret = "x"', 6, "[source] secret is unknown"),
        ("[rows]", "[row]", 11, "[row] is unknown"),
        ('secret_env = "ACME_KEY"', 'secret = "sk-1"', 9, "The secret itself never stands here"),
        ('auth = {type = "bearer", secret_env = "ACME_KEY"}',
         'headers = {Authorization = "Bearer sk-1"}', 9, "looks like a secret"),
        ("https://acme.example/costs", "https://acme.example/costs?api_key=sk-1", 8,
         "holds a secret"),
        (', scale = "0.01"', "", 17, "needs scale"),
        ('scale = "0.01"', "scale = 0.01", 17, "texts of a decimal"),
        ('currency = {const = "eur"}', "", 14, "needs amount and currency"),
        ("[key]\n", "[key]\n#", 20, "must list what tells rows apart"),
        ('["date", "service"]', '["service"]', 21, "must name date"),
        ('date = "day"', 'date = "day" if x', 15, "no valid TOML"),
        ('currency = {const = "eur"}', 'currency = {expression = "a"}', 18,
         "there are no expressions"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_with_line_and_remedy(
    tmp_path: Path, before: str, after: str, line: int, said: str
) -> None:
    file = tmp_path / "acme.toml"
    assert before in MINIMAL
    file.write_text(MINIMAL.replace(before, after, 1), "utf-8")
    with pytest.raises(SettingError) as error:
        read_definition(file)
    assert said in str(error.value)
    assert f"line {line}" in str(error.value)
    assert "sk-1" not in str(error.value)


def test_a_wrong_file_costs_only_itself(sources: Path, project: Project) -> None:
    (sources / "acme.toml").write_text(MINIMAL.replace("[rows]", "[row]"), "utf-8")
    (sources / "stripe.toml").write_text(MINIMAL, "utf-8")
    shutil.copy(EXAMPLES / "openrouter.toml", sources)
    done = project.load(expect=1)
    text = " ".join((done.stdout + done.stderr).split())
    assert "[row] is unknown" in text
    assert "has the name of another source" in text
    assert len(current(project, "openrouter")) == 2
