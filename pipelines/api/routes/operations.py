"""Configured services: what they are, a live check, credentials, and loads started from afar.

Credentials come in and are kept encrypted; no answer holds any.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Path
from pydantic import BaseModel
from starlette.responses import Response

from pipelines.api import shapes
from pipelines.api.problems import ProblemError
from pipelines.api.routes.asking import Metrics, Operator, problems
from pipelines.errors import ProjectError, SettingError

router = APIRouter(tags=["services"])

Name = Annotated[
    str, Path(pattern=r"^[a-z][a-z0-9_]*$", max_length=40, description="A service's name.")
]
Many = TypeVar("Many")
#: Credentials are changed by one request at a time.
_CHANGES: Final = threading.Lock()
_SAYS: Final = {
    0: "loaded",
    1: "failed; the next load heals",
    2: "not loaded: wrong settings",
    3: "not loaded: another load is going on",
}


@dataclass
class Load:
    """A load that was started here; `code` is its exit code, None while it goes on."""

    process: subprocess.Popen[bytes]

    @property
    def code(self) -> int | None:
        """Exit code of the command; None while it goes on."""
        return self.process.poll()


_LOADS: dict[str, Load] = {}


def _done(ask: Callable[[], Many], parameter: str | None = None) -> Many:
    """What a service function returns, with its errors as problems."""
    try:
        return ask()
    except SettingError as error:
        raise ProblemError(
            400, str(error), "Correct the request or the setting named.", parameter
        ) from error
    except ProjectError as error:
        raise ProblemError(503, str(error), "Try again later.", parameter) from error


def _known(name: str) -> Any:
    from pipelines.credentials import services

    try:
        return services.named(name)
    except SettingError as error:
        raise ProblemError(404, str(error), "See /api/v1/services.", "name") from error


def _last_sync(ask: Any) -> dict[str, Any]:
    try:
        rows = ask.service.builds.now().rows(
            "select source, last_synced_at, rows_loaded from monitoring.load_freshness_by_source"
        )
    except (ProblemError, ProjectError):
        return {}
    return {row["source"]: row for row in rows}


def _json(body: BaseModel, status: int = 200) -> Response:
    return Response(
        body.model_dump_json(), status, {"cache-control": "no-store"}, "application/json"
    )


@router.get("/services", response_model=shapes.Services, responses=problems())
def services(ask: Metrics) -> Response:
    """Every service: kind, whether it can be loaded, where its settings come from."""
    return _json(shapes.Services(services=_states(ask)))


def _states(ask: Any) -> list[shapes.ServiceState]:
    from pipelines.credentials import services

    synced = _last_sync(ask)
    return [
        shapes.ServiceState(
            name=one.name,
            kind=one.kind,
            title=one.title,
            state=one.state,
            missing=one.detail,
            settings=dict(one.origins),
            last_sync=synced.get(one.name, {}).get("last_synced_at"),
            rows=synced.get(one.name, {}).get("rows_loaded"),
        )
        for one in _done(services.services)
    ]


@router.post(
    "/services",
    response_model=shapes.ServiceState,
    status_code=201,
    responses=problems(409),
)
def add(ask: Operator, service: shapes.NewService) -> Response:
    """Store the credentials of a service, encrypted; the answer holds none of them."""
    from pipelines.credentials import services

    def stored() -> None:
        account = services.new_account(service.kind, service.name)
        values = {name.upper(): value for name, value in service.settings.items()}
        services.add(account, values)

    with _CHANGES:
        _done(stored, "settings")
    name = service.name or service.kind
    return _json(next(one for one in _states(ask) if one.name == name), 201)


@router.post("/services/{name}/test", response_model=shapes.Checked, responses=problems(404))
def test(ask: Operator, name: Name) -> Response:
    """Ask the vendor what the key may read."""
    from pipelines.credentials import services

    account = _known(name)
    with ask.service.access.heavy():
        probes = _done(lambda: services.check(account), "name")
    told = [services.without_secrets(account, f"{one.what}: {one.detail}") for one in probes]
    return _json(shapes.Checked(name=name, ok=services.works(probes), detail=told))


@router.delete("/services/{name}", response_model=shapes.Removed, responses=problems(404))
def remove(ask: Operator, name: Name) -> Response:
    """Forget the stored credentials of a service; its data stay, and the answer says where."""
    from pipelines.credentials import services

    _known(name)
    with _CHANGES:
        detail = _done(lambda: services.remove(name), "name")
    return _json(shapes.Removed(name=name, detail=detail))


@router.post(
    "/services/{name}/sync",
    response_model=shapes.Started,
    status_code=202,
    responses=problems(404, 409),
)
def sync(ask: Operator, name: Name) -> Response:
    """Start a load of one service, behind the same lock as the command; see its status."""
    account = _known(name)
    if missing := account.missing_settings():
        raise ProblemError(
            400, f"{name} is not configured: set {missing}.", "Add the service first.", "name"
        )
    with _CHANGES:
        running = [one for one, load in _LOADS.items() if load.code is None]
        if running:
            raise ProblemError(
                409, f"{running[0]} is being loaded.", "Wait for it to end, then ask again."
            )
        process = subprocess.Popen(
            [sys.executable, "-m", "pipelines.cli", "run", name],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=dict(os.environ),
            start_new_session=True,
        )
        _LOADS[name] = Load(process)
    detail = f"GET /api/v1/services/{name}/status says how it goes; then run `dbt build`."
    return _json(shapes.Started(name=name, state="running", detail=detail), 202)


@router.get("/services/{name}/status", response_model=shapes.Started, responses=problems(404))
def status(ask: Metrics, name: Name) -> Response:
    """How the last load that was started here goes or went."""
    _known(name)
    load = _LOADS.get(name)
    if load is None:
        return _json(
            shapes.Started(name=name, state="idle", detail="no load was started from here")
        )
    code = load.code
    if code is None:
        return _json(shapes.Started(name=name, state="running", detail="loading"))
    state = "succeeded" if code == 0 else "failed"
    detail = _SAYS.get(code, f"ended with {code}")
    return _json(shapes.Started(name=name, state=state, detail=detail))
