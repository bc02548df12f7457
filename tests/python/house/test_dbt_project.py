"""The dbt project as a whole: declarations, descriptions, layers, macros, an empty warehouse."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.config import parse_as_of
from pipelines.sources import app_events
from scripts import sources_yml
from support.commands import ROOT, Project

#: One build (or parse) serves every test of this file, so they run in one process.

Json = dict[str, Any]

#: Layer of a model -> layers it may read. Sources are for staging alone.
MAY_READ = {
    "staging": {"source", "seed", "staging"},
    "days": {"staging", "intermediate"},
    "intermediate": {"seed", "staging", "intermediate", "core", "days"},
    "core": {"seed", "intermediate", "core", "days"},
    "marts": {"core", "marts", "days"},
}
#: Says which days an incremental model has to rebuild; such models stand in marts, too.
DAYS = "int_event_days_by_load"


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Json:
    project = Project(tmp_path_factory.mktemp("manifest"), {"DBT_WRITE_JSON": "true"})
    project.command("dbt", "--quiet", "parse")
    text = (project.target / "manifest.json").read_text()
    return dict(json.loads(text))


def models(manifest: Json) -> Iterator[Json]:
    return (node for node in manifest["nodes"].values() if node["resource_type"] == "model")


def layer(node: Json) -> str:
    if node["name"] == DAYS and node["resource_type"] == "model":
        return "days"
    return str(node["fqn"][1]) if node["resource_type"] == "model" else str(node["resource_type"])


def test_sources_yml_says_what_the_sources_declare() -> None:
    stale = [str(path) for path in sources_yml.outdated()]
    assert not stale, f"run `python -m scripts.sources_yml`: {stale} lag behind"


def test_a_declaration_keeps_what_was_written_by_hand() -> None:
    source = app_events.SOURCE
    text = sources_yml.render(source, "")
    described = text.replace(
        "- name: event_files\n    columns:\n",
        "- name: event_files\n    description: Files read.\n    columns:\n",
    ).replace("  - name: gone\n", "")
    assert described != text
    assert sources_yml.render(source, described) == described
    stale = described.replace("data_type: bigint", "data_type: varchar")
    assert sources_yml.render(source, stale) == described


def test_every_model_states_its_grain_and_every_column_its_meaning(manifest: Json) -> None:
    silent = []
    for node in models(manifest):
        if not node["description"].startswith("One row per "):
            silent.append(node["name"])
        silent += [
            f"{node['name']}.{column['name']}"
            for column in node["columns"].values()
            if not column["description"]
        ]
    assert not silent


def test_core_and_marts_have_enforced_contracts(manifest: Json) -> None:
    loose = [
        node["name"]
        for node in models(manifest)
        if layer(node) in {"core", "marts"} and not node["config"]["contract"]["enforced"]
    ]
    assert not loose


def test_names_are_short_enough_for_postgresql(manifest: Json) -> None:
    """A unit test becomes a table of its name there."""
    names = [node["name"] for node in models(manifest)]
    names += [test["name"] for test in manifest["unit_tests"].values()]
    assert [name for name in names if len(name) > 63] == []


def test_every_unit_test_expects_something(manifest: Json) -> None:
    """PostgreSQL cannot run what dbt writes for an expectation without rows."""
    tests = manifest["unit_tests"].values()
    assert [test["name"] for test in tests if not test["expect"]["rows"]] == []


def test_each_layer_reads_only_what_it_may(manifest: Json) -> None:
    nodes = {**manifest["nodes"], **manifest["sources"]}
    trespassing = [
        f"{node['name']} ({layer(node)}) reads {nodes[parent]['name']} ({layer(nodes[parent])})"
        for node in models(manifest)
        for parent in node["depends_on"]["nodes"]
        if layer(nodes[parent]) not in MAY_READ[layer(node)]
    ]
    assert not trespassing


def test_every_core_and_mart_model_has_a_test_of_its_grain(manifest: Json) -> None:
    proven = {
        test["attached_node"]
        for test in manifest["nodes"].values()
        if test["resource_type"] == "test"
        and (test.get("test_metadata") or {}).get("name") == "grain"
    }
    unproven = [
        node["name"]
        for node in models(manifest)
        if layer(node) in {"core", "marts"}
        and node["unique_id"] not in proven
        # A view over all single events: its grain is that of the rows without their duplicates,
        # which test_dbt_usage.py holds against an independent reckoning.
        and node["name"] != "fct_api_requests"
    ]
    assert not unproven


# -- macros, as the engine computes them ---------------------------------------------------------


CLOCKS = {
    "2026-01-31": "2026-02-01 00:00:00",
    "2026-01-31T12:30:15Z": "2026-01-31 12:30:15",
    "2026-01-31T12:30:15": "2026-01-31 12:30:15",
    "2026-01-31T12:30:15+02:00": "2026-01-31 10:30:15",
}
RANGES = {
    "day_ranges([], '2026-03-10')": "[['2026-03-10', None]]",
    "day_ranges(['2026-03-01', '2026-03-02', '2026-03-04'], '2026-03-10')": (
        "[['2026-03-01', '2026-03-03'], ['2026-03-04', '2026-03-05'], ['2026-03-10', None]]"
    ),
    "day_ranges(['2026-02-28', '2026-03-01', '2026-03-10', '2026-03-12'], '2026-03-10')": (
        "[['2026-02-28', '2026-03-02'], ['2026-03-10', None]]"
    ),
}
#: Of amounts with 15 digits before the point and rates with 12 decimals: the value by hand.
LARGE = {
    "share_of('999999999999999.99', '333333333333333.33', '999999999999999.99')": (
        "333333333333333.330000000"
    ),
    "share_of('600000000000000.00', '500000000000000.00', '750000000000000.00')": (
        "400000000000000.000000000"
    ),
    "share_of('20.00', '30.00', '50.00')": "12.000000000",
    "monthly_amount('999999999999999.99', \"'day'\", '1')": "30416666666666666.362500000",
    "inclusive_tax('999999999999999.99', '25')": "199999999999999.998000000",
    "in_report_currency('999999999999999.99', \"'idr'\", '0.000061432517', '1')": (
        "61432516999.999999386"
    ),
    "in_report_currency('10.00', \"'eur'\", '1.173456789012', '0.000061432517')": (
        "191015.580398895"
    ),
    "convert_to_usd('999999999999999.99', \"'idr'\", '0.000061432517')": (
        "61432516999.999999385674830000"
    ),
    "to_major_units('99999999999999999', '2')": "999999999999999.990000000",
    "amount_of_units('12345678901234.123456789012', '3')": "37037036703702.370370367036",
}
EXPRESSIONS = [
    "exact_divide('a', 'b')",
    "exact_divide('a', 'b', 0)",
    "to_major_units('a', 'e')",
    "to_major_units('a', 'e', 15)",
    "convert_to_usd('a', 'c', 'b')",
    "matches_glob('t', 'p')",
    "json_text('t', 'a.b-c')",
    "safe_decimal('t', 10, 2)",
    *[f"clock_text('{clock}')" for clock in CLOCKS],
    *RANGES,
    *LARGE,
]


@pytest.fixture(scope="module")
def sql_of(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Macro call -> the SQL that dbt makes of it."""
    project = Project(tmp_path_factory.mktemp("macros"))
    inline = "\n--next--\n".join(f"{{{{ {expression} }}}}" for expression in EXPRESSIONS)
    done = project.command("dbt", "--quiet", "compile", "--output", "json", "--inline", inline)
    sql = json.loads(done.stdout[done.stdout.index("{") :])["compiled"]
    parts = [part.strip() for part in sql.split("--next--")]
    return dict(zip(EXPRESSIONS, parts, strict=True))


