"""How the product was used, reckoned from events by plain Python and numpy: no SQL, no model."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

Key = tuple[Any, ...]
Values = tuple[Any, ...]


@dataclass(frozen=True)
class Use:
    """One event; what it does not say is None. Times are UTC."""

    type: str
    at: datetime
    account: str | None
    customer: str
    user: str | None
    service: str
    endpoint: str
    status: int | None
    milliseconds: float | None
    quantity: float
    provider: str
    model: str | None
    input_tokens: int
    output_tokens: int
    is_hit: bool

    @property
    def day(self) -> date:
        return self.at.date()

    @property
    def month(self) -> date:
        return self.at.date().replace(day=1)

    @property
    def failed(self) -> bool:
        return self.status is not None and self.status >= 400


def moment(value: Any) -> datetime:
    """UTC time of an ISO text, of seconds or milliseconds since 1970, or of a datetime."""
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    text = str(value)
    if text.replace(".", "").isdigit():
        seconds = float(text)
        return datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)
    found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def uses_of(
    events: Iterable[Mapping[str, Any]],
    customers: Mapping[str, str] | None = None,
    services: Mapping[str, str] | None = None,
) -> list[Use]:
    """Events as files hold them; `customers` maps accounts, `services` features."""
    return [_use(event, customers or {}, services or {}) for event in events]


def _use(
    event: Mapping[str, Any], customers: Mapping[str, str], services: Mapping[str, str]
) -> Use:
    def say(name: str) -> Any:
        value = event.get(name)
        return None if value is None or value == "" else value

    account = say("customer_id")
    status, milliseconds = say("status_code"), say("response_time_ms")
    quantity = say("quantity")
    return Use(
        type=str(event["event_type"]),
        at=moment(event["occurred_at"]),
        account=account,
        customer="__unattributed__" if account is None else customers.get(account, account),
        user=say("user_id"),
        service=say("service") or services.get(say("feature") or "") or "__unknown__",
        endpoint=say("endpoint") or "__unknown__",
        status=None if status is None else int(status),
        milliseconds=None if milliseconds is None else float(milliseconds),
        quantity=1.0 if quantity is None else float(quantity),
        provider=(say("provider") or "openai").lower(),
        model=say("model"),
        input_tokens=int(say("input_tokens") or 0),
        output_tokens=int(say("output_tokens") or 0),
        is_hit=str(say("cache_hit")).lower() == "true",
    )


def grouped(uses: Iterable[Use], key: Callable[[Use], Key]) -> dict[Key, list[Use]]:
    groups: dict[Key, list[Use]] = defaultdict(list)
    for use in uses:
        groups[key(use)].append(use)
    return groups


def requests(uses: Iterable[Use]) -> list[Use]:
    return [use for use in uses if use.type == "api_request"]


def llm_calls(uses: Iterable[Use]) -> list[Use]:
    """Events of LLM calls, those that the app's own cache answered among them."""
    return [use for use in uses if use.type == "llm_request"]


def reached_a_provider(uses: Iterable[Use]) -> int:
    """LLM calls among them as people count them: what the app's own cache answered is none."""
    return sum(not use.is_hit for use in uses)


def failures(calls: Sequence[Use]) -> int | None:
    """How many failed; None where there are calls and none says how it went."""
    if calls and all(call.status is None for call in calls):
        return None
    return sum(call.failed for call in calls)


def times(uses: Iterable[Use]) -> tuple[float | None, float | None, float | None]:
    """Mean, median and 95th percentile of the response times that are known."""
    known = [use.milliseconds for use in uses if use.milliseconds is not None]
    if not known:
        return (None, None, None)
    return (float(np.mean(known)), *(float(np.percentile(known, q)) for q in (50, 95)))


def users(uses: Iterable[Use]) -> int:
    return len({(use.account, use.user) for use in uses if use.user is not None})


def _first_most(counts: Counter[Any]) -> Any:
    return min(counts, key=lambda value: (-counts[value], value)) if counts else None


def by_customer_day(uses: Sequence[Use]) -> dict[Key, Values]:
    """(day, customer) -> events, calls, errors, llm calls, users, peak hour, most used endpoint,
    tokens in and out, mean, median, 95th percentile."""
    result = {}
    for key, own in grouped(uses, lambda use: (use.day, use.customer)).items():
        calls = requests(own)
        llm = llm_calls(own)
        result[key] = (
            len(own),
            len(calls),
            failures(calls),
            reached_a_provider(llm),
            users(own),
            _first_most(Counter(use.at.hour for use in calls)),
            _first_most(Counter(use.endpoint for use in calls)),
            sum(use.input_tokens for use in llm),
            sum(use.output_tokens for use in llm),
            *times(calls),
        )
    return result


