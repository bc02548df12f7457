"""Reports of a month: a customer's or the company's, as JSON, PDF or Excel."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from starlette.responses import Response

from pipelines.api.access import need, need_customer
from pipelines.api.problems import ProblemError
from pipelines.api.routes.asking import READS, READS_ONE, Metrics, People
from pipelines.api.routes.customers import CustomerId
from pipelines.api.serving import Ask, etag, headers_of, is_known
from pipelines.published.reader import Published
from pipelines.reports import as_json, making
from pipelines.reports.issues import last_issue
from pipelines.reports.making import Format
from pipelines.reports.model import Report

router = APIRouter(tags=["reports"])

_FILES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The report.",
        "content": {
            making.MEDIA_TYPES[form]: {"schema": {"type": "string", "format": "binary"}}
            for form in making.FORMATS
            if form != "json"
        },
    }
}
_Month = Annotated[
    str | None,
    Query(
        pattern=r"^[12][0-9]{3}-(0[1-9]|1[0-2])$",
        description="YYYY-MM. Without one: the last month that is over.",
    ),
]
_Form = Annotated[
    Format, Query(alias="format", description="JSON follows pipelines/reports/report.schema.json.")
]


@router.get(
    "/reports/customers/{customer_id:path}", responses={**READS_ONE, **_FILES},
    response_model=dict[str, Any],
)  # fmt: skip
def customer(
    ask: People, customer_id: CustomerId, month: _Month = None, format_: _Form = "json"
) -> Response:
    """A customer's month: use, AI cost, performance, plan, advice and the months before."""
    assert ask.caller  # noqa: S101
    need_customer(ask.caller, customer_id)
    build = ask.service.builds.now()
    first = _first_day(build, month)
    return _answer(ask, build, format_, "", lambda: making.of_customer(build, customer_id, first))


@router.get(
    "/reports/company", responses={**READS, **_FILES}, response_model=dict[str, Any]
)  # fmt: skip
def company(ask: Metrics, month: _Month = None, format_: _Form = "json") -> Response:
    """The board report of a closed month. It names customers: needs customers:read, too."""
    need(ask.caller, "customers:read")
    build = ask.service.builds.now()
    first = _first_day(build, month)
    last = last_issue(making.reports_dir(), build.facts.build_id)
    compared = "" if last is None else hashlib.sha256(repr(last).encode()).hexdigest()[:8]
    return _answer(ask, build, format_, compared, lambda: making.of_company(build, first))


def _first_day(build: Published, month: str | None) -> date:
    return making.last_closed(build) if month is None else date.fromisoformat(f"{month}-01")


def _answer(
    ask: Ask, build: Published, form: Format, compared: str, make: Callable[[], Report]
) -> Response:
    """The report in a format, or that the reader has it already.

    The ETag is the build's, and the last issue's that a board report is compared with.
    """
    tag = etag(build, f"{form}{compared}")
    headers = headers_of(tag)
    if is_known(ask.request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    with ask.service.access.heavy():
        try:
            report = make()
        except making.UnknownCustomerError as error:
            raise ProblemError(
                404, "No customer has this id.", "See /api/v1/customers.", "customer_id"
            ) from error
        except making.MonthError as error:
            raise ProblemError(
                400, str(error), f"Ask for {making.last_closed(build):%Y-%m}.", "month"
            ) from error
        content = _json(report) if form == "json" else making.written(report, form)
    if form != "json":
        name = making.file_name(report, form)
        headers["content-disposition"] = f'attachment; filename="{name}"'
    return Response(content, headers=headers, media_type=making.MEDIA_TYPES[form])


def _json(report: Report) -> bytes:
    """The document, and the names that every answer of the API has."""
    body = {
        "build": report.build_id,
        "currency": report.currency,
        "timezone": report.time_zone,
        **as_json.document(report),
    }
    return json.dumps(body, ensure_ascii=False).encode()
