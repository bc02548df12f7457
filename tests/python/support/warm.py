"""A process that has imported what many runs need, and forks for each of them.

A run has its own settings, streams and working folder, as a process of its own has, and ends with
them. `python -m MODULE` reads one JSON object per line, a run, and answers with its exit code.
"""

from __future__ import annotations

import atexit
import gc
import json
import multiprocessing.util
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

TESTS = Path(__file__).resolve().parents[1]


class WarmProcess:
    """The process, from this side of its pipes."""

    def __init__(self, module: str, folder: Path, environment: Mapping[str, str]) -> None:
        """Start `python -m MODULE` in the folder; it ends with the test run at the latest."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=folder,
            env={**environment, "PYTHONPATH": str(TESTS)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        atexit.register(self._process.kill)

    def run(self, request: Mapping[str, Any]) -> int:
        """The exit code of a run."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the warm process has ended"
        return int(answer)

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()


def serve(warm_up: Callable[[], Callable[[Mapping[str, Any]], None]]) -> None:
    """In the process: warm up once, then fork for each run until nobody asks any more.

    What warming up returns does a run in the fork, and ends with `end`.
    """
    # Answers go where those who print at will cannot reach.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    do = warm_up()
    gc.freeze()  # what is there by now is no garbage: nobody need look through it again
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            do(request)
        _, status = os.waitpid(child, 0)
        answers.write(f"{os.waitstatus_to_exitcode(status)}\n")
        answers.flush()


def end(code: Any) -> NoReturn:
    """End this fork with a script's code, and give back the locks that it shared."""
    multiprocessing.util._exit_function()  # type: ignore[attr-defined]
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(bool(code)))
