"""What vendors wrote down themselves loads whole: nothing is lost, doubled or refused."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from demo.vendors import datadog_api
from demo.vendors.datadog_api import DatadogOrganisation
from pipelines.sources.datadog.api import HOURLY_USAGE
from support import chargebee_server, paddle_server, recurly_lives, recurly_server
from support.datadog_server import serve as serve_datadog
from support.json_server import serve
from support.loads import Loads, loads
from support.npm import installed
from support.ports import free_port
from support.recorded import CHARGEBEE_LISTS, RecordedChargebee, RecordedPaddle, recorded

__all__ = ["loads"]

PRISM = "@stoplight/prism-cli@5.16.0"


def ids(loads: Loads, table: str) -> list[str]:
    return [one for (one,) in loads.rows(f"select distinct id from {table} order by 1")]


def refused(loads: Loads, schema: str) -> list[tuple[object, ...]]:
    """Rows of the quarantine, which is a table once there is one."""
    tables = f"select table_name from duckdb_tables() where schema_name = '{schema}'"
    if ("quarantine",) not in loads.rows(tables):
        return []
    return loads.rows(f"select source_table, record_id, reason from {schema}.quarantine order by 1")


def test_what_paddles_sdk_is_tried_with_loads(loads: Loads) -> None:
    company = RecordedPaddle()
    with serve(company.server()) as listening:
        loads.settings = {
            "AS_OF": company.now.isoformat(),
            "SOURCES__PADDLE__API_KEY": paddle_server.KEY,
            "SOURCES__PADDLE__BASE_URL": listening.url,
        }
        loads.load("paddle")
        loads.load("paddle")
    assert refused(loads, "raw_paddle") == []
    for path, objects in company.lists.items():
        assert ids(loads, f"raw_paddle{path.replace('/', '.')}") == sorted(
            one["id"] for one in objects
        )


def test_webhooks_of_chargebees_first_catalogue_load(loads: Loads) -> None:
    company = RecordedChargebee()
    with serve(company.server()) as listening:
        loads.settings = {
            "AS_OF": company.now.isoformat(),
            "SOURCES__CHARGEBEE__API_KEY": chargebee_server.KEY,
            "SOURCES__CHARGEBEE__BASE_URL": listening.url,
        }
        loads.load("chargebee")
        loads.load("chargebee")
    assert refused(loads, "raw_chargebee") == []
    plans = {one["id"] for one in company.shown["plan"] if one["status"] != "deleted"}
    assert set(ids(loads, "raw_chargebee.items")) >= plans
    for name, path in CHARGEBEE_LISTS.items():
        if name not in ("plan", "addon"):
            assert set(ids(loads, f"raw_chargebee{path.replace('/', '.')}")) >= {
                one["id"] for one in company.shown[name] if not one.get("deleted")
            }


class RecordedDatadog(DatadogOrganisation):
    """Usage by hour as an organisation of Datadog's own got it, hour for hour."""

    def answer(self, path: str, query: dict[str, str], sent: Any) -> tuple[int, Any]:
        if path != HOURLY_USAGE:
            return super().answer(path, query, sent)
        first, end = (query[f"filter[timestamp][{name}]"][:13] for name in ("start", "end"))
        rows = recorded("datadog_answers")["hourly_usage"]["data"]
        return 200, {
            "data": [one for one in rows if first <= one["attributes"]["timestamp"][:13] < end]
        }


def test_usage_of_datadogs_own_organisation_loads(loads: Loads) -> None:
    with serve_datadog(RecordedDatadog(date(2022, 7, 17))) as server:
        loads.settings = {
            "SOURCES__DATADOG__API_KEY": datadog_api.API_KEY,
            "SOURCES__DATADOG__APP_KEY": datadog_api.APP_KEY,
            "SOURCES__DATADOG__BASE_URL": server.url,
            "SOURCES__DATADOG__START_DATE": "2022-07-15",
            "AS_OF": "2022-07-20T12:00:00Z",
        }
        loads.load("datadog")
    assert refused(loads, "raw_datadog") == []
    said = [
        measurement["value"]
        for record in recorded("datadog_answers")["hourly_usage"]["data"]
        for measurement in record["attributes"]["measurements"]
    ]
    assert loads.rows("select count(*), count(value), sum(value) from raw_datadog.usage_rows") == [
        (len(said), len([one for one in said if one is not None]), sum(filter(None, said)))
    ]


@contextmanager
def prism(folder: Path, document: Path, url: str) -> Iterator[str]:
    """Prism in front of a server: it refuses what the document does not know, asked or answered."""
    programs, port = installed(PRISM, folder), free_port()
    command = [programs / "prism", "proxy", document, url, "--errors"]
    with (folder / "prism.log").open("w") as log:
        started = subprocess.Popen(
            [*map(str, command), "-p", str(port)], stdout=log, stderr=subprocess.STDOUT
        )
        try:
            for _ in range(300):
                if "listening on" in (folder / "prism.log").read_text():
                    break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            started.terminate()
            started.wait()


def as_it_is_answered(part: Any) -> Any:
    """Recurly's document with what it leaves unsaid: a field without a value is null, patterns are
    written as Ruby's, and a coupon may last for a number of bills."""
    if isinstance(part, list):
        return [as_it_is_answered(one) for one in part]
    if not isinstance(part, dict):
        return part
    said = {name: as_it_is_answered(inner) for name, inner in part.items() if name != "minItems"}
    if isinstance(said.get("pattern"), str):
        said["pattern"] = said["pattern"].removeprefix("/").removesuffix("/i")
    if isinstance(said.get("type"), str) and "in" not in said:
        said["nullable"] = True
        if said.get("enum"):
            said["enum"] = [*said["enum"], None]
            if {"day", "week", "month", "year"} <= set(said["enum"]):
                said["enum"].append("billing_period")
    return said


@pytest.mark.slow
def test_requests_and_answers_are_those_of_recurlys_own_document(
    loads: Loads, tmp_path: Path
) -> None:
    document = tmp_path / "recurly.json"
    document.write_text(json.dumps(as_it_is_answered(recorded("recurly_openapi"))))
    company = recurly_lives.life(everyone=True)
    company.now = datetime(2025, 7, 31)
    with (
        serve(company.server()) as listening,
        prism(tmp_path, document, listening.url) as url,
    ):
        loads.settings = {
            "AS_OF": "2025-07-31",
            "SOURCES__RECURLY__API_KEY": recurly_server.KEY,
            "SOURCES__RECURLY__BASE_URL": url,
        }
        loads.load("recurly")
    log = (tmp_path / "prism.log").read_text()
    assert "iolation" not in log, log[-3000:]
    for path, objects in company.lists.items():
        assert len(ids(loads, f"raw_recurly{path.replace('/', '.')}")) == len(
            {one["id"] for one in objects}
        )
