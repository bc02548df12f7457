"""Public traces of real LLM requests, turned into app events.

- Azure's LLM inference traces of 2023 (Azure/AzurePublicDataset, CC-BY 4.0): CSV with TIMESTAMP
  (UTC, without zone), ContextTokens, GeneratedTokens.
- Mooncake's conversation trace (kvcache-ai/Mooncake, Apache-2.0): JSON lines with timestamp (ms
  from the start), input_length, output_length and hash_ids, one per block of 512 prompt tokens. A
  prefix of blocks that an earlier request had is what a provider would serve from its cache.

    python -m demo.company.traces --out events azure_code.csv mooncake.jsonl.gz
"""

from __future__ import annotations

import argparse
import csv
import gzip
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import orjson

#: Prompt tokens per block of Mooncake's hash ids.
BLOCK_TOKENS: Final = 512
#: Mooncake's times count from its first request; the day is ours.
MOONCAKE_START: Final = datetime(2024, 6, 1, tzinfo=UTC)

Event = dict[str, Any]


def azure_events(rows: Iterable[dict[str, str]], service: str) -> Iterator[Event]:
    """App events of an Azure trace; `service` names the traced service (code, conv)."""
    for number, row in enumerate(rows, start=1):
        # Seven fractional digits; a warehouse timestamp has six.
        moment = datetime.fromisoformat(row["TIMESTAMP"][:26]).replace(tzinfo=UTC)
        yield {
            "event_id": f"azure-{service}-{number}",
            "event_type": "llm_request",
            "occurred_at": moment.isoformat(),
            "customer_id": f"azure-{service}",
            "service": service,
            "provider": "azure",
            "input_tokens": int(row["ContextTokens"]),
            "cached_input_tokens": 0,
            "output_tokens": int(row["GeneratedTokens"]),
        }


def mooncake_events(requests: Iterable[dict[str, Any]]) -> Iterator[Event]:
    """App events of a Mooncake trace, with repeated prefixes as cached tokens."""
    prefixes: set[tuple[int, int]] = set()
    for number, request in enumerate(requests, start=1):
        blocks = request["hash_ids"]
        cached = cached_blocks(blocks, prefixes)
        prefixes.update(enumerate(blocks))
        moment = MOONCAKE_START + timedelta(milliseconds=request["timestamp"])
        yield {
            "event_id": f"mooncake-{number}",
            "event_type": "llm_request",
            "occurred_at": moment.isoformat(),
            "customer_id": "mooncake-conversation",
            "service": "conversation",
            "provider": "mooncake",
            "input_tokens": request["input_length"],
            "cached_input_tokens": min(cached * BLOCK_TOKENS, request["input_length"]),
            "output_tokens": request["output_length"],
        }


def cached_blocks(blocks: list[int], seen: set[tuple[int, int]]) -> int:
    """How many leading blocks an earlier request had at the same place.

    A block's id stands for the block and all before it, so position and id are enough.
    """
    count = 0
    for position, block in enumerate(blocks):
        if (position, block) not in seen:
            break
        count += 1
    return count


def events_of_file(path: Path) -> Iterator[Event]:
    """App events of one trace file, told apart by its name: .csv is Azure's, else Mooncake's."""
    if path.suffix == ".csv":
        with path.open(newline="") as file:
            service = "code" if "code" in path.stem else "conv"
            yield from azure_events(csv.DictReader(file), service)
    else:
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rt") as file:
            yield from mooncake_events(orjson.loads(line) for line in file if line.strip())


def write_events(path: Path, out: Path) -> tuple[Path, int]:
    """Write the events of one trace as JSON lines (gzip); returns the file and the row count."""
    out.mkdir(parents=True, exist_ok=True)
    target = out / f"{path.name.split('.')[0]}.jsonl.gz"
    count = 0
    with gzip.open(target, "wb") as file:
        for event in events_of_file(path):
            file.write(orjson.dumps(event) + b"\n")
            count += 1
    return target, count


def main() -> int:
    """Command line: trace files in, event files out."""
    parser = argparse.ArgumentParser(
        prog="python -m demo.company.traces",
        description="Turn public LLM traces into app events for SOURCES__APP_EVENTS__BUCKET_URL.",
    )
    parser.add_argument("files", nargs="+", type=Path, help="Azure .csv or Mooncake .jsonl[.gz]")
    parser.add_argument("--out", type=Path, required=True, help="folder for the event files")
    arguments = parser.parse_args()
    for path in arguments.files:
        target, count = write_events(path, arguments.out)
        print(f"{target}: {count:,} events")
    return 0


if __name__ == "__main__":
    sys.exit(main())
