"""The published build that a page run shows, and its answers, kept by Streamlit for all viewers."""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
import streamlit as st

from pipelines.config import published_dir, target
from pipelines.errors import ProjectError
from pipelines.published.files import current_file
from pipelines.published.reader import NoBuild, Published, newest_build
from pipelines.published.server_copy import bring

_LOG: Final = logging.getLogger("dashboards")

#: Seconds between looks at a server that publishes (a look is one row).
LOOK_AT_SERVER_EVERY: Final = 15
#: Builds held at once: those that viewers may still have open when new ones are published.
HELD_BUILDS: Final = 4


class HeldBuild(Published):
    """A build whose answers are kept: the same question is asked once for all viewers."""

    def table(self, sql: str, parameters: Any = ()) -> pa.Table:
        """Rows of a statement. Arrow tables are immutable, so sharing them is safe."""
        return super().table(sql, parameters) if parameters else _answer(self.path, sql, self)

    def ask(self, sql: str) -> pa.Table:
        """Rows of a statement from the file itself."""
        return super().table(sql)


def shown_now() -> HeldBuild | NoBuild:
    """The build that viewers should see at this moment."""
    if target() != "dev":
        _bring_published(target())
    directory = published_dir()
    current = current_file(directory)
    if current is not None:
        with contextlib.suppress(duckdb.Error):
            return _held(str(current))
    found = newest_build(directory)  # It says what is wrong with the current one.
    if isinstance(found, NoBuild):
        return found
    found.close()
    return _held(found.path)


@st.cache_resource(show_spinner=False, ttl=LOOK_AT_SERVER_EVERY)
def _bring_published(_target: str) -> None:
    """Copy what a server published since the last look; without the server, the last copy stays."""
    try:
        bring()
    except ProjectError as error:
        _LOG.warning("%s", error)


# A build that falls out of the cache is not closed: a viewer's fragment may still ask it.
@st.cache_resource(show_spinner=False, max_entries=HELD_BUILDS)
def _held(path: str) -> HeldBuild:
    """The one open build of this process for a file."""
    return HeldBuild.open(Path(path))


@st.cache_resource(show_spinner=False, max_entries=1024)
def _answer(path: str, sql: str, _build: HeldBuild) -> pa.Table:
    """Rows of a statement, kept per file."""
    return _build.ask(sql)
