"""The dashboard: `streamlit run dashboards/app.py`.

`streamlit run` imports this module once as the server (`app`, below) and then runs it as a script
for every viewer (`main`). The server refuses to start where viewers would need no sign-in.
"""

from __future__ import annotations

import gc
import importlib
import logging
import pkgutil
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Final, NamedTuple

import pandas  # type: ignore[import-untyped]  # noqa: F401  # before any viewer comes
import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from dashboards import components, guard, panels, start_page
from dashboards.build import shown_now
from dashboards.components import filters, states, style, views
from pipelines.published import questions
from pipelines.published.questions import monitoring
from pipelines.published.reader import Published

_LOG: Final = logging.getLogger("dashboards")
_ICON: Final = Path(__file__).with_name("icon.svg")


class PageOf(NamedTuple):
    """A page: its address (the first one's is empty), title, question, icon and filters."""

    address: str
    title: str
    question: str
    icon: str
    filters: tuple[str, ...]

    @property
    def script(self) -> str:
        """Path of its script beside this file."""
        return f"app_pages/{self.title.lower().replace(' ', '_')}.py"


PAGES: Final = (
    PageOf("", "Overview", "Are we healthy this month?", "monitoring", filters.ALL[:4]),
    PageOf("revenue", "Revenue", "What moved MRR?", "trending_up", filters.ALL),
    PageOf("retention", "Retention", "Do they stay?", "group", ("range", "compare", "currency")),
    PageOf("ai-cost", "AI cost", "Where does the spend go?", "memory", filters.ALL[:4]),
    PageOf("profitability", "Profitability", "Who or what loses money?", "balance",
           filters.ALL),
    PageOf("what-if", "What if", "What would other models, prices or plans have earned?",
           "science", ()),
    PageOf("usage", "Usage", "How is the product used, and how does it perform?", "speed",
           filters.ALL),
    PageOf("customers", "Customers", "Who are our customers?", "groups", ("currency", "plan")),
    PageOf("customer", "Customer", "How is this one doing?", "person",
           ("range", "grain", "currency")),
    PageOf("alerts", "Alerts", "What needs action?", "notifications", ()),
    PageOf("data", "Data", "Can I trust it?", "database", ("range", "currency")),
    PageOf("sql", "SQL", "Your own question", "terminal", ()),
)  # fmt: skip


def main() -> None:
    """One page run for one viewer: sign-in where configured, one build, one page."""
    st.set_page_config(
        page_title="Usage vs Revenue",
        page_icon=_ICON,
        layout="wide",
        menu_items={"Get help": None, "Report a bug": None, "About": None},
    )
    if guard.refusal_of_this_server() or not _signed_in():
        return
    build = shown_now()
    states.follow_publishing(build)
    pages = {
        st.Page(
            page.script,
            title=page.title,
            icon=f":material/{page.icon}:",
            url_path=page.address or None,
            default=not page.address,
        ): page
        for page in PAGES
    }
    chosen = st.navigation(list(pages), position="top")
    st.set_page_config(page_title=f"{chosen.title} · Usage vs Revenue")
    style.apply()
    if not isinstance(build, Published):
        states.no_build(build)
        return
    states.remember(build)
    try:
        _head(build, pages[chosen])
        chosen.run()
    except Exception:  # a viewer sees a designed state, never a traceback
        _LOG.exception("page %s failed on build %s", chosen.title, build.name)
        states.failed()


def _head(build: Published, page: PageOf) -> None:
    """Title, the data's clock, the filter bar: the same on every page."""
    facts = build.facts
    with st.container(horizontal=True, vertical_alignment="bottom", key="head"):
        st.title(page.title, anchor=False, width="content")
        st.caption(page.question, width="content")
        states.data_clock(facts)
        views.show(page.address, {one.address: one.script for one in PAGES})
        if guard.sign_in_settings():
            st.button("Sign out", on_click=st.logout, type="tertiary", icon=":material/logout:")
    stale = monitoring.stale_sources(build)
    states.warnings(facts, stale, monitoring.build_is_old_after(build))
    filters.bar(build, page.filters, page.title)


def _signed_in() -> bool:
    """Whether the viewer may go on; draws the sign-in page if not."""
    auth = guard.sign_in_settings()
    if not auth or st.user.is_logged_in:
        return True
    st.title("Usage vs Revenue", anchor=False)
    for provider in guard.sign_in_providers(auth):
        label = f"Sign in with {provider}" if provider else "Sign in"
        st.button(label, on_click=st.login, args=(provider,), type="primary")
    return False


def server(
    routes: Sequence[BaseRoute] = (),
    lifespan: Callable[[st.App], AbstractAsyncContextManager[Any]] | None = None,
) -> st.App:
    """The dashboard as an ASGI application, with other routes beside its own."""
    return st.App(
        __file__,
        routes=[*routes, *start_page.routes([page.address for page in PAGES])],
        middleware=[Middleware(guard.SecurityHeaders), Middleware(guard.OnlyWhereAllowed)],
        lifespan=lifespan,
    )


if __name__ == "__main__":
    main()
else:
    reason = guard.refusal_of_this_server()
    if reason:
        sys.stderr.write(f"\nerror: {reason}\n")
        raise SystemExit(2)
    # the first viewers come at once, and none of them may meet a module that is half imported
    for package in (components, panels, questions):
        for module in pkgutil.iter_modules(package.__path__):
            if module.name != "adhoc_worker":  # the script of another process
                importlib.import_module(f"{package.__name__}.{module.name}")
    # what is loaded by now stays: collections need not look through it again
    gc.freeze()
    # `streamlit run` looks for this very call in the text of the file
    app = st.App(
        __file__,
        routes=start_page.routes([page.address for page in PAGES]),
        middleware=[Middleware(guard.SecurityHeaders), Middleware(guard.OnlyWhereAllowed)],
    )
