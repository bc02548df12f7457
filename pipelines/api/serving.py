"""How an answer is made: one build a request, its bytes kept, an ETag that is the build.

A build never changes, so an answer is the same for as long as its build is current: the bytes are
kept by build, address and rights, and need no invalidation.
"""

from __future__ import annotations

import base64
import contextlib
import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, TypeVar

import duckdb
from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from pipelines.api.access import Access, Caller
from pipelines.api.problems import ProblemError
from pipelines.api.problems import response as problem_response
from pipelines.api.shapes import Envelope
from pipelines.config import published_dir, target
from pipelines.errors import ProjectError
from pipelines.published.files import build_file, current_file
from pipelines.published.questions.answers.spans import (
    Payload,
    PeriodError,
    Scene,
    explained,
    in_report_currency,
    span,
)
from pipelines.published.questions.periods import Period
from pipelines.published.reader import NoBuild, Published, newest_build
from pipelines.published.server_copy import bring

API_VERSION: Final = "v1"
PREFIX: Final = f"/api/{API_VERSION}"
#: Bytes of answers that are kept in all, and of one at most.
KEPT_BYTES: Final = 64_000_000
_LARGEST_KEPT: Final = 4_000_000
#: Builds held open: those that cursors and streams may still read.
HELD_BUILDS: Final = 4
#: Seconds between looks at a server that publishes.
_LOOK_EVERY: Final = 15.0

Shape = TypeVar("Shape", bound=Envelope)


class Builds:
    """The builds of PUBLISHED_DIR: the current one, and older ones while they are kept."""

    def __init__(self, directory: Path | None = None) -> None:
        self.directory = directory or published_dir()
        self._held: OrderedDict[str, Published] = OrderedDict()
        self._guard = threading.Lock()
        self._looked = 0.0

    def now(self) -> Published:
        """The build that readers should see at this moment.

        Raises:
            ProblemError: there is none.
        """
        self._bring()
        current = current_file(self.directory)
        if current is not None:
            with contextlib.suppress(duckdb.Error):
                return self._open(current)
        found = newest_build(self.directory)
        if isinstance(found, NoBuild):
            raise ProblemError(
                503,
                "No build can be read."
                if found.reason == "unreadable"
                else "Nothing was published yet.",
                "Run `dbt build`.",
                None,
                {"retry-after": "30"},
            )
        with self._guard:
            return self._held.setdefault(found.path, found)

    def of(self, build_id: str) -> Published | None:
        """The build of an id, while its file is kept."""
        path = build_file(self.directory, build_id)
        with contextlib.suppress(duckdb.Error, OSError):  # an id may be too long for any file
            if path.parent == self.directory and path.is_file():
                return self._open(path.resolve())
        return None

    def held(self, path: str) -> Published | None:
        """The open build of a file, if it is open."""
        with self._guard:
            return self._held.get(path)

    def _open(self, path: Path) -> Published:
        name = str(path)
        with self._guard:
            if name in self._held:
                self._held.move_to_end(name)
                return self._held[name]
            found = self._held[name] = Published.open(path)
            # one that falls out is not closed: a stream may still read it
            while len(self._held) > HELD_BUILDS:
                self._held.popitem(last=False)
            return found

    def _bring(self) -> None:
        if target() == "dev" or time.monotonic() - self._looked < _LOOK_EVERY:
            return
        self._looked = time.monotonic()
        with contextlib.suppress(ProjectError):
            bring(self.directory)


class Kept:
    """Bytes of answers, the least used ones dropped first."""

    def __init__(self, most: int = KEPT_BYTES) -> None:
        self._most = most
        self._size = 0
        self._bytes: OrderedDict[tuple[str, ...], bytes] = OrderedDict()
        self._routes: dict[tuple[str, ...], str] = {}
        self._guard = threading.Lock()

    def get(self, key: tuple[str, ...]) -> bytes | None:
        """The bytes of an answer, if they are kept."""
        with self._guard:
            if key in self._bytes:
                self._bytes.move_to_end(key)
            return self._bytes.get(key)

    def route(self, key: tuple[str, ...]) -> str | None:
        """The pattern of the address of a kept answer."""
        with self._guard:
            return self._routes.get(key)

    def put(self, key: tuple[str, ...], body: bytes, route: str) -> None:
        """Keep an answer, unless it is large."""
        if len(body) > _LARGEST_KEPT:
            return
        with self._guard:
            self._size += len(body) - len(self._bytes.pop(key, b""))
            self._bytes[key] = body
            self._routes[key] = route
            while self._size > self._most:
                dropped, old = self._bytes.popitem(last=False)
                self._routes.pop(dropped, None)
                self._size -= len(old)


