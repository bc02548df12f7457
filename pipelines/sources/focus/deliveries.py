"""Which files belong together: the newest delivery of each export and billing period.

AWS Data Exports and Azure's exports write a manifest after all data files of a delivery. Where an
export has manifests its files are taken from them, never from a listing: what an overwritten or a
half-written delivery left lying is not read. AWS puts manifests below
`<export>/metadata/BILLING_PERIOD=YYYY-MM/` and data below `<export>/data/`; Azure puts
`manifest.json` beside the data of each run. Files of no export are one delivery together.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from pipelines.loading.file_listing import ListedFile, Listing, shown_name

_PERIOD_FOLDER: Final = re.compile(r"BILLING_PERIOD=(\d{4}-\d{2})", re.IGNORECASE)
_AZURE_RANGE: Final = re.compile(r"(\d{4})(\d{2})\d{2}-\d{8}")
_DATA_SUFFIXES: Final = (".csv", ".csv.gz", ".parquet")
#: A manifest lists files and columns; a larger one is something else.
_MOST_MANIFEST_BYTES: Final = 20 * 2**20

#: Name of the delivery of the files that no manifest lists.
LOOSE: Final = ""


@dataclass
class Delivery:
    """Files that are read together.

    Attributes:
        name: export and, where manifests say it, billing period; `LOOSE` for files without one.
        files: data files, by name.
        is_whole: a manifest says that these are all there are.
        period: first of the month it is for (`YYYY-MM`); None where only the rows say it.
        exports: of the loose files, the folders whose files manifests speak for.
    """

    name: str
    files: list[ListedFile] = field(default_factory=list)
    is_whole: bool = False
    period: str | None = None
    exports: frozenset[str] = frozenset()

    def is_elsewhere(self, name: str) -> bool:
        """Whether a file, once loose, belongs to an export by now."""
        return _is_below(name, self.exports)


@dataclass(frozen=True)
class _Manifest:
    file: ListedFile
    export: str
    period: str
    written_at: str
    data_files: tuple[str, ...]


def find_deliveries(listing: Listing) -> tuple[list[Delivery], list[str]]:
    """The newest delivery of each export and period, the loose files last, and what is wrong.

    A delivery whose manifest names a file that is not there is left out until it is complete.
    """
    data = {file.name: file for file in listing.files if _is_data(file.name)}
    manifests, problems = _manifests(listing)
    newest: dict[tuple[str, str], _Manifest] = {}
    for manifest in manifests:
        key = (manifest.export, manifest.period)
        before = newest.get(key)
        if before is None or _order(before) < _order(manifest):
            newest[key] = manifest
    deliveries = []
    for (export, period), manifest in sorted(newest.items()):
        found = [_listed(name, data) for name in manifest.data_files]
        missing = [
            name for name, file in zip(manifest.data_files, found, strict=True) if file is None
        ]
        if missing:
            problems.append(
                f"{shown_name(manifest.file.name)} names {shown_name(missing[0])}, which is not "
                f"there, so {period} stays as it was. Wait for the export to end, or export again"
            )
            continue
        files = sorted((file for file in found if file), key=lambda file: file.name)
        deliveries.append(Delivery(f"{export}|{period}", files, is_whole=True, period=period))
    exports = frozenset(manifest.export for manifest in manifests)
    loose = [file for name, file in sorted(data.items()) if not _is_below(name, exports)]
    deliveries.append(Delivery(LOOSE, loose, exports=exports))
    return deliveries, problems


def _is_data(name: str) -> bool:
    return name.lower().endswith(_DATA_SUFFIXES)


def _is_below(name: str, exports: frozenset[str]) -> bool:
    return any(not export or name.startswith(export + "/") for export in exports)


def _order(manifest: _Manifest) -> tuple[datetime, str]:
    return manifest.file.modified_at, manifest.written_at


def _manifests(listing: Listing) -> tuple[list[_Manifest], list[str]]:
    manifests, problems = [], []
    for file in listing.files:
        if not file.name.lower().endswith("manifest.json"):
            continue
        try:
            manifests.append(_read(listing, file))
        except (OSError, ValueError, RecursionError) as error:
            problems.append(
                f"{shown_name(file.name)} is no manifest that can be read ({error}). Export again, "
                "or remove it"
            )
    return manifests, problems


def _read(listing: Listing, file: ListedFile) -> _Manifest:
    """A manifest. Raises ValueError where it is none, OSError where it cannot be read."""
    if file.size > _MOST_MANIFEST_BYTES:
        raise ValueError("it is too large")
    with listing.open(file) as opened:
        content: Any = json.loads(opened.read())
    if not isinstance(content, dict):
        raise ValueError("it holds no JSON object")
    period = _period(file.name, content)
    if not period:
        raise ValueError("it says no billing period")
    data_files = tuple(dict.fromkeys(name for name in _texts(content) if _is_data(name)))
    written_at = str(_within(content, "runInfo", "submittedTime") or "")
    return _Manifest(file, _export(file.name), period, written_at, data_files)


def _export(name: str) -> str:
    """Folder of the whole export: above `metadata`, or above the range of dates and the run."""
    folders = name.split("/")[:-1]
    if "metadata" in folders:
        return "/".join(folders[: folders.index("metadata")])
    for place, folder in enumerate(folders):
        if _AZURE_RANGE.fullmatch(folder):
            return "/".join(folders[:place])
    return "/".join(folders)


def _period(name: str, content: dict[str, Any]) -> str | None:
    if found := _PERIOD_FOLDER.search(name):
        return found[1]
    starts = (
        _within(content, "billingPeriod", "start"),
        _within(content, "runInfo", "startDate"),
    )
    for start in starts:
        if found := re.match(r"(\d{4})-?(\d{2})", str(start or "")):
            return f"{found[1]}-{found[2]}"
    if found := _AZURE_RANGE.search(name):
        return f"{found[1]}-{found[2]}"
    return None


def _within(content: dict[str, Any], *names: str) -> Any:
    value: Any = content
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _texts(value: Any) -> Iterator[str]:
    """Every text of a JSON value: vendors name the list of files in different ways."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def _listed(name: str, data: dict[str, ListedFile]) -> ListedFile | None:
    """The listed file that a manifest means: its name there begins with bucket or container."""
    parts = re.sub(r"^[a-z0-9]+://", "", name).split("/")
    ends = ["/".join(parts[skipped:]) for skipped in range(len(parts))]
    for end in ends:
        if found := data.get(end):
            return found
    # the export was copied below a folder of another name: the one file that ends so
    for end in ends[:-1]:
        below = [file for listed, file in data.items() if listed.endswith("/" + end)]
        if below:
            return below[0] if len(below) == 1 else None
    return None
