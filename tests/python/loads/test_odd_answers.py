"""Answers of vendors that lead elsewhere, never come to an end, or say nonsense of when to ask."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from pipelines.errors import LoadError
from pipelines.loading import answers
from pipelines.loading.http import ApiClient, HeaderAuth
from support.listening import listening

KEY = "a-key-of-the-test"
Answer = tuple[int, dict[str, str], bytes]


@contextmanager
def server_of(answer: Callable[[str, int], Answer], keys: list[str | None]) -> Iterator[str]:
    """Answer by path and number of the request; the keys that came are noted."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            keys.append(self.headers.get("x-api-key"))
            status, headers, body = answer(self.path, len(keys))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            for start in range(0, len(body), 1 if "X-Drops" in headers else len(body)):
                self.wfile.write(body[start : start + (1 if "X-Drops" in headers else len(body))])
                time.sleep(0.2 if "X-Drops" in headers else 0)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with listening(Handler) as url:
        yield url


@pytest.fixture
def client_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ApiClient]:
    for name, value in {"BACKOFF_FACTOR": "0", "MAX_ATTEMPTS": "2", "TIMEOUT": "1"}.items():
        monkeypatch.setenv(f"RUNTIME__REQUEST_{name}", value)

    def make(url: str) -> ApiClient:
        return ApiClient(
            base_url=url,
            key=KEY,
            key_setting="SOURCES__X__API_KEY",
            url_setting="SOURCES__X__BASE_URL",
            auth=HeaderAuth("x-api-key", KEY),
        )

    return make


def test_a_key_follows_no_redirect_to_another_host(client_of: Callable[[str], ApiClient]) -> None:
    asked: list[str | None] = []
    elsewhere: list[str | None] = []
    with server_of(lambda path, number: (200, {}, b"{}"), elsewhere) as other:

        def moved(path: str, number: int) -> Answer:
            return 302, {"Location": other + path}, b""

        with (
            server_of(moved, asked) as url,
            pytest.raises(LoadError, match="SOURCES__X__BASE_URL") as refused,
        ):
            client_of(url).get("/v1/costs")
    assert (asked, elsewhere) == ([KEY], [])
    assert f"{other}/v1/costs" in str(refused.value)
    assert KEY not in str(refused.value)


def test_a_redirect_on_the_same_host_is_followed(client_of: Callable[[str], ApiClient]) -> None:
    def answer(path: str, number: int) -> Answer:
        return (200, {}, b'{"a": 1}') if path.endswith("/") else (307, {"Location": "/list/"}, b"")

    with server_of(answer, []) as url:
        assert client_of(url).get("/list") == {"a": 1}


@pytest.mark.parametrize(
    ("asked", "location", "may_go"),
    [
        ("https://api.x.com/a", "/b", True),
        ("http://api.x.com/a", "https://api.x.com/a", True),
        ("https://api.x.com/a", "http://api.x.com/a", False),
        ("https://api.x.com/a", "https://api.x.com:8443/a", False),
        ("https://api.x.com/a", "https://api.x.com.evil.com/a", False),
        ("https://api.x.com/a", "//evil.com/a", False),
        ("https://api.x.com/a", "http://[::1", False),
    ],
)
def test_where_a_key_may_go(asked: str, location: str, may_go: bool) -> None:
    assert answers.is_same_place(asked, location) == may_go


@pytest.mark.parametrize(
    "said",
    ["Fri, 31 Dec 99999 23:59:59 GMT", "9" * 5000, "-5", "soon", "0.5", "", "²"],
)
def test_a_retry_after_that_is_no_time_is_no_reason_to_fail(
    client_of: Callable[[str], ApiClient], said: str
) -> None:
    def answer(path: str, number: int) -> Answer:
        return (200, {}, b'{"a": 1}') if number > 1 else (429, {"Retry-After": said}, b"")

    with server_of(answer, []) as url:
        assert client_of(url).get("/list") == {"a": 1}


def test_an_answer_that_comes_drop_by_drop_is_given_up(
    client_of: Callable[[str], ApiClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "LONGEST_IN_TIMEOUTS", 0.5)
    started = time.monotonic()
    drops = (200, {"X-Drops": "1"}, b'{"a": 1}' * 9)
    with (
        server_of(lambda path, number: drops, []) as url,
        pytest.raises(LoadError, match="takes longer than"),
    ):
        client_of(url).get("/list")
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_an_answer_without_end_is_given_up(
    client_of: Callable[[str], ApiClient], monkeypatch: pytest.MonkeyPatch, coding: str
) -> None:
    monkeypatch.setattr(answers, "MOST_BYTES", 1000)
    body = b'{"a": "' + b"x" * 200_000 + b'"}'
    sent = gzip.compress(body) if coding == "gzip" else body
    with (
        server_of(lambda path, number: (200, {"Content-Encoding": coding}, sent), []) as url,
        pytest.raises(LoadError, match="is larger than"),
    ):
        client_of(url).get("/list")
