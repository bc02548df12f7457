"""Which files there are below BUCKET_URL: a local folder or an object store, through fsspec."""

from __future__ import annotations

import os
import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final, cast
from urllib.parse import urlparse

from dlt.common.storages.configuration import FilesystemConfiguration
from dlt.common.storages.fsspec_filesystem import MTIME_DISPATCH
from fsspec import AbstractFileSystem
from fsspec.utils import glob_translate

from pipelines.errors import LoadError
from pipelines.loading.object_store import is_local, open_store, store_errors
from pipelines.loading.source import Account

BUCKET_URL: Final = "BUCKET_URL"
FILE_GLOB: Final = "FILE_GLOB"

#: How a file's name ends -> the format it is read as (gzip is recognised by a further `.gz`).
FORMATS: Final = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".csv": "csv",
    ".parquet": "parquet",
}
GZIPPED_FORMATS: Final = ("jsonl", "csv")


class FileLeftOutError(Exception):
    """A listed file cannot be opened now; the message says why and what to do."""


@dataclass(frozen=True)
class ListedFile:
    """One file as listed.

    Attributes:
        name: path relative to the bucket URL, which is how it is remembered and addressed.
        size: bytes.
        modified_at: naive UTC.
        format: jsonl, csv or parquet.
        is_gzipped: by its name.
        problem: why it is not read, whatever it holds.
    """

    name: str
    size: int
    modified_at: datetime
    format: str
    is_gzipped: bool
    problem: str | None = None

    @property
    def full_format(self) -> str:
        """Format and compression as one word, as `event_files` holds it; see `split_format`."""
        return self.format + (".gz" if self.is_gzipped else "")

    @property
    def version(self) -> tuple[int, datetime]:
        """What changes when the file does."""
        return self.size, self.modified_at


@dataclass
class Listing:
    """The files of a folder, sorted by name, and what else lies there.

    `problems` name what could not be looked at, and say what to do.
    """

    filesystem: AbstractFileSystem
    root: str
    is_local: bool
    files: list[ListedFile] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def address(self, file: ListedFile) -> str:
        """How the file system addresses a file."""
        return f"{self.root}/{file.name}"

    def open(self, file: ListedFile) -> IO[bytes]:
        """The bytes of a file. Raises OSError, PermissionError among them."""
        if self.is_local:
            return Path(self.address(file)).open("rb")
        return cast(IO[bytes], self.filesystem.open(self.address(file), "rb"))


def shown_name(name: str) -> str:
    """A file's name on one line: what cannot be printed as it is stands escaped."""
    return name if name.isprintable() else ascii(name)[1:-1]


def split_format(full_format: str) -> tuple[str, bool]:
    """Format and whether it is gzipped, from `ListedFile.full_format`."""
    return full_format.removesuffix(".gz"), full_format.endswith(".gz")


def list_files(account: Account) -> Listing:
    """List the files that an account's settings name.

    Raises:
        LoadError: the folder does not exist or its protocol needs a package; names the setting.
    """
    bucket_url = account.setting(BUCKET_URL) or ""
    if is_local(bucket_url):
        listing, found = _local(bucket_url, account)
    else:
        listing, found = _remote(bucket_url, account)
    matches = re.compile(glob_translate(account.setting(FILE_GLOB) or "")).match
    for name, size, modified_at in found:
        if not matches(name):
            continue
        if any(part.startswith(".") for part in name.split("/")):
            listing.skipped["hidden"] += 1
            continue
        kind, is_gzipped = _format(name)
        if kind is None:
            listing.skipped[Path(name).suffix or "without extension"] += 1
            continue
        text, problem = _as_text(name)
        listing.files.append(ListedFile(text, size, modified_at, kind, is_gzipped, problem))
    listing.files.sort(key=lambda file: file.name)
    return listing


def _format(name: str) -> tuple[str | None, bool]:
    path = PurePosixPath(name.lower())
    if path.suffix != ".gz":
        return FORMATS.get(path.suffix), False
    kind = FORMATS.get(PurePosixPath(path.stem).suffix)
    return (kind if kind in GZIPPED_FORMATS else None), True


Found = Iterator[tuple[str, int, datetime]]


