"""What there is to say: the difference between alerts that are open and those people know of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, Literal

Transition = Literal["fired", "escalated", "recovered"]
#: Rule, dimension and value: what is either open or not.
Key = tuple[str, str, str]

SEVERITIES: Final = {"warning": 1, "critical": 2}
#: Longest text taken from the data (an endpoint, a plan) into a message.
LONGEST_NAME: Final = 120


#: A dot between what may be labels of a domain: mail programs and Slack make links of bare ones. A
#: one-dot leader (U+2024) looks alike and is no domain's. Numbers and versions (1.5, v2.0) stay.
_DOMAIN: Final = re.compile(r"(?<=[^\W_])\.(?=[^\W\d_]{2,})|(?<=[^\W_])\.(?=xn--)", re.IGNORECASE)


@dataclass(frozen=True)
class Alert:
    """A row of monitoring.alerts; `status` is open, recovered or ended."""

    alert_id: str
    dimension: str
    dimension_value: str
    period_grain: str
    period_start: date
    status: str
    severity: str
    audience: str
    message: str
    sample_size: int | None
    first_seen_at: datetime
    recovered_period_start: date | None = None

    @property
    def key(self) -> Key:
        """What is either open or not, whichever period it began with."""
        return self.alert_id, self.dimension, self.dimension_value


@dataclass(frozen=True)
class Known:
    """An alert that people were told of and that they think is open."""

    period_start: date
    severity: str


@dataclass(frozen=True)
class Message:
    """One thing to say. `key` and `period_start` name the alert it is about."""

    key: Key
    period_start: date
    transition: Transition
    severity: str
    title: str
    body: str


def messages(
    alerts: Sequence[Alert],
    known: Mapping[Key, Known],
    told_until: datetime | None,
) -> Iterator[Message]:
    """What to say, oldest alert first.

    Args:
        alerts: all rows of monitoring.alerts, open or over.
        known: what people think is open.
        told_until: clock of the build that people were last told of; None if they never were.
    """
    opened = {alert.key: alert for alert in alerts if alert.status == "open"}
    for alert in sorted(opened.values(), key=lambda one: (one.first_seen_at, one.key)):
        before = known.get(alert.key)
        if before is None:
            yield message(alert, "fired")
        elif SEVERITIES[alert.severity] > SEVERITIES[before.severity]:
            yield message(alert, "escalated")
    for key in sorted(known.keys() - opened.keys()):
        yield _over(key, known[key], [alert for alert in alerts if alert.key == key])
    if told_until is not None:
        yield from _missed(alerts, known, opened, told_until)


def _over(key: Key, known: Known, same: Sequence[Alert]) -> Message:
    """The end of an alert: its newest closed episode, or that the numbers no longer show it."""
    if same:
        return message(max(same, key=lambda one: one.period_start), "recovered")
    alert_id, dimension, value = key
    return Message(
        key,
        known.period_start,
        "recovered",
        known.severity,
        f"Over: {alert_id}{_of(dimension, value)}",
        "The numbers or the rule were corrected and no longer show it.",
    )


def _missed(
    alerts: Sequence[Alert],
    known: Mapping[Key, Known],
    opened: Mapping[Key, Alert],
    told_until: datetime,
) -> Iterator[Message]:
    """Alerts that came and went since people were last told: one message, after the fact."""
    for alert in alerts:
        if (
            alert.status != "open"
            and alert.first_seen_at > told_until
            and alert.key not in known
            and alert.key not in opened
            and alert.recovered_period_start is not None
            and alert.recovered_period_start >= told_until.date() - timedelta(days=1)
        ):
            yield message(alert, "recovered")


def message(alert: Alert, transition: Transition) -> Message:
    """The words of one transition of an alert."""
    start = {"fired": alert.severity, "escalated": "now critical", "recovered": "Over"}[transition]
    lines = [plain_text(alert.message)]
    if alert.sample_size is not None:
        lines.append(f"It rests on {alert.sample_size:,} customers or events.")
    lines.append(f"Fired for: {_period(alert.period_grain, alert.period_start)}.")
    if transition == "recovered" and alert.recovered_period_start is not None:
        recovered = _period(alert.period_grain, alert.recovered_period_start)
        lines.append(f"Back to normal with: {recovered}.")
    elif transition == "recovered":
        lines.append("No values come any more.")
    lines.append(f"For: {plain_text(alert.audience)}. Rows: monitoring.alert_checks.")
    return Message(
        alert.key,
        alert.period_start,
        transition,
        alert.severity,
        f"{start[0].upper()}{start[1:]}: {alert.alert_id}"
        f"{_of(alert.dimension, alert.dimension_value)}",
        "\n".join(lines),
    )


def stale_build(
    alert_id: str,
    audience: str,
    begun_at: datetime,
    now: datetime,
    warning: Decimal | None,
    critical: Decimal | None,
) -> Alert | None:
    """An alert of its own where the published build is as old as the rule lets no source be.

    A build that fails publishes nothing, so the last good one would say for ever that all is fresh.
    """
    hours = Decimal(int((now - begun_at).total_seconds())) / 3600
    is_critical = critical is not None and hours > critical
    if not is_critical and (warning is None or hours <= warning):
        return None
    return Alert(
        alert_id=alert_id,
        dimension="build",
        dimension_value="published",
        period_grain="day",
        period_start=begun_at.date(),
        status="open",
        severity="critical" if is_critical else "warning",
        audience=audience,
        message=f"Nothing was published for {hours:.1f} hours: loads or builds fail, see their log",
        sample_size=None,
        first_seen_at=now,
    )


def _of(dimension: str, value: str) -> str:
    return "" if dimension == "all" else f" ({plain_text(dimension)} {plain_text(value)})"


def _period(grain: str, start: date) -> str:
    if grain == "month":
        return f"{start:%Y-%m}"
    return f"the week from {start}" if grain == "week" else f"{start}"


def plain_text(text: str, keep_lines: bool = False) -> str:
    """Text out of the data, as nothing but text: no mention, link or line of its own.

    `keep_lines` is for texts whose line ends are ours.
    """
    if keep_lines:
        return "\n".join(plain_text(line) for line in text.split("\n"))
    kept = "".join(one if one.isprintable() else " " for one in text)
    for sign, harmless in (("<", "‹"), (">", "›"), ("@", "(at)"), ("://", ": //")):
        kept = kept.replace(sign, harmless)
    kept = _DOMAIN.sub("\u2024", kept)
    return kept if len(kept) <= 4 * LONGEST_NAME else kept[: 4 * LONGEST_NAME] + "…"
