"""The cases of `fixtures/mrr_cases.yaml`, played by the demo server, loaded and built."""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from demo import DemoServer, place_cases
from demo.company.scenarios import PlacedCase
from demo.vendors.store import Store
from support.commands import ROOT, Project

CASES = ROOT / "tests/python/fixtures/mrr_cases.yaml"
MORE_CASES = ROOT / "tests/python/fixtures/more_mrr_cases.yaml"
MODELS = ("+fct_mrr_movements", "+mrr_by_customer_month", "+mrr_reconciliation")
#: The models that read the report currency: what does not stand on them is the same in any.
VALUED = ("int_mrr_rates", "int_mrr_rates_by_day_of_change", "int_mrr_balances_valued")
#: A sync at least this often sees every event.
STEP = timedelta(days=29)


def read_cases(path: Path = CASES) -> dict[str, Any]:
    """The fixture, whole."""
    loaded: dict[str, Any] = yaml.safe_load(path.read_text())
    return loaded


def seeds_with_rates(folder: Path, placed: Iterable[PlacedCase]) -> str:
    """The project's seeds with the exchange rates of the cases alone, as SEEDS_DIR wants them."""
    seeds = folder / "seeds"
    shutil.copytree(ROOT / "seeds", seeds)
    with (seeds / "exchange_rates.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["rate_date", "currency", "usd_per_unit", "note"])
        writer.writerows(
            (day.isoformat(), currency, rate, case.id)
            for case in placed
            for day, currency, rate in case.exchange_rates
        )
    return os.path.relpath(seeds, ROOT)


@dataclass
class Played:
    """Cases in one warehouse, built for one report currency at a time."""

    project: Project
    placed: Sequence[PlacedCase]
    mode: str = ""
    built_for: str = ""
    models: tuple[str, ...] = MODELS
    cases: Mapping[str, PlacedCase] = field(init=False)

    def __post_init__(self) -> None:
        self.cases = {case.id: case for case in self.placed}

    def build_for(self, currency: str, timezone: str = "UTC") -> None:
        """Build in this report currency and time zone, unless that was the last build."""
        if self.built_for == f"{currency} {timezone}":
            return
        self.project.settings |= {"REPORT_CURRENCY": currency, "REPORT_TIMEZONE": timezone}
        models = self.models
        if not self.built_for:
            self.project.dbt("seed", "--quiet")
        elif self.built_for.endswith(f" {timezone}"):
            models = tuple(f"{model},{valued}+" for model in self.models for valued in VALUED)
        self.project.dbt("run", "--quiet", "--select", *models)
        self.built_for = f"{currency} {timezone}"

    def months(self, case: PlacedCase, until: date) -> dict[str, dict[str, Decimal]]:
        """What the ledger says of a case's customers: month -> mrr and signed movements.

        A month is there where anything was earned or moved.
        """
        customers = "', '".join(case.customers.values())
        rows = self.project.rows(
            f"""
            select strftime(movement_date, '%Y-%m') as month, movement_type, sum(mrr_change)
            from core.fct_mrr_movements
            where customer_id in ('{customers}') and movement_date <= date '{until}'
            group by all
            order by month
            """
        )
        found: dict[str, dict[str, Decimal]] = {}
        for month, kind, change in rows:
            found.setdefault(month, {})[kind] = change
        return found

    def marts_agree(self, case: PlacedCase) -> bool:
        """Whether the mart by customer and month shows the running sums of the movements."""
        customers = "', '".join(case.customers.values())
        rows = self.project.rows(
            f"""
            select months.month, months.mrr, sum(movements.mrr_change)
            from finance.mrr_by_customer_month as months
            left join core.fct_mrr_movements as movements
                on months.customer_id = movements.customer_id
                and date_trunc('month', movements.movement_date) <= months.month
            where months.customer_id in ('{customers}')
            group by months.customer_id, months.month, months.mrr
            """
        )
        return all(mrr == moved for _, mrr, moved in rows)


def play(
    folder: Path,
    cases: Sequence[Mapping[str, Any]],
    mode: str,
    *,
    old_shape: bool = False,
    clock: str | None = None,
    start: datetime | None = None,
    project: Project | None = None,
) -> Played:
    """Place cases in one account and load it.

    Args:
        folder: an empty folder for everything.
        cases: cases in the form of the fixture.
        mode: `along_the_way` (synced every 29 days from before the first day) or
            `long_afterwards` (one sync, when only today's objects and invoices are left).
        old_shape: objects and events in the shape before 2025-03-31.
        clock: the last sync; 45 days after the last case's last month by default.
        start: the first of the syncs along the way; two months before the first month by default.
        project: where to load and build; a new one in `folder` by default.
    """
    path = folder / "account.sqlite"
    placed = place_cases(
        path,
        cases,
        mode="full" if mode == "along_the_way" else mode,
        clock=clock,
        old_shape=old_shape,
    )
    store = Store(path)
    last = datetime.fromtimestamp(int(store.setting("clock", "0")), UTC)
    project = project or Project(folder)
    project.stays_open = True  # a hundred cases ask one build
    project.settings["SEEDS_DIR"] = seeds_with_rates(folder, placed)
    project.settings["SOURCES__STRIPE__API_KEY"] = "rk_test_demo_read_only"
    moments = [last]
    if mode == "along_the_way":
        months = sorted(month for case in cases for month in case["expected"])
        first = datetime.fromisoformat(f"{months[0]}-01").replace(tzinfo=UTC)
        moment = first - STEP if start is None else start
        moments = []
        while moment < last:
            moments.append(moment)
            moment += STEP
        moments.append(last)
    with DemoServer(path, clock=moments[0].isoformat()) as server:
        project.settings["SOURCES__STRIPE__BASE_URL"] = server.url
        for moment in moments:
            server.clock = moment.isoformat()
            project.settings["AS_OF"] = moment.isoformat()
            project.load_here("stripe")
    return Played(project, placed, mode)
