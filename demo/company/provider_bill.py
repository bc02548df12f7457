"""What the AI provider bills and reports: days of cost lines and of usage, with restatements.

The bill starts from what the company's calls truly cost and adds what real bills have: somebody's
notebook, searches, bundles without a project, free tokens, discounts, corrections days later.
Everything odd is planted by `Oddities`, whose days follow from the clock of the parameters.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np

from demo.company.ai_usage import KEYS, PROJECTS, DayEvents
from demo.company.models import GPT4O, MINI, MODELS, O3, ORCHID, ORCHID_RATES, TIERS
from demo.timeline import DAY, HOUR, day_of
from demo.vendors.store import Json, StoreWriter

RESEARCH: Final = "proj_research"
NOTEBOOK_KEY: Final = "key_notebook"
NANO: Final = Decimal(10) ** -9

#: Line items that are not tokens, and one that no map knows.
WEB_SEARCH: Final = "web search tool calls"
FILE_SEARCH: Final = "assistants api | file search"
BUNDLE: Final = "Text tokens"
UNKNOWN: Final = "quantum leap | experimental"
EVALS: Final = "evals | gpt-4o-mini-2024-07-18, input"

Line = tuple[str | None, str | None, str]


@dataclass(frozen=True)
class Oddities:
    """Days (their starts) on which the bill does something odd, counted back from the clock."""

    today: int

    def back(self, days: int) -> int:
        """The day so many days before the clock's."""
        return self.today - days * DAY

    @property
    def free_days(self) -> set[int]:
        """Tokens of the small model were free: used and reported, not billed."""
        return {self.back(n) for n in (40, 41, 96)}

    @property
    def restated_days(self) -> set[int]:
        """Corrected upwards by 4 % two days later, one line gone."""
        return {self.back(n) for n in (2, 6, 33, 120)}

    @property
    def lowered_days(self) -> set[int]:
        """Corrected downwards by the second provider, by 5 % three days later."""
        return {self.back(n) for n in (1, 45)}

    @property
    def emptied_days(self) -> set[int]:
        """Restated to nothing three days later (an outage was credited)."""
        return {self.back(n) for n in (4, 70)}

    @property
    def shared_key_days(self) -> set[int]:
        """A notebook used the production key of the documents project: 30 % more than events."""
        return {self.back(n) for n in range(20, 27)}

    @property
    def discount_days(self) -> set[int]:
        """The assistant project was billed at three quarters."""
        return {self.back(n) for n in range(50, 57)}

    @property
    def shifted_days(self) -> set[int]:
        """A tenth of the automation project's cost was billed on the day after."""
        return {self.back(n) for n in (12, 60)}

    @property
    def near_days(self) -> set[int]:
        """Billed half a percent above the events, as rounding does."""
        return {self.back(n) for n in range(28, 32)}


def billed_lines(events: DayEvents, oddities: Oddities, *, until: int = DAY) -> dict[Line, int]:
    """The production lines of a day in nano-dollars, of calls before second `until` of the day."""
    lines: dict[Line, int] = {}
    day = events.day
    rows = events.billable & (events.second < until)
    cost = events.cost.copy()
    orchid = events.model == ORCHID
    cost[orchid] = events.tokens[orchid] * np.array(ORCHID_RATES, dtype=np.int64)
    for project in range(len(PROJECTS)):
        for number, model in enumerate(MODELS):
            chosen = rows & (events.project == project) & (events.model == number)
            if not chosen.any():
                continue
            if number == MINI and day in oddities.free_days:
                continue
            for pool, total in enumerate(cost[chosen].sum(axis=0).tolist()):
                if total:
                    # The provider knows the key even where the app's event forgot it.
                    lines[(PROJECTS[project], KEYS[project], model.line_items[pool])] = total
    _bend(lines, day, oddities)
    return lines


def _bend(lines: dict[Line, int], day: int, oddities: Oddities) -> None:
    """Apply the oddities that scale a project's lines."""
    for line, amount in list(lines.items()):
        if day in oddities.shared_key_days and line[0] == "proj_documents":
            lines[line] = amount * 13 // 10
        elif day in oddities.discount_days and line[0] == "proj_assistant":
            lines[line] = amount * 3 // 4
        elif day in oddities.near_days and line[0] == "proj_assistant":
            lines[line] = amount * 201 // 200


