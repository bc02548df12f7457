"""dbt's cross-database macros as sqlfluff sees them: any one is a plain expression."""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    """`dbt.type_string()` is a type, every other macro a column."""
    return (lambda *_: "varchar") if name.startswith("type_") else (lambda *_: "a_value")
