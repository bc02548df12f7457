"""The API as an application of its own: mounted at `/api`, or alone.

    create()    routes below `/v1`, `/docs`, `/openapi.json`, `/livez`

The documentation's script and style are served from here; the page calls nobody else.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI, Request
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipelines.api.access import Audit
from pipelines.api.problems import ProblemError, handle, response
from pipelines.api.routes import (
    analytics,
    bulk,
    company,
    customers,
    operations,
    reports,
    scenarios,
)
from pipelines.api.serving import Service, Shortcut
from pipelines.config import setting

#: Bytes of a request's body at most.
LARGEST_BODY: Final = 100_000
_STATIC: Final = Path(__file__).with_name("static")
_ASSETS: Final = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "docs.js": "text/javascript",
}
_DOCS_POLICY: Final = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_DOCS: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Usage vs Revenue: API</title>
<link rel="stylesheet" href="{root}/static/swagger-ui.css">
</head>
<body data-openapi="{root}/openapi.json">
<main id="docs"></main>
<script src="{root}/static/swagger-ui-bundle.js"></script>
<script src="{root}/static/docs.js"></script>
</body>
</html>
"""
DESCRIPTION: Final = """\
Every number of the published build: recurring revenue, revenue, AI cost and what is left, exactly.

* Money and rates are decimal strings. A field without data is null, and `reasons` says why.
* Each answer says which build it is of. The build is the `ETag`: send it as `If-None-Match`.
* Send a key as `Authorization: Bearer uvr_...`; `usage-vs-revenue keys create` makes one.
* Errors are `application/problem+json` (RFC 9457) with a `remedy`.
"""


def create(service: Service | None = None) -> FastAPI:
    """The application. `service` (default: by the settings) is what all requests share.

    Raises:
        SettingError: a setting of the API cannot be read.
    """
    app = FastAPI(
        title="Usage vs Revenue",
        version=_version(),
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        servers=[{"url": "/api"}],
        root_path_in_servers=False,
        redirect_slashes=False,
    )
    app.state.service = service or Service.of_settings()
    handle(app)
    for router in (company.router, customers.router, analytics.router, analytics.metering,
                   bulk.router, operations.router, reports.router, scenarios.router):  # fmt: skip
        app.include_router(router, prefix="/v1")
    _documentation(app)
    app.add_middleware(Shortcut, service=app.state.service)
    app.add_middleware(Heads)
    app.add_middleware(BodyLimit)
    origins = (setting("API__ALLOWED_ORIGINS") or "").split()
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["authorization", "if-none-match", "content-type"],
            expose_headers=["etag", "retry-after"],
        )
    app.add_middleware(Audit)
    app.openapi = lambda: openapi(app)  # type: ignore[method-assign]
    return app


def openapi(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document: with the key's scheme, without errors that never come."""
    if app.openapi_schema:
        return app.openapi_schema
    document: dict[str, Any] = FastAPI.openapi(app)
    document["components"]["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "A key: `uvr_...`"}
    }
    for path, methods in document["paths"].items():
        for operation in methods.values():
            operation["responses"].pop("422", None)
            is_open = path.endswith("/health")
            operation["security"] = [{"key": []}, {}] if is_open else [{"key": []}]
            for code, answer in operation["responses"].items():
                _say_content(code, answer)
    for name in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(name, None)
    app.openapi_schema = document
    return document


def _say_content(code: str, answer: dict[str, Any]) -> None:
    """Errors are problems, in no other form; answers of a build have an ETag."""
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    if int(code) >= 400:
        answer["content"] = {"application/problem+json": problem}
    if code in ("200", "304"):
        answer["headers"] = {
            "ETag": {"schema": {"type": "string"}, "description": "The build and the version."}
        }


def _documentation(app: FastAPI) -> None:
    @app.get("/livez", include_in_schema=False)
    def livez() -> dict[str, str]:
        """Whether the process answers."""
        return {"status": "ok"}

    @app.get("/docs", include_in_schema=False)
    def docs(request: Request) -> Response:
        """The documentation, to read and to try."""
        page = _DOCS.format(root=request.scope.get("root_path", "").rstrip("/"))
        return HTMLResponse(page, headers={"content-security-policy": _DOCS_POLICY})

    @app.get("/", include_in_schema=False)
    def root(request: Request) -> Response:
        """To the documentation."""
        return RedirectResponse(f"{request.scope.get('root_path', '').rstrip('/')}/docs")

    @app.get("/static/{name}", include_in_schema=False)
    def static(name: str) -> Response:
        """Script and style of the documentation."""
        if name not in _ASSETS:
            raise ProblemError(404, "There is no such file.", "See /api/docs.")
        return FileResponse(
            _STATIC / name, media_type=_ASSETS[name], headers={"cache-control": "max-age=3600"}
        )


class Heads:
    """ASGI middleware: HEAD is answered as GET would be, without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, as GET where it is HEAD."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET"}, receive, without_body)


class BodyLimit:
    """ASGI middleware: a body that is too long, or does not say how long it is, is not read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, unless its body is too long."""
        if scope["type"] == "http" and _is_long(dict(scope["headers"])):
            error = ProblemError(
                413, f"A body has at most {LARGEST_BODY} bytes and says how many.", "Send less."
            )
            await response(error, scope["path"])(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _is_long(headers: dict[bytes, bytes]) -> bool:
    length = headers.get(b"content-length")
    if length is None:
        return b"transfer-encoding" in headers
    return not length.isdigit() or int(length[:20]) > LARGEST_BODY


def _version() -> str:
    try:
        return version("usage-vs-revenue")
    except PackageNotFoundError:
        return "0"
