"""`usage-vs-revenue serve`: one process and one port for people, programs and assistants.

    /            the dashboard (Streamlit)
    /api         the HTTP API, its documentation at /api/docs
    /mcp         assistants
    /livez       whether the process answers

`--only api` leaves the dashboard and assistants out, and Streamlit is not even imported.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import BaseRoute, Mount, Route

from pipelines.api.app import create
from pipelines.api.serving import Service
from pipelines.config import setting
from pipelines.errors import EXIT_OK, SettingError

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp

DEFAULT_HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 8501
#: Seconds that an idle connection is kept.
_KEEP_ALIVE: Final = 30
#: Connections at once; more are answered with 503.
_MOST_CONNECTIONS: Final = 1000


def serve(host: str, port: int, only: str | None) -> int:
    """Serve until interrupted; returns the exit code.

    Raises:
        SettingError: the address cannot be listened on, or must not be served like this.
    """
    import uvicorn

    from pipelines.api.connections import BoundedProtocol, allow_open_files

    os.umask(0o077)
    allow_open_files()
    listening = _listen(host, port)
    with listening:
        address, taken = listening.getsockname()[:2]
        refuse_unsafe(address)
        app = api_alone() if only == "api" else everything(address, taken)
        config = uvicorn.Config(
            app,
            access_log=False,
            server_header=False,
            log_level="warning",
            proxy_headers=False,
            timeout_keep_alive=_KEEP_ALIVE,
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_graceful_shutdown=5,
            http=BoundedProtocol,
        )
        _say(host, taken, only)
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listening])
    return EXIT_OK


def _listen(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, place = found[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(place)
        listening.listen(2048)  # whoever is told of the address may connect at once
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SettingError(
            f"{host}:{port} cannot be listened on ({reason}). Give another --port or --host."
        ) from error
    return listening


def refuse_unsafe(address: str) -> None:
    """Raises SettingError for an API that is open without keys and can be reached from outside."""
    from ipaddress import ip_address

    is_open = (setting("API__OPEN_ON_LOOPBACK") or "").lower() == "true"
    if is_open and not ip_address(address.split("%", maxsplit=1)[0]).is_loopback:
        raise SettingError(
            f"API__OPEN_ON_LOOPBACK is true, and {address} can be reached from other machines. "
            "Unset it and use keys (`usage-vs-revenue keys create`), or listen on 127.0.0.1."
        )


class MountAll(Mount):
    """A mount that also takes addresses with line breaks, so that the API refuses them itself."""

    def __init__(self, path: str, app: ASGIApp) -> None:
        super().__init__(path, app)
        self.path_regex = re.compile(self.path_regex.pattern, re.DOTALL)


def routes(api: FastAPI) -> list[BaseRoute]:
    """The API's routes in a larger application; `/api` alone leads to the documentation."""
    return [
        Route("/livez", _livez),
        Route("/api", _to_docs),
        MountAll("/api", api),
    ]


def api_alone() -> ASGIApp:
    """The API without dashboard and assistants."""
    service = Service.of_settings()
    _warm_up(service)
    return Starlette(routes=[*routes(create(service)), Route("/", _to_docs)])


def everything(address: str, port: int) -> ASGIApp:
    """Dashboard, API and assistants in one application.

    Raises:
        SettingError: the dashboard must not be served on this address like this.
    """
    from streamlit import config

    config.set_option("server.address", address)
    config.set_option("server.port", port)
    config.set_option("server.fileWatcherType", "none")
    from dashboards import guard

    if refusal := guard.refusal_of_this_server():
        raise SettingError(refusal)
    from dashboards.app import server
    from pipelines.assistants.doors import McpDoor

    service = Service.of_settings()
    service.access.signed_in = guard.signed_in
    door = McpDoor(service)

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        async with door.running():
            yield

    _warm_up(service)
    beside: list[BaseRoute] = [
        *routes(create(service)),
        Route("/mcp", door),
        Route("/mcp/", door),
    ]
    return server(beside, lifespan)


def _warm_up(service: Service) -> None:
    """Ask the build once, so that the first caller does not wait for imports and first reads."""

    def ask() -> None:
        from pipelines.published.questions.answers import company, customers
        from pipelines.published.questions.answers.spans import Scene, in_report_currency, span

        with contextlib.suppress(Exception):
            build = service.builds.now()
            period = span(build.facts.as_of)
            scene = Scene(build, period, in_report_currency(build))
            company.dashboard(scene, "day", with_customers=True)
            customers.page(scene, "mrr", True, None, None, None, None, 1)

    threading.Thread(target=ask, name="warm-up", daemon=True).start()


def _livez(_: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


def _to_docs(_: Request) -> RedirectResponse:
    return RedirectResponse("/api/docs")


def _say(host: str, port: int, only: str | None) -> None:
    shown = f"[{host}]" if ":" in host else host
    url = f"http://{shown}:{port}"
    what = f"API {url}/api/v1, its documentation {url}/api/docs"
    if only != "api":
        what = f"Dashboard {url}/, {what}, assistants {url}/mcp"
    sys.stdout.write(f"{what}. Ctrl+C ends it.\n")
    sys.stdout.flush()
