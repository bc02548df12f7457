"""What handlers share: who asks, the days, and the errors that the documentation lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Annotated, Any, Final, Literal

from fastapi import Depends, Query, Request
from pydantic import BeforeValidator, WithJsonSchema

from pipelines.api.access import Caller, need, need_whole_company
from pipelines.api.problems import ProblemError, shortened
from pipelines.api.serving import Ask, Asked, Service
from pipelines.api.shapes import Problem

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: A text of a caller: no control characters.
TEXT: Final = r"^[^\x00-\x1f\x7f]*$"

Word = Literal[
    "today", "7d", "30d", "90d", "this_week", "this_month", "last_month", "this_quarter",
    "last_quarter", "this_year", "12m", "day", "week", "month", "quarter", "year",
]  # fmt: skip
Grain = Literal["day", "week", "month"]


def _day(value: Any) -> Any:
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise ValueError("a day is written YYYY-MM-DD")
    return value


Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]

_PROBLEM: Final = {
    "model": Problem,
    "content": {"application/problem+json": {}},
}


def problems(*codes: int) -> dict[int | str, dict[str, Any]]:
    """Errors of an address for its documentation, beside those that all have."""
    words = {
        400: "A parameter cannot be read; `parameter` names it.",
        401: "A key is missing, unknown, revoked or expired.",
        403: "The key lacks the scope, or is for another customer.",
        404: "There is nothing by that name.",
        405: "The address does not take this method.",
        409: "A load is going on.",
        410: "The build of the cursor is gone.",
        429: "Too many requests; see Retry-After.",
        500: "Something went wrong here.",
        503: "Nothing was published yet.",
    }
    every = (400, 401, 403, 429, 500, 503, *codes)
    found: dict[int | str, dict[str, Any]] = {
        code: {**_PROBLEM, "description": words[code]} for code in sorted(set(every))
    }
    return found


#: Errors and the empty answer of every address that reads a build.
READS: Final = {
    304: {"description": "The build is still that of If-None-Match."},
    **problems(),
}
READS_ONE: Final = {**READS, **problems(404)}


def service_of(request: Request) -> Service:
    """What all requests share."""
    found: Service = request.app.state.service
    return found


def refuse_unknown_parameters(request: Request) -> None:
    """Raises ProblemError for a parameter that the address does not know, or that comes twice."""
    route = request.scope["route"]
    request.scope.setdefault("state", {})["route"] = route.path_format
    known = set(_parameters(route.dependant))
    seen: set[str] = set()
    for name, _ in request.query_params.multi_items():
        if name not in known:
            raise ProblemError(
                400,
                f"There is no parameter {shortened(name)!r} here.",
                f"Parameters are: {', '.join(sorted(known)) or 'none'}.",
                shortened(name),
            )
        if name in seen:
            raise ProblemError(400, f"The parameter {name} comes twice.", "Give it once.", name)
        seen.add(name)


def _parameters(dependant: Any) -> Iterator[str]:
    """Names of the parameters that a handler and what it depends on read."""
    yield from (field.alias for field in dependant.query_params)
    for inner in dependant.dependencies:
        yield from _parameters(inner)


def _caller(request: Request) -> Caller | None:
    caller = service_of(request).access.caller(request.scope)
    request.scope.setdefault("state", {})["key_id"] = caller.key_id if caller else None
    return caller


def asking(scope: str, whole_company: bool = True) -> Callable[[Request], Ask]:
    """A dependency: a request of somebody who has `scope`, about the whole company or not."""

    def ask(request: Request) -> Ask:
        caller = need(_caller(request), scope)
        if whole_company:
            need_whole_company(caller)
        refuse_unknown_parameters(request)
        return Ask(request, service_of(request), caller)

    return ask


def open_ask(request: Request) -> Ask:
    """A dependency: a request of anybody, with or without a key."""
    caller = _caller(request)
    refuse_unknown_parameters(request)
    return Ask(request, service_of(request), caller)


def days(
    period: Annotated[
        Word | None, Query(description="A word for the days. Without one: 30d.")
    ] = None,
    range_: Annotated[
        Word | None, Query(alias="range", description="Another name of `period`.")
    ] = None,
    start: Annotated[Day | None, Query(description="The first day.")] = None,
    end: Annotated[Day | None, Query(description="The last day, included.")] = None,
) -> Asked:
    """The days of a request."""
    if period and range_ and period != range_:
        raise ProblemError(
            400, "period and range are two names of one thing.", "Give one of them.", "range"
        )
    return Asked(period or range_, start, end)


def month_days(
    period: Annotated[
        Word | None, Query(description="A word for the days. Without one: last_month.")
    ] = None,
    range_: Annotated[
        Word | None, Query(alias="range", description="Another name of `period`.")
    ] = None,
    start: Annotated[Day | None, Query(description="The first day.")] = None,
    end: Annotated[Day | None, Query(description="The last day, included.")] = None,
) -> Asked:
    """The days of a request about months: those that the period touches."""
    found = days(period, range_, start, end)
    return Asked(found.word, found.start, found.end, "last_month")


Metrics = Annotated[Ask, Depends(asking("metrics:read"))]
People = Annotated[Ask, Depends(asking("customers:read", whole_company=False))]
Exports = Annotated[Ask, Depends(asking("export:read"))]
Analyst = Annotated[Ask, Depends(asking("sql:read"))]
Operator = Annotated[Ask, Depends(asking("services:write"))]
Anybody = Annotated[Ask, Depends(open_ask)]
Period = Annotated[Asked, Depends(days)]
MonthPeriod = Annotated[Asked, Depends(month_days)]
