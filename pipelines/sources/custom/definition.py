"""What a TOML file of a custom source may say, read strictly: docs/custom-sources.md explains it.

Whatever is wrong is refused with the file, the line and what to write instead. A file holds no
secret: it names the setting that does.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipelines.errors import SettingError
from pipelines.sources.custom.tables import AMOUNTS, COUNTS, FLAGS, TEXTS

#: Columns that `[map]` may fill.
COLUMNS: Final = ("date", *TEXTS, *AMOUNTS, *COUNTS, *FLAGS)

#: What the rows of a source may be; kind `billing` has sections of its own, see
#: `pipelines.sources.billing_files.described`.
KINDS: Final = ("cost", "usage", "both")

_SECTIONS: Final[Mapping[str, frozenset[str]]] = {
    "source": frozenset({"id", "kind", "provider", "basis", "timezone", "title"}),
    "read": frozenset(
        {"url", "method", "params", "body", "headers", "auth", "files", "format"}
    ),
    "page": frozenset(
        {"type", "next", "param", "more", "first", "size_param", "size", "max_pages"}
    ),
    "window": frozenset(
        {
            "start_param", "end_param", "format", "end_exclusive", "max_days", "lookback_days",
            "settle_hours", "oldest_days", "first",
        }
    ),
    "rows": frozenset({"path", "parent", "carry", "members", "explode"}),
    "map": frozenset(COLUMNS),
    "key": frozenset({"columns", "repeated"}),
    "final": frozenset({"rule", "hours", "field", "equals"}),
    "check": frozenset({"total_path", "tolerance", "scale"}),
}  # fmt: skip
_RULE_KEYS: Final = frozenset({"path", "const", "scale", "map", "default"})
_AUTH_KEYS: Final = frozenset({"type", "secret_env", "header", "user", "user_env"})
_EXPLODE_KEYS: Final = frozenset({"into", "value", "columns"})
_SECRET_NAME: Final = re.compile(
    r"authorization|api[-_]?key$|secret|password|passwd|(?:access|auth|bearer)[-_]?token|^token$",
    re.IGNORECASE,
)
_ID: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_SETTING: Final = re.compile(r"[A-Z][A-Z0-9_]*")


@dataclass(frozen=True)
class Rule:
    """How a column is filled: from a path of the row, or with a constant."""

    path: str | None = None
    const: str | None = None
    scale: Decimal | None = None
    values: Mapping[str, str] | None = None
    default: str | None = None


@dataclass(frozen=True)
class Auth:
    """How requests prove who asks; `secret_env` names the setting that holds the secret."""

    type: str
    secret_env: str
    header: str = "Authorization"
    user: str | None = None
    user_env: str | None = None


@dataclass(frozen=True)
class Page:
    """How an answer leads to the next one."""

    type: str = "none"
    next: str | None = None
    param: str | None = None
    more: str | None = None
    first: int = 1
    size_param: str | None = None
    size: int | None = None
    max_pages: int = 1_000


@dataclass(frozen=True)
class Window:
    """How a request says which days it asks for."""

    start_param: str
    end_param: str | None = None
    format: str = "date"
    end_exclusive: bool = True
    max_days: int = 31
    lookback_days: int = 3
    settle_hours: int = 0
    oldest_days: int | None = None
    first: str | None = None


@dataclass(frozen=True)
class Explode:
    """Turns columns of a row into rows: `into` gets the name, `value` the number."""

    into: str
    value: str
    columns: Mapping[str, str]


@dataclass(frozen=True)
class Definition:
    """A custom source."""

    path: Path
    id: str
    kind: str
    provider: str | None
    basis: str
    timezone: str
    title: str
    url: str | None
    method: str
    params: Mapping[str, Any]
    body: Mapping[str, Any] | None
    headers: Mapping[str, str]
    auth: Auth | None
    files: str | None
    format: str
    page: Page
    window: Window | None
    rows_path: str
    parent: str | None
    carry: Mapping[str, str]
    members: str | None
    explode: Explode | None
    rules: Mapping[str, Rule]
    key: tuple[str, ...]
    adds_repeated: bool = False
    final: Mapping[str, Any] = field(default_factory=dict)
    check: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_utc(self) -> bool:
        """Whether its days are UTC days."""
        return self.timezone in ("UTC", "Etc/UTC")

    @property
    def has_cost(self) -> bool:
        """Whether its rows are lines of a bill."""
        return self.kind in ("cost", "both")

    @property
    def has_usage(self) -> bool:
        """Whether its rows say what was used."""
        return self.kind in ("usage", "both")


def read_definition(path: Path) -> Definition:
    """The source that a file describes.

    Raises:
        SettingError: the file cannot be read or says something wrong; names line and remedy.
    """
    with complaints(path):
        return Reader(path, *read_toml(path)).read()


def read_toml(path: Path) -> tuple[str, dict[str, Any]]:
    """Text and content of a file. Raises SettingError where it is no TOML."""
    try:
        text = path.read_text("utf-8")
        return text, tomllib.loads(text)
    except OSError as error:
        raise SettingError(f"{path} cannot be read ({error.strerror}).") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingError(f"{path} is no valid TOML: {error}. Correct the line.") from error
    except RecursionError as error:
        raise SettingError(f"{path} is nested too deep to be read.") from error


@contextmanager
def complaints(path: Path) -> Iterator[None]:
    """Say of a file whose values are of a kind that nobody thought of that they are."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise SettingError(
            f"{path} has a value of another kind than is expected ({error}). Compare it with the "
            "examples in examples/sources."
        ) from error


