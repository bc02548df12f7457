"""Programs of others from npm, for tests that skip where they cannot be had."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


def installed(package: str, folder: Path) -> Path:
    """The folder of the package's programs, installed below `folder`; else the test is skipped."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(f"npm is not installed: {package} needs Node")
    done = subprocess.run(
        [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), package],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    if done.returncode:
        pytest.skip(f"{package} cannot be had from npm: {done.stderr.strip()[-200:]}")
    return folder / "node_modules" / ".bin"
