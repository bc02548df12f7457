"""The OpenAPI document is current, and the API keeps to it whatever it is asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi import checks

from pipelines.api.app import create, openapi
from pipelines.api.keys import SCOPES
from support.commands import ROOT
from support.served import Served, serve

COMMITTED = ROOT / "docs" / "openapi.json"


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An API of this file's own: many odd requests come to it."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        for found in serve(tmp_path_factory.mktemp("asked"), monkeypatch):
            found.folder.publish("0001")
            _, found.key = found.keys.create("all", tuple(SCOPES))
            yield found


def test_the_committed_document_is_current(served: Served) -> None:
    document = openapi(create())
    committed = json.loads(COMMITTED.read_text("utf-8"))
    assert committed == json.loads(json.dumps(document)), "run `python -m scripts.openapi`"


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
    "path", sorted(json.loads(COMMITTED.read_text("utf-8"))["paths"]), ids=str
)
def test_the_api_keeps_to_its_document(asked: Served, path: str) -> None:
    app = create()
    app.servers = [{"url": "/"}]
    schema: Any = schemathesis.openapi.from_asgi(
        "/openapi.json", app, config=SchemathesisConfig.from_dict({})
    )
    headers = {"authorization": f"Bearer {asked.key}"}
    operations = [
        found.ok() for found in schema.get_all_operations() if found.ok().path == path
    ]
    assert operations
    for operation in operations:
        if path.endswith("/sync"):
            continue  # starts loads

        @settings(
            max_examples=8,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @schemathesis.python._given(operation)  # type: ignore[attr-defined]
        def ask(case: Any) -> None:
            answer = case.call(headers=headers)
            case.validate_response(
                answer, checks=[not_a_server_error, checks.status_code_conformance,
                                checks.content_type_conformance,
                                checks.response_schema_conformance]
            )  # fmt: skip

        ask()


def test_the_document_lies_beside_its_description() -> None:
    assert (Path(ROOT) / "docs" / "api.md").is_file()
