"""Choices in the page's address, as codes: a pasted link shows the same page, Back undoes a choice.

Streamlit's own binding writes what an option is called; names change and may be source text.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import streamlit as st

_WRITTEN: Final = "written_address"
_PAGE: Final = "page_of_address"
_WENT_BACK: Final = "went_back"


def arrive(page: str, chosen: Collection[tuple[str, str]]) -> None:
    """Before the widgets of a page run: find out whether the browser went back.

    The address then lacks what this page wrote there, although nobody changed a choice. A run that
    a changed choice asked for may come before the browser has heard of an earlier one.

    Args:
        page: title of the page; another one than in the last run keeps the choices.
        chosen: key and value of each widget as of the last run.
    """
    is_same_page = st.session_state.get(_PAGE) == page
    is_unchanged = all(st.session_state.get(key, value) == value for key, value in chosen)
    st.session_state[_PAGE] = page
    st.session_state[_WENT_BACK] = is_same_page and is_unchanged


def asked_for(key: str) -> str | None:
    """What the address asks for that this page did not write there itself; None for nothing new.

    After Back it is an empty text where the choice is gone from the address. A link that lacks a
    choice (the menu's links do) asks for nothing.
    """
    asked, written = st.query_params.get(key), _written().get(key)
    if asked is None:
        return "" if written is not None and st.session_state.get(_WENT_BACK) else None
    return None if asked == written else asked


def read(key: str, options: Collection[str], default: str | None = None) -> str | None:
    """Before a widget is drawn: let it have what the address says, if that is new and allowed.

    Capital letters make no difference, unless two options differ by them alone.

    Returns:
        What the address asked for, if that is no option: say so.
    """
    asked = asked_for(key)
    if asked is None:
        return None
    if not asked:
        st.session_state[key] = default
        return None
    found = [one for one in options if one == asked] or [
        one for one in options if one.casefold() == asked.casefold()
    ]
    if len(found) == 1:
        st.session_state[key] = found[0]
        return None
    del st.query_params[key]
    return asked


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
