"""Who may ask what, how often, and what is written down of it.

A key comes as `Authorization: Bearer uvr_...`. Without one, who is signed in to the dashboard of
this server may read what its pages show, and this machine may ask where API__OPEN_ON_LOOPBACK says
so. Rates are counted in this process.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import logging
import logging.handlers
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipelines.api.keys import SCOPES, Key, KeyStore
from pipelines.api.problems import ProblemError
from pipelines.config import published_dir, setting
from pipelines.errors import ProjectError, SettingError

_LOG: Final = logging.getLogger("api")
_LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1", "testserver"})
#: Requests a minute of a key, and how many of them at once.
RATE_PER_MINUTE: Final = 12_000
#: Wrong keys a minute from one address.
WRONG_PER_MINUTE: Final = 300
#: Statements and whole tables at once.
HEAVY_AT_ONCE: Final = 2
_MOST_BUCKETS: Final = 10_000
_AUDIT_BYTES: Final = 10_000_000
_AUDIT_FILES: Final = 5


@dataclass(frozen=True)
class Caller:
    """Who asks: the id of the key (`loopback` without one), what it may, and of which customer."""

    key_id: str
    scopes: frozenset[str]
    customer: str | None = None

    def may(self, scope: str) -> bool:
        """Whether the key has a scope."""
        return scope in self.scopes

    @property
    def rights(self) -> str:
        """What decides what answers look like: scopes and customer."""
        return f"{','.join(sorted(self.scopes))}|{self.customer or ''}"


class Buckets:
    """Token buckets by name: so many a minute, a third of them at once."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._most = max(1.0, per_minute / 3)
        self._level: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._guard = threading.Lock()

    def take(self, name: str, now: float | None = None) -> float:
        """Take one; 0 where there was one, else the seconds until there is."""
        moment = time.monotonic() if now is None else now
        with self._guard:
            level, at = self._level.pop(name, (self._most, moment))
            level = min(self._most, level + (moment - at) * self.per_minute / 60)
            wait = 0.0 if level >= 1 else (1 - level) * 60 / self.per_minute
            self._level[name] = (level - 1 if not wait else level, moment)
            while len(self._level) > _MOST_BUCKETS:
                self._level.popitem(last=False)
        return wait


class Access:
    """The door: finds out who asks, and turns away who may not or asks too much."""

    def __init__(self, keys: KeyStore | None = None) -> None:
        self.keys = keys or KeyStore()
        self._rates = Buckets(_number("API__RATE_PER_MINUTE", RATE_PER_MINUTE))
        self._wrong = Buckets(WRONG_PER_MINUTE)
        self._heavy = threading.BoundedSemaphore(HEAVY_AT_ONCE)
        #: Who is signed in to the dashboard, by a request's cookie; the dashboard's server sets it.
        self.signed_in: Callable[[Scope], str | None] = lambda scope: None
        self.is_open_on_loopback = (setting("API__OPEN_ON_LOOPBACK") or "").lower() == "true"

    def caller(self, scope: Scope) -> Caller | None:
        """Who asks; None without a key where this machine is not let in without one.

        Raises:
            ProblemError: a key that is none, or one that asks too often.
        """
        headers = _headers(scope)
        given = headers.get("authorization")
        if _is_given_twice(scope):
            raise ProblemError(
                400, "Authorization is given twice.", "Send one key.", "Authorization"
            )
        address = (scope.get("client") or ("", 0))[0]
        if given is None:
            if name := self._session(scope, headers):
                self._count(name)
                return Caller(name, frozenset(SCOPES) - {"services:write"})
            if not (self.is_open_on_loopback and _is_this_machine(address, headers)):
                return None
            self._count("loopback")
            return Caller("loopback", frozenset(SCOPES) - {"services:write"})
        kind, _, text = given.partition(" ")
        key = self._found(text.strip()) if kind.lower() == "bearer" else None
        if key is None or key.state() != "active":
            self._turn_away(key, address)
        assert key is not None  # noqa: S101
        self._count(key.id)
        self.keys.note_use(key)
        return Caller(key.id, frozenset(key.scopes), key.customer)

    def _found(self, text: str) -> Key | None:
        """The key that a text is. Who has none yet is not told where the file of keys lies."""
        try:
            return self.keys.find(text)
        except ProjectError as error:
            _LOG.error("%s", error)
            raise ProblemError(
                503,
                "The keys cannot be read.",
                "Tell whoever runs this service; its log says more.",
                "Authorization",
            ) from error

    def _session(self, scope: Scope, headers: Mapping[str, str]) -> str | None:
        """A name for who is signed in, the same each time and no address; None for nobody.

        Only for what reads, asked by a page of this server or by hand: another site's page could
        else ask with the viewer's cookie.
        """
        is_reading = scope["method"] in ("GET", "HEAD") or scope["path"].endswith("/v1/sql")
        if "cookie" not in headers or not is_reading or not _is_of_this_server(headers):
            return None
        who = self.signed_in(scope)
        return f"session:{hashlib.sha256(who.encode()).hexdigest()[:12]}" if who else None

    def rights(self, scope: Scope) -> str | None:
        """Rights of the key that a request comes with; None without a valid one. Counts nothing."""
        if _is_given_twice(scope):
            return None
        kind, _, text = _headers(scope).get("authorization", "").partition(" ")
        key = self.keys.find(text.strip()) if kind.lower() == "bearer" else None
        if key is None or key.state() != "active":
            return None
        return Caller(key.id, frozenset(key.scopes), key.customer).rights

    def _turn_away(self, key: Key | None, address: str) -> None:
        wait = self._wrong.take(address)
        if wait:
            raise _too_many(wait, "Too many wrong keys from this address.")
        state = key.state() if key else "unknown"
        raise ProblemError(
            401,
            f"The key is {state}.",
            "Make a new one with `usage-vs-revenue keys create`, and send it as "
            "`Authorization: Bearer uvr_...`.",
            "Authorization",
            {"www-authenticate": "Bearer"},
        )

    def _count(self, name: str) -> None:
        wait = self._rates.take(name)
        if wait:
            raise _too_many(wait, f"More than {self._rates.per_minute} requests a minute.")

    @contextmanager
    def heavy(self) -> Iterator[None]:
        """A place for a statement or a whole table. Raises ProblemError if none is free."""
        self.take_heavy()
        try:
            yield
        finally:
            self.free_heavy()

    def take_heavy(self) -> None:
        """Take a place; free it with `free_heavy`."""
        if not self._heavy.acquire(blocking=False):
            raise _too_many(2, f"{HEAVY_AT_ONCE} heavy requests are running.")

    def free_heavy(self) -> None:
        """Free a place."""
        self._heavy.release()


