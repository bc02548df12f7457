"""Customers whose use of the product is scripted, so that something about them stands out.

What a person should be told about each is written down here too, as the answer to find: by the
script, not by any model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from demo.company.ai_usage import AGENTS, CHAT, CODE, FEATURE_IDS, SEARCH, SUMMARIZE
from demo.company.situations import Calendar
from demo.timeline import DAY, day_of
from demo.vendors.store import Json

#: Days before the first clock on which something begins.
SPIKE_AGO: Final = 4
ANOMALY_AGO: Final = 6
DROP_AGO: Final = 10
#: Since when they use the product: long enough for two complete months and for a past to compare
#: with, short enough to leave most of a small company's events to ordinary customers.
SINCE_AGO: Final = 100
#: So long it stays among the newest findings, with the day it began as its first.
LISTED_FOR: Final = 28 * DAY


@dataclass(frozen=True)
class PlantedFinding:
    """What should be found: kind and subject, from when on, and what else is known of it.

    `detail` holds insight_type, subject_type, subject_id, and for findings about a day
    period_start and until (seconds, exclusive).
    """

    subject: str
    since: int
    detail: Json


def planted_use(name: str, calendar: Calendar) -> list[tuple[int, int, int, int]]:
    """(from, to, calls a day, feature) of a planted customer; nothing for others."""
    begin, end = calendar.ago(SINCE_AGO, 0), calendar.horizon
    if name.startswith("planted_unprofitable"):
        calls, feature = (5, SUMMARIZE) if name.endswith("3") else (2, CODE)
        return [(begin, end, calls, feature)]
    if name.startswith("planted_spike"):
        turn = calendar.ago(SPIKE_AGO, 0)
        return [(begin, turn, 10, CHAT), (turn, end, 90, CHAT)]
    if name.startswith("planted_drop"):
        turn = calendar.ago(DROP_AGO, 0)
        return [(begin, turn, 50, CHAT), (turn, end, 2, CHAT)]
    if name.startswith("planted_anomaly"):
        turn = calendar.ago(ANOMALY_AGO, 0)
        return [
            (begin, turn, 8, AGENTS),
            (turn, turn + DAY, 600, AGENTS),
            (turn + DAY, end, 8, AGENTS),
        ]
    if name.startswith("planted_upsell"):
        # 800 calls a month are in the plan: the first comes near, the others are beyond it
        return [(calendar.ago(75, 0), end, 23 + int(name[-1]) ** 2, SEARCH)]
    return []


def planted_findings(name: str, customer: str, calendar: Calendar) -> Iterator[PlantedFinding]:
    """What should be found about a planted customer, and about the features it uses."""
    since = calendar.ago(0, 0)
    if name.startswith("planted_unprofitable"):
        yield _finding("unprofitable_customer", "customer", customer, since)
    elif name.startswith("planted_upsell"):
        yield _finding("upsell_opportunity", "customer", customer, since)
    elif name.startswith("planted_spike"):
        yield _finding_of_day("usage_spike", "customer", customer, calendar.ago(SPIKE_AGO, 0))
    elif name.startswith("planted_drop"):
        yield _finding_of_day("usage_drop", "customer", customer, calendar.ago(DROP_AGO, 0))
    elif name.startswith("planted_anomaly"):
        day = calendar.ago(ANOMALY_AGO, 0)
        yield _finding_of_day("usage_spike", "customer", customer, day)
        yield _finding_of_day("cost_anomaly", "feature", FEATURE_IDS[AGENTS], day)


def _finding(kind: str, subject_type: str, subject: str, since: int) -> PlantedFinding:
    detail = {"insight_type": kind, "subject_type": subject_type, "subject_id": subject}
    return PlantedFinding(f"{kind}/{subject}", since, detail)


def _finding_of_day(kind: str, subject_type: str, subject: str, day: int) -> PlantedFinding:
    """A finding that can be made once the day is over."""
    finding = _finding(kind, subject_type, subject, day + DAY)
    more = {"period_start": str(day_of(day)), "until": day + LISTED_FOR}
    return PlantedFinding(finding.subject, finding.since, {**finding.detail, **more})
