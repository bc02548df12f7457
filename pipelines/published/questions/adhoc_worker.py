"""`adhoc_worker.py FILE ROWS SECONDS BYTES`: runs one statement, read from its input.

Writes Arrow (one row more than asked for, if there is one) to standard output. Exit code 3 with
DuckDB's message on standard error where the statement is at fault; 4 where rows were left out
because they are more than BYTES.
"""

from __future__ import annotations

import resource
import sys
import threading

import duckdb
import pyarrow as pa

MEMORY = "512MB"
#: Rows that are read at once.
BATCH = 2048
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
    file = sys.argv[1]
    rows, seconds, most_bytes = (int(text) for text in sys.argv[2:5])
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    statement = sys.stdin.buffer.read().decode("utf-8", errors="replace")
    with duckdb.connect(file, read_only=True, config=LOCKED_DOWN) as connection:
        stop = threading.Timer(seconds, connection.interrupt)
        stop.daemon = True
        stop.start()
        try:
            found = connection.sql(statement).limit(rows + 1).to_arrow_reader(BATCH)
            return write(found, most_bytes)
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            is_late = isinstance(error, duckdb.InterruptException) or "INTERRUPT" in str(error)
            late = f"Stopped after {seconds} seconds. Ask for less, or narrow it by date."
            sys.stderr.write(late if is_late else str(error))
            return 3
        finally:
            stop.cancel()


def write(found: pa.RecordBatchReader, most_bytes: int) -> int:
    """Write rows until there are no more, or no more bytes; returns the exit code."""
    with pa.ipc.new_stream(sys.stdout.buffer, found.schema) as stream:
        for batch in found:
            if batch.nbytes > most_bytes:
                stream.write_batch(batch.slice(0, batch.num_rows * most_bytes // batch.nbytes))
                return 4
            most_bytes -= batch.nbytes
            stream.write_batch(batch)
    return 0


if __name__ == "__main__":
    sys.exit(main())
