"""SQL: the analyst's own question, read-only, over the published marts."""

from __future__ import annotations

import streamlit as st

from dashboards.components import editor, states
from pipelines.published.questions import adhoc, monitoring

build = states.shown_build()

browser, writing = st.columns([1, 2])
with browser:
    editor.schema_browser(monitoring.columns(build))
with writing:
    statement = editor.statement()
    if statement:
        with st.spinner("Running …"):
            editor.show(adhoc.run(build, statement), build)
