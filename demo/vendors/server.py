"""The demo company's API server: its vendors in one process, with a clock and faults.

`/v1/...` is Stripe, `/v1/organization/...` is OpenAI, `/v1/organizations/...` is Anthropic,
`/api/v2/...` is Datadog, `/_demo/...` is the control side:

- `GET /_demo/clock`, `PUT /_demo/clock` with `{"clock": "2026-11-15T12:00:00Z"}`
- `GET /_demo/requests`, `DELETE /_demo/requests`: counts by endpoint
- `GET /_demo/faults`, `POST /_demo/faults` (see `Fault`), `DELETE /_demo/faults`
"""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson
import uvicorn
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from demo.company.watch_bill import watching
from demo.timeline import epoch, moment_of
from demo.vendors.anthropic_api import DEFAULT_KEY as ANTHROPIC_KEY
from demo.vendors.anthropic_api import LISTS, AnthropicOrganisation, organisation_of
from demo.vendors.datadog_api import API_KEY as DATADOG_API_KEY
from demo.vendors.datadog_api import APP_KEY as DATADOG_APP_KEY
from demo.vendors.openai_api import DEFAULT_KEY as OPENAI_KEY
from demo.vendors.openai_api import USAGE, OpenAiApi
from demo.vendors.replies import Query, Refusal, Reply
from demo.vendors.store import Store
from demo.vendors.stripe_api import DEFAULT_KEY as STRIPE_KEY
from demo.vendors.stripe_api import RESOURCES, StripeApi

KINDS: Final = (
    "rate_limit",
    "server_error",
    "drop",
    "truncate",
    "repeat_page",
    "loop_cursor",
    "unauthorized",
    "forbidden",
    "not_found",
)


@dataclass(frozen=True)
class Fault:
    """A switch: requests whose path starts with `path` fail in a way.

    kind: `rate_limit` (429), `server_error` (500), `drop` (connection closed in mid-answer),
    `truncate` (half a JSON body), `repeat_page` (the page before again), `loop_cursor` (the list
    starts again and never ends), `unauthorized`, `forbidden`, `not_found`.
    skip: let that many requests through first. times: then fail so often (None: for good).
    retry_after: seconds told with 429 and 500; None tells nothing.
    """

    kind: str
    path: str = "/v1/"
    times: int | None = 1
    skip: int = 0
    retry_after: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}: one of {', '.join(KINDS)}")


#: Words of the vendors' paths; anything else in a path is an id.
_PATH_WORDS: Final = frozenset(
    {"", "v1", "organization", "account", "events", "subscription_items", "lines"}
    | {"event_summaries", "costs", "usage", "projects", "users", "api_keys", "admin_api_keys"}
    | {word for name in RESOURCES for word in name.split("/")}
    | set(USAGE)
    | {"organizations", "analytics", "cost", "me", "workspaces", *LISTS}
    | {"api", "v2", "estimated_cost", "historical_cost", "hourly_usage", "query", "timeseries"}
)


def endpoint_of(path: str) -> str:
    """A path with its ids replaced, as requests are counted: `/v1/invoices/{id}/lines`."""
    return "/".join(part if part in _PATH_WORDS else "{id}" for part in path.split("/"))


class _Dropped(Exception):
    """Raised inside the server to break a connection."""


