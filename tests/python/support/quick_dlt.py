"""dlt without asking again what it knows: a load resolves some two hundred configurations.

Most of that time goes into taking type hints apart, the same few each time. What dlt resolves, from
which settings and in which order, stays the same.
"""

from __future__ import annotations

import sys
from functools import cache, wraps
from typing import Any

from dlt.common.configuration.specs import base_configuration


def remember_type_hints() -> None:
    """Ask once in a process what a hint stands for and whether its values are secret."""
    for name in ("is_secret_hint", "extract_inner_hint"):
        asked = getattr(base_configuration, name)
        _replace(asked, _remembering(asked))


def _remembering(asked: Any) -> Any:
    known = cache(asked)

    @wraps(asked)
    def answer(*given: Any, **named: Any) -> Any:
        try:
            return known(*given, **named)
        except TypeError:  # a hint that cannot be a key
            return asked(*given, **named)

    return answer


def _replace(old: Any, new: Any) -> None:
    """In every module of dlt that took it by name."""
    for module in [one for name, one in sys.modules.items() if name.startswith("dlt.")]:
        for name, value in list(vars(module).items()):
            if value is old:
                setattr(module, name, new)
