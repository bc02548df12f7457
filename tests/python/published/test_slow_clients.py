"""Clients that are slow, silent or many: each costs itself, the others are served meanwhile."""

from __future__ import annotations

import resource
import socket
import struct
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.sync.client import connect

from pipelines.api.connections import BoundedProtocol, allow_open_files
from pipelines.api.keys import KeyStore
from support.published import PublishedDir
from support.served import serving

#: More than what a client that never reads makes the kernel hold.
LARGE = 64 * 2**20


class Bounded(BoundedProtocol):
    """Bounds that a test can wait for."""

    header_seconds = 1.0
    body_seconds = 1.5
    write_seconds = 1.0
    most_waiting = 100


@dataclass
class Server:
    port: int
    #: What the application made of each body.
    bodies: list[str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def connection(self, timeout: float = 20) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def is_well(self) -> bool:
        """Whether somebody else gets an answer soon, on a connection of their own."""
        return requests.get(f"{self.url}/", timeout=20).text == "well"


@pytest.fixture
def server() -> Iterator[Server]:
    allow_open_files()
    bodies: list[str] = []

    async def well(_: Request) -> Response:
        return PlainTextResponse("well")

    async def body(request: Request) -> Response:
        try:
            bodies.append(f"{len(await request.body())} bytes")
        except Exception as error:
            bodies.append(type(error).__name__)
            raise
        return PlainTextResponse("taken")

    async def large(_: Request) -> Response:
        async def parts() -> AsyncIterator[bytes]:
            try:
                for _ in range(LARGE // 2**20):
                    yield b"x" * 2**20
            finally:
                bodies.append("let go")

        return StreamingResponse(parts())

    async def socket_of(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text(await websocket.receive_text())
        await websocket.close()

    app = Starlette(
        routes=[
            Route("/", well),
            Route("/body", body, methods=["POST"]),
            Route("/large", large),
            WebSocketRoute("/socket", socket_of),
        ]
    )
    listening = socket.create_server(("127.0.0.1", 0), backlog=2048)
    config = uvicorn.Config(
        app, http=Bounded, log_level="error", lifespan="off", timeout_keep_alive=2
    )
    serving = uvicorn.Server(config)
    thread = threading.Thread(target=serving.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield Server(listening.getsockname()[1], bodies)
    serving.should_exit = True
    thread.join(timeout=30)
    assert not Bounded._waiting
    listening.close()


def read_to_end(connection: socket.socket) -> bytes:
    """Everything until the server ends the connection; fails where it does not."""
    found = b""
    try:
        while data := connection.recv(65536):
            found += data
    except ConnectionResetError:
        pass
    return found


@pytest.mark.parametrize("begun", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nhost: a\r\nx-long: 1\r\n"])
def test_headers_that_never_end_are_not_waited_for(server: Server, begun: bytes) -> None:
    with server.connection() as slow:
        slow.sendall(begun)
        for _ in range(4):
            time.sleep(0.1)
            if begun.endswith(b"\n"):
                slow.sendall(b"x-more: 1\r\n")  # a little each time does not help
        assert server.is_well()
        assert read_to_end(slow).startswith(b"HTTP/1.1 408")


def test_a_kept_connection_is_bounded_at_its_next_request_too(server: Server) -> None:
    with server.connection() as slow:
        slow.sendall(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        time.sleep(0.3)
        slow.sendall(b"GET / HT")
        began = time.monotonic()
        answered = read_to_end(slow)
        assert time.monotonic() - began < 15
    assert answered.startswith(b"HTTP/1.1 200")
    assert b"HTTP/1.1 408" in answered


def test_a_body_that_never_ends_is_not_waited_for(server: Server) -> None:
    with server.connection() as slow:
        slow.sendall(b"POST /body HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\nabc")
        assert server.is_well()
        assert read_to_end(slow) == b""
    assert requests.post(f"{server.url}/body", data=b"abc", timeout=20).text == "taken"
    assert server.bodies == ["ClientDisconnect", "3 bytes"]


@pytest.mark.slow
def test_an_answer_that_nobody_takes_is_given_up(server: Server) -> None:
    with server.connection() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.sendall(b"GET /large HTTP/1.1\r\nhost: a\r\n\r\n")
        assert server.is_well()
        for _ in range(600):
            if server.bodies:
                break
            time.sleep(0.1)
        assert server.bodies == ["let go"], "it still waits for who takes nothing"
        assert len(read_to_end(slow)) < LARGE
    assert len(requests.get(f"{server.url}/large", timeout=60).content) == LARGE


@pytest.mark.parametrize("wanted", [1_000, pytest.param(10_000, marks=pytest.mark.faults)])
def test_ten_thousand_silent_connections_keep_nobody_waiting(server: Server, wanted: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    beside = 4_000  # the server is in this process, and may take a backlog at once
    room = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard - beside)
    resource.setrlimit(resource.RLIMIT_NOFILE, (room + beside, hard))
    crowd: list[socket.socket] = []
    try:
        for number in range(room):
            crowd.append(server.connection())
            if number % (wanted // 4) == 0:
                assert server.is_well()
        assert server.is_well()
        assert 0 < len(Bounded._waiting) <= Bounded.most_waiting
    finally:
        for connection in crowd:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert server.is_well()


def test_a_websocket_may_rest_as_long_as_it_likes(server: Server) -> None:
    with connect(f"ws://127.0.0.1:{server.port}/socket") as viewer:
        time.sleep(Bounded.body_seconds + Bounded.header_seconds)
        viewer.send("still here")
        assert viewer.recv(timeout=20) == "still here"


def test_readers_that_go_away_leave_no_place_taken(tmp_path: Path) -> None:
    published = PublishedDir(tmp_path / "published")
    published.path.mkdir()
    published.publish("0001")
    _, key = KeyStore(tmp_path / "api_keys.json").create(
        "tests", ["metrics:read", "customers:read", "export:read"]
    )
    path = "/api/v1/tables/finance.customers"
    asked = f"GET {path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {key}\r\n\r\n".encode()
    with serving(tmp_path, "--only", "api") as url:
        port = int(url.rpartition(":")[2])
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", port), timeout=60) as gone:
                gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                gone.sendall(asked)
        headers = {"authorization": f"Bearer {key}"}
        for _ in range(60):  # places that are being freed are waited for
            answer = requests.get(url + path, headers=headers, timeout=60)
            if answer.status_code != 429:
                break
            time.sleep(0.5)
        assert answer.status_code == 200
        for format_ in ("csv", "arrow"):
            both = [
                requests.get(f"{url}{path}?format={format_}", headers=headers, timeout=60)
                for _ in range(3)
            ]
            assert {one.status_code for one in both} == {200}
