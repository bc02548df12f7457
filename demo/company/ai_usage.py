"""What customers did with the product, day by day, and what each AI call truly cost.

Every UTC day is drawn on its own from (seed, day), all rows at once with numpy: a day can be made
again without the days before it, and memory is bounded by one day. Costs are whole nano-dollars.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from demo.company.models import (
    CLAUDE,
    EMBED,
    GPT4O,
    LONG_CONTEXT,
    LUNA,
    MINI,
    MODELS,
    O3,
    O3_CUT,
    OPUS,
    ORCHID,
    SONNET,
    TIERS,
    rates_at,
)
from demo.company.plans import FEATURES, PLANS
from demo.timeline import DAY, HOUR, day_of, epoch
from demo.vendors.naming import named

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

FEATURE_IDS: Final = tuple(FEATURES)
CHAT, SEARCH, SUMMARIZE, EXTRACT, CODE, AGENTS = range(6)

PROJECTS: Final = ("proj_assistant", "proj_retrieval", "proj_documents", "proj_automation")
#: Feature -> index of the project (and of its production key).
FEATURE_PROJECT: Final = np.array([0, 1, 2, 2, 0, 3])
KEYS: Final = ("key_assistant", "key_retrieval", "key_documents", "key_automation")
#: The same at the second provider: what its workspaces and keys are for.
WORKSPACES: Final = ("wrkspc_assistant", "wrkspc_automation")
CLAUDE_KEYS: Final = ("apikey_assistant", "apikey_automation")
ENDPOINTS: Final = (*(f"/v1/{name}" for name in FEATURE_IDS), "/v1/account", "/v1/export")
#: Until the newer model came, its work was done by the small one.
LUNA_SINCE: Final = epoch("2026-01-15")
#: The spring day on which code, and half of the agents' work, went to the second provider.
CLAUDE_SINCE: Final = epoch("2026-04-01")
#: Since when conversations are held by the small model: the optimisation that paid.
SMALL_CHAT_SINCE: Final = epoch("2026-08-01")
#: The day on whose morning most requests failed.
OUTAGE: Final = epoch("2026-05-19")

TYPES: Final = ("llm_request", "api_request", "feature_use", "login", "signup")
LLM, API, USE, LOGIN, SIGNUP = range(5)

SCHEMA: Final = pa.schema(
    [
        ("event_id", pa.string()),
        ("event_type", pa.string()),
        ("occurred_at", pa.timestamp("us", tz="UTC")),
        ("customer_id", pa.string()),
        ("user_id", pa.string()),
        ("feature", pa.string()),
        ("service", pa.string()),
        ("endpoint", pa.string()),
        ("status_code", pa.int64()),
        ("response_time_ms", pa.int64()),
        ("quantity", pa.int64()),
        ("provider", pa.string()),
        ("model", pa.string()),
        ("service_tier", pa.string()),
        ("is_batch", pa.bool_()),
        ("input_tokens", pa.int64()),
        ("cached_input_tokens", pa.int64()),
        ("cache_write_tokens", pa.int64()),
        ("output_tokens", pa.int64()),
        ("project_id", pa.string()),
        ("api_key_id", pa.string()),
        ("request_id", pa.string()),
        ("cache_hit", pa.bool_()),
        ("acquisition_channel", pa.string()),
        ("region", pa.string()),
    ]
)


@dataclass(frozen=True)
class Activity:
    """A stretch in which a customer uses the product.

    weight: its share of the day's ordinary traffic. extra: (calls a day, feature) on top of it.
    with_ai: whether AI calls are among it (free plans and trials get cached demos only).
    """

    customer: str
    plan: int
    start: int
    end: int
    weight: float
    with_ai: bool = True
    extra: tuple[int, int] | None = None


@dataclass(frozen=True)
class Signup:
    """A customer's first day."""

    customer: str
    at: int
    channel: str


