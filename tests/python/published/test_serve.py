"""One process and one port for people, programs and assistants."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import requests
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from pipelines.api.keys import KeyStore
from pipelines.cli import main
from support.commands import ROOT
from support.published import PublishedDir
from support.served import SCRIPT, serving


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    published = PublishedDir(tmp_path / "published")
    published.path.mkdir()
    published.publish("0001")
    return tmp_path


def test_dashboard_api_and_assistants_share_a_port(folder: Path) -> None:
    _, key = KeyStore(folder / "api_keys.json").create("test", ["metrics:read"])
    headers = {"authorization": f"Bearer {key}"}
    with serving(folder) as url:
        page = requests.get(url, timeout=60)
        assert "<title>Streamlit</title>" in page.text
        assert requests.get(f"{url}/_stcore/health", timeout=60).text == "ok"
        body = requests.get(f"{url}/api/v1/features", headers=headers, timeout=60).json()
        assert body["build"] == "0001"
        assert requests.get(f"{url}/api/v1/features", timeout=60).status_code == 401
        docs = requests.get(f"{url}/api", timeout=60)
        assert docs.url == f"{url}/api/docs"
        for address in re.findall(r'(?:src|href|openapi)="([^"]+)"', docs.text):
            assert address.startswith("/api/"), address
            assert requests.get(f"{url}{address}", timeout=60).status_code == 200
        assert requests.get(f"{url}/api/nosuch", timeout=60).json()["status"] == 404
        own_of_streamlit = requests.post(f"{url}/_stcore/agent/mcp", json={}, timeout=60)
        assert own_of_streamlit.status_code in (400, 403)

        async def ask() -> list[str]:
            import httpx2

            async with httpx2.AsyncClient(headers=headers) as http:
                transport = streamable_http_client(f"{url}/mcp", http_client=http)
                async with Client(transport) as client:
                    return [tool.name for tool in (await client.list_tools()).tools]

        assert "explain_number" in asyncio.run(ask())
        assert requests.post(f"{url}/mcp", json={}, timeout=60).status_code == 401


def cookie_of(url: str, secret: str, **said: Any) -> dict[str, str]:
    """The cookie of a viewer, signed as Streamlit signs it."""
    value = json.dumps({"origin": url, "is_logged_in": True, "email": "ada@example.com"} | said)
    signed = create_signed_value(secret, USER_COOKIE_NAME, value)
    return {USER_COOKIE_NAME: signed.decode()}


def test_who_is_signed_in_to_the_dashboard_may_read_what_it_shows(folder: Path) -> None:
    secret = "a long random text for tests only"
    settings = folder / ".streamlit" / "secrets.toml"
    settings.parent.mkdir()
    settings.write_text(
        f"""
        [auth]
        redirect_uri = "http://127.0.0.1:8501/oauth2callback"
        cookie_secret = "{secret}"
        client_id = "us"
        client_secret = "of-the-client"
        server_metadata_url = "http://127.0.0.1:1/none"
        """
    )
    with serving(folder, settings={"HOME": str(folder)}) as url:
        cookies = cookie_of(url, secret)

        def status(
            path: str, method: str = "GET", other: dict[str, str] | None = None, **headers: str
        ) -> int:
            return requests.request(
                method, f"{url}/api/v1{path}", cookies=other or cookies, headers=headers,
                json={"sql": "select 1 as one"} if method == "POST" else None, timeout=60,
            ).status_code  # fmt: skip

        assert status("/features") == 200
        assert status("/customers") == 200
        assert status("/sql", "POST") == 200
        # another site's page, whose requests bring the cookie along
        assert status("/features", **{"sec-fetch-site": "cross-site"}) == 401
        assert status("/sql", "POST", origin="http://evil.test") == 401
        # nothing is changed by a cookie, and assistants have keys
        assert status("/services", "POST") in (401, 403)
        assert requests.post(f"{url}/mcp", json={}, cookies=cookies, timeout=60).status_code == 401
        for other in (
            cookie_of(url, "another secret"),
            cookie_of("http://other.test", secret),
            cookie_of(url, secret, is_logged_in=False),
            {USER_COOKIE_NAME: "none at all"},
        ):
            assert status("/features", other=other) == 401
    audit = (folder / "api_audit.jsonl").read_text()
    assert '"key": "session:' in audit
    assert "ada@" not in audit


def test_the_api_alone_has_no_dashboard(folder: Path) -> None:
    with serving(folder, "--only", "api") as url:
        assert requests.get(f"{url}/livez", timeout=60).json() == {"status": "ok"}
        assert requests.get(f"{url}/api/v1/health", timeout=60).json()["build"] == "0001"
        assert requests.get(f"{url}/_stcore/health", timeout=60).status_code == 404
        assert requests.get(f"{url}/mcp", timeout=60).status_code == 404


def test_the_dashboard_is_not_served_elsewhere_without_sign_in(folder: Path) -> None:
    done = subprocess.run(
        [str(SCRIPT), "serve", "--port", "0", "--host", "0.0.0.0"],
        cwd=ROOT,
        env={**os.environ, "PUBLISHED_DIR": str(folder / "published")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2
    assert "without sign-in" in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("host", "said"), [("0.0.0.0", "use keys"), ("no.such.host.invalid", "cannot be listened on")]
)
def test_what_must_not_be_served_is_refused(
    folder: Path,
    host: str,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("API__OPEN_ON_LOOPBACK", "true")
    monkeypatch.setattr(os, "umask", lambda mode: mode)
    assert main(["serve", "--port", "0", "--only", "api", "--host", host]) == 2
    assert said in " ".join(capsys.readouterr().err.split())