@dataclass
class Service:
    """What all requests share."""

    builds: Builds
    access: Access
    kept: Kept

    @classmethod
    def of_settings(cls) -> Service:
        """The service that the settings describe."""
        return cls(Builds(), Access(), Kept())


@dataclass(frozen=True)
class Asked:
    """The days of a request, as they were asked for."""

    word: str | None = None
    start: date | None = None
    end: date | None = None
    default: str = "30d"

    def of(self, build: Published) -> Period:
        """The days in a build. Raises ProblemError where they are none."""
        try:
            return span(build.facts.as_of, self.word, self.start, self.end, self.default)
        except PeriodError as error:
            raise ProblemError(
                400, str(error), "Correct the parameter and ask again.", error.parameter
            ) from error


@dataclass(frozen=True)
class Ask:
    """One request: who asks, and how its answer is made."""

    request: Request
    service: Service
    caller: Caller | None

    def answer(
        self,
        shape: type[Shape],
        make: Callable[[Scene], Payload | None],
        *,
        asked: Asked | None = None,
        metrics: Sequence[str] = (),
        reasons: Mapping[str, str] | None = None,
        build: Published | None = None,
    ) -> Response:
        """The answer as JSON: from the kept bytes, or made anew.

        Args:
            shape: what it looks like.
            make: its numbers; None where there is no such thing.
            asked: its days; None where it has none.
            metrics: metrics of the dictionary that it is about.
            reasons: why a field may be null, by its name.
            build: the build to ask; default: the current one.
        """
        chosen = build or self.service.builds.now()
        tag = etag(chosen)
        headers = headers_of(tag)
        if is_known(self.request.headers.get("if-none-match"), tag):
            _check_days(asked, chosen)
            return Response(status_code=304, headers=headers)
        rights = self.caller.rights if self.caller else ""
        key = kept_key(chosen.path, self.request.scope, rights)
        body = self.service.kept.get(key)
        if body is None:
            body = self._made(chosen, shape, make, asked, metrics, reasons or {})
            self.service.kept.put(key, body, self.request.scope["route"].path_format)
        return Response(body, headers=headers, media_type="application/json")

    def fresh(
        self,
        shape: type[Shape],
        make: Callable[[Scene], Payload | None],
        reasons: Mapping[str, str],
    ) -> Response:
        """An answer that depends on more than the build, and so is neither kept nor tagged."""
        body = self._made(self.service.builds.now(), shape, make, None, (), reasons)
        headers = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
        return Response(body, headers=headers, media_type="application/json")

    def scene(self, build: Published, asked: Asked | None) -> Scene:
        """What the questions are asked with."""
        period = (asked or Asked()).of(build)
        return Scene(build, period, in_report_currency(build))

    def _made(
        self,
        build: Published,
        shape: type[Shape],
        make: Callable[[Scene], Payload | None],
        asked: Asked | None,
        metrics: Sequence[str],
        reasons: Mapping[str, str],
    ) -> bytes:
        scene = self.scene(build, asked)
        payload = make(scene)
        if payload is None:
            raise ProblemError(404, "There is nothing by that name.", "Check the address.")
        given = payload.pop("reasons", {})
        whole = {
            **envelope(scene, asked is not None, metrics),
            **payload,
            "reasons": {**explained(payload, reasons), **given},
        }
        if asked is not None:
            whole["is_provisional"] = bool(whole["is_provisional"]) or scene.touches_running_day
        return shape.model_validate(whole).model_dump_json().encode()


