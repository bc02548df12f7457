"""What the second AI provider bills: the company's calls of its models, and its own engineers.

As with the first provider the bill starts from what the calls truly cost. What is odd about it: the
engineers' coding assistant, which no app event explains, and a day that was corrected downwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

import numpy as np

from demo.company.ai_usage import CLAUDE_KEYS, CLAUDE_SINCE, PROJECTS, WORKSPACES, DayEvents
from demo.company.models import CLAUDE, MODELS, SONNET
from demo.company.provider_bill import Oddities
from demo.timeline import DAY, HOUR, day_of, moment_of
from demo.vendors.anthropic_api import CHARGES, DEFAULT_WORKSPACE, Charge, charge_row
from demo.vendors.store import Json, StoreWriter

ENGINEERING: Final = "wrkspc_engineering"
CODING_KEY: Final = "apikey_engineering"
#: Who uses the coding assistant, by turns.
ENGINEERS: Final = ("user_claude_ann", "user_claude_ben")


class ClaudeBill:
    """Writes the charges of one day after another into a store."""

    def __init__(self, store: StoreWriter, oddities: Oddities) -> None:
        self._store = store
        self._oddities = oddities

    def write(self, events: DayEvents) -> None:
        """State a day: at its noon, two hours after its end, and again where it is corrected."""
        day = events.day
        if day < CLAUDE_SINCE:
            return
        morning = list(calls_charged(events, until=DAY // 2))
        self._put(day, day + DAY // 2, morning)
        charges = [*calls_charged(events), *coding_charged(day)]
        self._put(day, day + DAY + 2 * HOUR, charges)
        if day in self._oddities.lowered_days:
            self._put(day, day + 3 * DAY, [(nano * 19 // 20, charge) for nano, charge in charges])
            self._store.plant("lowered_day", str(day_of(day)), day + 3 * DAY, {})

    def _put(self, day: int, visible_from: int, charges: list[tuple[int, Charge]]) -> None:
        rows: list[Json] = [
            # the provider states cents, and as many of their fractions as there are
            charge_row(charge) | {"cents": f"{Decimal(nano).scaleb(-7):f}"}
            for nano, charge in charges
        ]
        self._store.put_usage_day(CHARGES, day, visible_from, rows)


def calls_charged(events: DayEvents, *, until: int = DAY) -> Iterator[tuple[int, Charge]]:
    """(nano-dollars, charge) of the app's calls before second `until` of the day."""
    rows = events.billable & (events.second < until)
    for place, workspace in enumerate(WORKSPACES):
        for model in CLAUDE:
            chosen = rows & (events.project == len(PROJECTS) + place) & (events.model == model)
            tokens = events.tokens[chosen].sum(axis=0).tolist()
            cost = events.cost[chosen].sum(axis=0).tolist()
            for pool, words in enumerate(MODELS[model].line_items):
                if not tokens[pool]:
                    continue
                yield (
                    cost[pool],
                    Charge(
                        day_of(events.day),
                        cents="",
                        token_type=words.split(", ")[1],
                        tokens=tokens[pool],
                        model=MODELS[model].name,
                        workspace=workspace,
                        key=CLAUDE_KEYS[place],
                        actor=("api_actor", CLAUDE_KEYS[place]),
                        # every call has input that is not cached
                        requests=int(chosen.sum()) if pool == 0 else 0,
                    ),
                )


def coding_charged(day: int) -> Iterator[tuple[int, Charge]]:
    """(nano-dollars, charge) of what the engineers' own assistant used on a working day."""
    if day_of(day).weekday() > 4:
        return
    rng = np.random.default_rng([13, day // DAY])
    rates = MODELS[SONNET].rates[0].rates
    user = ENGINEERS[day // DAY % len(ENGINEERS)]
    for pool, tokens in ((0, int(rng.integers(400_000, 1_500_000))), (3, 60_000)):
        yield (
            tokens * rates[pool],
            Charge(
                day_of(day),
                cents="",
                token_type=MODELS[SONNET].line_items[pool].split(", ")[1],
                tokens=tokens,
                model=MODELS[SONNET].name,
                workspace=ENGINEERING,
                key=CODING_KEY,
                actor=("user_actor", user),
                product="claude_code",
                requests=40 if pool == 0 else 0,
            ),
        )


def bill_line(row: Json) -> tuple[str, str, str]:
    """(workspace, key, line item) of a charge as a store keeps it."""
    return row["workspace_id"], row["api_key_id"], f"{row['model']}, {row['token_type']}"


def write_claude_names(store: StoreWriter, start: int) -> None:
    """Workspaces, keys and users of the organisation."""
    since = max(start, CLAUDE_SINCE)
    at = moment_of(since).isoformat().replace("+00:00", "Z")
    names = {
        WORKSPACES[0]: "Assistant", WORKSPACES[1]: "Automation", ENGINEERING: "Engineering",
        DEFAULT_WORKSPACE: "Default",
    }  # fmt: skip
    for place, (id_, name) in enumerate(names.items()):
        body = {"id": id_, "type": "workspace", "name": name, "created_at": at,
                "archived_at": None}  # fmt: skip
        _put(store, "workspaces", body, since + place)
    keys = ((CLAUDE_KEYS[0], WORKSPACES[0]), (CLAUDE_KEYS[1], WORKSPACES[1]),
            (CODING_KEY, ENGINEERING))  # fmt: skip
    for place, (id_, workspace) in enumerate(keys):
        key: Json = {
            "id": id_,
            "type": "api_key",
            "name": names[workspace],
            "workspace_id": workspace,
            "created_at": at,
            "created_by": {"id": ENGINEERS[0], "type": "user"},
            "partial_key_hint": f"sk-ant-api03-R2D...{place}igQ",
            "status": "active",
        }
        _put(store, "api_keys", key, since + place)
    for place, id_ in enumerate(ENGINEERS):
        name = id_.removeprefix("user_claude_").title()
        body = {"id": id_, "type": "user", "name": name, "role": "developer", "added_at": at,
                "email": f"{name.lower()}@company.example"}  # fmt: skip
        _put(store, "users", body, since + place)


def _put(store: StoreWriter, kind: str, body: Json, at: int) -> None:
    store.put(kind, body, at, vendor="anthropic", created=at)
