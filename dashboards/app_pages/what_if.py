"""What-if: what would other models, prices or plans have earned?"""

from __future__ import annotations

import streamlit as st

from dashboards.components import states, what_if
from pipelines.scenarios import files

build = states.shown_build()
with states.needs(what_if.MART):
    name = what_if.choose(files.names())
    if name:
        what_if.show(build, name)
    else:
        st.info("No scenario yet: write one in scenarios/, as docs/scenarios.md shows.")
