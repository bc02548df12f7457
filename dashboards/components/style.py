"""The few rules of style that Streamlit has no setting for."""

from __future__ import annotations

from typing import Final

import streamlit as st

#: Cards side by side as they fit (two at 390 pixels); captions dark enough to read (WCAG AA);
#: less air above the first row, so that it is seen without scrolling.
_RULES: Final = """
[data-testid="stMainBlockContainer"] { padding-top: 4.5rem; padding-bottom: 3rem; }
[class*="st-key-cards"] { display: grid;
  grid-template-columns: repeat(auto-fit, minmax(8.8rem, 1fr)); gap: 0.75rem; }
.st-key-sources { display: grid; gap: 0.75rem;
  grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr)); }
[class*="st-key-cards"] > div, [class*="st-key-cards"] > div > [data-testid="stVerticalBlock"] {
  height: 100%; }
[class*="st-key-cards"] [data-testid="stVerticalBlock"] { gap: 0.35rem; padding: 0.75rem; }
[class*="st-key-cards"] [data-testid="stMetricValue"] { font-size: 1.6rem; line-height: 1.3; }
.st-key-customer_name [data-testid="stText"] { font-size: 1.25rem; font-weight: 600; }
[class*="st-key-filters"] { gap: 0.5rem; }
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] p { opacity: 1;
  color: color-mix(in srgb, currentColor 100%, transparent); font-size: 0.8rem; }
@media (max-width: 640px) {
  [data-testid="stMainBlockContainer"] { padding-left: 0.75rem; padding-right: 0.75rem; }
}
"""


def apply() -> None:
    """Add the rules to the page."""
    st.html(f"<style>{_RULES}</style>")
