"""On another address than this machine's own: sign-in first, through a real provider's protocol."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from joserfc import jwk, jwt
from playwright.sync_api import expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Route

from support.browser import chromium, dashboard, visit_in
from support.ports import free_port
from support.published import PublishedDir

pytestmark = pytest.mark.page

CLIENT = "usage-vs-revenue"


class Provider:
    """An OpenID Connect provider where everybody is Ada, and who asks is written down."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.key = jwk.generate_key("RSA", 2048, {"kid": "one"})
        self.nonces: dict[str, str] = {}
        self.client_secrets: list[str] = []

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.configuration),
                Route("/authorize", self.authorize),
                Route("/token", self.token, methods=["POST"]),
                Route("/keys", self.keys),
            ]
        )

    def configuration(self, _: Request) -> JSONResponse:
        return JSONResponse(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    def authorize(self, request: Request) -> RedirectResponse:
        asked = request.query_params
        assert asked["client_id"] == CLIENT
        self.nonces["code-1"] = asked.get("nonce", "")
        return RedirectResponse(f"{asked['redirect_uri']}?code=code-1&state={asked['state']}")

    async def token(self, request: Request) -> JSONResponse:
        form = await request.form()
        self.client_secrets.append(
            str(form.get("client_secret") or request.headers.get("authorization", ""))
        )
        claims: dict[str, Any] = {
            "iss": self.url,
            "aud": CLIENT,
            "sub": "ada",
            "name": "Ada",
            "email": "ada@example.com",
            "iat": int(time.time()),
            "exp": int(time.time()) + 600,
            "nonce": self.nonces[str(form["code"])],
        }
        signed = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)
        return JSONResponse(
            {"access_token": "t", "token_type": "Bearer", "expires_in": 600, "id_token": signed}
        )

    def keys(self, _: Request) -> JSONResponse:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})


@contextmanager
def provider() -> Iterator[Provider]:
    port = free_port()
    served = Provider(port)
    server = uvicorn.Server(uvicorn.Config(served.app(), port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.should_exit = True
        thread.join(timeout=10)


def test_who_is_not_signed_in_sees_nothing_and_who_is_sees_the_pages(tmp_path: Path) -> None:
    published = PublishedDir(tmp_path / "published")
    published.path.mkdir()
    published.publish("1")
    port = free_port()
    with provider() as idp:
        secrets = tmp_path / "secrets.toml"
        secrets.write_text(
            f"""
            [auth]
            redirect_uri = "http://dash.test:{port}/oauth2callback"
            cookie_secret = "a long random text for tests only"
            client_id = {json.dumps(CLIENT)}
            client_secret = "of-the-client"
            server_metadata_url = "{idp.url}/.well-known/openid-configuration"
            """
        )
        with (
            dashboard(
                published.path,
                tmp_path / "log",
                settings={
                    "STREAMLIT_SERVER_ADDRESS": "0.0.0.0",
                    "STREAMLIT_SERVER_ALLOWED_HOSTS": "dash.test",
                    "STREAMLIT_BROWSER_SERVER_ADDRESS": "dash.test",
                },
                options=[f"--secrets.files={secrets}"],
                port=port,
            ),
            chromium("--host-resolver-rules=MAP dash.test 127.0.0.1") as browser,
        ):
            visit = visit_in(browser.new_context())
            page = visit.page
            page.goto(f"http://dash.test:{port}/revenue")
            button = page.get_by_role("button", name="Sign in")
            expect(button).to_be_visible()
            assert page.get_by_test_id("stMetric").count() == 0
            assert page.get_by_role("link", name="Revenue").count() == 0
            button.click()
            expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
            expect(page.get_by_test_id("stMetric").first).to_be_visible()
            expect(page.get_by_role("button", name="Sign out")).to_be_visible()
            page.get_by_role("button", name="Sign out").click()
            expect(page.get_by_role("button", name="Sign in")).to_be_visible()
        assert len(idp.client_secrets) == 1
    assert "of-the-client" not in (tmp_path / "log").read_text()