@dataclass(frozen=True)
class DayEvents:
    """One UTC day: the rows as an Arrow table, and the simulator's knowledge about each row.

    Index arrays have one entry per row; -1 is none. `cost` is nano-dollars by pool, (rows, 4);
    `is_priced` is false where no public price exists. `billable` rows reached the provider.
    """

    day: int
    table: pa.Table
    second: Ints
    feature: Ints
    model: Ints
    tier: Ints
    project: Ints
    key: Ints
    tokens: Ints
    cost: Ints
    is_priced: Mask
    billable: Mask
    feature_told: Mask

    def __len__(self) -> int:
        return int(self.table.num_rows)


class UsageModel:
    """Draws the days of a company.

    Args:
        seed: of everything random here.
        events: how many events to draw between `start` and `clock`.
        start, clock, horizon: seconds; days are drawn from `start` up to `horizon`.
        activities: who uses the product when.
    """

    def __init__(
        self,
        seed: int,
        events: int,
        start: int,
        clock: int,
        horizon: int,
        activities: Sequence[Activity],
        signups: Sequence[Signup] = (),
        account: str = "",
    ) -> None:
        self._projects = tuple(named(id_, account) for id_ in (*PROJECTS, *WORKSPACES))
        self._keys = tuple(named(id_, account) for id_ in (*KEYS, *CLAUDE_KEYS))
        self.start, self.horizon = start, horizon
        self._seed = seed
        self._activities = activities
        self._from = np.array([a.start for a in activities], dtype=np.int64)
        self._to = np.array([a.end for a in activities], dtype=np.int64)
        self._weight = np.array([a.weight for a in activities], dtype=np.float64)
        self._plan = np.array([a.plan for a in activities], dtype=np.int64)
        self._with_ai = np.array([a.with_ai for a in activities], dtype=np.bool_)
        self._customers = pa.array([a.customer for a in activities])
        self._users = pa.array([f"{a.customer}-u" for a in activities])
        self._signups: dict[int, list[Signup]] = {}
        for signup in signups:
            self._signups.setdefault(signup.at - signup.at % DAY, []).append(signup)
        self._counts = self._plan_counts(events, clock)

    def days(self) -> Iterator[int]:
        """Starts of all days."""
        yield from range(self.start, self.horizon, DAY)

    def _active(self, day: int) -> Mask:
        return (self._from < day + DAY) & (self._to > day)

    def _plan_counts(self, events: int, clock: int) -> dict[int, int]:
        """Events per day: the asked-for number up to the clock, spread by who is active."""
        days = list(self.days())
        shares = np.array(
            [
                float(self._weight[self._active(day)].sum())
                * (1.0 if day_of(day).weekday() < 5 else 0.45)
                for day in days
            ]
        )
        extras = sum(
            a.extra[0] * max(0, (min(a.end, clock) - a.start) // DAY)
            for a in self._activities
            if a.extra is not None
        )
        until = np.array([day < clock for day in days])
        total = float(shares[until].sum())
        ordinary = max(0, events - extras)
        scaled = shares / total * ordinary if total else shares * 0
        edges = np.floor(np.concatenate([[0.0], np.cumsum(scaled)]) + 0.5).astype(np.int64)
        return dict(zip(days, np.diff(edges).tolist(), strict=True))

    def day(self, day: int) -> DayEvents:
        """All events of the UTC day that starts at `day`, in time order."""
        rng = np.random.default_rng([self._seed, day // DAY])
        active = np.flatnonzero(self._active(day) & (self._weight > 0))
        count = self._counts[day] if len(active) else 0
        who = _choose(rng, active, self._weight[active], count)
        forced = [
            (number, activity.extra)
            for number, activity in enumerate(self._activities)
            if activity.extra is not None and activity.start <= day < activity.end
        ]
        extra_who = np.repeat(
            np.array([n for n, _ in forced], dtype=np.int64),
            [extra[0] for _, extra in forced],
        )
        extra_feature = np.repeat(
            np.array([extra[1] for _, extra in forced], dtype=np.int64),
            [extra[0] for _, extra in forced],
        )
        who = np.concatenate([who, extra_who])
        kind = np.searchsorted([0.72, 0.9, 0.97], rng.random(len(who)), side="right")
        kind[count:] = LLM
        kind = np.where((kind == LLM) & ~self._with_ai[who], API, kind)
        feature = self._draw_features(rng, who)
        feature[count:] = np.where(extra_feature >= 0, extra_feature, feature[count:])
        second = (rng.beta(4, 3, len(who)) * DAY).astype(np.int64)
        # A stretch that begins or ends inside the day is used in its part of it only.
        low = np.maximum(self._from[who] - day, 0)
        high = np.minimum(self._to[who] - day, DAY)
        second = low + second * (high - low) // DAY
        order = np.argsort(second, kind="stable")
        return self._fill(rng, day, who[order], kind[order], feature[order], second[order])

    def _draw_features(self, rng: np.random.Generator, who: Ints) -> Ints:
        table = np.array([[p.features[n % len(p.features)] for n in range(12)] for p in PLANS])
        lookup = {name: number for number, name in enumerate(FEATURE_IDS)}
        numbers = np.vectorize(lookup.__getitem__)(table)
        # The first features of a plan are used most.
        pick = np.minimum((rng.random(len(who)) ** 1.4 * 12).astype(np.int64), 11)
        result: Ints = numbers[self._plan[who], pick].astype(np.int64)
        return result

    def _fill(
        self, rng: np.random.Generator, day: int, who: Ints, kind: Ints, feature: Ints, second: Ints
    ) -> DayEvents:
        count = len(who)
        llm = kind == LLM
        hit = llm & np.isin(feature, (CHAT, SEARCH)) & (rng.random(count) < 0.08)
        failed = rng.random(count) < np.where(llm, 0.012, 0.02)
        if day == OUTAGE:
            failed |= (rng.random(count) < 0.6) & (second >= 9 * HOUR) & (second < 13 * HOUR)
        failed &= ~hit & (kind <= USE)
        model = _draw_models(rng, feature, day)
        tier = _draw_tiers(rng, model, feature, day)
        tokens = _draw_tokens(rng, model, feature, tier, second)
        tokens[~llm | failed] = 0
        model[~llm] = -1
        billable = llm & ~hit & ~failed
        cost, priced = _cost(day, model, tier, tokens, billable)
        home = np.where(
            np.isin(model, CLAUDE), len(PROJECTS) + (feature != CODE), FEATURE_PROJECT[feature]
        )
        project = np.where(llm, home, -1)
        told = ~llm | (rng.random(count) >= 0.02)
        key = np.where(rng.random(count) < 0.95, project, -1)
        table = self._table(
            rng, day, who, kind, feature, second, hit, failed, model, tier, tokens, project, key,
            told,
        )  # fmt: skip
        signups = self._signup_table(day)
        rows = table.num_rows
        if signups is not None:
            table = pa.concat_tables([table, signups])
        more = table.num_rows - rows
        blank = np.full(more, -1, dtype=np.int64)
        none = np.zeros(more, dtype=np.bool_)
        times = [s.at - day for s in self._signups.get(day, ())]
        return DayEvents(
            day=day,
            table=table,
            second=np.concatenate([second, np.array(times, dtype=np.int64)]),
            feature=np.concatenate([np.where(kind == LOGIN, -1, feature), blank]),
            model=np.concatenate([model, blank]),
            tier=np.concatenate([tier, blank]),
            project=np.concatenate([project, blank]),
            key=np.concatenate([key, blank]),
            tokens=np.concatenate([tokens, np.zeros((more, 4), dtype=np.int64)]),
            cost=np.concatenate([cost, np.zeros((more, 4), dtype=np.int64)]),
            is_priced=np.concatenate([priced, none]),
            billable=np.concatenate([billable, none]),
            feature_told=np.concatenate([told, none]),
        )

    def _table(
        self,
        rng: np.random.Generator,
        day: int,
        who: Ints,
        kind: Ints,
        feature: Ints,
        second: Ints,
        hit: Mask,
        failed: Mask,
        model: Ints,
        tier: Ints,
        tokens: Ints,
        project: Ints,
        key: Ints,
        told: Mask,
    ) -> pa.Table:
        count = len(who)
        llm = kind == LLM
        spoken = kind != LOGIN
        number = day // DAY
        ids = _labels(f"evt-{number}-", count)
        endpoint = np.where(kind == API, np.where(rng.random(count) < 0.2, 6, feature), feature)
        endpoint = np.where(kind <= API, endpoint, -1)
        milliseconds = np.exp(rng.normal(np.where(llm, 7.0, 4.6), 0.6, count)).astype(np.int64) + 3
        milliseconds = np.where(hit, milliseconds // 20 + 2, milliseconds)
        status = np.where(failed, np.where(rng.random(count) < 0.4, 429, 500), 200)
        users = rng.integers(1, 6, count)
        services = [FEATURES[name][1] for name in FEATURE_IDS]
        user_names = pc.binary_join_element_wise(
            self._users.take(pa.array(who)), pa.array(users.astype(str)), ""
        )
        columns: dict[str, Any] = {
            "event_id": ids,
            "event_type": _words(kind, TYPES),
            "occurred_at": pa.array((day + second) * 1_000_000).cast(pa.timestamp("us", tz="UTC")),
            "customer_id": self._customers.take(pa.array(who)),
            "user_id": user_names,
            "feature": _words(np.where(spoken & told, feature, -1), FEATURE_IDS),
            "service": _words(np.where(spoken, feature, -1), services),
            "endpoint": _words(endpoint, ENDPOINTS),
            "status_code": _numbers(status, kind <= USE),
            "response_time_ms": _numbers(milliseconds, kind <= API),
            "quantity": _numbers(rng.integers(1, 5, count), kind == USE),
            "provider": _words(model, [m.provider for m in MODELS]),
            "model": _words(model, [m.name for m in MODELS]),
            "service_tier": _words(np.where(llm & (tier > 0), tier, -1), TIERS),
            "is_batch": pa.array(tier == 1, mask=~(llm & (tier == 1))),
            "input_tokens": _numbers(tokens[:, :3].sum(axis=1), llm),
            "cached_input_tokens": _numbers(tokens[:, 1], llm & (tokens[:, 1] > 0)),
            "cache_write_tokens": _numbers(tokens[:, 2], llm & (tokens[:, 2] > 0)),
            "output_tokens": _numbers(tokens[:, 3], llm),
            "project_id": _words(project, self._projects),
            "api_key_id": _words(np.where(llm, key, -1), self._keys),
            "request_id": pc.if_else(
                pa.array(llm & ~hit), _labels(f"req-{number}-", count), pa.scalar(None, pa.string())
            ),
            "cache_hit": pa.array(hit, mask=~llm),
            "acquisition_channel": pa.nulls(count, pa.string()),
            "region": _words(np.where(rng.random(count) < 0.05, who % 3, -1), ("eu", "us", "ap")),
        }
        return pa.table(columns, schema=SCHEMA)

    def _signup_table(self, day: int) -> pa.Table | None:
        rows = [
            {
                "event_id": f"evt-signup-{signup.customer}",
                "event_type": "signup",
                "occurred_at": signup.at * 1_000_000,
                "customer_id": signup.customer,
                "user_id": f"{signup.customer}-u1",
                "acquisition_channel": signup.channel,
            }
            for signup in self._signups.get(day, ())
        ]
        if not rows:
            return None
        columns: Mapping[str, list[Any]] = {
            name: [row.get(name) for row in rows] for name in SCHEMA.names
        }
        return pa.table(dict(columns), schema=SCHEMA)


def _choose(
    rng: np.random.Generator, items: Ints, weights: npt.NDArray[np.float64], n: int
) -> Ints:
    if n == 0:
        return np.zeros(0, dtype=np.int64)
    edges = np.cumsum(weights)
    picked = np.searchsorted(edges, rng.random(n) * edges[-1], side="right")
    chosen: Ints = items[np.minimum(picked, len(items) - 1)].astype(np.int64)
    return chosen


def _draw_models(rng: np.random.Generator, feature: Ints, day: int) -> Ints:
    agent = LUNA if day >= LUNA_SINCE else GPT4O
    talk = MINI if day >= SMALL_CHAT_SINCE else GPT4O
    code = OPUS if day >= CLAUDE_SINCE else O3
    by_feature = np.array([talk, EMBED, GPT4O, MINI, code, agent])
    model = by_feature[feature].astype(np.int64)
    dice = rng.random(len(feature))
    if day >= CLAUDE_SINCE:
        model[(feature == AGENTS) & (dice < 0.5)] = SONNET
    if day >= LUNA_SINCE:
        # A preview model that no price list knows.
        model[(feature == AGENTS) & (dice > 0.96)] = ORCHID
    return model


def _draw_tiers(rng: np.random.Generator, model: Ints, feature: Ints, day: int) -> Ints:
    dice = rng.random(len(model))
    tier = np.zeros(len(model), dtype=np.int64)
    tier[(model == MINI) & (feature == EXTRACT) & (dice < 0.3)] = 1
    if day >= O3_CUT:
        tier[(model == O3) & (dice < 0.1)] = 2
    tier[(model == GPT4O) & (dice < 0.06)] = 3
    return tier


def _draw_tokens(
    rng: np.random.Generator, model: Ints, feature: Ints, tier: Ints, second: Ints
) -> Ints:
    """Tokens by pool (uncached, cached, cache write, output), (rows, 4).

    A call is a task of the app: the tokens of all that it sent for it.
    """
    count = len(model)
    typical = np.array([600_000, 400, 520_000, 300_000, 125_000, 170_000])[feature]
    total = (typical * np.exp(rng.normal(0, 0.4, count))).astype(np.int64) + 20
    answers = np.array([9_000, 0, 20_000, 15_000, 14_000, 30_000])[feature]
    output = (answers * np.exp(rng.normal(0, 0.4, count))).astype(np.int64)
    long = (model == LUNA) & (rng.random(count) < 0.02)
    # Some requests sit exactly on the threshold, which still is the short rate.
    total[long] = LONG_CONTEXT + np.where(second[long] % 3 == 0, 0, 1 + second[long] % 60_000)
    # Longer ones would be dearer with both providers.
    short = np.isin(model, (LUNA, *CLAUDE)) & ~long
    total[short] = np.minimum(total[short], 200_000)
    may_cache = ((tier == 0) | (tier == 3)) & np.isin(model, (GPT4O, MINI, O3, LUNA, *CLAUDE))
    cached = np.where(
        may_cache & (rng.random(count) < 0.35),
        (total * rng.uniform(0.2, 0.8, count)).astype(np.int64) // 128 * 128,
        0,
    )
    writes = np.isin(model, (LUNA, *CLAUDE)) & (rng.random(count) < 0.2)
    written = np.where(writes, (total - cached) // 4, 0)
    output[model == EMBED] = 0
    return np.stack([total - cached - written, cached, written, output], axis=1)


def _cost(day: int, model: Ints, tier: Ints, tokens: Ints, billable: Mask) -> tuple[Ints, Mask]:
    cost = np.zeros_like(tokens)
    priced = billable.copy()
    is_long = tokens[:, :3].sum(axis=1) > LONG_CONTEXT
    for number in range(len(MODELS)):
        for place, name in enumerate(TIERS):
            for long in (False, True):
                rows = billable & (model == number) & (tier == place) & (is_long == long)
                if not rows.any():
                    continue
                rates = rates_at(number, name, day, is_long=long)
                if rates is None:
                    priced[rows] = False
                else:
                    cost[rows] = tokens[rows] * np.array(rates, dtype=np.int64)
    return cost, priced


def _words(index: npt.NDArray[Any], words: Sequence[str]) -> pa.Array:
    """Text by index; -1 is null."""
    numbers = pa.array(np.maximum(index, 0).astype(np.int32), mask=np.asarray(index) < 0)
    return pa.array(list(words), pa.string()).take(numbers)


def _numbers(values: npt.NDArray[Any], present: Mask) -> pa.Array:
    return pa.array(values.astype(np.int64), mask=~present)


def _labels(prefix: str, count: int) -> pa.Array:
    numbers = pa.array(np.arange(count)).cast(pa.string())
    padded = pc.utf8_lpad(numbers, 7, "0")
    return pc.binary_join_element_wise(pa.scalar(prefix), padded, "")
