"""What the AWS source is told from outside: keys, regions, address, first day, which cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from pipelines.config import plain_setting
from pipelines.errors import SettingError
from pipelines.loading.source import Account, Setting
from pipelines.loading.windows import last_day, months_before

ACCESS_KEY_ID: Final = "AWS_ACCESS_KEY_ID"
SECRET_ACCESS_KEY: Final = "AWS_SECRET_ACCESS_KEY"  # noqa: S105
SESSION_TOKEN: Final = "AWS_SESSION_TOKEN"  # noqa: S105
PROFILE: Final = "AWS_PROFILE"
REGION: Final = "AWS_REGION"
BASE_URL: Final = "BASE_URL"
START_DATE: Final = "START_DATE"
METRIC: Final = "METRIC"

#: Cost Explorer keeps 13 months beside the running one.
DEFAULT_MONTHS: Final = 13
DEFAULT_REGION: Final = "us-east-1"
#: US dollars that AWS bills for a request to Cost Explorer; each page is one.
DOLLARS_PER_REQUEST: Final = "0.01"
#: Permissions, by what they are for.
READ_COSTS: Final = "ce:GetCostAndUsage"
READ_METRICS: Final = "cloudwatch:ListMetrics and cloudwatch:GetMetricData"
#: What GetCostAndUsage can add up; the first is what invoices say, before anything is spread.
METRICS: Final = (
    "UnblendedCost",
    "NetUnblendedCost",
    "AmortizedCost",
    "NetAmortizedCost",
    "BlendedCost",
    "BilledCost",
)

SETTINGS: Final = (
    Setting(ACCESS_KEY_ID, "key that may read costs (where unset, AWS's own settings are used)"),
    Setting(SECRET_ACCESS_KEY, "the key's secret", is_secret=True),
    Setting(SESSION_TOKEN, "token of a key that lasts for a session", is_secret=True),
    Setting(PROFILE, "profile of AWS's own files, in place of a key"),
    Setting(REGION, f"regions of Bedrock, with commas (where unset, {DEFAULT_REGION})"),
    Setting(BASE_URL, "another address of AWS's APIs, such as a proxy's"),
    Setting(START_DATE, f"first UTC day to load (where unset, {DEFAULT_MONTHS} months ago)"),
    Setting(METRIC, f"which cost: {', '.join(METRICS)}", default=METRICS[0]),
)
#: AWS's own settings alone do not switch it on: they may be there for a bucket, each request for
#: costs is billed, and a FOCUS export of the same account would count twice.
NEEDS: Final = ((ACCESS_KEY_ID, PROFILE, REGION, BASE_URL),)


@dataclass(frozen=True)
class AwsSettings:
    """Settings of one run.

    Attributes:
        access_key_id, secret_access_key, session_token: None for AWS's own way to find them.
        profile: of AWS's own files.
        regions: where Bedrock is used.
        base_url: None for AWS's own addresses.
        start_date: first UTC day to load.
        metric: which cost.
    """

    access_key_id: str | None
    secret_access_key: str | None = field(repr=False)
    session_token: str | None = field(repr=False)
    profile: str | None
    regions: tuple[str, ...]
    base_url: str | None
    start_date: date
    metric: str


def read_settings(account: Account, clock: datetime) -> AwsSettings:
    """Settings of an account at `clock` (aware UTC). Raises SettingError for a wrong one."""
    key = account.secret(ACCESS_KEY_ID) or None
    secret = account.secret(SECRET_ACCESS_KEY) or None
    if bool(key) != bool(secret):
        missing, given = (SECRET_ACCESS_KEY, ACCESS_KEY_ID) if key else (
            ACCESS_KEY_ID, SECRET_ACCESS_KEY
        )  # fmt: skip
        raise SettingError(
            f"{account.setting_name(missing)} is missing, but {account.setting_name(given)} is "
            "set. Set both, or neither to use AWS's own settings."
        )
    base_url = account.setting(BASE_URL)
    if base_url and not base_url.startswith(("http://", "https://")):
        raise SettingError(
            f"{account.setting_name(BASE_URL)} is {base_url!r}, which is no address. It begins "
            "with https:// (unset it for AWS itself)."
        )
    return AwsSettings(
        access_key_id=key,
        secret_access_key=secret,
        session_token=(account.secret(SESSION_TOKEN) or None) if key else None,
        profile=None if key else account.setting(PROFILE),
        regions=_regions(account),
        base_url=base_url.rstrip("/") if base_url else None,
        start_date=_start_date(account, clock),
        metric=_metric(account),
    )


def check_settings(account: Account, clock: datetime) -> None:
    """Raise SettingError naming a setting that is wrong."""
    read_settings(account, clock)


def _regions(account: Account) -> tuple[str, ...]:
    text = account.setting(REGION) or plain_setting(REGION) or plain_setting("AWS_DEFAULT_REGION")
    regions = tuple(dict.fromkeys(one.strip() for one in (text or "").split(",") if one.strip()))
    for region in regions:
        if not all(letter.isascii() and (letter.isalnum() or letter == "-") for letter in region):
            raise SettingError(
                f"{account.setting_name(REGION)} is {text!r}; it lists regions such as us-east-1, "
                "with commas between them."
            )
    return regions or (DEFAULT_REGION,)


def _metric(account: Account) -> str:
    text = (account.setting(METRIC) or METRICS[0]).strip()
    for metric in METRICS:
        if text.lower() == metric.lower():
            return metric
    raise SettingError(
        f"{account.setting_name(METRIC)} is {text!r}; it is one of {', '.join(METRICS)}."
    )


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