class DemoApp:
    """The ASGI application."""

    def __init__(self, store_path: Path, clock: int, keys: Mapping[str, Any] | None = None) -> None:
        self._path = store_path
        self._store: Store | None = None
        self._stripe: StripeApi | None = None
        self._openai: OpenAiApi | None = None
        self._anthropic: AnthropicOrganisation | None = None
        self._anthropic_clock = clock
        self._anthropic_key = ANTHROPIC_KEY
        self._keys = keys
        self._admin_keys: tuple[str, ...] = (OPENAI_KEY,)
        self.clock = clock
        self.requests: Counter[str] = Counter()
        self.faults: list[Fault] = []
        self._last_page: dict[str, Reply] = {}

    def reload(self) -> None:
        """Open the store anew with the next request (it was written again)."""
        self._store = None

    def set_keys(
        self,
        stripe: Mapping[str, frozenset[str]] | None = None,
        admin: tuple[str, ...] | None = None,
        anthropic: str | None = None,
    ) -> None:
        """Replace the accepted keys; a Stripe key maps to the permissions it lacks."""
        if stripe is not None:
            self._keys = stripe
        if admin is not None:
            self._admin_keys = admin
        if anthropic is not None:
            self._anthropic_key = anthropic
        self._store = None

    def _apis(self) -> tuple[StripeApi, OpenAiApi]:
        if self._store is None or self._stripe is None or self._openai is None:
            self._store = Store(self._path)
            self._stripe = StripeApi(self._store, self._keys)
            self._openai = OpenAiApi(self._store, self._admin_keys)
            self._anthropic = None
        return self._stripe, self._openai

    def _claude(self, path: str, query: Query, headers: Mapping[str, str]) -> Reply:
        """An answer of Anthropic, whose facts of one clock are kept."""
        stripe, _ = self._apis()
        organisation = self._anthropic
        if organisation is None or self._anthropic_clock != self.clock:
            name = f"org_{stripe.account_id.removeprefix('acct_')}"
            organisation = organisation_of(
                self._store or Store(self._path), self.clock, key=self._anthropic_key, name=name
            )
            self._anthropic, self._anthropic_clock = organisation, self.clock
        asked: dict[str, list[str]] = {}
        for word, value in query:
            asked.setdefault(word, []).append(value)
        status, body = organisation.answer(path, asked, headers)
        return Reply(body, status)

    def _datadog(self, path: str, query: Query, headers: Mapping[str, str], sent: bytes) -> Reply:
        """An answer of Datadog, whose facts are reckoned anew for each request."""
        keys = (headers.get("dd-api-key"), headers.get("dd-application-key"))
        if keys != (DATADOG_API_KEY, DATADOG_APP_KEY):
            raise Refusal(403, {"errors": ["Forbidden"]})
        self._apis()
        start = int((self._store or Store(self._path)).setting("start", str(self.clock)))
        asked = orjson.loads(sent) if sent else None
        status, body = watching(start, self.clock).answer(path, dict(query), asked)
        return Reply(body, status)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "lifespan":
            while True:
                message = await receive()
                await send({"type": f"{message['type']}.complete"})
                if message["type"] == "lifespan.shutdown":
                    return
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        path = request.url.path
        sent = await request.body()
        if path.startswith("/_demo/"):
            await self._send(send, self._control(request.method, path, sent))
            return
        self.requests[endpoint_of(path)] += 1
        query = parse_qsl(request.url.query, keep_blank_values=True)
        headers = {name.lower(): value for name, value in request.headers.items()}
        fault = self._next_fault(path)
        try:
            reply = self._answer(request.method, path, query, headers, fault, sent)
        except Refusal as refusal:
            reply = refusal.reply
        await self._send(send, reply, fault)

    def _next_fault(self, path: str) -> Fault | None:
        for number, fault in enumerate(self.faults):
            if not path.startswith(fault.path):
                continue
            if fault.skip > 0:
                self.faults[number] = replace(fault, skip=fault.skip - 1)
                return None
            if fault.times is not None:
                if fault.times <= 1:
                    del self.faults[number]
                else:
                    self.faults[number] = replace(fault, times=fault.times - 1)
            return fault
        return None

    def _answer(
        self,
        method: str,
        path: str,
        query: Query,
        headers: Mapping[str, str],
        fault: Fault | None,
        sent: bytes,
    ) -> Reply:
        kind = None if fault is None else fault.kind
        if fault is not None and kind in _PLAIN_FAULTS:
            status, message = _PLAIN_FAULTS[kind]
            told = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
            return Reply({"error": {"message": message, "type": "api_error"}}, status, headers=told)
        stripe, openai = self._apis()
        if kind == "repeat_page" and path in self._last_page:
            return self._last_page[path]
        if kind == "loop_cursor":
            query = [(k, v) for k, v in query if k not in ("starting_after", "page", "after")]
        if path.startswith("/v1/organization/"):
            rest = path.removeprefix("/v1/organization/")
            reply = openai.answer(method, rest, query, headers, self.clock)
            organisation = f"org-{stripe.account_id.removeprefix('acct_')}"
            reply = replace(reply, headers={**reply.headers, "openai-organization": organisation})
        elif path.startswith("/v1/organizations/"):
            reply = self._claude(path, query, headers)
        elif path.startswith("/api/v2/"):
            reply = self._datadog(path, query, headers, sent)
        elif path.startswith("/v1/"):
            reply = stripe.answer(method, path.removeprefix("/v1/"), query, headers, self.clock)
        else:
            raise Refusal(404, {"error": {"message": f"nothing at {path}", "type": "not_found"}})
        if kind == "loop_cursor":
            body = {**reply.body, "has_more": True}
            if body.get("object") == "page":
                body["next_page"] = "page_again"
            reply = Reply(body, reply.status, reply.headers)
        self._last_page[path] = reply
        return reply

    async def _send(self, send: Send, reply: Reply, fault: Fault | None = None) -> None:
        body = orjson.dumps(reply.body)
        kind = None if fault is None else fault.kind
        if kind == "truncate":
            body = body[: len(body) // 2]
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            *((k.lower().encode(), v.encode()) for k, v in reply.headers.items()),
        ]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        if kind == "drop":
            await send(
                {"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True}
            )
            raise _Dropped
        await send({"type": "http.response.body", "body": body})

    def _control(self, method: str, path: str, body: bytes) -> Reply:
        what = path.removeprefix("/_demo/").strip("/")
        data = orjson.loads(body) if body else {}
        if what == "clock":
            if method in ("PUT", "POST"):
                self.clock = epoch(data["clock"])
            return Reply({"clock": moment_of(self.clock).isoformat().replace("+00:00", "Z")})
        if what == "requests":
            counted = dict(self.requests)
            if method == "DELETE":
                self.requests.clear()
            return Reply(counted)
        if what == "faults":
            if method == "POST":
                known = {f.name for f in fields(Fault)}
                try:
                    self.faults.append(Fault(**{k: v for k, v in data.items() if k in known}))
                except (TypeError, ValueError) as problem:
                    return Reply({"error": str(problem)}, 400)
            elif method == "DELETE":
                self.faults.clear()
            return Reply([asdict(fault) for fault in self.faults])
        return Reply({"error": f"nothing at {path}"}, 404)


_PLAIN_FAULTS: Final = {
    "rate_limit": (429, "Too many requests hit the API too quickly."),
    "server_error": (500, "An unknown error occurred."),
    "unauthorized": (401, "Invalid API Key provided."),
    "forbidden": (403, "The provided key does not have the required permissions."),
    "not_found": (404, "Unrecognized request URL."),
}


def _quiet_log() -> dict[str, Any]:
    """Logging without access lines and without the tracebacks of dropped connections."""
    return {"version": 1, "disable_existing_loggers": False, "loggers": {}}


class DemoServer:
    """The server in a thread of this process.

    >>> with DemoServer(store_path, clock="2026-11-15T12:00:00Z") as server:
    ...     server.url, server.requests
    """

    def __init__(
        self,
        store_path: Path | str,
        clock: datetime | str | int | None = None,
        *,
        port: int = 0,
        stripe_keys: Mapping[str, frozenset[str]] | None = None,
        openai_admin_keys: tuple[str, ...] = (OPENAI_KEY,),
        anthropic_key: str = ANTHROPIC_KEY,
    ) -> None:
        path = Path(store_path)
        if path.is_dir():
            path = path / "store.sqlite"
        if clock is None:
            store = Store(path)
            clock = int(store.setting("clock"))
            store.close()
        self._app = DemoApp(path, clock if isinstance(clock, int) else epoch(clock))
        self._app.set_keys(stripe_keys, openai_admin_keys, anthropic_key)
        self._port = port
        self._socket: socket.socket | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> DemoServer:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", self._port))
        self._port = self._socket.getsockname()[1]
        config = uvicorn.Config(
            self._app,
            log_config=_quiet_log(),
            log_level="critical",
            access_log=False,
            lifespan="off",
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )
        self._thread.start()
        deadline = time.monotonic() + 20
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise RuntimeError("the demo server did not start")
            time.sleep(0.01)
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.should_exit = True
            self._server.force_exit = True
        if self._thread is not None:
            self._thread.join(timeout=10)
        if self._socket is not None:
            self._socket.close()

    @property
    def url(self) -> str:
        """Base URL without `/v1`."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def clock(self) -> datetime:
        """The moment the server answers as of."""
        return moment_of(self._app.clock)

    @clock.setter
    def clock(self, moment: datetime | str | int) -> None:
        self._app.clock = moment if isinstance(moment, int) else epoch(moment)

    @property
    def requests(self) -> Counter[str]:
        """Requests so far by endpoint (`/v1/invoices/{id}/lines`)."""
        return self._app.requests

    @property
    def faults(self) -> list[Fault]:
        """Faults still switched on."""
        return self._app.faults

    def fault(
        self,
        kind: str,
        path: str = "/v1/",
        *,
        times: int | None = 1,
        skip: int = 0,
        retry_after: int | None = None,
    ) -> None:
        """Switch a fault on (see `Fault`)."""
        self._app.faults.append(Fault(kind, path, times, skip, retry_after))

    def clear_faults(self) -> None:
        """Switch all faults off."""
        self._app.faults.clear()

    def set_keys(
        self,
        stripe: Mapping[str, frozenset[str]] | None = None,
        admin: tuple[str, ...] | None = None,
    ) -> None:
        """Replace the accepted keys; a Stripe key maps to the permissions it lacks."""
        self._app.set_keys(stripe, admin)

    def reload(self) -> None:
        """Open the store again: it was written anew."""
        self._app.reload()


def serve(
    store_path: Path,
    port: int,
    clock: int,
    ready: Callable[[str], None] | None = None,
    *,
    stripe_key: str = STRIPE_KEY,
    openai_key: str = OPENAI_KEY,
    anthropic_key: str = ANTHROPIC_KEY,
) -> None:
    """Serve in this thread until interrupted; these keys are the only ones let in."""
    app = DemoApp(store_path, clock)
    app.set_keys({stripe_key: frozenset()}, (openai_key,), anthropic_key)
    if ready is not None:
        ready(f"http://127.0.0.1:{port}")
    uvicorn.run(
        app, host="127.0.0.1", port=port, log_level="warning", access_log=False, lifespan="off"
    )


__all__ = [
    "ANTHROPIC_KEY",
    "DATADOG_API_KEY",
    "DATADOG_APP_KEY",
    "OPENAI_KEY",
    "STRIPE_KEY",
    "DemoServer",
    "Fault",
    "serve",
]
