"""The dashboard is served to this machine only, or behind sign-in; and calls nobody else."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from dashboards import guard
from support.ports import free_port
from support.published import contracts

ROOT = Path(__file__).parents[3]
LOCAL = ("localhost", "127.0.0.1", "::1")
SIGN_IN: dict[str, Any] = {
    "redirect_uri": "https://example.com/oauth2callback",
    "cookie_secret": "secret",
    "client_id": "id",
    "client_secret": "secret",
    "server_metadata_url": "https://example.com/.well-known/openid-configuration",
}


@pytest.fixture
def authlib_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "find_spec", lambda name: object())


@pytest.mark.parametrize("address", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_this_machine_needs_no_sign_in(address: str) -> None:
    assert guard.refusal(address, LOCAL, {}) is None


@pytest.mark.parametrize("address", [None, "", "0.0.0.0", "::", "192.168.1.5", "example.com"])
def test_another_address_needs_sign_in(address: str | None) -> None:
    message = guard.refusal(address, LOCAL, {})
    assert message is not None
    assert "[auth]" in message


@pytest.mark.usefixtures("authlib_is_installed")
def test_sign_in_opens_another_address() -> None:
    assert guard.refusal("0.0.0.0", ["dash.example.com"], SIGN_IN) is None
    named = {"redirect_uri": "x", "cookie_secret": "x", "google": SIGN_IN}
    assert guard.refusal("0.0.0.0", ["dash.example.com"], named) is None
    assert guard.sign_in_providers(SIGN_IN) == [None]
    assert guard.sign_in_providers(named) == ["google"]
    message = guard.refusal("0.0.0.0", LOCAL, SIGN_IN)
    assert message is not None
    assert "STREAMLIT_SERVER_ALLOWED_HOSTS" in message
    message = guard.refusal("0.0.0.0", ["dash.example.com"], SIGN_IN, "localhost")
    assert message is not None
    assert "STREAMLIT_BROWSER_SERVER_ADDRESS" in message


@pytest.mark.usefixtures("authlib_is_installed")
@pytest.mark.parametrize("lacking", list(SIGN_IN))
@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
def test_incomplete_sign_in_opens_nothing(address: str, lacking: str) -> None:
    auth = {key: value for key, value in SIGN_IN.items() if key != lacking}
    assert "not complete" in (guard.refusal(address, ["example.com"], auth) or "")


def test_sign_in_without_its_package_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "find_spec", lambda name: None)
    assert "Authlib" in (guard.refusal("0.0.0.0", ["example.com"], SIGN_IN) or "")


def test_the_server_does_not_start_on_another_address(tmp_path: Path) -> None:
    port = free_port()
    run = subprocess.run(
        [sys.executable, "-m", "streamlit", "run", "dashboards/app.py",
         "--server.headless=true", f"--server.port={port}"],
        check=False,
        cwd=ROOT,
        env={**os.environ, "STREAMLIT_SERVER_ADDRESS": "0.0.0.0", "PUBLISHED_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )  # fmt: skip
    assert run.returncode == 2
    assert "does not start on 0.0.0.0 without sign-in" in run.stderr
    assert "Traceback" not in run.stderr


def test_pages_may_call_this_server_only() -> None:
    policy = guard.content_security_policy()
    assert policy.startswith("default-src 'self';")
    assert "http" not in policy
    assert "*" not in policy


@pytest.mark.parametrize(
    "page",
    sorted(
        path
        for folder in ("app_pages", "panels")
        for path in (ROOT / "dashboards" / folder).glob("*.py")
    ),
    ids=lambda path: f"{path.parent.name}/{path.stem}",
)
def test_a_page_holds_no_sql_and_no_arithmetic(page: Path) -> None:
    tree = ast.parse(page.read_text("utf-8"))
    for node in ast.walk(tree):
        assert not isinstance(node, ast.BinOp | ast.UnaryOp), ast.unparse(node)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert "select " not in node.value.lower()
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {"duckdb", "pipelines.published.questions.measures"} & modules


def test_every_page_is_an_exposure_of_the_marts_it_reads() -> None:
    """Each mart that a page's data functions name stands in some exposure, and no other does."""
    declared = {name: refs for name, refs in _exposures().items() if name.startswith("dashboard_")}
    modules = (ROOT / "pipelines" / "published" / "questions").glob("*.py")
    assert set().union(*declared.values()) == _read(*modules)
    pages = set(declared)
    scripts = {path.stem for path in (ROOT / "dashboards" / "app_pages").glob("[!_]*.py")}
    assert pages == {f"dashboard_{name}" for name in scripts - {"sql"}}