def half_up(value: Fraction, places: int) -> Decimal:
    with localcontext() as context:
        context.prec = 80
        exact = Decimal(value.numerator) / Decimal(value.denominator)
        return exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def test_numbers_are_exact(sql_of: dict[str, str]) -> None:
    divide, divide_whole, major, major_15, usd = list(sql_of.values())[:5]
    numbers = ["0", "1", "-1", "2", "3", "-7", "0.000000001", "1234567890.123456789", "-0.5", "1e9"]
    with duckdb.connect() as connection:

        def one(expression: str, **values: Any) -> Any:
            columns = ", ".join(f"{value} as {name}" for name, value in values.items())
            row = connection.execute(f"select {expression} from (select {columns})").fetchone()
            return row[0] if row else None

        def decimal(text: str) -> str:
            return f"cast('{Decimal(text):f}' as decimal(38, 9))"

        for top in numbers:
            for bottom in numbers:
                a, b = Fraction(top), Fraction(bottom)
                values = {"a": decimal(top), "b": decimal(bottom)}
                assert one(divide, **values) == (half_up(a / b, 9) if b else None), (top, bottom)
                assert one(divide_whole, **values) == (half_up(a / b, 0) if b else None)
        assert one(divide, a="cast(7 as bigint)", b="cast(3 as integer)") == Decimal("2.333333333")
        assert one(divide, a="null", b="1") is None

        amounts = [
            "0",
            "1",
            "-1999",
            "123456789012345",
            "0.5",
            "0.000000000001",
            "-12.345678901234",
        ]
        for amount in amounts:
            for exponent in (0, 2, 3):
                exact = Fraction(Decimal(amount)) / 10**exponent
                value = f"cast('{Decimal(amount):f}' as decimal(38, 12))"
                assert one(major, a=value, e=str(exponent)) == half_up(exact, 9)
                assert one(major_15, a=value, e=str(exponent)) == half_up(exact, 15)
        assert one(major, a="cast(100 as bigint)", e="1") is None
        assert one(major, a="cast(100 as bigint)", e="null") is None

        tiny = "cast('0.000000000000000001' as decimal(38, 18))"
        rate = "cast('1.173456789' as decimal(38, 9))"
        assert one(usd, a=tiny, c="'USD'", b="null") == Decimal("1E-18")
        assert one(usd, a="cast(-2.5 as decimal(38, 18))", c="'eur'", b=rate) == Decimal(
            "-2.9336419725"
        )
        assert one(usd, a=tiny, c="'eur'", b="null") is None


