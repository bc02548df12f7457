"""Whole processes, measured: what a person who types the command waits for and needs."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Measurement:
    """One command's wall clock and processor time in seconds, its peak resident memory in MiB.

    Processor time says more than the clock where other programs share the machine.
    """

    seconds: float
    peak_mib: float
    cpu_seconds: float = 0.0


@dataclass(frozen=True)
class Comparison:
    """One line of the report: `ours` against a named alternative, with what is promised."""

    what: str
    alternative_name: str
    ours: Measurement
    alternative: Measurement
    most: float | None = None

    @property
    def ratio(self) -> float:
        """Seconds of ours over seconds of the alternative."""
        return self.ours.seconds / self.alternative.seconds

    def line(self) -> str:
        """The comparison as one line of text."""
        limit = "" if self.most is None else f" (at most {self.most:g})"
        return (
            f"{self.what}: {self.ours.seconds:.1f} s, {self.ours.peak_mib:,.0f} MiB;"
            f" {self.alternative_name}: {self.alternative.seconds:.1f} s,"
            f" {self.alternative.peak_mib:,.0f} MiB; ratio {self.ratio:.2f}{limit}"
        )


class CommandFailedError(RuntimeError):
    """A measured command ended with an error, so its time says nothing."""


def measure(
    command: Sequence[str], environment: Mapping[str, str] | None = None, cwd: Path = ROOT
) -> Measurement:
    """Run `command` to its end and measure it; its children's time counts, their memory does not.

    Raises:
        CommandFailedError: the command's exit code is not 0; carries the end of its output.
    """
    started = time.perf_counter()
    with subprocess.Popen(
        list(command),
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        assert process.stdout is not None
        peak = _PeakMemory(process.pid)
        peak.start()
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        peak.join()
    seconds = time.perf_counter() - started
    if process.returncode:
        raise CommandFailedError(f"{' '.join(command)}\n{output.decode(errors='replace')[-4000:]}")
    return Measurement(seconds, peak.mib, usage.ru_utime + usage.ru_stime)


class _PeakMemory(threading.Thread):
    """Follows a process's own mark of its highest resident memory.

    What the kernel says at the end would not do: it counts what this process had when it forked.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.status = Path(f"/proc/{pid}/status")
        self.mib = float("nan")

    def run(self) -> None:
        """Read until the process is gone."""
        while found := self._read():
            self.mib = found
            time.sleep(0.02)

    def _read(self) -> float | None:
        try:
            lines = self.status.read_text().splitlines()
        except OSError:
            return None
        marks = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
        return int(marks[0]) / 1024 if marks else None


def median_of(measurements: Sequence[Measurement]) -> Measurement:
    """The median time of several runs, and the highest peak of any."""
    return Measurement(
        seconds=statistics.median(each.seconds for each in measurements),
        peak_mib=max(each.peak_mib for each in measurements),
        cpu_seconds=statistics.median(each.cpu_seconds for each in measurements),
    )


def python(*arguments: str) -> list[str]:
    """A command of this environment's Python."""
    return [sys.executable, *arguments]
