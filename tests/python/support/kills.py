"""Kills at random moments: how many, by which chance, and processes that are quick to start.

FAULT_KILLS   kills of a whole run of `make test-faults` (default 400; a night's loop: 1000)
FAULT_SEED    seed of the moments; default: another one each time, printed by each test
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from support.commands import ROOT

DEFAULT_KILLS = 400


def kills(share: float) -> int:
    """How many kills a test makes that has a share of them all; one at least."""
    return max(1, round(int(os.environ.get("FAULT_KILLS", DEFAULT_KILLS)) * share))


def seed() -> int:
    """The seed of a test's chance, printed so that a failure can be had again."""
    found = int(os.environ.get("FAULT_SEED") or random.SystemRandom().randrange(10**9))
    print(f"FAULT_SEED={found}")
    return found


def chance() -> random.Random:
    """The chance of a test."""
    return random.Random(seed())


@dataclass(frozen=True)
class Killed:
    """What a run of kills came to: kills that hit, processes that ended before, bad checks."""

    killed: int
    ended: int
    bad: list[str]


#: Imports once, then forks a process for each kill: they start at once, at the same place. The
#: parent itself opens no database, whose threads would not survive a fork.
FORKING = """
import json, os, random, signal, sys, time
sys.path.insert(0, sys.argv[1])
import duckdb
from support.killed_work import CHECKS, WORK
name, folder, wanted, mode, seed = sys.argv[2:]
chance, wanted = random.Random(int(seed)), int(wanted)

def fork(do, *arguments):
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        do(*arguments)
        code = 0
    except BaseException as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\\n")
    finally:
        sys.stderr.flush()
        os._exit(code)

def ended(process):
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])

def dying_at(line):
    met = set()
    def trace(frame, event, _):
        if "/pipelines/" not in frame.f_code.co_filename:
            return None
        if event == "line":
            met.add((frame.f_code.co_filename, frame.f_lineno))
            if len(met) >= line:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace
    return trace

def traced(line, number):
    sys.settrace(dying_at(line))
    WORK[name](folder, number)

killed = whole = 0
bad = []
began = time.monotonic()
assert ended(fork(WORK[name], folder, 0)) == 0
longest = time.monotonic() - began
number = 0
while (whole == 0 if mode == "lines" else killed < wanted) and len(bad) < 5:
    number += 1
    if mode == "lines":
        code = ended(fork(traced, number, number))
    else:
        process = fork(WORK[name], folder, number)
        time.sleep(chance.uniform(0, longest * 1.1))
        os.kill(process, signal.SIGKILL)
        code = ended(process)
    if code == 0:
        whole += 1
    elif code == -signal.SIGKILL:
        killed += 1
    else:
        bad.append(f"process {number} ended with {code}")
    if ended(fork(CHECKS[name], folder, number)):
        bad.append(f"after kill {number}")
if ended(fork(WORK[name], folder, number + 1)):
    bad.append("the last, undisturbed one")
print(json.dumps({"killed": killed, "ended": whole, "bad": bad}))
"""


def killed_at_random(work: str, folder: Path, share: float) -> Killed:
    """A work of `killed_work` started and killed again and again, checked after each kill."""
    return _run(work, folder, str(kills(share)), "random", str(seed()))


def killed_at_each_line(work: str, folder: Path) -> Killed:
    """A work killed before each line of this project that it comes to, one after the other."""
    return _run(work, folder, "0", "lines", "0")


def _run(work: str, folder: Path, *arguments: str) -> Killed:
    done = subprocess.run(
        [sys.executable, "-c", FORKING, str(ROOT / "tests/python"), work, str(folder), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=3600,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = Killed(**json.loads(done.stdout))
    assert not found.bad, f"{found.bad}\n{done.stderr[-3000:]}"
    return found
