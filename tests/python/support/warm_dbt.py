"""dbt without its start: importing it and parsing the project take ten seconds of a processor.

A fifth of what is left went into debug messages that no test reads and into wrapping all macros
anew for every model; both are done in less here. Circles in the graph are left to the commands
that a user starts. What dbt sends to a database stays the same.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from support.warm import WarmProcess, end, serve


class WarmDbt:
    """The process, started by the first run, which parses under that run's settings.

    Processes that share the folder `parsed` parse in turn, and all but the first only read what
    is there. Without one it lies where that run's settings put it.
    """

    def __init__(self, parsed: Path | None = None) -> None:
        self._parsed = parsed
        self._process: WarmProcess | None = None

    def run(
        self, arguments: Sequence[str], environment: Mapping[str, str], folder: Path, root: Path
    ) -> subprocess.CompletedProcess[str]:
        """`dbt ARGUMENTS` in the checkout `root`; `folder` takes what it prints."""
        if self._process is None:
            shared = parse_in(self._parsed) if self._parsed else {}
            self._process = WarmProcess(
                "support.warm_dbt", root, without_seeds(environment) | shared
            )
        output = folder / "dbt_output.txt"
        request = {
            "arguments": list(arguments),
            "environment": dict(environment),
            "output": str(output),
        }
        code = self._process.run(request)
        return subprocess.CompletedProcess(["dbt", *arguments], code, output.read_text(), "")

    def close(self) -> None:
        """End the process."""
        if self._process:
            self._process.close()


def without_seeds(environment: Mapping[str, str]) -> dict[str, str]:
    """What the parse goes by: a run with seeds of its own must not lend them to later runs."""
    return {name: value for name, value in environment.items() if name != "SEEDS_DIR"}


def parse_in(folder: Path) -> dict[str, str]:
    """A warehouse that nobody opens: dbt parses everything anew where its path is another."""
    return {
        "WAREHOUSE_PATH": str(folder / "warehouse.duckdb"),
        "DBT_TARGET_PATH": str(folder),
        "DBT_LOG_PATH": str(folder / "logs"),
    }


def parse() -> Any:
    """The manifest, by way of what another process parsed in the same folder."""
    from dbt.cli.main import dbtRunner

    folder = Path(os.environ["DBT_TARGET_PATH"])
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "parsing").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        return dbtRunner().invoke(["parse", "--quiet"]).result


def leave_debug_messages_unsaid() -> None:
    """Build a debug event only if somebody raises it to a level that is shown."""
    from dbt_common.events.base_types import BaseEvent, DebugLevel, EventLevel
    from dbt_common.events.event_manager import EventManager

    build, fire = BaseEvent.__init__, EventManager.fire_event

    def keep(event: Any, *given: Any, **named: Any) -> None:
        object.__setattr__(event, "_given", (given, named))

    def fire_unless_debug(
        manager: Any, event: Any, level: Any = None, *more: Any, **named: Any
    ) -> None:
        if isinstance(event, DebugLevel):
            if level in (None, EventLevel.DEBUG):
                return
            given, fields = event.__dict__["_given"]
            build(event, *given, **fields)
        fire(manager, event, level, *more, **named)

    DebugLevel.__init__ = keep  # type: ignore[method-assign]
    EventManager.fire_event = fire_unless_debug  # type: ignore[method-assign]


def wrap_macros_quickly() -> None:
    """Make the same wrappers of macros, without three constructors for each of 786 macros."""
    from dbt.clients.jinja import MacroGenerator
    from dbt.context.macros import MacroNamespaceBuilder

    def add_macros(builder: Any, macros: Iterable[Any], context: Any) -> None:
        same = {"context": context, "node": builder.node, "stack": builder.thread_ctx}
        for macro in macros:
            wrapper = MacroGenerator.__new__(MacroGenerator)
            wrapper.__dict__ = {**same, "macro": macro}
            package, name = macro.package_name, macro.name
            if package in builder.internal_package_names:
                builder.internal_packages.setdefault(package, {})[name] = wrapper
                continue
            builder.packages.setdefault(package, {})[name] = wrapper
            if package == builder.search_package:
                builder.locals[name] = wrapper
            elif package == builder.root_package:
                builder.globals[name] = wrapper

    MacroNamespaceBuilder.add_macros = add_macros  # type: ignore[method-assign]


def compile_templates_once() -> None:
    """Keep what Jinja makes of a text: forks inherit what their parent has compiled."""
    from jinja2 import Environment

    compiled: dict[tuple[Any, ...], Any] = {}
    compile_text = Environment.compile

    def compile_or_remember(environment: Any, source: Any, *given: Any, **named: Any) -> Any:
        if not isinstance(source, str):
            return compile_text(environment, source, *given, **named)
        key = (type(environment), source, given, tuple(named.items()))
        if key not in compiled:
            compiled[key] = compile_text(environment, source, *given, **named)
        return compiled[key]

    Environment.compile = compile_or_remember  # type: ignore[method-assign]


def compile_models(manifest: Any) -> None:
    """Compile the models' texts before the first fork."""
    from dbt_common.clients.jinja import get_template

    for node in manifest.nodes.values():
        if node.resource_type == "model":
            get_template(node.raw_code, {}, node)


def trust_the_files() -> None:
    """Check no file against dbt's JSON schemas: that is a third of a parse, and the commands that
    tests start as a user does check them all."""
    from dbt_common.dataclass_schema import dbtClassMixin

    dbtClassMixin.validate = classmethod(lambda cls, data: None)  # type: ignore[assignment]


def leave_the_graph_unjudged() -> None:
    """Neither look for circles in the graph nor sum it up: a second of every run."""
    from dbt.compilation import Linker

    Linker.get_graph_summary = lambda linker, manifest: {}  # type: ignore[method-assign]
    Linker.find_cycles = lambda linker: None  # type: ignore[method-assign]


def warm_up() -> Callable[[Mapping[str, Any]], None]:
    """Parse; returns what runs a command."""
    leave_debug_messages_unsaid()
    wrap_macros_quickly()
    compile_templates_once()
    trust_the_files()
    let_duckdb_use_one_thread()
    manifest = parse()
    compile_models(manifest)
    leave_the_graph_unjudged()
    return lambda request: _run(request, manifest)


def let_duckdb_use_one_thread() -> None:
    """Two workers test at a time, on tables of a few rows: a second thread only gets in the way."""
    import duckdb

    connect = duckdb.connect

    def connect_with_one_thread(*given: Any, **named: Any) -> Any:
        return connect(*given, **{**named, "config": {"threads": 1, **named.get("config", {})}})

    duckdb.connect = connect_with_one_thread


def read_seeds_from(folder: str, manifest: Any) -> None:
    """Read the files of all seeds from another folder: their descriptions are the same there."""
    for node in manifest.nodes.values():
        if node.resource_type == "seed":
            node.root_path = str(Path(folder).resolve())
            node.original_file_path = Path(node.original_file_path).name


def _run(request: Mapping[str, Any], manifest: Any) -> None:
    """In the fork: the command as the console script `dbt` runs it, then the end."""
    from dbt.cli.main import cli

    signal.alarm(600)  # a run that hangs is ended
    output = os.open(request["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    code: Any = 2
    try:
        if "SEEDS_DIR" in os.environ:
            read_seeds_from(os.environ["SEEDS_DIR"], manifest)
        cli.main(request["arguments"], prog_name="dbt", obj={"manifest": manifest, "callbacks": []})
        code = 0
    except SystemExit as exit_:
        code = exit_.code
    finally:
        end(code)


if __name__ == "__main__":
    serve(warm_up)
