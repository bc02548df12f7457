"""Choices in the page's address, as codes: a pasted link shows the same page.

Streamlit's own binding writes what an option is called; names change and may be source text.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import streamlit as st

_WRITTEN: Final = "written_address"


def read(key: str, options: Collection[str]) -> None:
    """Before a widget is drawn: let it have what the address says, if that is new and allowed.

    What this page wrote there itself says nothing new. A link that lacks the choice (the menu's
    links do) leaves the widget as it is.
    """
    asked = st.query_params.get(key)
    if asked is not None and asked != _written().get(key):
        if asked in options:
            st.session_state[key] = asked
        else:
            del st.query_params[key]


def write(key: str, value: str | None, default: str | None = None) -> None:
    """After a widget was drawn: put its value into the address; the default needs no words."""
    if value is None or value == default:
        st.query_params.pop(key, None)
        _written().pop(key, None)
    else:
        if st.query_params.get(key) != value:
            st.query_params[key] = value
        _written()[key] = value


def forget(key: str) -> None:
    """Take a choice out of the address; the next page's own may stand there."""
    write(key, None)


def _written() -> dict[str, str]:
    kept: dict[str, str] = st.session_state.setdefault(_WRITTEN, {})
    return kept
