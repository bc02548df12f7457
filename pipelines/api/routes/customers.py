"""Customers: the list, page by page, and one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from pipelines.api import shapes
from pipelines.api.access import need_customer
from pipelines.api.problems import ProblemError
from pipelines.api.routes.asking import READS, READS_ONE, TEXT, People, Period, problems
from pipelines.api.serving import Ask, Asked, cursor_parts, cursor_text
from pipelines.published.questions.answers import customers as questions
from pipelines.published.questions.answers.company import insights, totals
from pipelines.published.questions.answers.spans import Payload, Scene

router = APIRouter(tags=["customers"])

CustomerId = Annotated[
    str, Path(min_length=1, max_length=300, pattern=TEXT, description="A customer's id.")
]
Sort = Literal[
    "-mrr", "mrr", "-revenue", "revenue", "-cost", "cost", "-net_profit", "net_profit",
    "name", "-name", "id", "-id",
]  # fmt: skip


@router.get("/customers", response_model=shapes.Customers, responses={**READS, **problems(410)})
def customers(
    ask: People,
    period: Period,
    sort: Annotated[Sort, Query(description="With `-` the largest first.")] = "-mrr",
    filter_: Annotated[
        str | None,
        Query(alias="filter", max_length=200, pattern=TEXT, description="Part of a name or id."),
    ] = None,
    status: Annotated[
        Literal["paying", "trial", "churned", "not_paying", "deleted"] | None,
        Query(description="Only customers of this status."),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=500, description="Most customers of a page.")] = 100,
    cursor: Annotated[
        str | None,
        Query(max_length=2000, pattern=r"^[A-Za-z0-9_-]*$", description="The page before's end."),
    ] = None,
) -> Response:
    """One page of customers; `next_cursor` leads to the next, on the same build."""
    build = after = None
    parts = (sort, filter_, status, period.word, period.start, period.end)
    list_of = "|".join("" if part is None else str(part) for part in parts)
    if cursor:
        build_id, listed, value, key = cursor_parts(cursor)
        build = ask.service.builds.of(build_id)
        if listed != list_of:
            raise ProblemError(
                400,
                "The cursor is of a list with another period, order or filter.",
                "Keep the parameters of the first page, or leave the cursor out.",
                "cursor",
            )
        if build is None:
            raise ProblemError(
                410,
                "The build that this list was begun on is gone.",
                "Begin again without a cursor.",
                "cursor",
            )
        after = questions.Place(value, key)
    assert ask.caller  # noqa: S101
    only = ask.caller.customer

    def make(scene: Scene) -> Payload:
        try:
            rows, end = questions.page(
                scene, sort.removeprefix("-"), sort.startswith("-"), filter_, status, only,
                after, limit,
            )  # fmt: skip
        except questions.CursorError as error:
            raise ProblemError(
                400, "The cursor is none that this service gave.", "Begin without one.", "cursor"
            ) from error
        following = cursor_text(scene.build, list_of, end.value, end.customer_id) if end else None
        reasons = {"next_cursor": "this is the last page"} if not end else {}
        return {
            "customers": rows,
            "next_cursor": following,
            "reasons": reasons,
            "is_provisional": totals(scene)["is_provisional"],
        }

    return ask.answer(
        shapes.Customers, make, asked=period, metrics=("mrr", "revenue"),
        reasons={**questions.REASONS, **_MONEY}, build=build,
    )  # fmt: skip


_MONEY = {
    "mrr": "never paid",
    "revenue": "nothing earned in the period",
    "cost": "no AI cost in the period",
    "net_profit": "neither revenue nor AI cost in the period",
    "margin": "no revenue in the period",
    "app_customer_id": "matched to no account of the app",
    "reason": "the ledger states none",
}


def _about(
    ask: Ask,
    shape: Any,
    customer_id: str,
    make: Callable[[Scene], Payload | None],
    asked: Asked | None,
) -> Response:
    assert ask.caller  # noqa: S101
    need_customer(ask.caller, customer_id)

    def known(scene: Scene) -> Payload | None:
        if not questions.exists(scene, customer_id):
            raise ProblemError(
                404, "No customer has this id.", "See /api/v1/customers.", "customer_id"
            )
        return make(scene)

    return ask.answer(shape, known, asked=asked, reasons={**_MONEY, **questions.REASONS})


@router.get(
    "/customers/{customer_id:path}/usage", response_model=shapes.CustomerUsage, responses=READS_ONE
)
def usage(ask: People, period: Period, customer_id: CustomerId) -> Response:
    """Calls by outcome, response times, and each day."""
    return _about(
        ask, shapes.CustomerUsage, customer_id,
        lambda scene: questions.usage(scene, customer_id), period,
    )  # fmt: skip


@router.get(
    "/customers/{customer_id:path}/cost", response_model=shapes.CustomerCost, responses=READS_ONE
)
def cost(ask: People, period: Period, customer_id: CustomerId) -> Response:
    """The plan, its allowance, what goes beyond it, AI cost, and what to recommend and why."""
    return _about(
        ask, shapes.CustomerCost, customer_id,
        lambda scene: questions.cost(scene, customer_id), period,
    )  # fmt: skip


@router.get(
    "/customers/{customer_id:path}/performance",
    response_model=shapes.CustomerPerformance,
    responses=READS_ONE,
)
def performance(ask: People, period: Period, customer_id: CustomerId) -> Response:
    """The customer's endpoints with times and errors, and findings."""
    return _about(
        ask, shapes.CustomerPerformance, customer_id,
        lambda scene: questions.performance(scene, customer_id), period,
    )  # fmt: skip


@router.get(
    "/customers/{customer_id:path}/movements",
    response_model=shapes.CustomerMovements,
    responses=READS_ONE,
)
def movements(ask: People, period: Period, customer_id: CustomerId) -> Response:
    """What moved the customer's MRR."""
    return _about(
        ask, shapes.CustomerMovements, customer_id,
        lambda scene: {
            "customer_id": customer_id, "movements": questions.movements(scene, customer_id)
        }, period,
    )  # fmt: skip


@router.get(
    "/customers/{customer_id:path}/invoices",
    response_model=shapes.CustomerInvoices,
    responses=READS_ONE,
)
def invoices(ask: People, period: Period, customer_id: CustomerId) -> Response:
    """The customer's invoices, each in its own currency."""
    return _about(
        ask, shapes.CustomerInvoices, customer_id,
        lambda scene: {
            "customer_id": customer_id, "invoices": questions.invoices(scene, customer_id)
        }, period,
    )  # fmt: skip


@router.get(
    "/customers/{customer_id:path}/insights",
    response_model=shapes.CustomerInsights,
    responses=READS_ONE,
)
def customer_insights(ask: People, customer_id: CustomerId) -> Response:
    """What was found about the customer."""
    return _about(
        ask, shapes.CustomerInsights, customer_id,
        lambda scene: {
            "customer_id": customer_id,
            "insights": insights(scene, with_customers=True, customer_id=customer_id),
        }, None,
    )  # fmt: skip


# the last one, since an id may have slashes: it would take the addresses above for ids
@router.get("/customers/{customer_id:path}", response_model=shapes.Customer, responses=READS_ONE)
def customer(ask: People, period: Period, customer_id: CustomerId) -> Response:
    """One customer: who it is, MRR now, and what the period earned and cost."""
    return _about(
        ask, shapes.Customer, customer_id,
        lambda scene: questions.customer(scene, customer_id), period,
    )  # fmt: skip
