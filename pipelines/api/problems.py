"""Errors as RFC 9457 says: `application/problem+json`, each with what to do about it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from pipelines.errors import ProjectError

_LOG: Final = logging.getLogger("api")
MEDIA_TYPE: Final = "application/problem+json"

TITLES: Final = {
    400: "The request cannot be understood",
    401: "A key is needed",
    403: "This key may not do that",
    404: "There is no such thing",
    405: "This address does not take that method",
    409: "Not now",
    410: "The build of this cursor is gone",
    413: "The request is too large",
    415: "The body must be JSON",
    429: "Too many requests",
    500: "Something went wrong here",
    503: "There is nothing to answer from",
}
_REMEDIES: Final = {
    404: "See /api/docs for the addresses there are.",
    405: "See /api/docs for the methods of this address.",
}
#: The longest piece of a caller's own text that an error repeats.
_LONGEST: Final = 100


class ProblemError(Exception):
    """An error that the caller is told, with a remedy; `parameter` is the one at fault."""

    def __init__(
        self,
        status: int,
        detail: str,
        remedy: str,
        parameter: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.remedy = remedy
        self.parameter = parameter
        self.headers = dict(headers or {})


def shortened(text: str) -> str:
    """A caller's own text, cut where it is long."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def response(error: ProblemError, path: str) -> Response:
    """The error as an answer."""
    body: dict[str, Any] = {
        "type": f"urn:usage-vs-revenue:problem:{error.status}",
        "title": TITLES.get(error.status, "The request failed"),
        "status": error.status,
        "detail": error.detail,
        "remedy": error.remedy,
        "parameter": error.parameter,
        "instance": shortened(path),
    }
    headers = {"cache-control": "no-store", "vary": "Authorization, Accept", **error.headers}
    return Response(orjson.dumps(body), error.status, headers, MEDIA_TYPE)


def handle(app: FastAPI) -> None:
    """Make every error of the application a problem."""

    @app.exception_handler(ProblemError)
    def _problem(request: Request, error: ProblemError) -> Response:
        return response(error, request.url.path)

    @app.exception_handler(RequestValidationError)
    def _invalid(request: Request, error: RequestValidationError) -> Response:
        return response(_of_validation(error), request.url.path)

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> Response:
        remedy = _REMEDIES.get(error.status_code, "See /api/docs.")
        headers = dict(error.headers or {})
        found = ProblemError(error.status_code, str(error.detail), remedy, None, headers)
        return response(found, request.url.path)

    @app.exception_handler(ProjectError)
    def _project(request: Request, error: ProjectError) -> Response:
        _LOG.error("%s: %s", request.url.path, error)
        remedy = "Run `dbt build`, then ask again."
        return response(ProblemError(503, str(error), remedy), request.url.path)

    @app.exception_handler(Exception)
    def _unforeseen(request: Request, error: Exception) -> Response:
        _LOG.exception("%s failed", request.url.path, exc_info=error)
        found = ProblemError(
            500, "The request failed.", "Tell whoever runs this service; its log says more."
        )
        return response(found, request.url.path)


def _of_validation(error: RequestValidationError) -> ProblemError:
    first = error.errors()[0]
    place = [str(part) for part in first.get("loc", ())]
    kind, name = (place[0], ".".join(place[1:])) if place else ("request", "")
    if first.get("type") == "json_invalid":
        return ProblemError(400, "The body is no JSON.", "Send a JSON object.", "body")
    where = f"{kind} {name}".strip()
    return ProblemError(
        400,
        f"{where}: {first.get('msg', 'cannot be read')}.",
        f"Correct {name or 'the request'}; /api/docs says what it may be.",
        name or kind,
    )
