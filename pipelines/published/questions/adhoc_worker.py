"""`adhoc_worker.py FILE ROWS SECONDS`: the process that runs one statement, read from its input.

Writes Arrow (one row more than asked for, if there is one) to standard output. Exit code 3 with
DuckDB's message on standard error where the statement is at fault.
"""

from __future__ import annotations

import resource
import sys
import threading

import duckdb
import pyarrow as pa

MEMORY = "512MB"
#: Bytes of address space: well above what DuckDB is allowed, so that it can say so itself.
ADDRESS_SPACE = 4 * 1024**3

LOCKED_DOWN: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "memory_limit": MEMORY,
    "threads": "1",
    "temp_directory": "",
    "lock_configuration": "true",
}


def main() -> int:
    """Run the statement within its limits."""
    file, rows, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    statement = sys.stdin.buffer.read().decode("utf-8", errors="replace")
    with duckdb.connect(file, read_only=True, config=LOCKED_DOWN) as connection:
        stop = threading.Timer(seconds, connection.interrupt)
        stop.daemon = True
        stop.start()
        try:
            found = connection.sql(statement).limit(rows + 1).to_arrow_table()
        except duckdb.InterruptException:
            sys.stderr.write(
                f"Stopped after {seconds} seconds. Ask for less, or narrow it by date."
            )
            return 3
        except duckdb.Error as error:
            sys.stderr.write(str(error))
            return 3
        finally:
            stop.cancel()
    with pa.ipc.new_stream(sys.stdout.buffer, found.schema) as stream:
        stream.write_table(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
