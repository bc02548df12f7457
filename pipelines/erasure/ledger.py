"""Whose data may not come back: a file beside the warehouse that later loads ask.

    .<warehouse stem>_erasures.json    {"key": hex, "erased": [{fingerprint, pseudonym, role, ...}]}

It holds no id in clear. A fingerprint is the SHA-256 of the ledger's random key and the id, so
nobody without the file can try ids, and with it one can only ask of an id that is known already. A
pseudonym is made of the same key: equal ids get equal ones, in every load.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from pipelines.config import warehouse_path
from pipelines.errors import SettingError
from pipelines.files import literal, write_private

#: How every pseudonym begins.
PSEUDONYM_PREFIX: Final = "erased_"
_PSEUDONYM_CHARACTERS: Final = 20
_KEY_BYTES: Final = 32
#: Ids that other things may bear by chance: `42`, `acme`. They count only where a person is named.
_WEAK: Final = re.compile(r"\d+|[^\W\d_]+|.{0,5}", re.DOTALL)
#: The source of weak ids that the app gives; a provider's id of the same digits is somebody else.
APP: Final = "app"
#: Words of a line that could not be read, with a provider's prefix (`paddle:42`) and without.
_WORD: Final = r"""[^\s",;|{}\[\]]+"""
_PART: Final = r"""[^\s",;:|{}\[\]']+"""
#: Texts that are longer are no ids.
_LONGEST_ID: Final = 200

Role = Literal["customer", "user"]


def is_weak(text: str) -> bool:
    """Whether an id is digits or letters alone, or shorter than six characters."""
    return _WEAK.fullmatch(text) is not None


def is_pseudonym(text: str) -> bool:
    """Whether an id of the warehouse stands for one that was erased; no vendor knows it."""
    return text.rpartition(":")[2].startswith(PSEUDONYM_PREFIX)


@dataclass(frozen=True)
class Erased:
    """An id that was erased.

    Attributes:
        fingerprint: keyed hash of it.
        pseudonym: what stands for it.
        role: what it is the id of.
        sources: accounts whose id it is (`app`: the app's own); none: it counts everywhere.
        is_weak: it counts only in columns and fields that name a person.
    """

    fingerprint: str
    pseudonym: str
    role: Role
    sources: tuple[str, ...] = ()
    is_weak: bool = False


@dataclass
class Ledger:
    """The file, read. Without one it is empty, and everything passes as it is."""

    path: Path
    key: str = field(repr=False, default="")
    erased: dict[str, Erased] = field(default_factory=dict)
    _met: dict[str, Erased | None] = field(default_factory=dict, repr=False)

    @classmethod
    def beside(cls, warehouse: Path | None = None) -> Ledger:
        """The ledger of a warehouse (default: the setting WAREHOUSE_PATH).

        Raises:
            SettingError: the file is there and cannot be read; loading past it would bring people
                back.
        """
        path = ledger_path(warehouse or warehouse_path())
        try:
            document = json.loads(path.read_text("utf-8"))
            entries = [
                Erased(**{**entry, "sources": tuple(entry["sources"])})
                for entry in document["erased"]
            ]
            return cls(path, str(document["key"]), {one.fingerprint: one for one in entries})
        except FileNotFoundError:
            return cls(path)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise SettingError(
                f"{path} cannot be read ({type(error).__name__}). It says who was erased, so "
                "nothing is loaded without it: restore it from a backup."
            ) from error

    def fingerprint(self, text: str) -> str:
        """The keyed hash of an id (hex)."""
        return _digest(f"{self.key}:id:{text}")

    def pseudonym(self, text: str) -> str:
        """What stands for an id; a provider's prefix (`paddle:`) is kept."""
        prefix, colon, native = text.rpartition(":")
        digest = _digest(f"{self.key}:name:{native}")[:_PSEUDONYM_CHARACTERS]
        return f"{prefix}{colon}{PSEUDONYM_PREFIX}{digest}"

    def add(self, text: str, role: Role, sources: Iterable[str] = ()) -> Erased:
        """Take down an id; call `save` after it."""
        self.key = self.key or secrets.token_hex(_KEY_BYTES)
        before = self.erased.get(self.fingerprint(text))
        wanted = tuple(sorted(set(sources)))
        if before is not None:
            everywhere = not before.sources or not wanted
            wanted = () if everywhere else tuple(sorted({*before.sources, *wanted}))
        entry = Erased(self.fingerprint(text), self.pseudonym(text), role, wanted, is_weak(text))
        self.erased[entry.fingerprint] = entry
        self._met.clear()
        return entry

    def save(self) -> None:
        """Write the file, for its owner only.

        Raises:
            OSError: it cannot be written.
        """
        entries = [asdict(entry) for entry in self.erased.values()]
        write_private(self.path, json.dumps({"key": self.key, "erased": entries}, indent=1) + "\n")

    def find(self, text: Any, source: str = "", *, names_person: bool = True) -> Erased | None:
        """The entry of an id that a source gives; None where nobody erased bears it.

        Args:
            text: any value; only short texts can be ids.
            source: account that it comes from; none: any.
            names_person: it stands where a customer or user is named.
        """
        if not self.erased or not isinstance(text, str) or not 0 < len(text) <= _LONGEST_ID:
            return None
        if text not in self._met:
            if len(self._met) > 500_000:
                self._met.clear()
            self._met[text] = self.erased.get(self.fingerprint(text))
        entry = self._met[text]
        if entry is None or (entry.is_weak and not names_person):
            return None
        return entry if not source or not entry.sources or source in entry.sources else None

    def columns_of_events(self, names: Sequence[str]) -> dict[str, str]:
        """Column of the raw events -> SQL (DuckDB) that gives it without who was erased.

        Args:
            names: the columns, in their order; those that stay are not in the answer.
        """
        if not self.erased:
            return {}
        hit = {
            column: f"coalesce({self._is_erased(column)}, false)"
            for column in ("customer_id", "user_id")
        }
        either = f"({hit['customer_id']} or {hit['user_id']})"
        found = {
            "customer_id": f"case when {hit['customer_id']} then "
            f"{self._named('customer_id')} else customer_id end",
            "user_id": f"case when {either} then {self.pseudonym_sql('user_id')} else user_id end",
            "properties": f"case when {either} then null else properties end",
        }
        for column in ("event_id", "request_id", "project_id", "api_key_id", "endpoint"):
            text = column
            for id_column, is_hit in hit.items():
                text = (
                    f"case when {is_hit} and length({id_column}) > 5 then "
                    f"replace({text}, {id_column}, {self.pseudonym_sql(id_column)}) else {text} end"
                )
            found[column] = text
        return {name: sql for name, sql in found.items() if name in names}

    def columns_of_quarantine(self) -> dict[str, str]:
        """Column of the raw quarantine -> SQL (DuckDB): a line that names somebody goes whole."""
        if not self.erased:
            return {}
        words = (
            f"list_concat(regexp_extract_all(raw, {literal(_WORD)}), "
            f"regexp_extract_all(raw, {literal(_PART)}))"
        )
        named = f"list_bool_or(list_transform({words}, word -> {self._is_erased('word')}))"
        return {
            "raw": f"case when coalesce({named}, false) then null else raw end",
            "record_id": f"case when {self._is_erased('record_id')} then "
            f"{self._named('record_id')} else record_id end",
            "reason": f"case when coalesce({named}, false) then 'erased' else reason end",
        }

    def named_in_line(self, line: str, source: str) -> dict[str, str]:
        """Erased ids that stand as words in a line which could not be read -> their pseudonyms."""
        found = {}
        for word in {*re.findall(_WORD, line), *re.findall(_PART, line)}:
            entry = self.find(word, source)
            if entry:
                found[word] = entry.pseudonym
        return found

    def _is_erased(self, sql: str) -> str:
        named = [one for one in self.erased.values() if not one.sources or APP in one.sources]
        listed = ", ".join(literal(one.fingerprint) for one in named) or "null"
        return f"sha256({literal(self.key + ':id:')} || {sql}) in ({listed})"

    def _named(self, sql: str) -> str:
        whens = " ".join(
            f"when {literal(one.fingerprint)} then {literal(one.pseudonym)}"
            for one in self.erased.values()
        )
        return f"case sha256({literal(self.key + ':id:')} || {sql}) {whens} end"

    def pseudonym_sql(self, sql: str) -> str:
        """SQL (DuckDB) of what stands for the id that an expression gives."""
        native = f"regexp_extract({sql}, '[^:]*$')"
        prefix = f"regexp_extract({sql}, '^(?:.*:)?')"
        return (
            f"{prefix} || {literal(PSEUDONYM_PREFIX)} || "
            f"left(sha256({literal(self.key + ':name:')} || {native}), {_PSEUDONYM_CHARACTERS})"
        )


def ledger_path(warehouse: Path) -> Path:
    """The file of a warehouse."""
    return warehouse.resolve().parent / f".{warehouse.stem}_erasures.json"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
