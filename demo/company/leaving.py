"""Why customers left: what the vendor's page asked them, and what they wrote."""

from __future__ import annotations

import hashlib

from demo.company.lives import SubscriptionLife
from demo.company.price_change import left_over_the_rise
from demo.vendors.store import Json

#: What was ticked, and what was written beside it; some say nothing at all.
ANSWERS: tuple[tuple[str | None, str | None], ...] = (
    ("too_expensive", "The bill doubled when we began to use agents."),
    ("too_expensive", None),
    ("missing_features", "We need answers in the tool our support works in."),
    ("missing_features", None),
    ("switched_service", None),
    ("unused", "The team that wanted it has left."),
    ("unused", None),
    ("low_quality", "Summaries were wrong too often."),
    (None, None),
    (None, None),
)
#: What those wrote who left when the small plan became dearer.
OVER_THE_PRICE: tuple[str, str] = ("too_expensive", "We did not budget for the new price.")
UNSAID: Json = {"comment": None, "feedback": None, "reason": None}


def cancellation_details(life: SubscriptionLife, moment: int) -> Json:
    """As known at `moment`: nothing before the cancellation; a failed payment asks nobody."""
    if life.canceled_at is None or moment < life.canceled_at:
        return UNSAID
    before = life.status_at(life.canceled_at - 1)
    if before in {"past_due", "unpaid"} and life.canceled_at == life.ended_at:
        return {**UNSAID, "reason": "payment_failed"}
    drawn = hashlib.blake2b(life.id.encode(), digest_size=2).digest()
    feedback, comment = ANSWERS[int.from_bytes(drawn, "big") % len(ANSWERS)]
    if left_over_the_rise(life):
        feedback, comment = OVER_THE_PRICE
    return {"comment": comment, "feedback": feedback, "reason": "cancellation_requested"}