def kept_key(build_path: str, scope: Scope, rights: str) -> tuple[str, ...]:
    """What an answer is kept by: build, address, parameters in any order, rights."""
    items = QueryParams(scope["query_string"]).multi_items()
    return (build_path, scope["path"], json.dumps(sorted(items)), rights)


class Shortcut:
    """ASGI middleware: an answer that is kept is sent at once, after the key was looked at.

    What is kept was checked when it was made, for the same rights and parameters.
    """

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the kept answer, or pass the request on."""
        found = self._kept(scope) if scope["type"] == "http" else None
        if found is None:
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        body, tag, state["route"] = found
        try:
            caller = self._service.access.caller(scope)
            state["key_id"] = caller.key_id if caller else None
        except ProblemError as error:
            await problem_response(error, scope["path"])(scope, receive, send)
            return
        given = Headers(scope=scope).get("if-none-match")
        if is_known(given, tag):
            answer = Response(status_code=304, headers=headers_of(tag))
        else:
            answer = Response(body, headers=headers_of(tag), media_type="application/json")
        await answer(scope, receive, send)

    def _kept(self, scope: Scope) -> tuple[bytes, str, str | None] | None:
        """The kept bytes of the current build's answer, its ETag and the pattern of its address."""
        if scope["method"] != "GET" or target() != "dev":  # a server is looked at by `now` alone
            return None
        current = current_file(self._service.builds.directory)
        if current is None:
            return None
        try:
            rights = self._service.access.rights(scope)
        except ProjectError:
            return None
        if rights is None:
            return None
        key = kept_key(str(current), scope, rights)
        body = self._service.kept.get(key)
        held = self._service.builds.held(str(current))
        if body is None or held is None:
            return None
        return body, etag(held), self._service.kept.route(key)


def envelope(scene: Scene, with_period: bool, metrics: Sequence[str] = ()) -> Payload:
    """What every answer says beside its numbers."""
    facts = scene.build.facts
    return {
        "build": facts.build_id,
        "as_of": facts.as_of,
        "currency": facts.report_currency,
        "timezone": facts.report_timezone,
        "is_provisional": False,
        "period": {"start": scene.period.start, "end": scene.period.last_day}
        if with_period
        else None,
        "definitions": {name: f"{PREFIX}/definitions/{name}" for name in metrics},
        "reasons": {},
    }


def etag(build: Published, kind: str = "") -> str:
    """The ETag of an answer of a build: the build and the version of the API."""
    return f'"{build.facts.build_id}.{API_VERSION}{"." + kind if kind else ""}"'


def headers_of(tag: str) -> dict[str, str]:
    """Headers of an answer that is of one build."""
    return {
        "etag": tag,
        "cache-control": "private, no-cache",
        "vary": "Authorization, Accept",
        "x-content-type-options": "nosniff",
    }


def is_known(given: str | None, tag: str) -> bool:
    """Whether an If-None-Match names a tag: alone or among others, also weakened by a proxy."""
    if not given:
        return False
    return any(
        part.strip() == "*" or part.strip().removeprefix("W/") == tag for part in given.split(",")
    )


def _check_days(asked: Asked | None, build: Published) -> None:
    if asked is not None:
        asked.of(build)


def cursor_text(build: Published, list_of: str, value: str | None, key: str) -> str:
    """A cursor: where a page of a list ended, on which build."""
    said = json.dumps([build.facts.build_id, list_of, value, key], separators=(",", ":"))
    return base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")


def cursor_parts(text: str) -> tuple[str, str, str | None, str]:
    """Build id, list, value and key of a cursor. Raises ProblemError where it is none."""
    try:
        padded = text + "=" * (-len(text) % 4)
        said = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        build_id, list_of, value, key = said
        if not all(isinstance(one, str) for one in (build_id, list_of, key)):
            raise TypeError
        if not (value is None or isinstance(value, str)):
            raise TypeError
        f"{list_of}{value}{key}".encode()  # half of a surrogate pair is in no id and no amount
    except (ValueError, TypeError) as error:
        raise ProblemError(
            400,
            "The cursor is none that this service gave.",
            "Hand in next_cursor of the page before, or none for the first page.",
            "cursor",
        ) from error
    return build_id, list_of, value, key