def _local(bucket_url: str, account: Account) -> tuple[Listing, Found]:
    from fsspec.implementations.local import LocalFileSystem

    is_url = bucket_url.startswith("file:")
    folder = Path(FilesystemConfiguration.make_local_path(bucket_url) if is_url else bucket_url)
    if not folder.is_dir():
        raise LoadError(
            f"{account.setting_name(BUCKET_URL)} is {bucket_url}, which is not a folder. "
            "Create it, or set the folder or object store that holds the files."
        )
    root = str(folder.resolve())
    listing = Listing(LocalFileSystem(), root, is_local=True)
    return listing, _walk(root, listing.problems)


def _as_text(name: str) -> tuple[str, str | None]:
    """A name that can be stored, and what is wrong with the one that the file has."""
    try:
        name.encode()
    except UnicodeEncodeError:
        shown = os.fsencode(name).decode(errors="backslashreplace")
        return shown, "its name is not UTF-8 text; rename it"
    return name, None


def _walk(root: str, problems: list[str]) -> Found:
    """The files below a folder; each folder is read once, however many links lead to it.

    A link that leads out of the folder is not followed: who may write there could have anything
    read that the loading user may read.

    Raises:
        LoadError: the folder itself may not be read.
    """
    seen = {_identity(root)}
    folders, links = deque([(root, "")]), deque[tuple[str, str]]()
    while folders or links:
        if not folders:
            path, prefix = links.popleft()
            if _identity(path) in seen:
                problems.append(
                    f"{shown_name(prefix)} is a link to a folder that is read already, so it was "
                    "left out; remove the link"
                )
                continue
            seen.add(_identity(path))
            folders.append((path, prefix))
        folder, prefix = folders.popleft()
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            if not prefix:
                raise LoadError(f"{root} may not be read: {error.strerror}.") from error
            problems.append(f"{shown_name(prefix)} could not be looked into: {error.strerror}")
            continue
        for entry in entries:
            name = prefix + entry.name
            try:
                if entry.is_symlink() and not _is_below(entry.path, root):
                    problems.append(
                        f"{shown_name(name)} is a link that leads out of the folder, so it was "
                        "left out; put the files themselves there"
                    )
                elif not entry.is_dir():
                    yield from _one_file(entry, name, problems)
                elif entry.is_symlink():
                    links.append((entry.path, name + "/"))
                else:
                    seen.add(_identity(entry.path))
                    folders.append((entry.path, name + "/"))
            except OSError as error:
                problems.append(f"{shown_name(name)} could not be looked at: {error.strerror}")


def _one_file(entry: os.DirEntry[str], name: str, problems: list[str]) -> Found:
    if entry.is_file():
        status = entry.stat()
        modified_at = datetime.fromtimestamp(status.st_mtime_ns // 1000 / 1e6, UTC)
        yield name, status.st_size, modified_at.replace(tzinfo=None)
    elif not entry.name.startswith("."):
        kind = "a link that leads nowhere" if entry.is_symlink() else "no file"
        problems.append(f"{shown_name(name)} is {kind}, so it was left out; remove it")


def _is_below(path: str, root: str) -> bool:
    """Whether what a path leads to lies in the folder."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root))


def _identity(path: str) -> tuple[int, int]:
    status = Path(path).stat()
    return status.st_dev, status.st_ino


def _remote(bucket_url: str, account: Account) -> tuple[Listing, Found]:
    setting = account.setting_name(BUCKET_URL)
    filesystem, root = open_store(bucket_url, account, setting)
    with store_errors(bucket_url, setting):
        if not filesystem.exists(root):
            raise LoadError(f"{setting} is {bucket_url}, where nothing is found.")
        found = list(_find(filesystem, root, urlparse(bucket_url).scheme))
    return Listing(filesystem, root, is_local=False), iter(found)


def _find(filesystem: AbstractFileSystem, root: str, protocol: str) -> Found:
    modified: Any = MTIME_DISPATCH.get(protocol)
    for path, details in filesystem.find(root, detail=True).items():
        moment = modified(details) if modified else details.get("mtime") or details.get("created")
        if not isinstance(moment, datetime):  # a store that tells no time: size alone decides
            moment = datetime(1970, 1, 1, tzinfo=UTC)
        name = str(path)[len(root) :].lstrip("/")
        yield name, int(details["size"]), moment.astimezone(UTC).replace(tzinfo=None)
