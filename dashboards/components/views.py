"""Views that people saved: a name for a page with its choices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import streamlit as st

from dashboards import guard
from pipelines.errors import ProjectError, SettingError
from pipelines.published import views
from pipelines.published.views import View

_PROBLEM: Final = "views_problem"


def show(page: str, scripts: Mapping[str, str]) -> None:
    """A menu of the saved views, and what saves the page at hand.

    Args:
        page: address of the page at hand.
        scripts: address -> script of every page.
    """
    menu = st.popover("Views", icon=":material/bookmark:", type="tertiary", key="views",
                      on_change="rerun")  # fmt: skip
    if not menu.open:
        return
    with menu:
        may_write = guard.may_write()
        try:
            known = [one for one in views.views() if one.page in scripts]
        except SettingError as error:
            st.text(str(error))
            return
        if not known:
            st.caption("No view is saved yet.")
        for number, one in enumerate(known):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.text(one.name, width="stretch")
                st.page_link(scripts[one.page], label="Open", query_params=dict(one.choices))
                if may_write:
                    st.button("Remove", key=f"remove_view_{number}", type="tertiary",
                              on_click=_try_to, args=(views.remove, one.name))  # fmt: skip
        if not may_write:
            return
        name = st.text_input("Name", key="view_name", max_chars=views.LONGEST_NAME,
                             placeholder="A name for this page as it is")  # fmt: skip
        choices = {key: st.query_params[key] for key in st.query_params if key != "sql"}
        st.button("Save this view", key="save_view", on_click=_try_to,
                  args=(views.save, View(name, page, choices, guard.viewer())))  # fmt: skip
        if problem := st.session_state.pop(_PROBLEM, None):
            st.text(problem)


def _try_to(act: Callable[[Any], None], what: Any) -> None:
    try:
        act(what)
    except ProjectError as error:
        st.session_state[_PROBLEM] = str(error)
