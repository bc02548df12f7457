"""The HTML that a browser gets first: Streamlit's own, told where its server is.

Without that line, a page opened by its own address (`/data`) first looks for the server below that
address, gets two 404 answers and only then finds it: slower, and two errors in the console.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

import streamlit as st
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

_WHERE_THE_SERVER_IS: Final = (
    '<script>window.__streamlit = { BACKEND_BASE_URL: window.location.origin + "/" }</script>'
)


@cache
def start_page() -> str:
    """Streamlit's start page with the server's place in its head."""
    own = (Path(st.__file__).parent / "static" / "index.html").read_text("utf-8")
    page = own.replace("<head>", f"<head>{_WHERE_THE_SERVER_IS}", 1)
    # its addresses are relative to the root, wherever the page itself was opened
    return page.replace('"./', '"/')


def routes(addresses: Sequence[str]) -> list[Route]:
    """Routes that answer with the start page, one per page address (`""` is the first page).

    Under `server.baseUrlPath` Streamlit's own routes stay in charge.
    """
    if st.get_option("server.baseUrlPath"):
        return []
    return [Route(f"/{address}", _answer) for address in addresses]


def _answer(_: Request) -> HTMLResponse:
    return HTMLResponse(start_page(), headers={"cache-control": "no-cache"})
