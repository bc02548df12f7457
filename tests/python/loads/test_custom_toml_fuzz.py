"""Odd TOML files of custom sources: read, or refused with the file's name; never a crash."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.errors import SettingError
from pipelines.sources.billing_files.described import BillingDefinition, read_billing
from pipelines.sources.custom.definition import Definition, read_definition
from support.commands import ROOT

EXAMPLES = {
    path.name: path.read_text("utf-8").splitlines()
    for path in sorted((ROOT / "examples/sources").glob("*.toml"))
}
READERS = {
    name: read_billing if 'kind = "billing"' in lines else read_definition
    for name, lines in EXAMPLES.items()
}
#: What may stand where a value is expected, and where none is.
VALUES = [
    '""', '"x"', "''", "0", "-1", "1e999", "nan", "true", "[]", "[[]]", "{}", "[1, 'a']",
    '["", ""]',
    "{ a = 1 }", "9223372036854775808", "1979-05-27", "1979-05-27T07:32:00Z", '"../../etc/passwd"',
    '"https://user:pw@host/x?token=secret"', '"{{ x }}"', '"%s%s"', '"\\u0000"', '"a.b[0].c"',
    '"("',
    '"*"', '"$.x"', '"2026-13-45"', '"file:///etc/passwd"', '"' + "x" * 10_000 + '"', "", "=",
    '"""', "[" * 500, '"drop table x"', "0x10", "07:32:00", "inf", '"\\ud800"',
]  # fmt: skip


@st.composite
def odd_files(draw: st.DrawFn) -> tuple[str, str]:
    """An example with a few of its lines changed, left out, doubled or moved."""
    name = draw(st.sampled_from(sorted(EXAMPLES)))
    lines = list(EXAMPLES[name])
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        how = draw(st.sampled_from(["value", "value", "value", "gone", "twice", "moved", "new"]))
        if how == "value" and "=" in lines[at]:
            lines[at] = f"{lines[at].partition('=')[0]}= {draw(st.sampled_from(VALUES))}"
        elif how == "gone":
            lines[at] = ""
        elif how == "twice":
            lines.insert(at, lines[at])
        elif how == "moved":
            lines.append(lines.pop(at))
        elif how == "new":
            lines.insert(at, f"unknown_{at} = {draw(st.sampled_from(VALUES))}")
    return name, "\n".join(lines)


def check(name: str, text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_text(text, "utf-8")
        try:
            found = READERS[name](path)
        except SettingError as error:
            assert name in str(error)
            assert len(str(error)) < 3_000
            assert "token=secret" not in str(error)
            assert "user:pw" not in str(error)
        else:
            assert isinstance(found, Definition | BillingDefinition)


def test_the_examples_are_read() -> None:
    assert EXAMPLES
    for name in EXAMPLES:
        assert READERS[name](ROOT / "examples/sources" / name)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_every_value_in_place_of_every_other(name: str) -> None:
    lines = EXAMPLES[name]
    for at, line in enumerate(lines):
        if "=" in line and not line.startswith("#"):
            for value in VALUES[at % 3 :: 3]:
                changed = f"{line.partition('=')[0]}= {value}"
                check(name, "\n".join([*lines[:at], changed, *lines[at + 1 :]]))


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(odd_files())
def test_an_odd_file_is_refused_by_its_name(odd: tuple[str, str]) -> None:
    check(*odd)


@pytest.mark.slow
@settings(max_examples=20_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(odd_files())
def test_twenty_thousand_odd_files_are_refused_by_their_names(odd: tuple[str, str]) -> None:
    check(*odd)