def by_service_month(uses: Sequence[Use]) -> dict[Key, Values]:
    """(month, service) -> events, calls, errors, llm calls, units, users, customers, mean, median,
    95th percentile."""
    result = {}
    for key, own in grouped(uses, lambda use: (use.month, use.service)).items():
        calls = requests(own)
        result[key] = (
            len(own),
            len(calls),
            failures(calls),
            reached_a_provider(llm_calls(own)),
            sum(use.quantity for use in own if use.type == "feature_use"),
            users(own),
            len({use.customer for use in own} - {"__unattributed__"}),
            *times(calls),
        )
    return result


def by_service_day(uses: Sequence[Use]) -> dict[Key, Values]:
    """(day, service) -> events, calls, errors, llm calls, users, tokens in and out, mean, median,
    95th percentile."""
    result = {}
    for key, own in grouped(uses, lambda use: (use.day, use.service)).items():
        calls, llm = requests(own), llm_calls(own)
        result[key] = (
            len(own),
            len(calls),
            failures(calls),
            reached_a_provider(llm),
            users(own),
            sum(use.input_tokens for use in llm),
            sum(use.output_tokens for use in llm),
            *times(calls),
        )
    return result


def by_service_period(uses: Sequence[Use]) -> dict[Key, Values]:
    """(grain, first day of the week or quarter, service) -> as of `by_service_day`."""
    result: dict[Key, Values] = {}
    for grain, start in (("week", _monday), ("quarter", _quarter)):
        moved = [replace(use, at=_noon(start(use.day))) for use in uses]
        result |= {(grain, *key): values for key, values in by_service_day(moved).items()}
    return result


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _quarter(day: date) -> date:
    return day.replace(month=day.month - (day.month - 1) % 3, day=1)


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def by_hour(uses: Sequence[Use]) -> dict[Key, Values]:
    """(day, hour) -> weekday, events, calls, errors, llm calls, users, tokens in and out, mean,
    95th percentile."""
    result = {}
    for key, own in grouped(uses, lambda use: (use.day, use.at.hour)).items():
        calls, llm = requests(own), llm_calls(own)
        mean, _, p95 = times(calls)
        result[key] = (
            key[0].isoweekday(),
            len(own),
            len(calls),
            failures(calls),
            reached_a_provider(llm),
            users(own),
            sum(use.input_tokens for use in llm),
            sum(use.output_tokens for use in llm),
            mean,
            p95,
        )
    return result


def by_customer_endpoint_day(uses: Sequence[Use]) -> dict[Key, Values]:
    """(day, customer, endpoint) -> calls, errors, mean, 95th percentile."""
    result = {}
    calls = requests(uses)
    for key, own in grouped(calls, lambda use: (use.day, use.customer, use.endpoint)).items():
        mean, _, p95 = times(own)
        result[key] = (len(own), failures(own), mean, p95)
    return result


def by_month(uses: Sequence[Use], clock: datetime) -> dict[Key, Values]:
    """(month,) -> active and new users, active customers, users of the last 30 days, of the 30
    before, and of these the lost ones; for every month with a user in the 60 days to its end."""
    days: dict[Key, set[date]] = defaultdict(set)
    customers: dict[date, set[str]] = defaultdict(set)
    for use in uses:
        if use.user is not None:
            days[use.account, use.user].add(use.day)
        if use.customer != "__unattributed__":
            customers[use.month].add(use.customer)
    today = (clock - timedelta(seconds=1)).date()
    first = min(min(own) for own in days.values()).replace(day=1)
    result: dict[Key, Values] = {}
    month = first
    while month <= today:
        following = (month + timedelta(days=32)).replace(day=1)
        last = min(following - timedelta(days=1), today)
        active = [own for own in days.values() if any(month <= day <= last for day in own)]
        recent = {key for key, own in days.items() if _any_within(own, last, 0, 30)}
        before = {key for key, own in days.items() if _any_within(own, last, 30, 60)}
        if recent or before:
            result[(month,)] = (
                len(active),
                sum(min(own) >= month for own in active),
                len(customers[month]),
                len(recent),
                len(before),
                len(before - recent),
            )
        month = following
    return result


def _any_within(days: set[date], last: date, from_: int, to: int) -> bool:
    return any(from_ <= (last - day).days < to for day in days)


def by_model_day(uses: Sequence[Use], models: Mapping[str, str]) -> dict[Key, Values]:
    """(day, provider, model) -> calls, errors, tokens in and out, accounts, mean, median, 95th
    percentile; `models` maps names to models."""
    result = {}
    calls = llm_calls(uses)
    for key, own in grouped(
        calls,
        lambda use: (
            use.day,
            use.provider,
            "__no_model__" if use.model is None else models.get(use.model, use.model),
        ),
    ).items():
        result[key] = (
            len(own),
            failures(own),
            sum(use.input_tokens for use in own),
            sum(use.output_tokens for use in own),
            len({use.account for use in own} - {None}),
            *times(own),
        )
    return result


