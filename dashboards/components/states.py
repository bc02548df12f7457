"""Designed states: nothing published, unreadable, stale, incomplete; each says what to run next."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Final

import duckdb
import streamlit as st

from dashboards.build import shown_now
from pipelines.config import as_of
from pipelines.published.files import BuildFacts, LastBuild
from pipelines.published.questions.formatting import clock, count
from pipelines.published.reader import NoBuild, Published

#: How often an open page looks whether something newer was published (a look is one readlink).
LOOK_EVERY: Final = timedelta(seconds=5)

#: Names of failed steps that are listed.
MOST_FAILURES: Final = 20

_LOG: Final = logging.getLogger("dashboards")
_SHOWN: Final = "shown_build"


def remember(build: Published) -> None:
    """Keep the build of this page run, so that its fragments answer from the same one."""
    st.session_state[_SHOWN] = build


def shown_build() -> Published:
    """The build that this page run shows."""
    build = st.session_state[_SHOWN]
    if not isinstance(build, Published):
        raise TypeError("a page ran before the app chose a build")
    return build


@st.fragment(run_every=LOOK_EVERY)
def follow_publishing(shown: Published | NoBuild) -> None:
    """Run the page again as soon as another build is published than the one it shows."""
    if shown_now() != shown:
        st.rerun()


def no_build(state: NoBuild) -> None:
    """The page in place of every page while there is no build to read."""
    if state.reason == "never_published":
        st.title("Nothing is published yet", anchor=False)
        st.markdown(
            "The dashboard shows the last build that passed all its tests, and there is none so "
            "far. Load your sources, then build:"
        )
        st.code("dlt pipeline run\ndbt build", language="shell")
        st.markdown("Without any key, the demo company shows what you will get:")
        st.code("make demo", language="shell")
    else:
        st.title("The published build cannot be read", anchor=False)
        st.markdown("Its file is damaged, missing or from another version. Publish a new one:")
        st.code("dbt build", language="shell")
    st.caption("This page refreshes by itself. It looks in the folder of setting PUBLISHED_DIR.")


def setting_needed(setting: str) -> str:
    """What to do where a source brought nothing, as Markdown."""
    return f"Its source needs `{setting}`; then run `dlt pipeline run` and `dbt build`."


def failed() -> None:
    """A page that could not be made; the reason stands in the server's log."""
    st.error(
        "This page could not be shown. The published build may come from another version of the "
        "project: run `dbt build`. The reason stands in the log of the dashboard's server.",
        icon=":material/error:",
    )


@contextmanager
def needs(mart: str) -> Iterator[None]:
    """A part of a page that reads `mart`: a build without it says so in place of that part."""
    try:
        yield
    except (duckdb.CatalogException, duckdb.BinderException):
        _LOG.exception("the build lacks %s or columns of it", mart)
        st.info(
            f"This build does not hold `{mart}` in the form that this page reads. "
            "Run `dbt build` to publish one that does.",
            icon=":material/info:",
        )


def data_clock(facts: BuildFacts) -> None:
    """The data's clock and when the build was published."""
    st.caption(
        f"Data as of {clock(facts.as_of)} · published {clock(facts.built_at)}", width="content"
    )


def warnings(facts: BuildFacts, stale: Sequence[str], hours: Decimal) -> None:
    """What is old: sources without a recent load, a build that was not made again for `hours`."""
    if stale:
        st.warning(
            f"No recent load of {', '.join(stale)}: newer days are missing below. "
            "Run `dlt pipeline run`, then `dbt build`; the Data page says more.",
            icon=":material/schedule:",
        )
    if as_of() - facts.begun_at > timedelta(hours=float(hours)):
        st.warning(
            f"The last successful build is more than {count(hours)} hours old. "
            "Run `dlt pipeline run`, then `dbt build`.",
            icon=":material/history:",
        )


def last_build(found: LastBuild | None) -> None:
    """How the last build ended: a failed one publishes nothing, pages show the one before."""
    if found is None:
        return
    if found.is_published:
        st.success(
            f"All {found.steps:,} models and tests of the last build passed "
            f"({clock(found.ended_at)}).",
            icon=":material/check_circle:",
        )
        return
    st.error(
        f"The last build ({clock(found.ended_at)}) failed in {len(found.failed):,} of "
        f"{found.steps:,} steps, so the numbers are those of the build before. "
        "Run `dbt build` and read its output.",
        icon=":material/error:",
    )
    st.text("\n".join(found.failed[:MOST_FAILURES]))
