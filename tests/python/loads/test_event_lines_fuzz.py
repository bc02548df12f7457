"""Random odd lines: each is loaded once or quarantined with its place, as a strict parser says."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loads.test_app_events import EVENT, Loader

#: What is put into lines, anywhere.
ODDITIES = [
    *(b",", b"}", b"]", b"{", b"[", b'"', b"\\", b":", b" ", b"\t", b"\r", b"\x00", b"\x0b"),
    *(b"NaN", b"-Infinity", b"nan", b"inf", b"null", b"1e999999", b"0", b"01", b"+1", b"'"),
    *(b"\xff", b"\xc3", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\\ud800", b"\\u0000", b"\\u0065"),
    *(b"// c", b"/* c */", b",}", b", ]", b'"event_id":1,', b'"a":1,"a":2', b'"user_id" :null,'),
    *(b"[" * 150, b'{"a":' * 300, b"[" * 1000 + b"]" * 1000, b"9" * 999, b"9" * 5000),
]
VALUES = [
    *(b"1", b"NaN", b"[NaN]", b"[1, -inf]", b"[1,]", b"[1 , ]", b'{"a":1,}', b"[" * 200),
    *(b"[" * 150 + b"]" * 150, b"[" * 199 + b"]" * 199, b"[" * 1000 + b"]" * 1000, b"null"),
    *(b"9" * 999, b"9" * 1000, b"-" + b"9" * 5000, b"1e99999", b"1E-999999999999999999999"),
    *(b'"\\ud83d\\ude00"', b'"\\ud83d"', b'"\xff"', b'"a\\', b'"\\\xff"', b'{"k":1,"k":2}'),
    *(b'{"k":1,"\\u006b":2}', b'"{\\"a\\":1,}"', b'"in: nan, inf"', b'"' + b"7" * 3000 + b'"'),
    *(b'"' + b"[" * 500 + b'"', b'{"x":{"id":1},"y":{"id":2}}', b"true", b"truE", b'"\\u0000"'),
]
NAMES = [
    *(b"properties", b"extra", b"filename", b"_line", b"user_id", b"event_id", b"feature"),
    *(b'a\\"b', b"", b"_source_file", b"e\\u0078tra", b"cached_input_tokens_of_mine"),
]
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.IGNORECASE)
BLANK = b" \t\r"


@st.composite
def odd_lines(draw: st.DrawFn) -> list[bytes]:
    """Many lines of one seed: hypothesis looks for the seed and the number."""
    rng = random.Random(draw(st.integers(0, 2**32)))
    return [odd_line(rng, number) for number in range(draw(st.integers(1, 2_000)))]


def odd_line(rng: random.Random, number: int) -> bytes:
    """An event, most often with something odd in it."""
    line = json.dumps({**EVENT, "event_id": f"e{number}"}).encode()
    for _ in range(rng.randrange(4)):
        name, value = rng.choice(NAMES), rng.choice(VALUES)
        separator = rng.choice([b":", b": ", b" :", b":\t"])
        line = line[:-1] + rng.choice([b",", b", ", b" , "]) + b'"' + name + b'"' + separator
        line += value + b"}"
    for _ in range(rng.choice([0, 0, 0, 1, 1, 2])):
        at = rng.randrange(len(line) + 1)
        line = line[:at] + rng.choice(ODDITIES) + line[at + rng.randrange(2) :]
    if not rng.randrange(50):
        line = rng.choice(
            [b"", b"  \t", b"null", b"[]", b"{}", b"x" * 3000, line[: len(line) // 2]]
        )
    return line


def verdict(line: bytes) -> bool | None:
    """Whether a line is to be loaded, by Python's own parser; None where it is blank."""
    if not line.strip(BLANK):
        return None
    try:
        text = line.decode()
        item = json.loads(
            text, object_pairs_hook=_unique, parse_int=_short, parse_float=_short,
            parse_constant=_refuse,
        )  # fmt: skip
        json.dumps(item, ensure_ascii=False).encode()  # a lone surrogate is no text
        depth = _depth(item)
    except (ValueError, RecursionError):
        return False
    if not isinstance(item, dict) or depth > 200:
        return False
    return all(item.get(name) not in (None, "") for name in EVENT) and (
        _is_time(item["occurred_at"])
    )


def _is_time(value: Any) -> bool:
    if not isinstance(value, str) or not TIME.fullmatch(value):
        return False
    try:
        moment = datetime.fromisoformat(value.upper()).astimezone(UTC)
        return datetime(1970, 1, 2, tzinfo=UTC) <= moment and moment.year < 2100
    except ValueError:
        return False


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("twice")
    return dict(pairs)


def _short(text: str) -> str:
    if len(text) >= 1000:
        raise ValueError("long")
    return text


def _refuse(text: str) -> Any:
    raise ValueError(text)


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0


@pytest.fixture(scope="module")
def loader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loader]:
    with pytest.MonkeyPatch.context() as patch:
        yield Loader(tmp_path_factory.mktemp("fuzz"), patch)


def check(loader: Loader, files: dict[str, list[bytes]]) -> None:
    """Load files; every line must be where `verdict` says, once."""
    for old in loader.events.iterdir():
        old.unlink()
    loader.warehouse.unlink(missing_ok=True)
    for name, lines in files.items():
        Path(loader.events / name).write_bytes(b"\n".join(lines) + b"\n")
    assert loader.run() == 0, loader.output
    loaded = loader.rows("select _source_file, _line from events")
    refused = loader.rows("select file, line from quarantine")
    expected = {
        (name, number): found
        for name, lines in files.items()
        for number, line in enumerate(lines, 1)
        # the first line may begin with the mark of the byte order
        if (found := verdict(line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line))
        is not None
    }
    assert len(loaded) == len(set(loaded))
    assert len(refused) == len(set(refused))
    wrong = {
        place: files[place[0]][place[1] - 1][:600]
        for place in set(loaded) ^ {place for place, found in expected.items() if found}
    }
    assert not wrong, dict(list(wrong.items())[:3])
    assert set(refused) == {place for place, found in expected.items() if not found}
    for (text,) in loader.rows("select properties from events where properties is not null"):
        json.loads(text, parse_int=str, parse_float=str, parse_constant=_refuse)


@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(lines=odd_lines())
def test_odd_lines(loader: Loader, lines: list[bytes]) -> None:
    check(loader, {"a.jsonl": lines})


def test_many_odd_lines_of_one_seed(loader: Loader) -> None:
    rng = random.Random(7)
    check(loader, {"a.jsonl": [odd_line(rng, number) for number in range(3_000)]})


@pytest.mark.slow
def test_a_million_odd_lines_in_a_thousand_files(loader: Loader) -> None:
    for seed in range(10):
        rng = random.Random(seed)
        files = {
            f"{number:03}.jsonl": [odd_line(rng, line) for line in range(1_000)]
            for number in range(100)
        }
        check(loader, files)
