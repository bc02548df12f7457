"""`dlt pipeline run`: load all configured sources, or the named ones.

Per source: restore local state from the warehouse if it was lost, finish packages that an earlier
failure left pending, extract what is new, load it, record the run. One run at a time per warehouse.
A source that fails does not stop the others; the exit code and the summary say so.
"""

from __future__ import annotations

import os
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import dlt
import duckdb
from dlt.common.destination.exceptions import DestinationUndefinedEntity
from dlt.common.exceptions import DltException
from dlt.common.pipeline import LoadInfo
from dlt.pipeline.exceptions import PipelineStepFailed

from pipelines.config import as_of
from pipelines.console import Reporter
from pipelines.erasure.ledger import Ledger
from pipelines.errors import (
    EXIT_FAILED,
    EXIT_OK,
    LoadError,
    ProjectError,
    SettingError,
    UnreachableError,
)
from pipelines.files import without_password
from pipelines.loading.context import RunContext
from pipelines.loading.source import Account
from pipelines.loading.versions import KnownVersion, TableStats, known_versions
from pipelines.sources.accounts import CREDENTIALS, Accounts, configured_accounts
from pipelines.warehouses import Warehouse, chosen_warehouse
from pipelines.warehouses.base import LoadedAccount, keep_load_ids_rising

#: Asks for rows as dictionaries.
Query = Callable[[str], list[dict[str, Any]]]

#: Must hold wherever the command is run from, so they do not stand in a configuration file only.
PRIVATE_BY_DEFAULT: Final = {
    "LOAD__DELETE_COMPLETED_JOBS": "true",  # loaded files may hold personal data
    "RUNTIME__DLTHUB_TELEMETRY": "false",
}


@dataclass
class SourceResult:
    """What a run did for one account; `error` is None if it loaded."""

    source: str
    seconds: float = 0.0
    requests: int = 0
    tables: Mapping[str, TableStats] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    error: str | None = None

    def warn(self, text: str) -> None:
        """Add a line to the summary, once."""
        text = without_password(text)
        if text not in self.warnings:
            self.warnings.append(text)


def run(names: Sequence[str], *, full_refresh: bool, reporter: Reporter) -> int:
    """Load the named sources, or all configured ones; returns the exit code of the command."""
    os.umask(0o077)  # raw data and dlt's working files are for their owner only
    for name, value in PRIVATE_BY_DEFAULT.items():
        os.environ.setdefault(name, value)
    try:
        clock = as_of()
        chosen, failed = _choose(names, clock, reporter)
        warehouse = chosen_warehouse()
        busy = f"Another run is loading {warehouse.describe()}. Wait for it to end, then run again."
        with warehouse.hold(busy), warehouse.opened():
            Ledger.beside()  # nobody who was erased comes back because it cannot be read
            results = failed + [
                _run_account(account, clock, warehouse, full_refresh, reporter)
                for account in chosen
            ]
    except ProjectError as error:
        reporter.error(str(error))
        return error.exit_code
    reporter.summary(results)
    return EXIT_FAILED if any(result.error for result in results) else EXIT_OK


def _choose(
    names: Sequence[str], clock: datetime, reporter: Reporter
) -> tuple[list[Account], list[SourceResult]]:
    """The accounts to load, and those of all that cannot be loaded for a wrong setting.

    Raises:
        SettingError: a named one is unknown, not configured or set wrongly, or none can be loaded.
    """
    accounts = configured_accounts()
    if names:
        return [_named(name, accounts, clock) for name in dict.fromkeys(names)], []
    chosen, wrong = [], dict(accounts.wrong)
    for account in accounts.usable.values():
        if missing := account.missing_settings():
            reporter.line(f"{account.name}: skipped, set {missing} to load it.")
            continue
        try:
            account.source.check_settings(account, clock)
        except SettingError as error:
            wrong[account.name] = error
        else:
            chosen.append(account)
    if not chosen and wrong:
        raise SettingError(" ".join(map(str, wrong.values())))
    if not chosen:
        raise SettingError(
            "No source is configured, so nothing was loaded. Set one of the settings above "
            "(in the environment or in .dlt/secrets.toml), or try `make demo`."
        )
    return chosen, [SourceResult(name, error=str(error)) for name, error in wrong.items()]