def test_reports_and_digests_are_exposures_of_the_marts_they_read() -> None:
    answers = ROOT / "pipelines" / "published" / "questions" / "answers"
    declared = _exposures()
    # a build may lack the forecast: the report says so then
    reports = _read(answers / "customer_month.py", answers / "company_month.py")
    assert declared["monthly_reports"] - {"forecast_by_month"} == reports - {"forecast_by_month"}
    assert declared["digests"] == _read(answers / "what_moved.py")


def _exposures() -> dict[str, set[str]]:
    """Marts that each exposure is declared to depend on."""
    said = yaml.safe_load((ROOT / "models" / "marts" / "_exposures.yml").read_text("utf-8"))
    return {
        exposure["name"]: {
            ref.removeprefix("ref('").removesuffix("')") for ref in exposure["depends_on"]
        }
        for exposure in said["exposures"]
    }


def _read(*modules: Path) -> set[str]:
    """Marts that the questions of some modules name."""
    names = {name.split(".")[1] for name in contracts()}
    areas = r"\b(?:core|finance|product|unit_economics|monitoring)\.(\w+)"
    return {found for path in modules for found in re.findall(areas, path.read_text())} & names


def _request(**parts: Any) -> dict[str, Any]:
    headers = [
        (name.encode(), value.encode())
        for name, value in {"host": "127.0.0.1:8501", **parts.pop("headers", {})}.items()
    ]
    return {
        "type": "http",
        "path": "/revenue",
        "server": ("127.0.0.1", 8501),
        "headers": headers,
        **parts,
    }


@pytest.mark.parametrize(
    ("request_", "is_let_in"),
    [
        (_request(), True),
        (_request(headers={"host": "localhost:8501"}), True),
        (_request(headers={"host": "[::1]:8501"}, server=("::1", 8501)), True),
        (_request(headers={"host": "evil.test"}), False),
        (_request(headers={"host": "127.0.0.1.evil.test"}), False),
        (_request(headers={"host": ""}), False),
        (_request(server=("192.168.1.5", 8501)), False),
        (_request(server=("192.168.1.5", 8501), path="/_stcore/metrics"), False),
        (_request(server=("192.168.1.5", 8501), path="/api/v1/features"), True),
        (_request(path="/apiary", server=("192.168.1.5", 8501)), False),
        (_request(type="websocket", headers={"origin": "http://127.0.0.1:8501"}), True),
        (_request(type="websocket", headers={"origin": "http://127.0.0.1:9999"}), False),
        (_request(type="websocket", headers={"origin": "http://evil.test"}), False),
    ],
)
def test_each_request_is_looked_at(request_: dict[str, Any], is_let_in: bool) -> None:
    assert (guard.refusal_of_request(request_, {}, LOCAL) is None) is is_let_in
    assert (guard.refusal_of_request(request_, {}, ()) is None) is is_let_in


def test_with_sign_in_the_names_count_and_not_the_socket() -> None:
    outside = _request(server=("10.0.0.3", 8501), headers={"host": "dash.example.com"})
    assert guard.refusal_of_request(outside, SIGN_IN, ["dash.example.com"]) is None
    assert guard.refusal_of_request(outside, SIGN_IN, ["*.example.com"]) is None
    assert guard.refusal_of_request(outside, SIGN_IN, ["other.example.com"]) is not None
    assert guard.refusal_of_request(outside, SIGN_IN, ()) is None
