"""Who is meant by an id: every id and name under which the warehouse knows one customer or user.

A customer is a company or a person that pays or could: its billing id, its provider's own id, the
app's id of it, the ids that `seeds/customer_map.csv` puts beside these, and all members of its
group. A user is somebody who works with the app of a customer.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import duckdb
import orjson

from pipelines.config import dbt_setting
from pipelines.erasure.ledger import APP, Ledger, is_pseudonym, is_weak
from pipelines.erasure.objects import PERSONAL, plain
from pipelines.errors import SettingError
from pipelines.files import literal, quote
from pipelines.loading.email_hashes import EmailHasher

#: Names that are shorter, or that somebody else bears too, are removed only from what is theirs.
_SHORTEST_NAME: Final = 5
#: Tables of raw schemas that hold customers, one row per version.
_CUSTOMER_TABLES: Final = ("customers", "accounts")
#: Files that hold somebody are listed with so many lines each.
LINES_LISTED: Final = 20

Kind = Literal["customer", "user"]


@dataclass
class Person:
    """Whom to erase. Kept in a file of its owner only until everything is erased.

    Attributes:
        kind: customer or user.
        ids: every id -> the accounts that give it (none: it counts everywhere).
        names: names and addresses as loaded, of two characters or more.
        unique_names: those that nobody else bears and no word of the trade is.
        files: event file -> [rows, first lines]; they are the user's own and stay.
    """

    kind: Kind
    ids: dict[str, list[str]] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    unique_names: list[str] = field(default_factory=list)
    files: dict[str, list[Any]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def find(
    connection: duckdb.DuckDBPyConnection,
    database: str,
    wanted: str,
    hasher: EmailHasher,
    bring_events: Callable[[Iterable[str]], None] = lambda ids: None,
) -> Person:
    """Everything the warehouse knows of who bears an id.

    Args:
        database: the attached warehouse's name.
        wanted: a billing id, the provider's own id, the app's id, a group, a user's id or an
            e-mail address.
        bring_events: makes the events that name one of some ids be in the database, where only
            what is asked for is copied there.

    Raises:
        SettingError: nobody bears it, or two customers do.
    """
    given = {wanted} | ({str(hasher.scrub(wanted))} if "@" in wanted else set())
    bring_events(given)
    search = _Search(connection, database)
    ids = search.customer(given)
    if ids:
        person = Person("customer", ids)
        search.names(person)
    elif search.is_user(given):
        person = Person("user", {one: [] for one in given})
    else:
        raise SettingError(
            f"Nobody is known as {wanted[:80]!r}. Give the id of a customer (as "
            "core.dim_customers or the provider has it), of the app's account, of a group of "
            "seeds/customer_map.csv, or of a user of the events."
        )
    bring_events(person.ids)
    search.files(person)
    return person


@dataclass
class _Search:
    connection: duckdb.DuckDBPyConnection
    database: str

    def __post_init__(self) -> None:
        rows = self.connection.execute(
            "select schema_name, table_name, list(column_name) from duckdb_columns() "
            "where database_name = ? and not internal group by all",
            [self.database],
        ).fetchall()
        self.columns = {(schema, table): set(names) for schema, table, names in rows}

    def customer(self, given: set[str]) -> dict[str, list[str]]:
        """All ids of the customer that bears one of `given` -> the accounts that give them."""
        ids: dict[str, set[str]] = {}
        new = {one: self._sources(one) for one in given if self._is_customer(one)}
        if not new:
            new = {one: set() for one in self._by_email(given)}
        while new:
            for text, sources in new.items():
                ids.setdefault(text, set()).update(sources)
            found: dict[str, set[str]] = {}
            for text, source in self._beside(new):
                if text not in ids and not is_pseudonym(text):
                    found.setdefault(text, set()).update({source} if source else set())
            new = found
        return {text: sorted(sources) for text, sources in ids.items()}

    def _sources(self, text: str) -> set[str]:
        """The accounts whose customers bear a weak id; it counts nowhere else. A strong one counts
        everywhere."""
        if not is_weak(text):
            return set()
        wanted = literal(text)
        native = self._rows("core", "dim_customers", ["source_account"], f"native_id = {wanted}")
        found = {str(row[0]) for row in native if row[0]}
        found |= {
            schema.removeprefix("raw_")
            for schema, table in self._customer_tables()
            if self._rows(schema, table, ["id"], f"id = {wanted}")
        }
        by_app = self._rows(
            "core", "dim_customers", ["customer_id"], f"app_customer_id = {wanted}"
        ) or self._rows("seeds", "customer_map", ["note"], f"app_customer_id = {wanted}")
        if len(found) > 1 or (found and by_app):
            listed = ", ".join([*sorted(found), *(["the app"] if by_app else [])])
            raise SettingError(
                f"{text[:80]!r} is an id of several customers ({listed}). Give <source>:<id> as "
                "core.dim_customers has it."
            )
        return found or {APP}

    def _is_customer(self, text: str) -> bool:
        wanted = literal(text)
        for schema, table, column in (
            ("core", "dim_customers", "customer_id"),
            ("core", "dim_customers", "app_customer_id"),
            ("intermediate", "int_customer_keys", "app_customer_id"),
            ("seeds", "customer_map", "app_customer_id"),
            ("seeds", "customer_map", "billing_customer_id"),
            ("seeds", "customer_map", "customer_group"),
        ):
            if self._rows(schema, table, [column], f"{column} = {wanted}"):
                return True
        native = self._rows(
            "core", "dim_customers", ["customer_id"], f"native_id = {wanted}"
        ) or self._rows(
            "intermediate", "int_billing_customers", ["customer_id"], f"native_id = {wanted}"
        )
        if len({row[0] for row in native}) > 1:
            listed = ", ".join(sorted(str(row[0]) for row in native)[:5])
            raise SettingError(
                f"{text[:80]!r} is the provider's id of several customers: {listed}. "
                "Name one of these."
            )
        if native:
            return True
        for schema, table in self._customer_tables():
            if self._rows(schema, table, ["id"], f"id = {wanted}"):
                return True
        if any(text in row for row in self._map_file()) or self._beside(
            {text: self._sources(text)}
        ):
            return True
        return any(
            self._rows(schema, table, ["customer_id"], f"customer_id = {wanted}")
            for schema, table in self._events()
        )

    def _by_email(self, given: set[str]) -> set[str]:
        """Customers whose e-mail address is one of `given`."""
        listed = ", ".join(literal(one) for one in given if "@" in one)
        if not listed:
            return set()
        return {
            row[0]
            for schema, table in self._customer_tables()
            for row in self._rows(schema, table, ["id"], f"email in ({listed})")
        }

    def _beside(self, ids: Mapping[str, set[str]]) -> list[tuple[str, str]]:
        """Ids that stand beside these, each with the account that gives it ('' for any)."""
        listed = ", ".join(literal(one) for one in ids)
        # a weak id of a provider is not the app's, and the other way round
        apps = ", ".join(literal(one) for one, of in ids.items() if not of or APP in of) or "null"
        pairs = ", ".join(
            f"({literal(source)}, {literal(one)})"
            for one, of in ids.items()
            for source in of - {APP}
        )
        natives = f"({{}}, native_id) in ({pairs})" if pairs else "false"
        found: list[tuple[str, str]] = []
        names = ["customer_id", "app_customer_id", "native_id", "source_account"]
        for customer, app, native, source in [
            *self._rows(
                "core",
                "dim_customers",
                names,
                f"customer_id in ({listed}) or app_customer_id in ({apps}) "
                f"or {natives.format('source_account')}",
            ),
            *self._rows(
                "intermediate",
                "int_billing_customers",
                ["billing_customer_id", "app_customer_id", "native_id", "source_account"],
                f"customer_id in ({listed}) or billing_customer_id in ({listed}) "
                f"or app_customer_id in ({apps}) or {natives.format('source_account')}",
            ),
            *(
                (*row, schema.removeprefix("raw_"))
                for schema, table in self._customer_tables()
                for row in self._of_raw_customers(schema, table, ids, apps)
            ),
        ]:
            found += [(customer, "")] if customer else []
            found += [(app, APP if is_weak(app) else "")] if app else []
            found += [(native, source or "")] if native else []
        for app, customer in self._rows(
            "intermediate",
            "int_customer_keys",
            ["app_customer_id", "customer_id"],
            f"customer_id in ({listed}) or app_customer_id in ({apps})",
        ):
            found += [(customer, "")] if customer else []
            found += [(app, APP if is_weak(app) else "")] if app else []
        found += self._of_map(listed)
        return found

    def _of_raw_customers(
        self, schema: str, table: str, ids: Mapping[str, set[str]], apps: str
    ) -> list[tuple[Any, ...]]:
        """(full id, app's id, native id) of raw customers, whether a model has them yet or not."""
        source = schema.removeprefix("raw_")
        own = [one for one, of in ids.items() if (source in of) or not (of or is_weak(one))]
        listed = ", ".join(literal(one) for one in own) or "null"
        full = ", ".join(literal(one) for one in ids)
        where = [f"id in ({listed})", f"{literal(source + ':')} || id in ({full})"]
        app_id = "null"
        for column in ("metadata", "custom_data", "_raw"):
            if column in self.columns[schema, table]:
                path = literal("$..app_customer_id" if column == "_raw" else "$.app_customer_id")
                found = f"try(json_extract_string({column}, {path}))"
                found = f"{found}[1]" if column == "_raw" else found
                app_id = f"coalesce({app_id}, {found})"
        where.append(f"{app_id} in ({apps})")
        rows = self.connection.execute(
            f"select distinct id, {app_id} from {self._name(schema, table)} "
            f"where {' or '.join(where)}"
        ).fetchall()
        return [
            (f"{source}:{native}" if is_weak(native) else None, app, native) for native, app in rows
        ]

    def _of_map(self, listed: str) -> list[tuple[str, str]]:
        """Ids of the rows of the map that name one, in the warehouse and in the user's file."""
        columns = ["app_customer_id", "billing_customer_id", "customer_group"]
        known = self.columns.get(("seeds", "customer_map"), set())
        columns = [one for one in columns if one in known]
        where = " or ".join(f"{one} in ({listed})" for one in columns)
        rows = self._rows("seeds", "customer_map", columns, where) if columns else []
        found = {str(one) for row in rows for one in row if one}
        for row in self._map_file():
            if any(literal(one) in listed.split(", ") for one in row):
                found.update(row)
        return [(one, APP if is_weak(one) else "") for one in found]

    def _map_file(self) -> list[list[str]]:
        """The ids of each row of `seeds/customer_map.csv`, which may not be built yet."""
        path = Path(dbt_setting("SEEDS_DIR", "seeds")) / "customer_map.csv"
        columns = ("app_customer_id", "billing_customer_id", "customer_group")
        try:
            with path.open(encoding="utf-8", newline="") as file:
                rows = list(csv.DictReader(file))
        except (OSError, ValueError, csv.Error):
            return []
        return [[text for one in columns if (text := (row.get(one) or "").strip())] for row in rows]

    def is_user(self, given: set[str]) -> bool:
        """Whether events name such a user."""
        listed = ", ".join(literal(one) for one in given)
        return any(
            self._rows(schema, table, ["user_id"], f"user_id in ({listed})")
            for schema, table in self._events()
        )

    def names(self, person: Person) -> None:
        """The names of a customer, and which of them nobody else bears."""
        found: set[str] = set()
        for schema, table in self._customer_tables():
            source = schema.removeprefix("raw_")
            ids = [one for one, of in person.ids.items() if not of or source in of]
            listed = ", ".join(literal(one) for one in ids) or "null"
            for (raw,) in self._rows(schema, table, ["_raw"], f"id in ({listed})"):
                if raw:
                    found |= set(_personal_texts(orjson.loads(raw)))
        listed = ", ".join(literal(one) for one in person.ids)
        for (name,) in self._rows(
            "core", "dim_customers", ["customer_name"], f"customer_id in ({listed})"
        ):
            found.add(name or "")
        person.names = sorted(one for one in found if len(one.strip()) > 1)
        common = self._words_of_the_trade(person)
        person.unique_names = [
            one
            for one in person.names
            if len(one) >= _SHORTEST_NAME and one.lower() not in common and not one.isdigit()
        ]

    def _words_of_the_trade(self, person: Person) -> set[str]:
        """Names of others and of things, in small letters: they must stay elsewhere."""
        listed = ", ".join(literal(one) for one in person.ids)
        found = {"united states", "germany", "customer", "default"}
        for table, columns in (
            ("dim_customers", ["customer_name", "email_domain"]),
            ("dim_products", ["product_name"]),
            ("dim_plans", ["product_name"]),
            ("dim_features", ["feature_name", "feature_id"]),
            ("dim_ai_models", ["model_id"]),
        ):
            where = f"customer_id not in ({listed})" if table == "dim_customers" else "true"
            for column in columns:
                for (value,) in self._rows("core", table, [column], where):
                    found.add(str(value or "").lower())
        return found

    def files(self, person: Person) -> None:
        """Where in event files the rows lie; a file is the user's own and is not rewritten."""
        listed = ", ".join(literal(one) for one in person.ids)
        for schema, table in self._events():
            rows = self.connection.execute(
                f"select _source_file, count(*), list(_line order by _line)[:{LINES_LISTED}] "
                f"from (select distinct _source_file, _line from {self._name(schema, table)} "
                f"where customer_id in ({listed}) or user_id in ({listed})) as held "
                "where _source_file is not null group by 1 order by 1"
            ).fetchall()
            for file, count, lines in rows:
                person.files[str(file)] = [count, lines]

    def _events(self) -> list[tuple[str, str]]:
        """Raw tables of app events; vendors have tables of that name, too."""
        return [key for key in self._raw(("events",)) if "_source_file" in self.columns[key]]

    def _customer_tables(self) -> list[tuple[str, str]]:
        """Raw tables of customers; `raw_sources.accounts` is about accounts at vendors."""
        return [key for key in self._raw(_CUSTOMER_TABLES) if "_version_id" in self.columns[key]]

    def _raw(self, tables: Iterable[str]) -> list[tuple[str, str]]:
        wanted = set(tables)
        return [
            key for key in sorted(self.columns) if key[0].startswith("raw_") and key[1] in wanted
        ]

    def _name(self, schema: str, table: str) -> str:
        return f"{quote(self.database)}.{quote(schema)}.{quote(table)}"

    def _rows(
        self, schema: str, table: str, columns: list[str], where: str
    ) -> list[tuple[Any, ...]]:
        """Distinct rows; none where a table or column is not there or a view cannot be read."""
        if not set(columns) <= self.columns.get((schema, table), set()):
            return []
        listed = ", ".join(map(quote, columns))
        try:
            return self.connection.execute(
                f"select distinct {listed} from {self._name(schema, table)} where {where}"
            ).fetchall()
        except duckdb.Error:
            return []


def note(ledger: Ledger, person: Person) -> None:
    """Take a person's ids down in the ledger and write it."""
    for text, sources in person.ids.items():
        ledger.add(text, person.kind, sources)
    ledger.save()


def replacements(ledger: Ledger, person: Person, *, weak: bool) -> dict[str, str]:
    """Id -> pseudonym, longest first: the weak ones or the others."""
    ids = sorted(person.ids, key=len, reverse=True)
    return {one: ledger.pseudonym(one) for one in ids if is_weak(one) == weak}


def _personal_texts(value: Any, *, personal: bool = False) -> Iterable[str]:
    """Texts of an object's personal fields, long enough to be somebody's."""
    if isinstance(value, dict):
        name = " ".join(str(value[one]) for one in ("first_name", "last_name") if value.get(one))
        if " " in name:
            yield name
        for key, element in value.items():
            if not plain(key).startswith("country"):
                yield from _personal_texts(element, personal=personal or plain(key) in PERSONAL)
    elif isinstance(value, list):
        for element in value:
            yield from _personal_texts(element, personal=personal)
    elif personal and isinstance(value, str) and re.search(r"\w", value):
        yield value
