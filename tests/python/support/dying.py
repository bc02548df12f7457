"""Death at a step, for processes that tests start to see them killed."""

from __future__ import annotations

import os
import signal
from typing import Any, NoReturn


def die(*_: Any, **__: Any) -> NoReturn:
    """kill -9 of this process, where another function was expected."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("SIGKILL was survived")


def then_die(owner: Any, name: str, calls: int = 1) -> None:
    """Let a function of a class or module work so many times; the last time it kills."""
    original, left = getattr(owner, name), [calls]

    def call(*arguments: Any, **named: Any) -> Any:
        done = original(*arguments, **named)
        left[0] -= 1
        return done if left[0] > 0 else die()

    setattr(owner, name, call)