def need(caller: Caller | None, scope: str) -> Caller:
    """The caller, if it may. Raises ProblemError otherwise."""
    if caller is None:
        raise ProblemError(
            401,
            "This needs a key.",
            "Make one with `usage-vs-revenue keys create`, and send it as "
            "`Authorization: Bearer uvr_...`.",
            "Authorization",
            {"www-authenticate": "Bearer"},
        )
    if not caller.may(scope):
        raise ProblemError(
            403,
            f"The key does not have the scope {scope}: {SCOPES[scope]}.",
            f"Make a key with `--scope {scope}`.",
            "Authorization",
        )
    return caller


def need_whole_company(caller: Caller) -> None:
    """Raises ProblemError for a key of one customer."""
    if caller.customer is not None:
        raise ProblemError(
            403,
            "The key is for one customer, and this is about the whole company.",
            "Use a key without a customer, or ask /api/v1/customers/{id} of your own.",
            "Authorization",
        )


def need_customer(caller: Caller, customer_id: str) -> None:
    """Raises ProblemError for a key of another customer, whether or not that one exists."""
    if caller.customer is not None and caller.customer != customer_id:
        raise ProblemError(
            403,
            "The key is for another customer.",
            "Ask for the customer of your key, or use a key without a customer.",
            "customer_id",
        )


def _too_many(wait: float, detail: str) -> ProblemError:
    seconds = max(1, int(wait + 0.999))
    return ProblemError(
        429, detail, f"Ask again in {seconds} s.", None, {"retry-after": str(seconds)}
    )


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def _is_given_twice(scope: Scope) -> bool:
    """Whether two keys are sent: a proxy that looks at one of them must not let the other in."""
    names = [name for name, _ in scope["headers"]]
    return names.count(b"authorization") > 1


def _is_of_this_server(headers: Mapping[str, str]) -> bool:
    """A request that no page of another site caused."""
    if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return False
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


def _is_this_machine(address: str, headers: Mapping[str, str]) -> bool:
    """A request of this machine itself: not passed on by a proxy, not by a foreign page."""
    if any(name in headers for name in ("x-forwarded-for", "forwarded", "x-real-ip")):
        return False
    if "origin" in headers or headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return False
    host = headers.get("host", "").rsplit(":", 1)[0].strip("[]") if headers.get("host") else ""
    if host not in _LOCAL_NAMES:
        return False
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "testclient"


def _number(name: str, default: int) -> int:
    text = setting(name)
    if text is None:
        return default
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 0 < number <= 1_000_000:
        raise SettingError(f"{name} is {text!r}, which is no number from 1 to 1,000,000.")
    return number


def audit_log() -> logging.Logger:
    """Where requests are written down: JSON lines, for the owner of the file only.

    The file is API__AUDIT_LOG, by default `api_audit.jsonl` beside the folder of published builds.
    """
    path = Path(setting("API__AUDIT_LOG") or published_dir().parent / "api_audit.jsonl")
    log = logging.getLogger(f"api.audit.{path.resolve()}")
    log.propagate = False
    log.setLevel(logging.INFO)
    if not log.handlers:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
        log.addHandler(
            logging.handlers.RotatingFileHandler(
                path, maxBytes=_AUDIT_BYTES, backupCount=_AUDIT_FILES, encoding="utf-8"
            )
        )
    return log


class Audit:
    """ASGI middleware: a line for each request: time, key, route, status, bytes, ms, build.

    Never a secret, a query text or a name: the route is the pattern of the address.
    """

    def __init__(self, app: ASGIApp, log: logging.Logger | None = None) -> None:
        self._app = app
        self._log = log or audit_log()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; write the line when it is answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        state = scope.setdefault("state", {})
        said: dict[str, Any] = {"status": 500, "bytes": 0, "build": None}

        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start":
                said["status"] = message["status"]
                for name, value in message.get("headers", []):
                    if name.lower() == b"etag":
                        said["build"] = value.decode("latin-1").strip('"').rsplit(".v", 1)[0]
            elif message["type"] == "http.response.body":
                said["bytes"] += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, counting)
        finally:
            route = scope.get("route")
            line = {
                "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "key": state.get("key_id"),
                "method": scope["method"],
                "route": state.get("route") or getattr(route, "path_format", None),
                **said,
                "ms": round((time.perf_counter() - began) * 1000, 1),
            }
            self._log.info(json.dumps(line))
