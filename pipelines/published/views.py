"""Saved views: names for addresses of the dashboard, in a file beside the warehouse."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipelines.config import setting, warehouse_path
from pipelines.errors import SettingError
from pipelines.files import write_private
from pipelines.locks import hold

LONGEST_NAME: Final = 60
MOST_VIEWS: Final = 100


@dataclass(frozen=True)
class View:
    """A named page with its choices; `page` is its address, empty for the first one."""

    name: str
    page: str
    choices: Mapping[str, str]
    who: str


def views_path() -> Path:
    """The file: the setting DASHBOARD__VIEWS_PATH, else beside the warehouse."""
    warehouse = warehouse_path()
    default = warehouse.with_name(f"{warehouse.stem}.views.json")
    return Path(setting("DASHBOARD__VIEWS_PATH", str(default)) or default)


def views() -> list[View]:
    """All saved views by name; none without a file.

    Raises:
        SettingError: the file cannot be read.
    """
    path = views_path()
    try:
        told = json.loads(path.read_text("utf-8"))
        found = [
            View(
                str(one["name"]), str(one["page"]),
                {str(key): str(value) for key, value in one["choices"].items()}, str(one["who"]),
            )
            for one in told
        ]  # fmt: skip
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingError(
            f"{path.name} beside the warehouse cannot be read ({type(error).__name__}). Bring back "
            "a copy, or move it away to begin anew; until then no view is saved or removed."
        ) from error
    return sorted(found, key=lambda one: one.name.casefold())


def save(view: View) -> None:
    """Keep a view, in place of one of the same name.

    Raises:
        SettingError: the name is empty, too long or cannot be printed; there are too many views; or
            the file cannot be read or written.
    """
    name = view.name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise SettingError(f"A view needs a name of 1 to {LONGEST_NAME} signs.")
    _change([View(name, view.page, view.choices, view.who)], {name})


def remove(name: str) -> None:
    """Forget a view.

    Raises:
        SettingError: the file cannot be read or written.
    """
    _change([], {name})


def _change(added: list[View], gone: set[str]) -> None:
    path = views_path()
    try:
        with hold(path.with_name(f"{path.name}.lock"), "Views are being changed.", 5):
            kept = [one for one in views() if one.name not in gone] + added
            if len(kept) > MOST_VIEWS:
                raise SettingError(f"There are {MOST_VIEWS} views already: remove one first.")
            rows = [{**vars(one), "choices": dict(one.choices)} for one in kept]
            write_private(path, json.dumps(rows, indent=1))
    except OSError as error:
        raise SettingError(f"{path.name} cannot be written: {error.strerror}.") from error
