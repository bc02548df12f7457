"""What the OpenAI source is told from outside: key, address, first day, folder of exports."""

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
COST_EXPORT_URL: Final = "COST_EXPORT_URL"

DEFAULT_MONTHS: Final = 13

SETTINGS: Final = (
    Setting(ADMIN_KEY, "admin key (sk-admin-) that may read usage", is_secret=True),
    Setting(BASE_URL, "address of the API, without the /v1", default="https://api.openai.com"),
    Setting(START_DATE, f"first UTC day to load (where unset, {DEFAULT_MONTHS} months ago)"),
    Setting(COST_EXPORT_URL, "folder or bucket with cost exports (CSV)"),
)
NEEDS: Final = ((ADMIN_KEY, COST_EXPORT_URL),)


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


def read_settings(account: Account, clock: datetime) -> OpenAISettings:
    """Settings of an account at `clock` (aware UTC). Raises SettingError for a wrong one."""
    return OpenAISettings(
        admin_key=account.secret(ADMIN_KEY) or None,
        base_url=(account.setting(BASE_URL) or "").rstrip("/"),
        start_date=_start_date(account, clock),
        cost_export_url=account.setting(COST_EXPORT_URL),
    )


def check_settings(account: Account, clock: datetime) -> None:
    """Raise SettingError naming a setting that is wrong."""
    read_settings(account, clock)


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
