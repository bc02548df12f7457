"""`make demo`: the demo company from nothing to the dashboard, with the commands a user would type.

Generates the company if it is not there yet, starts its API server on a free local port, then runs
`dlt pipeline run`, `dbt build` and `streamlit run dashboards/app.py` as they are, so that what is
shown is what a real account gets.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console

from demo.company.ai_usage import CLAUDE_SINCE
from demo.company.watch_bill import CALLS_QUERY, ERRORS_QUERY, watched_since
from demo.making import DemoCompany, DemoParameters, generate_company, open_company
from demo.seeds import add_demo_seeds
from demo.timeline import iso
from demo.vendors.anthropic_api import DEFAULT_KEY as ANTHROPIC_KEY
from demo.vendors.datadog_api import API_KEY, APP_KEY
from demo.vendors.openai_api import DEFAULT_KEY as OPENAI_KEY
from demo.vendors.server import DemoServer
from demo.vendors.stripe_api import DEFAULT_KEY as STRIPE_KEY
from pipelines.config import published_dir
from pipelines.sources import SOURCES

#: What the company is seen through; models of other vendors would only cost the build time.
_LOADED: Final = (
    "stripe",
    "openai",
    "anthropic",
    "datadog",
    "focus",
    "billing_files",
    "app_events",
)
VENDORS_LEFT_OUT: Final = ",".join(one.name for one in SOURCES if one.name not in _LOADED)


def demo_settings(company: DemoCompany, server_url: str) -> dict[str, str]:
    """Stripe, OpenAI and the app's events: the settings that load and build these alone."""
    return {
        "SOURCES__STRIPE__API_KEY": STRIPE_KEY,
        "SOURCES__STRIPE__BASE_URL": server_url,
        "SOURCES__OPENAI__ADMIN_KEY": OPENAI_KEY,
        "SOURCES__OPENAI__BASE_URL": server_url,
        "SOURCES__OPENAI__START_DATE": iso(company.parameters.start)[:10],
        "SOURCES__APP_EVENTS__BUCKET_URL": str(company.events),
        "AS_OF": company.parameters.as_of,
    }


def whole_settings(company: DemoCompany, server_url: str) -> dict[str, str]:
    """The settings under which all that the company pays and earns is loaded and built."""
    folders = (("FOCUS", company.cloud), ("BILLING_FILES", company.contracts))
    return {
        **demo_settings(company, server_url),
        "SOURCES__ANTHROPIC__ADMIN_KEY": ANTHROPIC_KEY,
        "SOURCES__ANTHROPIC__BASE_URL": server_url,
        "SOURCES__ANTHROPIC__START_DATE": iso(max(company.parameters.start, CLAUDE_SINCE))[:10],
        "SOURCES__DATADOG__API_KEY": API_KEY,
        "SOURCES__DATADOG__APP_KEY": APP_KEY,
        "SOURCES__DATADOG__BASE_URL": server_url,
        "SOURCES__DATADOG__START_DATE": watched_since(company.parameters.start).isoformat(),
        "SOURCES__DATADOG__CALLS_QUERY": CALLS_QUERY,
        "SOURCES__DATADOG__ERRORS_QUERY": ERRORS_QUERY,
        **{
            f"SOURCES__{source}__BUCKET_URL": str(folder)
            for source, folder in folders
            if folder.exists()
        },
    }


def tour(folder: Path, parameters: DemoParameters, *, with_app: bool) -> int:
    """Run the whole demo; returns the exit code of the first command that failed, else 0."""
    console = Console(highlight=False)
    company = _company(folder, parameters, console)
    add_demo_seeds(folder / "seeds", company.parameters)
    with DemoServer(company.store, clock=company.parameters.as_of) as server:
        console.print(f"Stripe, OpenAI, Anthropic and Datadog answer at {server.url}")
        settings = whole_settings(company, server.url) | {
            "SEEDS_DIR": os.path.relpath(folder / "seeds"),
            "LEAVE_OUT_VENDORS": VENDORS_LEFT_OUT,
        }
        code = _run(["dlt", "pipeline", "run"], settings, console)
        if code:
            return code
        console.print("\nNow the models and their tests; a minute or two")
        code = _run(["dbt", "build"], settings, console)
        if code:
            return code
    published = published_dir() / "current.duckdb"
    console.print(f"\nPublished {published}: open it with any DuckDB client, or see `make app`.")
    if not with_app:
        return 0
    return _run(["streamlit", "run", "dashboards/app.py"], settings, console)


def _company(folder: Path, parameters: DemoParameters, console: Console) -> DemoCompany:
    if (folder / "store.sqlite").exists():
        console.print(f"The demo company in {folder} is kept (`make clean` forgets it)")
        return open_company(folder)
    console.print(f"Making the demo company in {folder}")
    return generate_company(folder, parameters)


def _run(command: Sequence[str], settings: Mapping[str, str], console: Console) -> int:
    """Run one command of the project's environment, shown as a user would type it."""
    console.print(f"\n[bold]$ {' '.join(command)}[/bold]")
    started = time.monotonic()
    executable = Path(sys.executable).with_name(command[0])
    environment = {**os.environ, **settings}
    done = subprocess.run([str(executable), *command[1:]], env=environment, check=False)
    verdict = "done" if done.returncode == 0 else f"failed with exit code {done.returncode}"
    console.print(f"{verdict} in {time.monotonic() - started:.0f} s")
    return done.returncode