def cache_by_day(uses: Sequence[Use]) -> dict[Key, Values]:
    """(day,) -> requests, hits, then mean, median, 95th percentile of hits and of misses."""
    return {
        key: (
            len(own),
            sum(use.is_hit for use in own),
            *times(use for use in own if use.is_hit),
            *times(use for use in own if not use.is_hit),
        )
        for key, own in grouped(llm_calls(uses), lambda use: (use.day,)).items()
    }


def calls_by_customer_month(uses: Sequence[Use]) -> dict[Key, Values]:
    """(month, customer) -> requests, or LLM calls where there is no request."""
    return {
        key: (len(requests(own)) or reached_a_provider(llm_calls(own)),)
        for key, own in grouped(uses, lambda use: (use.month, use.customer)).items()
        if key[1] != "__unattributed__"
    }


def assert_same(found: Mapping[Key, Values], expected: Mapping[Key, Values]) -> None:
    """Same keys, same counts; response times within the mart's three decimals."""
    assert found.keys() == expected.keys()
    for key, values in expected.items():
        for place, (is_, should) in enumerate(zip(found[key], values, strict=True)):
            if isinstance(should, float) and is_ is not None:
                assert abs(float(is_) - should) <= 0.001, (key, place, is_, should)
            else:
                assert is_ == should, (key, place, is_, should)


def rows_by_key(rows: Iterable[Sequence[Any]], keys: int) -> dict[Key, Values]:
    """Rows of a query whose first columns are the key."""
    return {tuple(row[:keys]): tuple(row[keys:]) for row in rows}


#: Columns of each mart in the order of the functions above: (select list, number of keys).
MARTS = {
    "usage_by_customer_day": (
        "date, customer_id, events, calls, errors, llm_calls, users, peak_hour, top_endpoint, "
        "input_tokens, output_tokens, mean_response_time_ms, p50_response_time_ms, "
        "p95_response_time_ms",
        2,
    ),
    "usage_by_service_month": (
        "month, service, events, calls, errors, llm_calls, units, users, customers, "
        "mean_response_time_ms, p50_response_time_ms, p95_response_time_ms",
        2,
    ),
    "usage_by_service_day": (
        "date, service, events, calls, errors, llm_calls, users, input_tokens, output_tokens, "
        "mean_response_time_ms, p50_response_time_ms, p95_response_time_ms",
        2,
    ),
    "usage_by_service_period": (
        "period_grain, period_start, service, events, calls, errors, llm_calls, users, "
        "input_tokens, output_tokens, mean_response_time_ms, p50_response_time_ms, "
        "p95_response_time_ms",
        3,
    ),
    "usage_by_hour": (
        "date, hour, weekday, events, calls, errors, llm_calls, users, input_tokens, "
        "output_tokens, mean_response_time_ms, p95_response_time_ms",
        2,
    ),
    "usage_by_customer_endpoint_day": (
        "date, customer_id, endpoint, calls, errors, mean_response_time_ms, p95_response_time_ms",
        3,
    ),
    "active_users_by_month": (
        "month, active_users, new_users, active_customers, users_last_30_days, "
        "users_30_days_before, users_lost",
        1,
    ),
    "llm_usage_by_model_day": (
        "date, provider, model_id, calls, errors, input_tokens, output_tokens, accounts, "
        "mean_response_time_ms, p50_response_time_ms, p95_response_time_ms",
        3,
    ),
    "cache_by_day": (
        "date, requests, hits, mean_hit_response_time_ms, p50_hit_response_time_ms, "
        "p95_hit_response_time_ms, mean_miss_response_time_ms, p50_miss_response_time_ms, "
        "p95_miss_response_time_ms",
        1,
    ),
}


def mart_query(mart: str, where: str = "true") -> str:
    """SQL of a mart's columns in the order of this module."""
    return f"select {MARTS[mart][0]} from product.{mart} where {where}"


def marts_expected(
    uses: Sequence[Use], clock: datetime, models: Mapping[str, str] | None = None
) -> dict[str, dict[Key, Values]]:
    """What each mart of `MARTS` has to hold."""
    return {
        "usage_by_customer_day": by_customer_day(uses),
        "usage_by_service_month": by_service_month(uses),
        "usage_by_service_day": by_service_day(uses),
        "usage_by_service_period": by_service_period(uses),
        "usage_by_hour": by_hour(uses),
        "usage_by_customer_endpoint_day": by_customer_endpoint_day(uses),
        "active_users_by_month": by_month(uses, clock),
        "llm_usage_by_model_day": by_model_day(uses, models or {}),
        "cache_by_day": cache_by_day(uses),
    }