def _named(name: str, accounts: Accounts, clock: datetime) -> Account:
    """The account that a person named. Raises SettingError where it cannot be loaded."""
    if name in accounts.wrong:
        raise accounts.wrong[name]
    if name not in accounts.usable:
        if CREDENTIALS in accounts.wrong:  # it may well be one of those
            raise accounts.wrong[CREDENTIALS]
        raise SettingError(
            f"Unknown source {name}. Known sources: {', '.join(accounts.names)}. A further account "
            "of a kind needs SOURCES__<NAME>__KIND."
        )
    account = accounts.usable[name]
    if missing := account.missing_settings():
        if CREDENTIALS in accounts.wrong:
            raise accounts.wrong[CREDENTIALS]
        raise SettingError(f"{name} is not configured: set {missing} and run again.")
    account.source.check_settings(account, clock)
    return account


def _run_account(
    account: Account,
    clock: datetime,
    warehouse: Warehouse,
    full_refresh: bool,
    reporter: Reporter,
) -> SourceResult:
    result = SourceResult(account.name)
    started = time.monotonic()
    failures: tuple[type[BaseException], ...] = (
        DltException,
        LoadError,
        UnreachableError,
        OSError,
        duckdb.Error,
        *warehouse.passing_errors,
    )
    with reporter.source(account.name) as progress:
        context: RunContext | None = None
        stats: defaultdict[str, TableStats] = defaultdict(TableStats)
        result.tables = stats
        try:
            noted = _note(account, warehouse)
            pipeline = _pipeline(account, warehouse, stats, progress, result.warn)
            query = _asking(pipeline)
            context = RunContext(
                account=account,
                as_of=clock,
                full_refresh=full_refresh,
                known_versions=lambda table: _known_versions(query, table),
                query=query,
                progress=progress,
                warn=result.warn,
                claim=lambda account_id: _claim(
                    account, replace(noted, account_id=account_id), warehouse, result.warn
                ),
                stats=stats,
            )
            load_info: LoadInfo = pipeline.run(
                account.source.build(context), loader_file_format="parquet"
            )
            load_info.raise_on_failed_jobs()
        except failures as error:
            result.error = warehouse.without_secrets(
                without_password(f"{account.name}: {_explain(error)}")
            )
        except ProjectError:  # a setting that is wrong for all sources
            raise
        except Exception as error:  # a fault of ours stops no other source either
            result.error = warehouse.without_secrets(
                without_password(f"{account.name}: {_unforeseen(error)}")
            )
        if context:
            result.requests = context.requests
    result.seconds = time.monotonic() - started
    return result


def _note(account: Account, warehouse: Warehouse) -> LoadedAccount:
    """Note the account in the warehouse, before any row of it is there.

    Raises:
        LoadError: what the warehouse holds under this name is of another kind.
    """
    before = {one.source: one for one in warehouse.accounts()}.get(account.name)
    if before and before.kind != account.kind:
        raise LoadError(
            f"{account.dataset} holds an account of kind {before.kind}, but "
            f"{account.setting_name('KIND')} is {account.kind}. Give the {account.kind} account "
            "another name."
        )
    noted = before or LoadedAccount(account.name, account.kind, None)
    if not before:
        warehouse.note_account(noted)
    return noted


def _claim(
    account: Account,
    claimed: LoadedAccount,
    warehouse: Warehouse,
    warn: Callable[[str], None],
) -> None:
    """Note the vendor's id of an account.

    Two keys may belong to one account and still see different parts of it (test servers and
    sandboxes do), so that is a warning; the same key twice, or a name that took another's place,
    is not.

    Raises:
        LoadError: the same account is loaded under another name, so everything would count twice.
    """
    known = warehouse.accounts()
    configured = configured_accounts().usable
    for other in known:
        same = (other.kind, other.account_id) == (claimed.kind, claimed.account_id)
        if not same or other.source == claimed.source:
            continue
        said = (
            f"{claimed.source} and {other.source} are the same {claimed.kind} account "
            f"({claimed.account_id}), so everything would be counted twice. Remove the "
            f"settings of one, or give {claimed.source} the key of another account."
        )
        twin = configured.get(other.source)
        if twin is None or twin.missing_settings() or account.has_key_of(twin):
            raise LoadError(said)
        warn(said.replace("would be", "that both keys see is"))
    if claimed not in known:
        warehouse.note_account(claimed)


