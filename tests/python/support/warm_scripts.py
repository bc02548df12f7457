"""Console scripts without their start.

Importing takes two to four seconds of a processor; what a script does stays the same.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from support.warm import WarmProcess, end, serve


class WarmScripts:
    """The process, started in the folder `home` by the first run."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._process: WarmProcess | None = None

    def run(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        root: Path,
        folder: Path,
        timeout: float,
    ) -> subprocess.CompletedProcess[str]:
        """`dlt`, `dbt` or `usage-vs-revenue` with its arguments, in the folder `root`.

        `folder` takes what it prints, and is made.
        """
        folder.mkdir(parents=True, exist_ok=True)
        if self._process is None:
            self._process = WarmProcess("support.warm_scripts", self._home, os.environ)
        output, errors = (folder / f"{uuid4().hex}.{name}" for name in ("out", "err"))
        request = {
            "arguments": list(arguments),
            "environment": dict(environment),
            "root": str(root),
            "output": str(output),
            "errors": str(errors),
            "timeout": int(timeout),
        }
        code = self._process.run(request)
        said = [one.read_text() for one in (output, errors)]
        output.unlink()
        errors.unlink()
        return subprocess.CompletedProcess(list(arguments), code, *said)


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


def warm_up() -> Callable[[Mapping[str, Any]], None]:
    """What runs a script."""
    known = scripts()
    return lambda request: _run(request, known)


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
    serve(warm_up)
