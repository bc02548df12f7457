"""What the docs say is tested, is."""

from __future__ import annotations

import re

from support.commands import ROOT

TEST_NAME = re.compile(r"`(test_\w+)`")


def test_every_fault_in_the_docs_names_a_test_that_exists() -> None:
    tables = [(ROOT / "docs" / name).read_text("utf-8") for name in ("loading.md", "serving.md")]
    named = {name for text in tables for name in TEST_NAME.findall(text)}
    rows = [line for text in tables for line in text.splitlines() if TEST_NAME.search(line)]
    written = {
        name
        for path in (ROOT / "tests/python").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(), flags=re.MULTILINE)
    }
    assert sum(row.startswith("|") for row in rows) >= 60
    assert named <= written, named - written
