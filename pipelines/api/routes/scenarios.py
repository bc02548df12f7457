"""What-if: the scenarios of scenarios/*.yml, played on the published build."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from pipelines.api import shapes
from pipelines.api.problems import ProblemError
from pipelines.api.routes.asking import READS, READS_ONE, TEXT, Metrics
from pipelines.published.questions.answers.spans import Payload, Scene
from pipelines.scenarios import files
from pipelines.scenarios.command import described
from pipelines.scenarios.reckoning import play

router = APIRouter(prefix="/scenarios", tags=["scenarios"])

_CUSTOMERS = "customers need the scope customers:read"
REASONS = {
    "description": "the file says none",
    "problem": "it can be read",
    "turns": "the margin keeps its sign",
    "value": "no value of it neither gains nor loses",
    "customers": _CUSTOMERS,
    "turned_profitable": _CUSTOMERS,
    "turned_unprofitable": _CUSTOMERS,
}


@router.get("", response_model=shapes.Scenarios, responses=READS)
def scenarios(ask: Metrics) -> Response:
    """The scenarios there are."""
    return ask.fresh(shapes.Scenarios, lambda _: {"scenarios": described()}, REASONS)


@router.get("/{name}", response_model=shapes.ScenarioResult, responses=READS_ONE)
def scenario(
    ask: Metrics, name: Annotated[str, Path(max_length=64, pattern=TEXT, description="Its name.")]
) -> Response:
    """Cost and margin by feature, plan and customer, as billed and as the scenario has them."""
    assert ask.caller  # noqa: S101
    with_customers = ask.caller.may("customers:read")
    return ask.fresh(
        shapes.ScenarioResult, lambda scene: played(scene, name, with_customers), REASONS
    )


def played(scene: Scene, name: str, with_customers: bool) -> Payload:
    """A scenario on the scene's build, in the shape of `ScenarioResult`.

    Raises:
        ProblemError: no scenario has this name, or its file cannot be read.
    """
    if name not in files.names():
        raise ProblemError(
            404, "There is no scenario by that name.", "Ask /v1/scenarios for the names.", "name"
        )
    try:
        found = play(scene.build, files.read(name))
    except files.ScenarioError as error:
        remedy = "Correct the file of the scenario."
        raise ProblemError(400, str(error), remedy, "name") from None
    if not with_customers:
        for key in ("customers", "turned_profitable", "turned_unprofitable"):
            found[key] = None
    return {**found, "currency": "usd"}
