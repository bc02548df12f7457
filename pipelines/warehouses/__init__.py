"""The warehouses that sources can be loaded into, chosen as dbt chooses its target.

`DBT_TARGET` says which: `dev` is a DuckDB file (the default), `postgres` a PostgreSQL database,
`spark` a folder or bucket of Parquet files that Spark reads where they lie. Its settings are those
of `profiles.yml`: from the environment only, because dbt reads nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from pipelines.config import target
from pipelines.errors import SettingError
from pipelines.warehouses.base import TableLoader, Warehouse
from pipelines.warehouses.duckdb_file import DuckDbFile

__all__ = ["TableLoader", "Warehouse", "chosen_warehouse"]


def chosen_warehouse() -> Warehouse:
    """The warehouse that `DBT_TARGET` names.

    Raises:
        SettingError: there is none of that name, or its settings are wrong.
    """
    name = target()
    if name not in WAREHOUSES:
        raise SettingError(
            f"DBT_TARGET is {name!r}, which is no target. Set one of {', '.join(WAREHOUSES)}."
        )
    return WAREHOUSES[name]()


def _postgres() -> Warehouse:
    try:
        from pipelines.warehouses.postgres import PostgresDatabase
    except ModuleNotFoundError as error:
        raise SettingError(
            f"DBT_TARGET is postgres, which needs the Python package {error.name}: "
            "install the project with its extra `postgres` (docs/engines.md)."
        ) from error
    return PostgresDatabase.from_settings()


def _lake() -> Warehouse:
    from pipelines.warehouses.lake import ParquetLake

    return ParquetLake.from_settings()


#: Target of dbt -> its warehouse; drivers are imported only where they are needed.
WAREHOUSES: Final[Mapping[str, Callable[[], Warehouse]]] = {
    "dev": DuckDbFile.from_settings,
    "postgres": _postgres,
    "spark": _lake,
}
