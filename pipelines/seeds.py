"""Seeds that people edit on a page: one row is added, everything else in the file stays."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pipelines.config import dbt_setting
from pipelines.errors import SettingError
from pipelines.files import write_whole

_ROOT: Final = Path(__file__).resolve().parents[1]
LONGEST: Final = 500


def seed_path(name: str) -> Path:
    """The seed `name.csv` of `SEEDS_DIR`, else of this installation."""
    own = Path(dbt_setting("SEEDS_DIR", "seeds")) / f"{name}.csv"
    return own if own.exists() else _ROOT / "seeds" / own.name


def append(name: str, row: Mapping[str, str]) -> Path:
    """Add a row to a seed; returns its file. It takes effect with the next `dbt build`.

    Raises:
        SettingError: nothing was written: a text is too long or cannot be printed, a column is not
            there, or the file cannot be written.
    """
    path = seed_path(name)
    for value in row.values():
        if len(value) > LONGEST or not value.isprintable():
            raise SettingError(f"A text is longer than {LONGEST} signs, or not all can be printed.")
    try:
        with path.open(encoding="utf-8", newline="") as file:
            text = file.read()
        header = next(csv.reader(io.StringIO(text, newline="")))
        unknown = sorted(set(row) - set(header))
        if unknown:
            raise SettingError(f"seeds/{name}.csv has no column {', '.join(unknown)}.")
        out = io.StringIO(newline="")
        ending = "\r\n" if "\r\n" in text else "\n"
        csv.writer(out, lineterminator=ending).writerow([row.get(one, "") for one in header])
        write_whole(path, f"{text}{'' if text.endswith(ending) else ending}{out.getvalue()}")
    except (OSError, UnicodeDecodeError, StopIteration) as error:
        raise SettingError(f"seeds/{name}.csv cannot be changed: {error}.") from error
    return path