def _pipeline(
    account: Account,
    warehouse: Warehouse,
    stats: defaultdict[str, TableStats],
    progress: Callable[[str], None],
    warn: Callable[[str], None],
) -> dlt.Pipeline:
    """The dlt pipeline of an account, in step with the warehouse and with nothing pending.

    What an earlier failure left extracted or normalised is loaded first. After that the local
    working folder is only a cache: it is dropped and restored from the warehouse, so a lost folder,
    a deleted warehouse or one restored from a backup never make a run skip or double anything.
    """
    folder = warehouse.working_folder()
    loaders = account.source.table_loaders(account, folder, stats.__getitem__, progress, warn)
    pipeline = dlt.pipeline(
        pipeline_name=account.name,
        destination=warehouse.destination(loaders),
        dataset_name=account.dataset,
        pipelines_dir=str(folder),
    )
    _finish_pending(pipeline, warehouse, progress, warn)
    pipeline = pipeline.drop()
    pipeline.sync_destination()
    newest_load = "select max(load_id) as load_id from _dlt_loads"
    [newest] = _asking(pipeline)(newest_load) or [{}]
    if keep_load_ids_rising(newest.get("load_id")):
        warn(
            "this machine's clock is behind the last load; loads go on being numbered from there. "
            "Set the clock right."
        )
    return pipeline


def _finish_pending(
    pipeline: dlt.Pipeline,
    warehouse: Warehouse,
    progress: Callable[[str], None],
    warn: Callable[[str], None],
) -> None:
    """Load what an earlier run left. What can never be loaded goes with the working folder and is
    read again.

    Nothing is lost by that: only complete packages move a source's cursors and are trusted.
    """
    try:
        if not pipeline.has_pending_data:
            return
        progress("finishing a package that an earlier run left pending")
        pipeline.normalize()
        pipeline.load().raise_on_failed_jobs()
    except (PipelineStepFailed, FileNotFoundError) as error:
        if not _is_lasting(error, warehouse.passing_errors, pipeline.working_dir):
            raise
        reason = warehouse.without_secrets(_innermost(error))
        warn(
            "a package that an earlier run left pending cannot be loaded "
            f"({reason}); it was dropped and what it held is read again."
        )


def _is_lasting(
    error: BaseException, passing: tuple[type[BaseException], ...], folder: str
) -> bool:
    """Whether a package failed for what is in it, not for want of disk, memory, lock or server.

    One that a kill left half made, or half taken away, lacks files in the working folder for ever.
    """
    chain = list(_chain(error))
    if any(isinstance(one, FileNotFoundError) and _is_below(one.filename, folder) for one in chain):
        return True
    if any(isinstance(one, ProjectError | OSError | MemoryError) for one in chain):
        return False
    return not any(isinstance(one, passing) for one in chain)


def _is_below(path: str | None, folder: str) -> bool:
    """Whether a file lies in a folder, either of them relative or by way of links."""
    return path is not None and Path(path).resolve().is_relative_to(Path(folder).resolve())


def _asking(pipeline: dlt.Pipeline) -> Query:
    """Ask the pipeline's dataset; no rows where a table is not there yet.

    A client is made once: resolving its settings takes longer than most of the queries.
    """
    client = pipeline.sql_client()

    def ask(sql: str) -> list[dict[str, Any]]:
        try:
            with client, client.execute_query(sql) as cursor:
                names = [column[0] for column in cursor.description or []]
                return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        except (DestinationUndefinedEntity, FileNotFoundError):  # a table, or its lake folder
            return []

    return ask


def _known_versions(query: Query, table: str) -> dict[str, KnownVersion]:
    return known_versions(
        query(
            f"""
            select id, _content_hash, _observed_at, _is_deleted
            from (
                select
                    id, _content_hash, _observed_at, _is_deleted,
                    row_number() over (
                        partition by id
                        order by _observed_at desc, _dlt_load_id desc, _sequence desc
                    ) as recency
                from {table}
                where _dlt_load_id in (select load_id from _dlt_loads where status = 0)
            ) as versions
            where recency = 1
            """
        )
    )


def _explain(error: BaseException) -> str:
    """The first of our own errors in the chain, else the innermost cause, as one line."""
    for cause in _chain(error):
        if isinstance(cause, ProjectError):
            return str(cause)
    return _innermost(error)


def _unforeseen(error: Exception) -> str:
    """What nobody has thought of, with the place that a report of it needs."""
    *_, frame = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frame.filename).name}, line {frame.lineno}"
    return f"{_innermost(error)} ({place}). This is a fault of the program: please report it."


def _innermost(error: BaseException) -> str:
    *_, cause = _chain(error)
    return f"{type(cause).__name__}: {' '.join(str(cause).split())[:400]}"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, its cause, the cause of that, and so on."""
    cause: BaseException | None = error
    met: set[int] = set()
    while cause is not None and id(cause) not in met:  # a chain may lead back to its beginning
        yield cause
        met.add(id(cause))
        cause = cause.__cause__ or cause.__context__
