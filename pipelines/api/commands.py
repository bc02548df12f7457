"""`usage-vs-revenue serve`, `mcp` and `keys`: their arguments, and what each prints."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from pipelines.errors import EXIT_OK, ProjectError


def add_parsers(commands: Any) -> None:
    """Declare the commands on the subparsers `commands`; nothing is imported for it."""
    serve = commands.add_parser(
        "serve",
        help="Dashboard, HTTP API and assistants (MCP) on one port",
        description=(
            "Dashboard at /, HTTP API at /api, its documentation at /api/docs, assistants at /mcp. "
            "Exit codes: 0 ended by you; 2 wrong use or settings."
        ),
    )
    serve.add_argument("--only", choices=("api",), help="the API alone, without Streamlit")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    serve.add_argument("--port", type=_port, default=8501, help="port (%(default)s; 0: any)")
    serve.set_defaults(execute=_told(execute_serve))

    mcp = commands.add_parser(
        "mcp",
        help="The tools for an assistant over standard input and output",
        description="For an assistant on this machine; it may read whatever you may.",
    )
    mcp.set_defaults(execute=_told(execute_mcp))

    keys = commands.add_parser("keys", help="Keys of the HTTP API: create, list, revoke")
    actions = keys.add_subparsers(dest="action", required=True)
    create = actions.add_parser(
        "create",
        help="Make a key and print it once",
        description=(
            "Prints the key, which nobody can tell again. Exit codes: 0 made; 2 wrong use."
        ),
    )
    create.add_argument("--name", required=True, help="who or what uses it")
    create.add_argument(
        "--scope",
        action="append",
        required=True,
        metavar="SCOPE",
        help="metrics:read, customers:read, sql:read, export:read or services:write; "
        "may be given several times",
    )
    create.add_argument("--expires", type=int, metavar="DAYS", help="days until it ends")
    create.add_argument(
        "--customer", metavar="ID", help="it may read this customer only (with customers:read)"
    )
    create.set_defaults(execute=_told(execute_create))
    listed = actions.add_parser("list", help="All keys, with what they may and when they were used")
    listed.set_defaults(execute=_told(execute_list))
    revoke = actions.add_parser("revoke", help="End a key at once")
    revoke.add_argument("id", metavar="ID", help="as `keys list` shows it")
    revoke.set_defaults(execute=_told(execute_revoke))


def execute_serve(args: argparse.Namespace) -> int:
    """Serve until interrupted."""
    from pipelines.api.server import serve

    return serve(args.host, args.port, args.only)


def execute_mcp(_: argparse.Namespace) -> int:
    """Answer an assistant on standard input and output."""
    from pipelines.assistants.doors import run_stdio

    run_stdio()
    return EXIT_OK


def execute_create(args: argparse.Namespace) -> int:
    """Make a key."""
    import sys

    from pipelines.api.keys import KeyStore
    from pipelines.console import Reporter

    key, text = KeyStore().create(args.name, args.scope, args.expires, args.customer)
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
    ends = f"It ends {key.expires_at}." if key.expires_at else "It does not end by itself."
    Reporter().line(f"Key {key.id} ({key.name}). It is shown this once: keep it safe. {ends}")
    return EXIT_OK


def execute_list(_: argparse.Namespace) -> int:
    """Print all keys."""
    from pipelines.api.keys import KeyStore
    from pipelines.console import Reporter

    rows = [
        [
            key.id, key.name, ", ".join(key.scopes), key.customer or "", key.state(),
            key.created_at, key.expires_at or "", key.last_used_at or "",
        ]
        for key in KeyStore().all()
    ]  # fmt: skip
    titles = ["id", "name", "scopes", "customer", "state", "created", "expires", "last used"]
    Reporter().table(titles, rows, "No key yet: `usage-vs-revenue keys create` makes one.")
    return EXIT_OK


def execute_revoke(args: argparse.Namespace) -> int:
    """End a key."""
    from pipelines.api.keys import KeyStore
    from pipelines.console import Reporter

    key = KeyStore().revoke(args.id)
    Reporter().line(f"Key {key.id} ({key.name}) is revoked.")
    return EXIT_OK


def _told(execute: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """The command, with errors for a person and the exit code that they have."""

    def run(args: argparse.Namespace) -> int:
        from pipelines.console import Reporter

        try:
            return execute(args)
        except ProjectError as error:
            Reporter().error(str(error))
            return error.exit_code

    return run


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port (0 to 65535)")
    return int(text)
