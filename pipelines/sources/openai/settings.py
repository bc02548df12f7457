"""What the OpenAI source is told from outside: key, address, first day, folder of exports."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from pipelines.config import SettingError, setting
from pipelines.sources.openai.windows import last_day

ADMIN_KEY: Final = "SOURCES__OPENAI__ADMIN_KEY"
BASE_URL: Final = "SOURCES__OPENAI__BASE_URL"
START_DATE: Final = "SOURCES__OPENAI__START_DATE"
COST_EXPORT_URL: Final = "SOURCES__OPENAI__COST_EXPORT_URL"

DEFAULT_BASE_URL: Final = "https://api.openai.com"
DEFAULT_MONTHS: Final = 13


@dataclass(frozen=True)
class OpenAISettings:
    """Settings of one run.

    Attributes:
        admin_key: secret; None if only export files are read.
        base_url: without the `/v1`.
        start_date: first UTC day to load from the API.
        cost_export_url: folder or bucket of cost-export CSVs; None if there is none.
    """

    admin_key: str | None = field(repr=False)
    base_url: str
    start_date: date
    cost_export_url: str | None


def read_settings(clock: datetime) -> OpenAISettings:
    """The settings at `clock` (aware UTC). Raises SettingError naming the one that is wrong."""
    return OpenAISettings(
        admin_key=_admin_key(),
        base_url=(setting(BASE_URL, DEFAULT_BASE_URL) or DEFAULT_BASE_URL).rstrip("/"),
        start_date=_start_date(clock),
        cost_export_url=setting(COST_EXPORT_URL),
    )


def _admin_key() -> str | None:
    key = (setting(ADMIN_KEY) or "").strip()
    # Anything else cannot be sent in a header, and HTTP libraries print what they cannot send.
    if not all("!" <= character <= "~" for character in key):
        raise SettingError(
            f"{ADMIN_KEY} contains blanks, line breaks or characters that no key has. "
            "Copy the key again, in one piece."
        )
    return key or None


def _start_date(clock: datetime) -> date:
    text = setting(START_DATE)
    if text is None:
        return months_before(clock.date(), DEFAULT_MONTHS)
    try:
        day = date.fromisoformat(text.strip())
    except ValueError as error:
        raise SettingError(
            f"{START_DATE} is {text!r}, which is not a day (YYYY-MM-DD). Correct it, or unset it "
            f"for the last {DEFAULT_MONTHS} months."
        ) from error
    if day > last_day(clock):
        raise SettingError(
            f"{START_DATE} is {day}, which lies after the clock ({last_day(clock)})."
        )
    return day


def months_before(day: date, months: int) -> date:
    """The same day `months` earlier, or that month's last day where it has no such day."""
    index = day.year * 12 + day.month - 1 - months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
