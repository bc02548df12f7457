"""A PostgreSQL of its own: data folder, port and databases, gone with the run that started it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2

#: Hard on whatever puts it into an address.
PASSWORD = "a password & more: of/the tests"

#: Durability is not what these tests are about.
OPTIONS = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=60"


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def programs() -> Path:
    """Folder of the newest installed server. Raises FileNotFoundError saying how to install it."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3])
    )
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    raise FileNotFoundError(
        "There is no PostgreSQL server. `make test-engines` installs Debian's package "
        "`postgresql` where it may; elsewhere install it by hand."
    )


@dataclass(frozen=True)
class PostgresServer:
    """A running server."""

    folder: Path
    port: int

    def settings(self, database: str) -> dict[str, str]:
        """What the project's commands need to use a database of it."""
        return {
            "DBT_TARGET": "postgres",
            "POSTGRES_HOST": "127.0.0.1",
            "POSTGRES_PORT": str(self.port),
            "POSTGRES_USER": "tests",
            "POSTGRES_PASSWORD": PASSWORD,
            "POSTGRES_DATABASE": database,
        }

    def create(self, database: str) -> dict[str, str]:
        """A new, empty database; returns its settings."""
        self.rows("postgres", f'create database "{database}"')
        return self.settings(database)

    def connect(self, database: str) -> Any:
        """A connection in UTC, each statement its own transaction."""
        connection = psycopg2.connect(
            host="127.0.0.1", port=self.port, user="tests", password=PASSWORD, dbname=database,
            options="-ctimezone=UTC",
        )  # fmt: skip
        connection.autocommit = True
        return connection

    def rows(self, database: str, statement: str) -> list[tuple[Any, ...]]:
        """Rows of a statement, none where it returns nothing."""
        connection = self.connect(database)
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return list(cursor.fetchall()) if cursor.description else []
        finally:
            connection.close()

    def stop(self) -> None:
        """Stop it, as a machine that goes away would."""
        self._control("-m", "immediate", "stop")

    def start(self) -> None:
        """Start it; returns when it answers."""
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 {OPTIONS}"
        self._control("-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def _control(self, *arguments: str) -> None:
        as_owner(str(programs() / "pg_ctl"), "-D", str(self.folder / "data"), *arguments)


def as_owner(*command: str) -> None:
    """Run a program of the server: never as root, which it refuses."""
    if os.geteuid() == 0:
        command = ("runuser", "-u", "postgres", "--", *command)
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, check=False, cwd="/", timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


@contextmanager
def postgres_server(folder: Path) -> Iterator[PostgresServer]:
    """A new server whose files are below `folder` (a short path: it holds the socket)."""
    folder.mkdir(parents=True, exist_ok=True)
    secret = folder / "password"
    secret.write_text(PASSWORD)
    if os.geteuid() == 0:
        for path in (folder, secret):
            shutil.chown(path, "postgres")
    as_owner(
        str(programs() / "initdb"), "-D", str(folder / "data"), "-U", "tests", "-A",
        "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync", f"--pwfile={secret}",
    )  # fmt: skip
    server = PostgresServer(folder, free_port())
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