def extra_lines(day: int) -> dict[Line, int]:
    """Lines that no app event explains: research, searches, storage, bundles."""
    rng = np.random.default_rng([11, day // DAY])
    date = day_of(day)
    lines: dict[Line, int] = {}
    if date.weekday() < 5:
        tokens = int(rng.integers(20_000, 120_000))
        name = MODELS[GPT4O].line_items
        lines[(RESEARCH, NOTEBOOK_KEY, name[0])] = tokens * 2_500
        lines[(RESEARCH, NOTEBOOK_KEY, name[3])] = tokens // 5 * 10_000
        if date.day % 3 == 0:
            lines[(RESEARCH, NOTEBOOK_KEY, MODELS[O3].line_items[0])] = tokens * 2_000
        if date.day % 7 == 0:
            lines[(RESEARCH, NOTEBOOK_KEY, EVALS)] = tokens * 150
    lines[("proj_automation", "key_automation", WEB_SEARCH)] = int(rng.integers(5, 60)) * 10_000_000
    lines[("proj_retrieval", None, FILE_SEARCH)] = int(rng.integers(1, 9)) * 100_000_000
    if date.weekday() == 0:
        lines[(None, None, BUNDLE)] = int(rng.integers(50, 400)) * 1_000_000
    if date.day == 13:
        lines[("proj_automation", "key_automation", UNKNOWN)] = (
            int(rng.integers(1, 40)) * 10_000_000
        )
    return lines


def _rows(lines: dict[Line, int]) -> list[Json]:
    return [
        {
            "project_id": project,
            "api_key_id": key,
            "line_item": item,
            "amount": f"{Decimal(amount) * NANO:f}",
            "quantity": None,
            "quantity_unit": None,
        }
        for (project, key, item), amount in sorted(
            lines.items(), key=lambda entry: tuple(str(part) for part in entry[0])
        )
    ]


class BillWriter:
    """Writes the statements of one day after another into a store."""

    def __init__(self, store: StoreWriter, oddities: Oddities) -> None:
        self._store = store
        self._oddities = oddities
        self._carried: dict[Line, int] = {}

    def write(self, events: DayEvents) -> None:
        """State a day: at its noon, two hours after its end, and again where it is corrected."""
        day, odd = events.day, self._oddities
        morning = billed_lines(events, odd, until=DAY // 2)
        self._store.put_cost_day(day, day + DAY // 2, _rows(morning))
        lines = billed_lines(events, odd)
        for line, amount in self._carried.items():
            lines[line] = lines.get(line, 0) + amount
        self._carried = {}
        if day in odd.shifted_days:
            for line in list(lines):
                if line[0] == "proj_automation":
                    self._carried[line] = lines[line] // 10
                    lines[line] -= self._carried[line]
        lines |= extra_lines(day)
        self._store.put_cost_day(day, day + DAY + 2 * HOUR, _rows(lines))
        if day in odd.restated_days:
            again = {line: amount * 26 // 25 for line, amount in lines.items()}
            again.pop(("proj_automation", "key_automation", WEB_SEARCH), None)
            self._store.put_cost_day(day, day + 3 * DAY, _rows(again))
            self._store.plant("restated_day", str(day_of(day)), day + 3 * DAY, {})
        if day in odd.emptied_days:
            self._store.put_cost_day(day, day + 4 * DAY, [])
            self._store.plant("emptied_day", str(day_of(day)), day + 4 * DAY, {})
        for endpoint, rows in usage_rows(events).items():
            self._store.put_usage_day(endpoint, day, day + DAY + HOUR, rows)


def usage_rows(events: DayEvents) -> dict[str, list[Json]]:
    """Usage of a day by endpoint, at its finest grain."""
    day = events.day
    found: dict[str, list[Json]] = {"completions": [], "embeddings": []}
    for project in range(len(PROJECTS)):
        for number, model in enumerate(MODELS):
            for tier, tier_name in enumerate(TIERS):
                chosen = (
                    events.billable
                    & (events.project == project)
                    & (events.model == number)
                    & (events.tier == tier)
                )
                if not chosen.any():
                    continue
                uncached, cached, written, output = events.tokens[chosen].sum(axis=0).tolist()
                row: Json = {
                    "project_id": PROJECTS[project],
                    "user_id": "user_service",
                    "api_key_id": KEYS[project],
                    "model": model.name,
                    "input_tokens": uncached + cached + written,
                    "num_model_requests": int(chosen.sum()),
                }
                if model.endpoint == "completions":
                    row |= {
                        "output_tokens": output,
                        "input_cached_tokens": cached,
                        "input_uncached_tokens": uncached,
                        "input_cache_write_tokens": written,
                        "batch": tier == 1,
                        "service_tier": "default" if tier < 2 else tier_name,
                    }
                found[model.endpoint].append(row)
    rng = np.random.default_rng([12, day // DAY])
    date = day_of(day)
    notebook = {"project_id": RESEARCH, "user_id": "user_anna", "api_key_id": NOTEBOOK_KEY}
    if date.weekday() < 5:
        tokens = int(rng.integers(20_000, 120_000))
        found["completions"].append(
            {
                **notebook,
                "model": MODELS[GPT4O].name,
                "input_tokens": tokens,
                "output_tokens": tokens // 5,
                "input_uncached_tokens": tokens,
                "num_model_requests": 12,
                "batch": False,
                "service_tier": "default",
            }
        )
    agents = {
        "project_id": "proj_automation",
        "user_id": "user_service",
        "api_key_id": "key_automation",
    }
    found["web_search_calls"] = [
        {**agents, "model": "gpt-5.6-luna", "num_requests": 7, "num_model_requests": 7}
    ]
    found["file_search_calls"] = [
        {"project_id": "proj_retrieval", "num_requests": int(rng.integers(1, 90))}
    ]
    found["moderations"] = [
        {**agents, "model": "omni-moderation-latest", "input_tokens": 900, "num_model_requests": 9}
    ]
    found["vector_stores"] = [
        {"project_id": "proj_retrieval", "usage_bytes": 1_000_000_000 + day // DAY}
    ]
    if date.weekday() == 2:
        found["images"] = [
            {**notebook, "model": "gpt-image-1", "images": 4, "num_model_requests": 4,
             "size": "1024x1024", "source": "image.generation"}
        ]  # fmt: skip
        found["audio_speeches"] = [
            {**notebook, "model": "tts-1", "characters": 1_200, "num_model_requests": 2}
        ]
        found["audio_transcriptions"] = [
            {**notebook, "model": "whisper-1", "seconds": 340, "num_model_requests": 3}
        ]
        found["code_interpreter_sessions"] = [{"project_id": RESEARCH, "num_sessions": 2}]
        found["decisions"] = [
            {**notebook, "model": "gpt-5.6-luna", "input_tokens": 300, "num_model_requests": 1}
        ]
    return {endpoint: rows for endpoint, rows in found.items() if rows}


def _names(start: int) -> Iterator[tuple[str, Json, int, str | None]]:
    for number, (id_, name) in enumerate(
        [
            *((project, project.removeprefix("proj_").title()) for project in PROJECTS),
            (RESEARCH, "Research"),
            ("proj_pilot", "Pilot (archived)"),
        ]
    ):
        archived = id_ == "proj_pilot"
        yield (
            "projects",
            {
                "id": id_,
                "object": "organization.project",
                "name": name,
                "created_at": start + number,
                "archived_at": start + 90 * DAY if archived else None,
                "status": "archived" if archived else "active",
            },
            start + number,
            None,
        )
    people = (("user_service", "Service"), ("user_anna", "Anna"), ("user_ben", "Ben"))
    for number, (id_, name) in enumerate(people):
        yield (
            "users",
            {
                "id": id_,
                "object": "organization.user",
                "name": name,
                "email": f"{name.lower()}@company.example",
                "role": "owner" if number == 0 else "reader",
                "added_at": start + number,
            },
            start + number,
            None,
        )
    keys = [*zip(PROJECTS, KEYS, strict=True), (RESEARCH, NOTEBOOK_KEY), (PROJECTS[0], "key_old")]
    for number, (project, key) in enumerate(keys):
        yield (
            "project_api_keys",
            {
                "id": key,
                "object": "organization.project.api_key",
                "name": key.removeprefix("key_").title(),
                "redacted_value": f"sk-proj-...{number:03d}",
                "created_at": start + number,
                "last_used_at": start + 30 * DAY,
                "owner": {"type": "user", "user": {"id": "user_anna", "name": "Anna"}},
            },
            start + number,
            project,
        )
    yield (
        "admin_api_keys",
        {
            "id": "key_admin",
            "object": "organization.admin_api_key",
            "name": "Cost reader",
            "redacted_value": "sk-admin...emo",
            "created_at": start,
            "last_used_at": start + 30 * DAY,
            "owner": {"type": "user", "id": "user_service", "name": "Service"},
        },
        start,
        None,
    )


def write_names(store: StoreWriter, start: int) -> None:
    """Projects (one archived), users and keys (one deleted after three months)."""
    for kind, body, created, parent in _names(start):
        store.put(kind, body, created, vendor="openai", created=created, parent=parent)
        if body["id"] == "key_old":
            store.put(kind, body, start + 90 * DAY, vendor="openai", deleted=True)