#: Characters of a complaint at most.
_LONGEST_COMPLAINT: Final = 800


class Reader:
    """Reads one file; every complaint names the line."""

    def __init__(self, path: Path, text: str, content: dict[str, Any], prefix: str = "") -> None:
        self.path, self.content, self.prefix = path, content, prefix
        self.text, self.lines = text, text.splitlines()

    def wrong(self, section: str, key: str | None, message: str) -> SettingError:
        """An error that names the line of a key, else of its section."""
        section = self.prefix + section
        where = f"[{section}]" + (f" {key}" if key else "")
        if len(message) > _LONGEST_COMPLAINT:  # a value stands in it
            half = _LONGEST_COMPLAINT // 2
            message = f"{message[:half]} … {message[-half:]}"
        return SettingError(f"{self.path}, line {self._line(section, key)}: {where} {message}")

    def _line(self, section: str, key: str | None) -> int:
        """Line of a key in its section, of the section where it has none, else the first."""
        inside, found = False, 1
        for number, line in enumerate(self.lines, 1):
            header = re.match(r"\s*\[+\s*([A-Za-z0-9_.\-]+)\s*\]+", line)
            if header:
                inside = f"{header[1]}.".startswith(f"{section}.")
                if inside and found == 1:
                    found = number
                if inside and key and header[1] == f"{section}.{key}":
                    return number
            elif inside and key and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]", line):
                return number
        return found

    def read(self) -> Definition:
        """The source. Raises SettingError for the first thing that is wrong."""
        for name, section in self.content.items():
            if name not in _SECTIONS:
                raise self.wrong(name, None, f"is unknown. Known: {', '.join(_SECTIONS)}.")
            if not isinstance(section, dict):
                raise self.wrong(name, None, "must be a table, as in [source].")
            self.known(name, section, _SECTIONS[name])
        for name in ("source", "read", "map", "key"):
            if name not in self.content:
                raise self.wrong(name, None, "is missing. Add it: see docs/custom-sources.md.")
        source = self.content["source"]
        kind = self._one_of("source", "kind", KINDS)
        rules = self.rules()
        reading = self.reading()
        definition = Definition(
            path=self.path,
            id=self.id(source),
            kind=kind,
            provider=self._text("source", "provider"),
            basis=self._one_of("source", "basis", ("billed", "estimated"), "billed"),
            timezone=self.zone(),
            title=self._text("source", "title") or str(source.get("id")),
            **reading,
            window=self._window(reading["url"]),
            explode=self._explode(self.content.get("rows", {}).get("explode")),
            rules=rules,
            key=self._key(rules),
            adds_repeated=self._one_of("key", "repeated", ("refuse", "add"), "refuse") == "add",
            final=self._final(),
            check=self._check(),
        )
        self._complete(definition)
        return definition

    def rules(self) -> dict[str, Rule]:
        """How columns are filled, by column."""
        return {name: self._rule(name, value) for name, value in self.content["map"].items()}

    def reading(self) -> dict[str, Any]:
        """Where answers or files are and where rows are in them: fields of a `Definition`."""
        read, rows = self.content["read"], self.content.get("rows", {})
        url, files = self._where(read)
        return {
            "url": url,
            "method": self._one_of("read", "method", ("GET", "POST"), "GET"),
            "params": self._no_secrets("params"),
            "body": self._no_secrets("body") or None,
            "headers": {name: str(value) for name, value in self._no_secrets("headers").items()},
            "auth": self._auth(read.get("auth")),
            "files": files,
            "format": self._one_of("read", "format", ("json", "jsonl", "csv", "parquet"), "json"),
            "page": self._page(),
            "rows_path": str(rows.get("path", "")),
            "parent": self._text("rows", "parent"),
            "carry": self._texts("rows", "carry"),
            "members": self._text("rows", "members"),
        }

    def known(self, section: str, table: Mapping[str, Any], known: frozenset[str]) -> None:
        """Raise SettingError where a table has a key that nobody knows."""
        for key in table:
            if key not in known:
                raise self.wrong(section, key, f"is unknown. Known: {', '.join(sorted(known))}.")

    def _text(self, section: str, key: str) -> str | None:
        value = self.content.get(section, {}).get(key)
        if value is not None and (not isinstance(value, str) or not value.strip()):
            raise self.wrong(section, key, "must be a text that is not empty.")
        return value

    def _texts(self, section: str, key: str) -> dict[str, str]:
        value = self.content.get(section, {}).get(key, {})
        if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
            raise self.wrong(section, key, 'must be a table of texts, as in {date = "date"}.')
        return value

    def _whole(self, section: str, key: str, default: int | None, least: int = 0) -> Any:
        value = self.content.get(section, {}).get(key, default)
        if value is not None and (type(value) is not int or value < least):
            raise self.wrong(section, key, f"must be a whole number from {least}.")
        return value

    def _one_of(
        self, section: str, key: str, allowed: tuple[str, ...], default: str | None = None
    ) -> str:
        value = self.content.get(section, {}).get(key, default)
        if value not in allowed:
            said = "is missing" if value is None else f"is {value!r}"
            raise self.wrong(section, key, f"{said}. Write one of {', '.join(allowed)}.")
        return str(value)

    def id(self, source: Mapping[str, Any]) -> str:
        """What the source is called."""
        value = source.get("id")
        if not isinstance(value, str) or not _ID.fullmatch(value) or len(value) > 40:
            raise self.wrong(
                "source", "id", "must be at most 40 lower-case letters, digits and single "
                'underscores, as in id = "openrouter".'
            )  # fmt: skip
        return value

    def zone(self) -> str:
        """Zone of times that name none."""
        name = self._text("source", "timezone") or "UTC"
        try:
            ZoneInfo(name)
        except (
            ZoneInfoNotFoundError,
            ValueError,
            OSError,
        ) as error:  # a name is looked up as a file
            raise self.wrong(
                "source",
                "timezone",
                f"is {name[:60]!r}, which is no IANA zone such as Europe/Berlin.",
            ) from error
        return name

    def _where(self, read: Mapping[str, Any]) -> tuple[str | None, str | None]:
        url, files = self._text("read", "url"), self._text("read", "files")
        if (url is None) == (files is None):
            raise self.wrong("read", None, "needs either url or files, and not both.")
        if url is not None:
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise self.wrong("read", "url", "must be an address that begins with https://.")
            if parts.username or parts.password or _has_secret(parts.query):
                raise self.wrong(
                    "read", "url", 'holds a secret. Set it as a setting and name that: auth = '
                    '{type = "bearer", secret_env = "MY_KEY"}.'
                )  # fmt: skip
        if files is not None and "format" not in read:
            raise self.wrong("read", "format", "is missing: json, jsonl, csv or parquet.")
        return url, files

    def _no_secrets(self, key: str) -> dict[str, Any]:
        value = self.content["read"].get(key, {})
        if not isinstance(value, dict):
            raise self.wrong("read", key, "must be a table.")
        for name in value:
            if _SECRET_NAME.search(name):
                raise self.wrong(
                    "read", key, f"names {name}, which looks like a secret. Set the secret as a "
                    'setting and name that: auth = {type = "header", header = "'
                    f'{name}", secret_env = "MY_KEY"}}.'
                )  # fmt: skip
        return value

    def _auth(self, value: Any) -> Auth | None:
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.wrong("read", "auth", "must be a table.")
        for key in value:
            if key not in _AUTH_KEYS:
                raise self.wrong(
                    "read", "auth", f"has {key}, which is unknown. Known: "
                    f"{', '.join(sorted(_AUTH_KEYS))}. The secret itself never stands here."
                )  # fmt: skip
        kind = value.get("type")
        if kind not in ("bearer", "header", "basic"):
            raise self.wrong("read", "auth", "needs type: bearer, header or basic.")
        for key in ("secret_env", "user_env"):
            name = value.get(key)
            if (name is not None or key == "secret_env") and not _SETTING.fullmatch(str(name)):
                raise self.wrong(
                    "read", "auth", f"needs {key}: the name of the setting that holds the secret, "
                    "in capital letters, such as OPENROUTER_KEY."
                )  # fmt: skip
        if kind == "header" and not value.get("header"):
            raise self.wrong("read", "auth", 'of type header needs header, such as "x-api-key".')
        return Auth(**value)

    def _page(self) -> Page:
        kind = self._one_of("page", "type", ("none", "cursor", "page", "offset", "link"), "none")
        page = Page(
            type=kind,
            next=self._text("page", "next"),
            param=self._text("page", "param"),
            more=self._text("page", "more"),
            first=self._whole("page", "first", 0 if kind == "offset" else 1),
            size_param=self._text("page", "size_param"),
            size=self._whole("page", "size", None, 1),
            max_pages=self._whole("page", "max_pages", 1_000, 1),
        )
        if kind in ("cursor", "page", "offset") and not page.param:
            raise self.wrong("page", None, "needs param: the parameter that asks for a page.")
        if kind == "cursor" and not page.next:
            raise self.wrong("page", None, "needs next: the path to the next cursor in an answer.")
        if kind == "offset" and not page.size:
            raise self.wrong("page", None, "of type offset needs size: rows of a full page.")
        return page

    def _window(self, url: str | None) -> Window | None:
        if "window" not in self.content:
            return None
        if url is None:
            raise self.wrong("window", None, "belongs to a url; files are read whole. Remove it.")
        start = self._text("window", "start_param")
        if not start:
            raise self.wrong("window", None, "needs start_param: the parameter of the first day.")
        exclusive = self.content["window"].get("end_exclusive", True)
        if not isinstance(exclusive, bool):
            raise self.wrong("window", "end_exclusive", "must be true or false.")
        first = self._text("window", "first")
        if first and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", first):
            raise self.wrong("window", "first", "must be a day, such as 2026-01-01.")
        return Window(
            start_param=start,
            end_param=self._text("window", "end_param"),
            format=self._one_of("window", "format", ("date", "iso", "epoch_s", "epoch_ms"), "date"),
            end_exclusive=exclusive,
            max_days=self._whole("window", "max_days", 31, 1),
            lookback_days=self._whole("window", "lookback_days", 3),
            settle_hours=self._whole("window", "settle_hours", 0),
            oldest_days=self._whole("window", "oldest_days", None, 1),
            first=first,
        )

    def _explode(self, value: Any) -> Explode | None:
        if value is None:
            return None
        if not isinstance(value, dict) or set(value) != _EXPLODE_KEYS:
            raise self.wrong(
                "rows", "explode", 'needs into, value and columns, as in {into = "token_type", '
                'value = "quantity", columns = {input = "usage.input"}}.'
            )  # fmt: skip
        if not isinstance(value["columns"], dict) or not value["columns"]:
            raise self.wrong("rows", "explode", "needs columns: name of a row -> path.")
        return Explode(str(value["into"]), str(value["value"]), value["columns"])

    def _rule(self, name: str, value: Any) -> Rule:
        if isinstance(value, str):
            return Rule(path=value)
        if not isinstance(value, dict):
            raise self.wrong("map", name, 'must be a path, or {const = "..."}.')
        self._known_rule(name, value)
        values = value.get("map")
        if values is not None and not isinstance(values, dict):
            raise self.wrong("map", name, "needs map as a table of texts.")
        return Rule(
            path=value.get("path"),
            const=None if value.get("const") is None else str(value["const"]),
            scale=self._decimal("map", name, value.get("scale")),
            values={str(said): str(meant) for said, meant in values.items()} if values else None,
            default=None if value.get("default") is None else str(value["default"]),
        )

    def _known_rule(self, name: str, value: Mapping[str, Any]) -> None:
        for key in value:
            if key not in _RULE_KEYS:
                raise self.wrong(
                    "map", name, f"has {key}, which is unknown. Known: "
                    f"{', '.join(sorted(_RULE_KEYS))}; there are no expressions."
                )  # fmt: skip
        if ("path" in value) == ("const" in value):
            raise self.wrong("map", name, "needs either path or const.")

    def _decimal(self, section: str, key: str, value: Any) -> Decimal | None:
        if value is None:
            return None
        try:
            if not isinstance(value, str):
                raise InvalidOperation
            number = Decimal(value)
            if not number.is_finite():
                raise InvalidOperation
        except InvalidOperation as error:
            raise self.wrong(
                section, key, 'needs scale and tolerance as texts of a decimal, such as "0.01".'
            ) from error
        return number

    def _key(self, rules: Mapping[str, Rule]) -> tuple[str, ...]:
        columns = self.content["key"].get("columns")
        if not isinstance(columns, list) or not columns:
            raise self.wrong(
                "key", "columns", 'must list what tells rows apart, as in ["date", "model"].'
            )
        for name in columns:
            if not isinstance(name, str) or name not in {*rules, "provider", "token_type"}:
                raise self.wrong("key", "columns", f"names {name}, which [map] does not fill.")
        if "date" not in columns:
            raise self.wrong("key", "columns", "must name date: a row is of one day.")
        return tuple(columns)

    def _final(self) -> dict[str, Any]:
        if "final" not in self.content:
            return {}
        section = dict(self.content["final"])
        rule = self._one_of("final", "rule", ("never", "after_hours", "field"))
        if rule == "after_hours":
            section["hours"] = self._whole("final", "hours", None, 0)
            if section["hours"] is None:
                raise self.wrong("final", "hours", "is missing: hours after the day's end.")
        if rule == "field" and not {"field", "equals"} <= set(section):
            raise self.wrong("final", None, "of rule field needs field and equals.")
        return section

    def _check(self) -> dict[str, Any]:
        if "check" not in self.content:
            return {}
        path = self._text("check", "total_path")
        if not path:
            raise self.wrong("check", "total_path", "is missing: the path of the control total.")
        section = self.content["check"]
        return {
            "total_path": path,
            "tolerance": self._decimal("check", "tolerance", section.get("tolerance", "0")),
            "scale": self._decimal("check", "scale", section.get("scale", "1")),
        }

    def _complete(self, definition: Definition) -> None:
        rules = definition.rules
        if "date" not in rules:
            raise self.wrong("map", "date", "is missing: the path to the day or its start.")
        if definition.provider is None and "provider" not in rules:
            raise self.wrong("source", "provider", "is missing: who bills, such as openrouter.")
        if definition.has_cost:
            for name in ("amount", "currency"):
                if name not in rules:
                    raise self.wrong("map", name, "is missing: a cost needs amount and currency.")
            amount = rules["amount"]
            if amount.path is not None and amount.scale is None:
                raise self.wrong(
                    "map", "amount", 'needs scale, as a text: {path = "...", scale = "1"} for '
                    'major units, "0.01" for cents.'
                )  # fmt: skip
        if definition.check and not definition.has_cost:
            raise self.wrong("check", None, "is about amounts, which kind usage has none of.")
        counts = [name for name in ("requests", *COUNTS, "quantity") if name in rules]
        exploded = definition.explode and definition.explode.value in COLUMNS
        if definition.kind == "usage" and not counts and not exploded:
            raise self.wrong("map", None, "fills no count: requests, input_tokens, quantity, ...")


def _has_secret(query: str) -> bool:
    return any(_SECRET_NAME.search(part.split("=")[0]) for part in query.split("&") if part)
