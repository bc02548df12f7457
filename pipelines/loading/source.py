"""What a source is, and what an account of it is.

A *source* is a vendor's integration (`stripe`): how to read it, into which raw tables. An *account*
is one configured account of that vendor (`stripe`, `stripe_eu`): it has settings, a dlt pipeline
and a dataset of its own. Both are plain values; `pipelines.sources` lists the sources.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import pyarrow as pa
from dlt.extract import DltSource

from pipelines.config import dataset_name, setting
from pipelines.errors import SettingError
from pipelines.loading.run_tables import RUN_TABLES
from pipelines.loading.versions import TableStats
from pipelines.warehouses.base import TableLoader

if TYPE_CHECKING:
    from pipelines.loading.context import RunContext

#: What a source tells about; staging of equal areas meets in the same intermediate models.
Area = Literal["billing", "cost", "usage", "events"]


@dataclass(frozen=True)
class Setting:
    """A setting of a source.

    Attributes:
        name: without the prefix, `API_KEY` of `SOURCES__STRIPE__API_KEY`.
        meaning: what it is, in one line.
        default: what holds where it is not set.
        is_secret: its value must never be shown.
    """

    name: str
    meaning: str
    default: str | None = None
    is_secret: bool = False


class MakeLoaders(Protocol):
    """Makes the loaders of a source that reads some tables' files by itself."""

    def __call__(
        self,
        account: Account,
        folder: Path,
        stats: Callable[[str], TableStats],
        progress: Callable[[str], None],
        warn: Callable[[str], None],
    ) -> Mapping[str, TableLoader]:
        """Raw table -> what loads its files; temporary files go below `folder`."""


@dataclass(frozen=True)
class Probe:
    """What a live check found of one thing that a load reads.

    Attributes:
        what: the thing, such as `/v1/invoices`.
        is_readable: whether the account may read it.
        detail: what was seen, or what is missing and how to get it.
        is_required: a load fails without it; others are left out.
    """

    what: str
    is_readable: bool
    detail: str
    is_required: bool = True


def _no_probe(account: Account, clock: datetime) -> Iterable[Probe]:
    """A source that nobody can be asked about before a load."""
    return ()


def _no_check(account: Account, clock: datetime) -> None:
    """A source whose settings cannot be wrong."""


def _no_loaders(
    account: Account,
    folder: Path,
    stats: Callable[[str], TableStats],
    progress: Callable[[str], None],
    warn: Callable[[str], None],
) -> Mapping[str, TableLoader]:
    """A source whose tables are all loaded by plain copies."""
    return {}


@dataclass(frozen=True)
class Source:
    """A vendor's integration.

    Attributes:
        name: its kind, which the first account of it bears as its name, too.
        area: what it tells about.
        title: how people call it and what it brings, in one line.
        settings: every setting there is.
        needs: groups of settings; of each group one must be set.
        tables: every raw table of its own, beside those of each run -> its Arrow schema.
        build: makes the dlt source of one run.
        check_settings: raises SettingError for one that is set wrongly; asks nobody.
        table_loaders: own loaders of raw tables, in place of plain copies.
        probe: asks the vendor what the account may read, with as few requests as it takes.
    """

    name: str
    area: Area
    title: str
    settings: tuple[Setting, ...]
    needs: tuple[tuple[str, ...], ...]
    tables: Mapping[str, pa.Schema]
    build: Callable[[RunContext], DltSource]
    check_settings: Callable[[Account, datetime], None] = _no_check
    table_loaders: MakeLoaders = _no_loaders
    probe: Callable[[Account, datetime], Iterable[Probe]] = _no_probe

    @property
    def raw_tables(self) -> Mapping[str, pa.Schema]:
        """Every raw table that its loads write."""
        return {**self.tables, **RUN_TABLES}

    def default_of(self, name: str) -> str | None:
        """Default of a setting. Raises KeyError for one that the source does not have."""
        return {one.name: one.default for one in self.settings}[name]


@dataclass(frozen=True)
class Account:
    """One configured account of a source.

    Attributes:
        name: names its settings, its dlt pipeline and its dataset.
        source: what it is an account of.
    """

    name: str
    source: Source

    @property
    def kind(self) -> str:
        """Name of the source."""
        return self.source.name

    @property
    def title(self) -> str:
        """How people call it, in one line."""
        return self.source.title

    @property
    def dataset(self) -> str:
        """Schema of its raw tables."""
        return dataset_name(self.name)

    def setting_name(self, name: str) -> str:
        """`API_KEY` -> `SOURCES__STRIPE_EU__API_KEY`, for messages."""
        return f"SOURCES__{self.name.upper()}__{name}"

    def has_key_of(self, other: Account) -> bool:
        """Whether both have the same secret, so that they can only be one account."""
        secrets = [one.name for one in self.source.settings if one.is_secret]
        values = {self.setting(name) for name in secrets} - {None}
        return bool(values & {other.setting(name) for name in secrets})

    def setting(self, name: str) -> str | None:
        """Value of a setting of this account alone; never that of another account."""
        return setting(self.setting_name(name), self.source.default_of(name))

    def secret(self, name: str) -> str:
        """A setting that is sent as a key or password, without blanks around it; empty where it
        is missing.

        Raises:
            SettingError: it holds what cannot be sent in a header. HTTP libraries print that.
        """
        key = (self.setting(name) or "").strip()
        if not all("!" <= character <= "~" for character in key):
            raise SettingError(
                f"{self.setting_name(name)} contains blanks, line breaks or characters that no "
                "key has. Copy the key again, in one piece."
            )
        return key

    def missing_settings(self) -> str | None:
        """The settings without which it cannot be loaded, worded; None if it is configured."""
        missing = [group for group in self.source.needs if not any(map(self.setting, group))]
        return " and ".join(map(self._one_of, missing)) or None

    def _one_of(self, group: tuple[str, ...]) -> str:
        first, *others = (self.setting_name(name) for name in group)
        return first + "".join(f" (or {other})" for other in others)
