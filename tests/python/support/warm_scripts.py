"""Console scripts without their start: a process that has imported them forks for each run.

A run has its own settings, streams and working folder, as a process of its own has, and ends with
them. Importing takes two to four seconds of a processor; what a script does stays the same.

    python -m support.warm_scripts    one JSON object per line: a run in, its exit code out
"""

from __future__ import annotations

import atexit
import gc
import json
import multiprocessing.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn
from uuid import uuid4

TESTS = Path(__file__).resolve().parents[1]


class WarmScripts:
    """The process, started in the folder `home` by the first run."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._server: subprocess.Popen[str] | None = None

    def run(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        root: Path,
        folder: Path,
        timeout: float,
    ) -> subprocess.CompletedProcess[str]:
        """`dlt`, `dbt` or `usage-vs-revenue` with its arguments, in the folder `root`.

        `folder` takes what it prints.
        """
        if self._server is None:
            self._server = self._start()
        output, errors = (folder / f"{uuid4().hex}.{name}" for name in ("out", "err"))
        request = {
            "arguments": list(arguments),
            "environment": dict(environment),
            "root": str(root),
            "output": str(output),
            "errors": str(errors),
            "timeout": int(timeout),
        }
        assert self._server.stdin
        assert self._server.stdout
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        answer = self._server.stdout.readline()
        assert answer, "the warm process has ended"
        said = [one.read_text() for one in (output, errors)]
        output.unlink()
        errors.unlink()
        return subprocess.CompletedProcess(list(arguments), int(json.loads(answer)), *said)

    def _start(self) -> subprocess.Popen[str]:
        server = subprocess.Popen(
            [sys.executable, "-m", "support.warm_scripts"],
            cwd=self._home,
            env={**os.environ, "PYTHONPATH": str(TESTS)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        atexit.register(server.kill)
        return server


def scripts() -> dict[str, Callable[[], Any]]:
    """Console script -> what it runs, imported with all that its commands import later."""
    from dbt.cli.main import cli
    from dlt._workspace.cli._dlt import _main

    import pipelines.run
    from pipelines.cli import main
    from pipelines.sources.accounts import configured_accounts
    from support.quick_dlt import remember_what_was_asked

    assert pipelines.run
    configured_accounts()
    remember_what_was_asked()
    return {"dlt": _main, "dbt": cli, "usage-vs-revenue": main}


def serve() -> None:
    """Import once, then run what is asked for until nobody asks any more."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    known = scripts()
    gc.freeze()  # what was imported is no garbage: nobody need look through it again
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            _run(request, known)
        _, status = os.waitpid(child, 0)
        answers.write(f"{os.waitstatus_to_exitcode(status)}\n")
        answers.flush()


def end(code: Any) -> NoReturn:
    """End this fork with a script's code, and give back the locks that it shared."""
    multiprocessing.util._exit_function()  # type: ignore[attr-defined]
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(bool(code)))


def _run(request: Mapping[str, Any], known: Mapping[str, Callable[[], Any]]) -> None:
    """In the fork: the script, then the end."""
    signal.alarm(request["timeout"])  # a run that hangs is ended
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, name in ((1, "output"), (2, "errors")):
        os.dup2(os.open(request[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    os.chdir(request["root"])
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    sys.argv = list(request["arguments"])
    code: Any = 1
    try:
        code = known[sys.argv[0]]()
    except SystemExit as exit_:
        code = exit_.code
        if isinstance(code, str):
            sys.stderr.write(f"{code}\n")
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        end(code)


if __name__ == "__main__":
    serve()
