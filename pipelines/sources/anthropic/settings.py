"""What the Anthropic source is told from outside: key, address, first day, which reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from pipelines.errors import SettingError
from pipelines.loading.source import Account, Setting
from pipelines.loading.windows import last_day, months_before

ADMIN_KEY: Final = "ADMIN_KEY"
BASE_URL: Final = "BASE_URL"
START_DATE: Final = "START_DATE"
REPORTS: Final = "REPORTS"

#: How many months back a first load goes; the analytics reports reach back 365 days at most.
DEFAULT_MONTHS: Final = 13

AUTO: Final = "auto"
ANALYTICS: Final = "analytics"
LEGACY: Final = "legacy"

SETTINGS: Final = (
    Setting(ADMIN_KEY, "key with the scope read:analytics, or an admin key", is_secret=True),
    Setting(BASE_URL, "address of the API, without the /v1", default="https://api.anthropic.com"),
    Setting(START_DATE, f"first UTC day to load (where unset, {DEFAULT_MONTHS} months ago)"),
    Setting(
        REPORTS,
        f"{ANALYTICS}, {LEGACY}, or {AUTO}: the older reports only where the newer are refused",
        default=AUTO,
    ),
)
NEEDS: Final = ((ADMIN_KEY,),)


@dataclass(frozen=True)
class AnthropicSettings:
    """Settings of one run.

    Attributes:
        admin_key: secret.
        base_url: without the `/v1`.
        start_date: first UTC day to load.
        reports: auto, analytics or legacy.
    """

    admin_key: str = field(repr=False)
    base_url: str
    start_date: date
    reports: str


def read_settings(account: Account, clock: datetime) -> AnthropicSettings:
    """Settings of an account at `clock` (aware UTC). Raises SettingError for a wrong one."""
    return AnthropicSettings(
        admin_key=account.secret(ADMIN_KEY),
        base_url=(account.setting(BASE_URL) or "").rstrip("/"),
        start_date=_start_date(account, clock),
        reports=_reports(account),
    )


def check_settings(account: Account, clock: datetime) -> None:
    """Raise SettingError naming a setting that is wrong."""
    read_settings(account, clock)


def _reports(account: Account) -> str:
    value = (account.setting(REPORTS) or AUTO).strip().lower()
    if value not in (AUTO, ANALYTICS, LEGACY):
        raise SettingError(
            f"{account.setting_name(REPORTS)} is {value!r}; it is {AUTO}, {ANALYTICS} or {LEGACY}."
        )
    return value


def _start_date(account: Account, clock: datetime) -> date:
    name, text = account.setting_name(START_DATE), account.setting(START_DATE)
    if text is None:
        return months_before(clock.date(), DEFAULT_MONTHS)
    try:
        day = date.fromisoformat(text.strip())
    except ValueError as error:
        raise SettingError(
            f"{name} is {text!r}, which is not a day (YYYY-MM-DD). Correct it, or unset it for "
            f"the last {DEFAULT_MONTHS} months."
        ) from error
    if day > last_day(clock):
        raise SettingError(f"{name} is {day}, which lies after the clock ({last_day(clock)}).")
    return day
