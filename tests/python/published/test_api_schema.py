"""The OpenAPI document is current, and the API keeps to it whatever it is asked."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from pipelines.api.app import create, openapi
from pipelines.api.keys import SCOPES, KeyStore
from support.commands import ROOT
from support.published import PublishedDir
from support.served import Served, serving

COMMITTED = ROOT / "docs" / "openapi.json"
#: What a document cannot say of two parameters together (start before end) is refused with 400.
CHECKS = """\
[checks.positive_data_acceptance]
expected-statuses = ["2xx", 400, 401, 403, 404, 409, 410, 503]
"""


def test_the_committed_document_is_current(served: Served) -> None:
    document = json.loads(json.dumps(openapi(create())))
    assert json.loads(COMMITTED.read_text("utf-8")) == document, "run `python -m scripts.openapi`"


def test_every_address_stands_in_the_changes_and_none_is_taken_away() -> None:
    document = json.loads(COMMITTED.read_text("utf-8"))
    there = {
        f"{method.upper()} /api{path}"
        for path, methods in document["paths"].items()
        for method in methods
    }
    said = re.findall(r"`([A-Z]+ /api/[^`]+)`", (ROOT / "docs" / "api_changes.md").read_text())
    assert len(said) == len(set(said)), "an address is said twice"
    assert there - set(said) == set(), "write what is new into docs/api_changes.md"
    assert set(said) - there == set(), "an address of v1 is gone"


def test_every_address_documents_its_errors_and_its_key(served: Served) -> None:
    document = json.loads(COMMITTED.read_text("utf-8"))
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert {"400", "401", "403", "429"} <= set(operation["responses"]), path
            assert "422" not in operation["responses"]
            assert {"key": []} in operation["security"]
            assert operation["summary"]
            assert operation["description"]


@pytest.mark.parametrize(
    ("phases", "examples"),
    [("fuzzing", 2), pytest.param("examples,coverage,fuzzing", 20, marks=pytest.mark.slow)],
)
def test_the_api_keeps_to_its_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, phases: str, examples: int
) -> None:
    published = PublishedDir(tmp_path / "published")
    published.path.mkdir()
    published.publish("0001")
    _, key = KeyStore(tmp_path / "api_keys.json").create("odd requests", tuple(SCOPES))
    monkeypatch.setenv("API__RATE_PER_MINUTE", "1000000")
    monkeypatch.setenv("CREDENTIALS_KEY", Fernet.generate_key().decode())
    monkeypatch.setenv("CREDENTIALS_PATH", str(tmp_path / "credentials.enc"))
    config = tmp_path / "checks.toml"
    config.write_text(CHECKS)
    with serving(tmp_path, "--only", "api") as url:
        done = subprocess.run(
            [
                str(Path(sys.executable).with_name("schemathesis")),
                "--config-file", str(config),
                "run", f"{url}/api/openapi.json", "--url", f"{url}/api",
                "--header", f"Authorization: Bearer {key}",
                "--checks", "all",
                "--phases", phases,
                "--max-examples", str(examples),
                "--exclude-path-regex", "/sync$",  # starts loads
                "--generation-deterministic",
                "--no-color",
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=500,
            check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:]
    assert "0 selected" not in done.stdout
