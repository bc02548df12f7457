"""Raw tables of the OpenAI source and the endpoints that fill them.

Field reference: the organisation types of the `openai` package 3.52 (a test compares them).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from pipelines.loading.tables import ChildTable, JsonObject, LiftError, ObjectTable, lift

#: Grouping costs by key is refused for earlier days.
API_KEYS_SINCE: Final = date(2025, 12, 6)

#: Most buckets per page that the API allows at a width of one day.
COST_DAYS_PER_PAGE: Final = 180
USAGE_DAYS_PER_PAGE: Final = 31

COST_RESULT_COLUMNS: Final = {
    "amount.value": "amount",
    "amount.currency": "text",
    "line_item": "text",
    "project_id": "text",
    "project_name": "text",
    "api_key_id": "text",
    "api_source": "text",
    "user_id": "text",
    "quantity": "amount",
    "quantity_unit": "text",
}

#: Union of what the eleven usage endpoints group by and measure.
USAGE_RESULT_COLUMNS: Final = {
    "object": "text",
    "project_id": "text",
    "user_id": "text",
    "api_key_id": "text",
    "api_source": "text",
    "model": "text",
    "batch": "bool",
    "service_tier": "text",
    "size": "text",
    "source": "text",
    "vector_store_id": "text",
    "context_level": "text",
    "num_model_requests": "bigint",
    "num_requests": "bigint",
    "num_sessions": "bigint",
    "input_tokens": "bigint",
    "input_uncached_tokens": "bigint",
    "input_text_tokens": "bigint",
    "input_audio_tokens": "bigint",
    "input_image_tokens": "bigint",
    "input_cached_tokens": "bigint",
    "input_cached_text_tokens": "bigint",
    "input_cached_audio_tokens": "bigint",
    "input_cached_image_tokens": "bigint",
    "input_cache_write_tokens": "bigint",
    "input_cache_write_30m_tokens": "bigint",
    "input_cache_write_12h_tokens": "bigint",
    "output_tokens": "bigint",
    "output_text_tokens": "bigint",
    "output_audio_tokens": "bigint",
    "output_image_tokens": "bigint",
    "images": "bigint",
    "characters": "bigint",
    "seconds": "bigint",
    "usage_bytes": "bigint",
}

_BUCKET_COLUMNS: Final = {
    "bucket_date": "date",
    "start_time": "epoch",
    "end_time": "epoch",
    "results_quarantined": "bigint",
}

COST_BUCKETS: Final = ObjectTable(
    "cost_buckets",
    {"scope": "text", **_BUCKET_COLUMNS},
    (ChildTable("cost_results", "results", COST_RESULT_COLUMNS),),
)
USAGE_BUCKETS: Final = ObjectTable(
    "usage_buckets",
    {"endpoint": "text", **_BUCKET_COLUMNS},
    (ChildTable("usage_results", "results", USAGE_RESULT_COLUMNS),),
)
PROJECTS: Final = ObjectTable(
    "projects",
    {"name": "text", "status": "text", "created_at": "epoch", "archived_at": "epoch"},
)
USERS: Final = ObjectTable(
    "users",
    {
        "name": "text",
        "email": "text",
        "user.name": "text",
        "user.email": "text",
        "role": "text",
        "is_service_account": "bool",
        "added_at": "epoch",
    },
)
_KEY_COLUMNS: Final = {
    "name": "text",
    "redacted_value": "text",
    "created_at": "epoch",
    "last_used_at": "epoch",
    "expires_at": "epoch",
    "owner.type": "text",
}
PROJECT_API_KEYS: Final = ObjectTable(
    "project_api_keys",
    {
        "project_id": "text",
        **_KEY_COLUMNS,
        "owner.user.id": "text",
        "owner.user.name": "text",
        "owner.service_account.id": "text",
        "owner.service_account.name": "text",
    },
)
ADMIN_API_KEYS: Final = ObjectTable(
    "admin_api_keys", {**_KEY_COLUMNS, "owner.id": "text", "owner.name": "text"}
)

ALL_TABLES: Final = (
    COST_BUCKETS,
    USAGE_BUCKETS,
    PROJECTS,
    USERS,
    PROJECT_API_KEYS,
    ADMIN_API_KEYS,
)


def check_cost_result(result: JsonObject) -> None:
    """Raise LiftError if a result of a cost bucket cannot be loaded exactly.

    A result without an amount is refused too: as null it would be cost that silently lacks.
    """
    if lift(result, COST_RESULT_COLUMNS)["amount__value"] is None:
        raise LiftError("amount.value", None, "number")


def check_usage_result(result: JsonObject) -> None:
    """Raise LiftError if a result of a usage bucket cannot be loaded exactly."""
    lift(result, USAGE_RESULT_COLUMNS)


@dataclass(frozen=True)
class BucketEndpoint:
    """An endpoint that answers with one bucket per UTC day.

    Attributes:
        name: as listed in `sync_endpoints`.
        path: below the base URL.
        table: where its buckets go; the nested table takes their results.
        scope: first part of a bucket's id, the day is the second.
        scope_column: column that holds `scope`.
        days_per_page: highest `limit` that the API allows.
        group_by: dimensions to ask for.
        optional_dimensions: those it does without where the API refuses them.
        check: raises LiftError for a result that cannot be loaded.
    """

    name: str
    path: str
    table: ObjectTable
    scope: str
    scope_column: str
    days_per_page: int
    group_by: tuple[str, ...]
    optional_dimensions: frozenset[str]
    check: Callable[[JsonObject], None]


COSTS: Final = BucketEndpoint(
    name="costs",
    path="/v1/organization/costs",
    table=COST_BUCKETS,
    scope="organization",
    scope_column="scope",
    days_per_page=COST_DAYS_PER_PAGE,
    group_by=("project_id", "line_item", "api_key_id"),
    optional_dimensions=frozenset({"api_key_id"}),
    check=check_cost_result,
)

_BY_KEY: Final = ("project_id", "user_id", "api_key_id")
_BY_MODEL: Final = (*_BY_KEY, "model")
_BY_TIER: Final = (*_BY_MODEL, "batch", "service_tier", "api_source")

#: Usage endpoint -> everything it can group by.
USAGE_DIMENSIONS: Final = {
    "completions": _BY_TIER,
    "decisions": _BY_TIER,
    "embeddings": _BY_MODEL,
    "moderations": _BY_MODEL,
    "images": (*_BY_MODEL, "size", "source"),
    "audio_speeches": _BY_MODEL,
    "audio_transcriptions": _BY_MODEL,
    "vector_stores": ("project_id",),
    "code_interpreter_sessions": ("project_id",),
    "file_search_calls": (*_BY_KEY, "vector_store_id"),
    "web_search_calls": (*_BY_MODEL, "context_level", "api_source"),
}


def usage_endpoint(name: str, dimensions: tuple[str, ...]) -> BucketEndpoint:
    """The declaration of one usage endpoint."""
    return BucketEndpoint(
        name=f"usage/{name}",
        path=f"/v1/organization/usage/{name}",
        table=USAGE_BUCKETS,
        scope=name,
        scope_column="endpoint",
        days_per_page=USAGE_DAYS_PER_PAGE,
        group_by=dimensions,
        optional_dimensions=frozenset(dimensions),
        check=check_usage_result,
    )


USAGE_ENDPOINTS: Final = tuple(usage_endpoint(*item) for item in USAGE_DIMENSIONS.items())
