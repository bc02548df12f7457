"""What the simulated APIs hand to the server: a status and a JSON body, or a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from demo.vendors.store import Json

#: Query parameters as sent, in order, repeated names kept.
Query = list[tuple[str, str]]


@dataclass(frozen=True)
class Reply:
    """An HTTP answer."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """An answer that is an error, in the vendor's words."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(str(body))
        self.reply = Reply(body, status)


def first(query: Query, name: str) -> str | None:
    """The first value of a parameter."""
    return next((value for key, value in query if key == name), None)


def every(query: Query, name: str) -> list[str]:
    """All values of `name`, `name[]` and `name[0]`, `name[1]`..."""
    start = f"{name}["
    return [
        value for key, value in query if key == name or (key.startswith(start) and key[-1] == "]")
    ]


def bearer(headers: Mapping[str, str]) -> str | None:
    """The key of a bearer or basic (user name) authorization header."""
    scheme, _, value = headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" and value.strip() else None