def test_large_amounts_and_small_rates_fit(sql_of: dict[str, str]) -> None:
    with duckdb.connect() as connection:
        for expression, expected in LARGE.items():
            row = connection.execute(f"select {sql_of[expression]}").fetchone()
            assert row
            # A share of 15 digits is by a quotient of 18 decimals.
            close = Decimal("0.001") if "00000.00" in expression or "333.33" in expression else 0
            assert abs(row[0] - Decimal(expected)) <= close, expression


def test_texts_are_read_as_they_are_meant(sql_of: dict[str, str]) -> None:
    glob, path, number = list(sql_of.values())[5:8]
    globs = [
        ("gpt-4o, input", "*, input", True),
        ("gpt-4o, cached input", "*, input", False),
        ("GPT-4o", "gpt-4?", True),
        ("gpt-4", "gpt-4?", False),
        ("100% off_all!", "100% off_all!", True),
        ("100x offxall!", "100% off_all!", False),
        ("a\\b", "a\\*", True),
        ("", "*", True),
    ]
    with duckdb.connect() as connection:
        for text, pattern, expected in globs:
            found = connection.execute(
                f"select {glob} from (select ? as t, ? as p)", [text, pattern]
            ).fetchone()
            assert found == (expected,), (text, pattern)
        for text, value in [
            ('{"a": {"b-c": 1.25}}', "1.25"),
            ('{"a": {"b-c": "x"}}', "x"),
            ('{"a": 1}', None),
        ]:
            assert connection.execute(f"select {path} from (select ? as t)", [text]).fetchone() == (
                value,
            )
        for text, value in [("12.345", Decimal("12.35")), ("NaN", None), ("x", None), ("", None)]:
            assert connection.execute(
                f"select {number} from (select ? as t)", [text]
            ).fetchone() == (value,)


def test_the_clock_is_that_of_the_loads(sql_of: dict[str, str]) -> None:
    for clock, expected in CLOCKS.items():
        assert sql_of[f"clock_text('{clock}')"] == expected
        assert f"{parse_as_of(clock):%Y-%m-%d %H:%M:%S}" == expected


def test_day_ranges_hold_exactly_the_days(sql_of: dict[str, str]) -> None:
    assert {call: sql_of[call] for call in RANGES} == RANGES


# -- a warehouse that dbt saw before any load ----------------------------------------------------


@pytest.mark.slow
def test_a_load_takes_over_what_an_empty_build_made(project: Project) -> None:
    select = (
        "--select", "+usage_by_endpoint_day", "+load_freshness_by_source", "--quiet",
        "--indirect-selection=cautious",
    )  # fmt: skip
    project.dbt("build", *select)
    assert project.rows("select count(*) from product.usage_by_endpoint_day") == [(0,)]

    events = project.folder / "events"
    events.mkdir()
    (events / "one.jsonl").write_text(
        '{"event_id": "e1", "event_type": "api_request", "occurred_at": "2026-03-01T10:00:00Z", '
        '"customer_id": "cus_1", "endpoint": "/a", "status_code": 200, "response_time_ms": 12}\n'
    )
    project.settings |= {
        "SOURCES__APP_EVENTS__BUCKET_URL": str(events),
        "AS_OF": "2026-03-01",
    }
    project.load("app_events")
    project.dbt("build", *select)
    assert project.rows(
        "select date::text, endpoint, calls, is_provisional from product.usage_by_endpoint_day"
    ) == [("2026-03-01", "/a", 1, False)]

    # A column that a later version of a source declares appears in a warehouse that lacks it.
    with duckdb.connect(str(project.warehouse)) as connection:
        connection.execute("drop schema staging cascade")
        connection.execute("alter table raw_app_events.events drop column acquisition_channel")
    project.dbt("build", *select)
    assert project.rows("select acquisition_channel from raw_app_events.events") == [(None,)]


def test_every_seed_may_be_empty(tmp_path: Path) -> None:
    project = Project(tmp_path)
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    for path in (ROOT / "seeds").iterdir():
        text = path.read_text()
        header = text.splitlines()[0] + "\n"
        (seeds / path.name).write_text(text if path.suffix == ".yml" else header)
    project.settings["SEEDS_DIR"] = str(seeds)
    project.dbt("seed", "--quiet")
    types = project.rows(
        "select data_type from information_schema.columns where table_schema = 'seeds' "
        "and (table_name, column_name) in (('llm_prices', 'usd_per_million_tokens'), "
        "('llm_prices', 'valid_to'), ('customer_map', 'app_customer_id')) order by 1"
    )
    assert types == [("DATE",), ("DECIMAL(38,9)",), ("VARCHAR",)]
