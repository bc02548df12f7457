"""The dashboard: `streamlit run dashboards/app.py`.

`streamlit run` imports this module once as the server (`app`, below) and then runs it as a script
for every viewer (`main`). The server refuses to start where viewers would need no sign-in.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Final

import streamlit as st
from starlette.middleware import Middleware

from dashboards import guard, start_page
from dashboards.components import states
from dashboards.data.build import Build, newest_build

_LOG: Final = logging.getLogger("dashboards")
_ICON: Final = Path(__file__).with_name("icon.svg")

#: Address (the first page's is empty), script, title and icon of each page, in their order.
PAGES: Final = (
    ("", "app_pages/overview.py", "Overview", ":material/monitoring:"),
    ("data", "app_pages/data.py", "Data", ":material/database:"),
)


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
    build = newest_build()
    states.follow_publishing(build)
    page = st.navigation(
        [
            st.Page(script, title=title, icon=icon, url_path=address or None, default=not address)
            for address, script, title, icon in PAGES
        ],
        position="top",
    )
    if not isinstance(build, Build):
        states.no_build(build)
        return
    states.remember(build)
    try:
        page.run()
    except Exception:  # a viewer sees a designed state, never a traceback
        _LOG.exception("page %s failed on build %s", page.title, build.name)
        states.failed()


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


if __name__ == "__main__":
    main()
else:
    reason = guard.refusal_of_this_server()
    if reason:
        sys.stderr.write(f"\nerror: {reason}\n")
        raise SystemExit(2)
    app = st.App(
        __file__,
        routes=start_page.routes([address for address, *_ in PAGES]),
        middleware=[Middleware(guard.SecurityHeaders)],
    )
