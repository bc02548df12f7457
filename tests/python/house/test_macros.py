"""Arithmetic of the macros against Python's whole numbers."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import duckdb
import jinja2

from support.commands import ROOT

MACROS = jinja2.Environment().from_string((ROOT / "macros/cross_db/values.sql").read_text()).module
#: Up to where the macro promises to be exact.
MOST_NUMERATOR, MOST_QUOTIENT = 10**38, 9 * 10**18


def quotients(seed: int, count: int) -> list[tuple[int, int]]:
    """Numerators and denominators of all sizes, many of them just beside a whole quotient."""
    chance = random.Random(seed)
    made = []
    while len(made) < count:
        quotient = chance.randrange(2 ** chance.randrange(1, 63))
        divisor = chance.randrange(2 ** chance.randrange(1, 64)) + 1
        rest = chance.choice([0, divisor - 1, chance.randrange(divisor)])
        numerator = quotient * divisor + rest
        if quotient < MOST_QUOTIENT and numerator < MOST_NUMERATOR:
            made.append((numerator, divisor))
    return made


def test_whole_quotients_are_exact(tmp_path: Path) -> None:
    pairs = quotients(seed=1, count=100_000)
    path = tmp_path / "pairs.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(pairs)
    found = duckdb.sql(
        f"select {MACROS.duckdb__floor_divide('numerator', 'divisor')} from read_csv('{path}', "
        "header = false, columns = {'numerator': 'decimal(38, 0)', 'divisor': 'decimal(38, 0)'})"
    ).fetchall()
    assert [int(row[0]) for row in found] == [over // under for over, under in pairs]


def test_a_quotient_by_nothing_is_unknown() -> None:
    quotient = MACROS.duckdb__floor_divide("7 * weight", "total")
    pairs = "(select cast(? as bigint) as weight, cast(? as bigint) as total)"
    for weight, total, expected in [(3, 4, 5), (0, 4, 0), (1, 0, None), (None, 4, None)]:
        row = duckdb.execute(f"select {quotient} from {pairs}", [weight, total]).fetchone()
        assert row == (expected,)


def test_a_name_of_a_million_characters_is_shown_short_and_marked() -> None:
    short = MACROS.short_name("name")
    for name, expected in [
        ("Ängström & Söhne", "Ängström & Söhne"),
        ("x" * 200, "x" * 200),
        ("é" * 1_000_000, "é" * 199 + "…"),
        (None, None),
    ]:
        row = duckdb.execute(f"select {short} from (select ? as name)", [name]).fetchone()
        assert row == (expected,)
