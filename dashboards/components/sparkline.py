"""A small line without axes: how a number came to be what it is.

Drawn by CSS (a ribbon cut out of a box), because Streamlit takes SVG out of HTML: some hundred
bytes in the colour of text, where a chart library would send and draw thousands.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import streamlit as st

_HEIGHT: Final = 28  # pixels
_THICK: Final = 7  # per cent of the height
_PIECE: Final = (
    '<div style="position:absolute;inset:0;background:currentColor;opacity:0.75;'
    'clip-path:polygon({points})"></div>'
)


def ribbon(values: Sequence[Decimal | int | None], said: str) -> str:
    """The line as HTML; a gap where there is no value, nothing where there are not two.

    Args:
        values: in their order; missing ones are gaps, never zero.
        said: what a screen reader says in its place.
    """
    known = [float(value) for value in values if value is not None]
    if len(known) < 2:
        return ""
    low = min(known)
    spread = (max(known) - low) or 1.0
    step = 100 / (len(values) - 1)
    pieces: list[list[tuple[float, float]]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            pieces.append([])
        else:
            height = (100 - _THICK) * (1 - (float(value) - low) / spread)
            pieces[-1].append((place * step, height))
    drawn = "".join(_PIECE.format(points=_outline(piece)) for piece in pieces if piece)
    return (
        f'<div role="img" aria-label="{html.escape(said)}" '
        f'style="position:relative;height:{_HEIGHT}px;overflow:hidden">{drawn}</div>'
    )


def _outline(piece: Sequence[tuple[float, float]]) -> str:
    """Points along the upper edge and back along the lower; a lone point is a short dash."""
    line = [*piece, (piece[0][0] + 2, piece[0][1])] if len(piece) == 1 else piece
    upper = [f"{x:.1f}% {y:.1f}%" for x, y in line]
    lower = [f"{x:.1f}% {y + _THICK:.1f}%" for x, y in reversed(line)]
    return ",".join([*upper, *lower])


def show(values: Sequence[Decimal | int | None], said: str) -> None:
    """Draw the line, or nothing where there are not two values."""
    drawn = ribbon(values, said)
    if drawn:
        st.html(drawn)
