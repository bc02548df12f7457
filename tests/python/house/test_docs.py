"""What the docs say is tested, is."""

from __future__ import annotations

import re

from support.commands import ROOT

TEST_NAME = re.compile(r"`(test_\w+)`")


def test_every_fault_in_the_docs_names_a_test_that_exists() -> None:
    named = set(TEST_NAME.findall((ROOT / "docs/loading.md").read_text()))
    written = {
        name
        for path in (ROOT / "tests/python").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(), flags=re.MULTILINE)
    }
    assert len(named) > 20
    assert named <= written, named - written
