"""dlt without asking again what it knows: a load resolves some two hundred configurations.

Most of that time goes into taking type hints apart, the same few each time. What dlt resolves, from
which settings and in which order, stays the same.
"""

from __future__ import annotations

import sys
from functools import cache, wraps
from typing import Any

from dlt.common import validation
from dlt.common.configuration.providers import provider
from dlt.common.configuration.specs import base_configuration
from dlt.common.destination.reference import Destination


def remember_what_was_asked() -> None:
    """Ask once in a process what a hint stands for, whether its values are secret, what a key is
    called and what a typed dict holds, and once a destination what it can do."""
    for module, name in (
        (base_configuration, "is_secret_hint"),
        (base_configuration, "extract_inner_hint"),
        (provider, "get_key_name"),
    ):
        asked = getattr(module, name)
        _replace(asked, _remembering(asked))
    validation.get_type_hints = _hints_by_class(validation.get_type_hints)
    ask = Destination.capabilities

    def capabilities(destination: Any, config: Any = None, naming: Any = None) -> Any:
        if config is not None:
            return ask(destination, config, naming)
        known = destination.__dict__.setdefault("_known_capabilities", {})
        if type(naming) not in known:
            known[type(naming)] = ask(destination, None, naming)
        return known[type(naming)].copy()

    Destination.capabilities = capabilities  # type: ignore[method-assign]


def _remembering(asked: Any) -> Any:
    known = cache(asked)

    @wraps(asked)
    def answer(*given: Any, **named: Any) -> Any:
        try:
            return known(*given, **named)
        except TypeError:  # a hint that cannot be a key
            return asked(*given, **named)

    return answer


def _hints_by_class(asked: Any) -> Any:
    """`get_type_hints` as dlt asks it: of a class, whose names are its own."""
    known: dict[Any, dict[str, Any]] = {}

    def answer(spec: Any, **named: Any) -> dict[str, Any]:
        if spec not in known:
            known[spec] = asked(spec, **named)
        return known[spec]

    return answer


def _replace(old: Any, new: Any) -> None:
    """In every module of dlt that took it by name."""
    for module in [one for name, one in sys.modules.items() if name.startswith("dlt.")]:
        for name, value in list(vars(module).items()):
            if value is old:
                setattr(module, name, new)
