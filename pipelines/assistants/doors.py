"""The two doors of assistants: `/mcp` over HTTP with the API's keys, and stdio without."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from mcp.server.mcpserver import Context
from mcp.server.transport_security import TransportSecuritySettings
from starlette.types import ASGIApp, Receive, Scope, Send

from pipelines.api import problems
from pipelines.api.access import Audit, Caller, need
from pipelines.api.keys import SCOPES
from pipelines.api.serving import Service
from pipelines.assistants.tools import CALLER_HEADER, make_server
from pipelines.config import setting

#: What somebody on stdio may do: all that reads. The files are theirs anyway.
LOCAL: Final = Caller("stdio", frozenset(SCOPES) - {"services:write"})
_LOCAL_HOSTS: Final = ("127.0.0.1", "localhost", "[::1]")
_LARGEST: Final = 100_000


class McpDoor:
    """ASGI application of `/mcp`: asks for a key, then hands the request on.

    `running` must be entered before the first request.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._callers: dict[str, Caller] = {}
        self._server = make_server(service, self._who)
        hosts = (setting("API__ALLOWED_HOSTS") or "").split()
        local = [f"{name}{port}" for name in _LOCAL_HOSTS for port in ("", ":*")]
        self._inner: ASGIApp = self._server.streamable_http_app(
            streamable_http_path="/mcp",
            stateless_http=True,
            json_response=True,
            max_request_body_size=_LARGEST,
            transport_security=TransportSecuritySettings(
                enable_dns_rebinding_protection=True,
                allowed_hosts=[*local, *hosts, *(f"{host}:*" for host in hosts)],
                allowed_origins=(setting("API__ALLOWED_ORIGINS") or "").split(),
            ),
        )
        self._audited = Audit(self._asked)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While requests can be answered."""
        async with self._server.session_manager.run():
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request to `/mcp` or `/mcp/`."""
        await self._audited(scope, receive, send)

    async def _asked(self, scope: Scope, receive: Receive, send: Send) -> None:
        state = scope.setdefault("state", {})
        state["route"] = "/mcp"
        try:
            caller = self._service.access.caller(scope)
            if caller is None:
                need(None, "metrics:read")
            assert caller  # noqa: S101
        except problems.ProblemError as error:
            await problems.response(error, "/mcp")(scope, receive, send)
            return
        state["key_id"] = caller.key_id
        token = secrets.token_hex(16)
        self._callers[token] = caller
        name = CALLER_HEADER.encode()
        headers = [pair for pair in scope["headers"] if pair[0].lower() != name]
        inner = {
            **scope,
            "path": "/mcp",
            "raw_path": b"/mcp",
            "root_path": "",
            "headers": [*headers, (name, token.encode())],
        }
        try:
            await self._inner(inner, receive, send)
        finally:
            self._callers.pop(token, None)

    def _who(self, context: Context[Any, Any]) -> Caller | None:
        token = (context.headers or {}).get(CALLER_HEADER)
        return self._callers.get(token or "")


def run_stdio() -> None:
    """Serve the tools on standard input and output, until the input ends."""
    server = make_server(Service.of_settings(), lambda _: LOCAL)
    with contextlib.suppress(KeyboardInterrupt):
        server.run("stdio")
