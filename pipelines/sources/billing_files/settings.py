"""Settings of a folder with billing files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

from pipelines.errors import SettingError
from pipelines.loading.context import RunContext
from pipelines.loading.source import Account, Setting
from pipelines.sources.billing_files.described import (
    BillingDefinition,
    DescribedBilling,
    check_secrets,
    read_billing,
)
from pipelines.sources.billing_files.files import BillingFolder
from pipelines.sources.billing_files.sync import Rows

BUCKET_URL: Final = "BUCKET_URL"
FILE: Final = "FILE"
BASE_URL: Final = "BASE_URL"

SETTINGS: Final = (
    Setting(BUCKET_URL, "folder or object store that holds the billing files (CSV)"),
    Setting(FILE, "TOML file of kind billing; those in sources/ need no setting"),
    Setting(BASE_URL, "scheme and host in place of those of the file's urls"),
)
NEEDS: Final = ((BUCKET_URL, FILE),)


def bucket_url(account: Account) -> str:
    """Where the files are. Raises SettingError where that is not set."""
    url = (account.setting(BUCKET_URL) or "").strip()
    if not url:
        raise SettingError(f"{account.name} needs {account.setting_name(BUCKET_URL)}.")
    return url


def check_settings(account: Account, clock: datetime) -> None:
    """Raise SettingError if the settings are unusable, or the file says something wrong."""
    definition = described(account)
    if definition is None:
        bucket_url(account)
        return
    if definition.id != account.name:
        raise SettingError(
            f'{definition.path} says id = "{definition.id}", but the source is called '
            f"{account.name}. Give the file the name {definition.id}.toml, or correct the id."
        )
    check_secrets(definition)


def described(account: Account) -> BillingDefinition | None:
    """What the account's TOML file says, None for an account of plain files."""
    file = (account.setting(FILE) or "").strip()
    return read_billing(Path(file)) if file else None


def billing_rows(account: Account, context: RunContext | None) -> Rows:
    """Where the account's rows come from. Raises SettingError, LoadError."""
    definition = described(account)
    if definition is not None:
        return DescribedBilling(definition, account, context)
    return BillingFolder(bucket_url(account), account, account.setting_name(BUCKET_URL))
