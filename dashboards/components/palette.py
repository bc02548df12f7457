"""One look per thing: a colour and a pattern that stay with it on every chart of a build."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pipelines.published.questions.measures import OTHER, UNKNOWN

#: Found by search: each at least 3:1 against the light and the dark background, every pair told
#: apart with normal sight, protanopia, deuteranopia and tritanopia (a test computes both).
COLOURS: Final = ("#4b4bff", "#d27800", "#3ca578", "#b40fb4", "#c378b4", "#c31e2d")
#: The second channel, so that colour never stands alone; after six things colours come again
#: under the next pattern.
PATTERNS: Final = ("", "/", "x", ".")
GREY: Final = "#808080"
UNATTRIBUTED: Final = "__unattributed__"


@dataclass(frozen=True)
class Look:
    """Fill colour and Plotly pattern shape."""

    colour: str
    pattern: str


def looks(things: Sequence[str]) -> dict[str, Look]:
    """The look of each thing, by its rank in the whole build (not in what a filter shows).

    What is not a thing of its own (the rest, the unknown, the unmapped) is grey and hatched.
    """
    named = [thing for thing in things if not thing.startswith("__")]
    found = {
        thing: Look(COLOURS[rank % len(COLOURS)], PATTERNS[rank // len(COLOURS) % len(PATTERNS)])
        for rank, thing in enumerate(named)
    }
    grey = {thing: Look(GREY, "-") for thing in (*things, UNKNOWN) if thing.startswith("__")}
    return {**found, **grey, OTHER: Look(GREY, "")}


#: Movement types of MRR and kinds of cost and churn: the same look on every chart and page.
MOVEMENT_LOOKS: Final = {
    "new": Look("#3ca578", ""),
    "expansion": Look("#4b4bff", "/"),
    "reactivation": Look("#b40fb4", "x"),
    "resume": Look("#c378b4", "."),
    "moved_in": Look("#3ca578", "x"),
    "moved_out": Look("#c31e2d", "x"),
    "contraction": Look("#d27800", "\\"),
    "pause": Look("#0f8c9b", "x"),
    "churn": Look("#c31e2d", ""),
    "fx": Look(GREY, "."),
    "opening": Look(GREY, ""),
    "closing": Look(GREY, ""),
    OTHER: Look(GREY, "-"),
}
#: Steps from the MRR of this build to that of Stripe's own page.
BRIDGE_LOOKS: Final = {
    "house": Look(GREY, ""),
    "discount": Look("#3ca578", "/"),
    "cancel_requested": Look("#c31e2d", ""),
    "first_payment": Look("#4b4bff", "x"),
    "stripe": Look(GREY, ""),
}
COST_LOOKS: Final = {
    "llm": Look("#4b4bff", ""),
    UNATTRIBUTED: Look(GREY, "-"),
    "infrastructure": Look("#d27800", "/"),
    "observability": Look("#0f8c9b", "|"),
    "payment_fees": Look("#3ca578", "x"),
    "other_costs": Look("#b40fb4", "."),
    "bad_debt": Look("#c31e2d", "+"),
}

EVIDENCE_LOOKS: Final = {
    "event": Look("#3ca578", ""),
    "snapshot": Look("#4b4bff", "/"),
    "schedule": Look("#b40fb4", "x"),
    "invoice_line": Look("#d27800", "."),
}
