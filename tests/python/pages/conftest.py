"""A folder of published builds for each test, and the app under AppTest."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from support.published import PublishedDir

APP = Path(__file__).parents[3] / "dashboards" / "app.py"


#: Each AppTest looks through all installed packages for components: once is enough.
manifest_scanner.scan_component_manifests = functools.cache(  # type: ignore[method-assign]
    manifest_scanner.scan_component_manifests
)


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PublishedDir]:
    """An empty folder that PUBLISHED_DIR names."""
    folder = PublishedDir(tmp_path / "published")
    folder.path.mkdir()
    monkeypatch.setenv("PUBLISHED_DIR", str(folder.path))
    yield folder
    st.cache_resource.clear()


@pytest.fixture
def open_app(monkeypatch: pytest.MonkeyPatch) -> Callable[[], AppTest]:
    """Runs the app for a new viewer, on this machine's own address as by the config file."""
    real = st.get_option
    monkeypatch.setattr(
        st, "get_option", lambda name: "127.0.0.1" if name == "server.address" else real(name)
    )
    return lambda: AppTest.from_file(str(APP), default_timeout=60).run()
