"""Services: the accounts that can be loaded, where each setting comes from, and what may be read.

A setting has one value and may stand in several places; the first of environment, secrets.toml,
config.toml and the encrypted credentials wins, and a stored value that another place hides is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

import dlt

from pipelines.config import as_of, dataset_name, warehouse_path
from pipelines.credentials import store
from pipelines.errors import SettingError
from pipelines.loading.source import Account, Probe, Setting
from pipelines.sources import BY_NAME
from pipelines.sources.accounts import CREDENTIALS, account_of, configured_accounts
from pipelines.warehouses.base import ACCOUNTS_TABLE

STORED: Final = "credentials"
_LONGEST_VALUE: Final = 10_000

State = Literal["configured", "missing", "wrong"]


@dataclass(frozen=True)
class Service:
    """A configured service, or one that could be.

    Attributes:
        name, kind, title: what it is.
        state: whether it can be loaded.
        detail: the missing settings, or what is wrong; None where it can be loaded.
        origins: setting -> where its value comes from (`environment`, `secrets.toml`,
            `config.toml`, `credentials`).
        shadowed: settings that are stored, too, but another place wins.
    """

    name: str
    kind: str
    title: str
    state: State
    detail: str | None
    origins: Mapping[str, str] = field(default_factory=dict)
    shadowed: tuple[str, ...] = ()


def services(clock: datetime | None = None) -> list[Service]:
    """Every service in load order, also those that lack settings, then those that are wrong."""
    accounts = configured_accounts()
    moment = clock or as_of()
    found = [_service(account, moment) for account in accounts.usable.values()]
    for name, error in accounts.wrong.items():
        title = "stored credentials" if name == CREDENTIALS else "a service set wrongly"
        found.append(Service(name, "", title, "wrong", str(error)))
    return found


def _service(account: Account, clock: datetime) -> Service:
    missing = account.missing_settings()
    state: State = "missing" if missing else "configured"
    detail = f"set {missing}" if missing else None
    if not missing:
        try:
            account.source.check_settings(account, clock)
        except SettingError as error:
            state, detail = "wrong", str(error)
    places = {one.name: origins(account, one.name) for one in account.source.settings}
    return Service(
        account.name,
        account.kind,
        account.title,
        state,
        detail,
        {name: found[0] for name, found in places.items() if found},
        tuple(name for name, found in places.items() if STORED in found[1:]),
    )


def origins(account: Account, name: str) -> list[str]:
    """Every place that holds a setting, the winning one first."""
    key = name.lower()
    places = []
    for provider in dlt.config.config_providers:
        value, _ = provider.get_value(key, str, None, "sources", account.name)
        if value not in (None, ""):
            places.append(_called(provider.name))
    if store.stored_value(account.setting_name(name)):
        places.append(STORED)
    return places


def _called(provider: str) -> str:
    return "environment" if "Environment" in provider else provider.rsplit("/", 1)[-1]


def named(name: str) -> Account:
    """The account of a name. Raises SettingError for one that is not known or set wrongly."""
    accounts = configured_accounts()
    if name in accounts.wrong:
        raise accounts.wrong[name]
    if name not in accounts.usable:
        if CREDENTIALS in accounts.wrong:
            raise accounts.wrong[CREDENTIALS]
        raise SettingError(
            f"There is no service {name}. `usage-vs-revenue sources list` shows all; "
            "`usage-vs-revenue sources add KIND NAME` adds one."
        )
    return accounts.usable[name]


def new_account(kind: str, name: str | None) -> Account:
    """The account that is to be added. Raises SettingError for a kind or name that cannot be."""
    if kind not in BY_NAME:
        raise SettingError(f"There is no kind {kind!r}. Kinds are: {', '.join(BY_NAME)}.")
    return account_of(name or kind, kind)


def add(account: Account, values: Mapping[str, str]) -> Service:
    """Store settings of a service, in place of those stored before.

    Raises:
        SettingError: a setting is unknown, unfit or missing; nothing is stored then.
    """
    known = {one.name: one for one in account.source.settings}
    given = {name: value.strip() for name, value in values.items() if value.strip()}
    _check_values(account, known, given)

    def edit(now: dict[str, dict[str, str]]) -> None:
        now[account.name] = {"KIND": account.kind, **given}

    before = dict(store.stored()).get(account.name)
    store.change(edit)
    try:
        added = account_of(account.name, account.kind)
        if missing := added.missing_settings():
            raise SettingError(f"{account.name} still needs {missing}.")
        added.source.check_settings(added, as_of())
    except SettingError:
        _put_back(account.name, before)
        raise
    return _service(added, as_of())


def _check_values(account: Account, known: Mapping[str, Setting], given: Mapping[str, str]) -> None:
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise SettingError(
            f"{account.kind} has no setting {', '.join(unknown)}. It has: {', '.join(known)}."
        )
    for name, value in given.items():
        if len(value) > _LONGEST_VALUE or not value.isprintable():
            raise SettingError(f"{name} is too long, or holds characters that cannot be printed.")


def _put_back(name: str, before: Mapping[str, str] | None) -> None:
    def edit(now: dict[str, dict[str, str]]) -> None:
        now.pop(name, None)
        if before is not None:
            now[name] = dict(before)

    store.change(edit)


def remove(name: str) -> str:
    """Forget the stored credentials of a service; its data stay.

    Returns:
        What is left, and how to drop it.

    Raises:
        SettingError: nothing is stored of this service; the message says where its settings are.
    """
    if name not in store.stored():
        raise _nothing_stored(name)
    kind = store.stored()[name].get("KIND", name)
    store.change(lambda now: _drop(now, name))
    dataset = dataset_name(name)
    left: list[str] = []
    if kind in BY_NAME:
        account = Account(name, BY_NAME[kind])
        left = [one.name for one in account.source.settings if origins(account, one.name)]
    more = f" It can still be loaded: {', '.join(left)} is set elsewhere." if left else ""
    return (
        f"The credentials of {name} are removed; what was loaded stays in {dataset}.{more} To drop "
        f'that, too: duckdb {warehouse_path()} "drop schema if exists {dataset} cascade; '
        f"delete from {ACCOUNTS_TABLE} where source = '{name}'\", then `dbt build --full-refresh`."
    )


def _nothing_stored(name: str) -> SettingError:
    """Why there is nothing to forget, and where the settings are. Raises what `named` raises."""
    if error := store.problem():
        return error
    account = named(name)
    found = {place for one in account.source.settings for place in origins(account, one.name)}
    where = f" Its settings are in: {', '.join(sorted(found))}." if found else ""
    return SettingError(f"No credentials of {name} are stored.{where}")


def _drop(now: dict[str, dict[str, str]], name: str) -> None:
    now.pop(name, None)


def check(account: Account, clock: datetime | None = None) -> list[Probe]:
    """What the account may read now, by asking the vendor.

    Raises:
        SettingError: a setting is missing or wrong.
        LoadError: the vendor cannot be reached.
    """
    if missing := account.missing_settings():
        raise SettingError(f"{account.name} is not configured: set {missing}.")
    moment = clock or as_of()
    account.source.check_settings(account, moment)
    return list(account.source.probe(account, moment))


def works(probes: list[Probe]) -> bool:
    """Whether a load would find what it cannot do without."""
    return all(one.is_readable or not one.is_required for one in probes)


def without_secrets(account: Account, text: str) -> str:
    """A message without any secret of the account."""
    for one in account.source.settings:
        value = (account.setting(one.name) or "").strip() if one.is_secret else ""
        if value:
            text = text.replace(value, "[key]")
    return text
