"""Which accounts are configured: the first of each source, and those that settings add.

The first account of a source bears the source's name and is always there, configured or not. A
further one is `SOURCES__STRIPE_EU__KIND=stripe` in the environment, or `kind = "stripe"` below
`[sources.stripe_eu]` in dlt's files. A file `sources/<name>.toml` is an account of kind `custom`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import dlt

from pipelines.config import custom_sources_dir, setting
from pipelines.credentials import store
from pipelines.errors import SettingError
from pipelines.loading.source import Account
from pipelines.sources import BY_NAME, SOURCES
from pipelines.sources.billing_files import SOURCE as BILLING_FILES
from pipelines.sources.billing_files.described import is_billing, read_billing
from pipelines.sources.custom import FILE
from pipelines.sources.custom import SOURCE as CUSTOM_SOURCE
from pipelines.sources.custom.definition import read_definition

_KIND_IN_ENVIRONMENT: Final = re.compile(r"SOURCES__(.+)__KIND")
#: A name becomes part of a schema's name and of settings' names, on every warehouse.
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_MOST_CHARACTERS: Final = 40
#: `raw_sources` is where runs note which accounts they loaded.
_RESERVED: Final = frozenset({"sources", "credentials"})
#: Stands for all stored services where the encrypted file cannot be read.
CREDENTIALS: Final = "credentials"


@dataclass(frozen=True)
class Accounts:
    """What settings say about accounts.

    Attributes:
        usable: by name, in load order: the first of each source, then further ones by name.
        wrong: name of an account whose settings cannot be understood -> what is wrong with it.
    """

    usable: Mapping[str, Account]
    wrong: Mapping[str, SettingError]

    @property
    def names(self) -> list[str]:
        """All names that a person may give."""
        return [*self.usable, *self.wrong]


def configured_accounts() -> Accounts:
    """The accounts that the environment and dlt's files name."""
    usable = {source.name: Account(source.name, source) for source in SOURCES}
    wrong: dict[str, SettingError] = {}
    if unreadable := store.problem():
        wrong[CREDENTIALS] = unreadable
    for name in sorted(set(_names_with_kind())):
        try:
            usable[name] = _account(name)
        except SettingError as error:
            usable.pop(name, None)
            wrong[name] = error
    for file in sorted(custom_sources_dir().glob("*.toml")):
        try:
            usable[file.stem] = _described(file, {*usable, *wrong})
        except SettingError as error:
            wrong[file.stem] = error
    return Accounts(usable, wrong)


@dataclass(frozen=True)
class DescribedAccount(Account):
    """A custom source by its file, which stands in place of the setting FILE."""

    file: Path

    def setting(self, name: str) -> str | None:
        """Value of a setting of this account."""
        return str(self.file) if name == FILE else super().setting(name)

    @property
    def title(self) -> str:
        """What the file calls it; where it says nothing that can be read, what it is."""
        try:
            told = (
                read_billing(self.file).title
                if self.kind == BILLING_FILES.name
                else read_definition(self.file).title
            )
        except SettingError:
            return self.source.title  # `check_settings` says what is wrong
        return told if told != self.name else self.source.title

    def missing_settings(self) -> str | None:
        """The secrets that the file names and nobody set; None where it says something wrong."""
        try:
            parts = (
                read_billing(self.file).parts.values()
                if self.kind == BILLING_FILES.name
                else [read_definition(self.file)]
            )
        except SettingError:
            return None  # `check_settings` says what
        named = [part.auth.secret_env for part in parts if part.auth]
        missing = [name for name in dict.fromkeys(named) if not (setting(name) or "").strip()]
        return " and ".join(missing) or None


def _described(file: Path, taken: Set[str]) -> Account:
    """The account of a file in the folder of custom sources. Raises SettingError for its name."""
    name = file.stem
    if not _NAME.fullmatch(name) or len(name) > _MOST_CHARACTERS or name in _RESERVED:
        raise SettingError(
            f"{file} cannot be used as a source's name. Give it a name of at most "
            f"{_MOST_CHARACTERS} lower-case letters, digits and single underscores."
        )
    if name in taken:
        raise SettingError(
            f"{file} has the name of another source. Give the file and its id another name, such "
            f"as {name}_custom."
        )
    return DescribedAccount(name, BILLING_FILES if is_billing(file) else CUSTOM_SOURCE, file)


def _names_with_kind() -> Iterator[str]:
    for variable, value in os.environ.items():
        if value and (found := _KIND_IN_ENVIRONMENT.fullmatch(variable)):
            yield found[1].lower()
    for provider in dlt.config.config_providers:
        sections: Any = provider.get_value("sources", dict, None)[0]
        if isinstance(sections, Mapping):
            for name, values in sections.items():
                if isinstance(values, Mapping) and "kind" in values:
                    yield str(name)
    if not store.problem():
        yield from (name for name, values in store.stored().items() if "KIND" in values)


def _account(name: str) -> Account:
    return account_of(name, (setting(f"SOURCES__{name.upper()}__KIND") or "").strip())


def account_of(name: str, kind: str) -> Account:
    """The account of that name. Raises SettingError where its name or its kind is wrong."""
    variable = f"SOURCES__{name.upper()}__KIND"
    if not _NAME.fullmatch(name) or len(name) > _MOST_CHARACTERS or name in _RESERVED:
        raise SettingError(
            f"{variable} names an account {name!r}, which cannot be used as a name. Choose another "
            f"of at most {_MOST_CHARACTERS} lower-case letters, digits and single underscores, "
            f"such as {kind if kind in BY_NAME else 'stripe'}_eu."
        )
    if kind not in BY_NAME:
        raise SettingError(
            f"{variable} is {kind!r}, which is no kind of source. Set one of {', '.join(BY_NAME)}."
        )
    if name in BY_NAME and name != kind:
        raise SettingError(
            f"{variable} is {kind!r}, but {name} is the name of another kind of source. Unset it, "
            f"and choose another name for the further {kind} account, such as {kind}_eu."
        )
    return Account(name, BY_NAME[kind])
