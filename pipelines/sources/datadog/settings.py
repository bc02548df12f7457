"""What the Datadog source is told from outside: keys, site, address, first day, queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from pipelines.errors import SettingError
from pipelines.loading.source import Account, Setting
from pipelines.loading.windows import last_day, months_before

API_KEY: Final = "API_KEY"
APP_KEY: Final = "APP_KEY"
SITE: Final = "SITE"
BASE_URL: Final = "BASE_URL"
START_DATE: Final = "START_DATE"
CURRENCY: Final = "CURRENCY"
CALLS_QUERY: Final = "CALLS_QUERY"
ERRORS_QUERY: Final = "ERRORS_QUERY"
LATENCY_QUERY: Final = "LATENCY_QUERY"
P95_QUERY: Final = "P95_QUERY"
UPTIME_QUERY: Final = "UPTIME_QUERY"
LATENCY_UNIT: Final = "LATENCY_UNIT"

DEFAULT_MONTHS: Final = 13
DEFAULT_SITE: Final = "datadoghq.com"
#: Unit of what latency queries answer -> milliseconds in one.
LATENCY_UNITS: Final = {"s": "1000", "ms": "1", "us": "0.001", "ns": "0.000001"}
#: Column of a service's day -> setting of its query.
QUERIES: Final = {
    "calls": CALLS_QUERY,
    "errors": ERRORS_QUERY,
    "mean_latency": LATENCY_QUERY,
    "p95_latency": P95_QUERY,
    "uptime": UPTIME_QUERY,
}

SETTINGS: Final = (
    Setting(API_KEY, "API key of the organisation that pays", is_secret=True),
    Setting(APP_KEY, "application key with usage_read and billing_read", is_secret=True),
    Setting(SITE, "Datadog site, such as datadoghq.eu", default=DEFAULT_SITE),
    Setting(BASE_URL, "address of the API (where unset, https://api. and the site)"),
    Setting(START_DATE, f"first UTC day to load (where unset, {DEFAULT_MONTHS} months ago)"),
    Setting(CURRENCY, "currency that the organisation is billed in", default="usd"),
    Setting(
        CALLS_QUERY, "metrics query of calls, such as sum:trace.http.request.hits{*} by {service}"
    ),
    Setting(
        ERRORS_QUERY,
        "metrics query of failed calls, such as sum:trace.http.request.errors{*} by {service}",
    ),
    Setting(LATENCY_QUERY, "metrics query of the mean latency by service"),
    Setting(
        P95_QUERY,
        "metrics query of the 95th percentile, such as p95:trace.http.request{*} by {service}",
    ),
    Setting(UPTIME_QUERY, "metrics query of the share of time that a service was up, 0 to 1"),
    Setting(LATENCY_UNIT, "what latency queries answer in: s, ms, us or ns", default="s"),
)
NEEDS: Final = ((API_KEY,), (APP_KEY,))


@dataclass(frozen=True)
class DatadogSettings:
    """Settings of one run.

    Attributes:
        api_key, app_key: secrets.
        base_url: without a path.
        start_date: first UTC day to load.
        currency: in lower case; Datadog's answers do not say it.
        queries: column of a service's day -> metrics query.
        latency_unit: s, ms, us or ns.
    """

    api_key: str = field(repr=False)
    app_key: str = field(repr=False)
    base_url: str
    start_date: date
    currency: str
    queries: Mapping[str, str]
    latency_unit: str


def read_settings(account: Account, clock: datetime) -> DatadogSettings:
    """Settings of an account at `clock` (aware UTC). Raises SettingError for a wrong one."""
    site = (account.setting(SITE) or DEFAULT_SITE).strip().lower()
    site = site.removeprefix("https://").removeprefix("app.").removeprefix("api.").rstrip("/")
    if not all(one.isalnum() or one in "-." for one in site):
        raise SettingError(
            f"{account.setting_name(SITE)} is {site!r}, which is no site. Set one such as "
            "datadoghq.com, datadoghq.eu or us5.datadoghq.com."
        )
    return DatadogSettings(
        api_key=account.secret(API_KEY),
        app_key=account.secret(APP_KEY),
        base_url=(account.setting(BASE_URL) or f"https://api.{site}").rstrip("/"),
        start_date=_start_date(account, clock),
        currency=_currency(account),
        queries={
            column: query
            for column, name in QUERIES.items()
            if (query := (account.setting(name) or "").strip())
        },
        latency_unit=_latency_unit(account),
    )


def check_settings(account: Account, clock: datetime) -> None:
    """Raise SettingError naming a setting that is wrong."""
    read_settings(account, clock)


def _currency(account: Account) -> str:
    text = (account.setting(CURRENCY) or "usd").strip().lower()
    if len(text) != 3 or not text.isascii() or not text.isalpha():
        raise SettingError(
            f"{account.setting_name(CURRENCY)} is {text!r}; it is an ISO code such as usd."
        )
    return text


def _latency_unit(account: Account) -> str:
    unit = (account.setting(LATENCY_UNIT) or "s").strip().lower()
    if unit not in LATENCY_UNITS:
        raise SettingError(
            f"{account.setting_name(LATENCY_UNIT)} is {unit!r}; it is one of "
            f"{', '.join(LATENCY_UNITS)}."
        )
    return unit


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
