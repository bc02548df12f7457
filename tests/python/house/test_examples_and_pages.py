"""Schedule examples: their syntax, and that every command exists. Pages made from sources."""

from __future__ import annotations

import configparser
import csv
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pipelines import cli
from support.commands import ROOT

EXAMPLES = ROOT / "examples" / "schedule"
COMMAND = re.compile(r"usage-vs-revenue ((?:run|refresh|kpis|alert)[^`|>&\n]*)")
RHYTHM = {"run": "hourly", "refresh --no-load": "6-hourly", "refresh": "daily"}


def texts() -> list[Path]:
    return sorted(path for path in EXAMPLES.rglob("*") if path.is_file())


def commands(text: str) -> list[str]:
    joined = text.replace("\\\n", " ")
    return [" ".join(found.split()) for found in COMMAND.findall(joined)]


@pytest.mark.parametrize("path", texts(), ids=lambda path: path.name)
def test_every_command_is_understood(path: Path) -> None:
    for command in commands(path.read_text()):
        plain = re.sub(r"\$\([^)]*\)", "2026-01-31", command)
        arguments = cli.parser().parse_args(shlex.split(plain))
        assert callable(arguments.execute)


def test_cron_runs_the_rhythm() -> None:
    lines = [
        line
        for line in (EXAMPLES / "crontab").read_text().splitlines()
        if line and not line.startswith("#") and "=" not in line.split()[0]
    ]
    fields = {commands(line)[0]: line.split()[:5] for line in lines}
    assert fields == {
        "run": ["40", "*", "*", "*", "*"],
        "refresh --no-load": ["20", "0,6,12,18", "*", "*", "*"],
        "refresh": ["10", "5", "*", "*", "*"],
    }
    for line in lines:
        script = line.split(maxsplit=5)[5]
        subprocess.run(["sh", "-n", "-c", script], check=True)


def test_systemd_runs_the_rhythm() -> None:
    found = {}
    for path in sorted((EXAMPLES / "systemd").glob("*.timer")):
        timer = configparser.ConfigParser()
        timer.optionxform = str  # type: ignore[assignment,method-assign]
        timer.read(path)
        service = configparser.ConfigParser()
        service.optionxform = str  # type: ignore[assignment,method-assign]
        assert service.read(path.with_suffix(".service"))
        start = service["Service"]["ExecStart"].split("/bin/usage-vs-revenue ")[1]
        found[start] = timer["Timer"]["OnCalendar"]
        assert service["Service"]["Type"] == "oneshot"
        if analyze := shutil.which("systemd-analyze"):
            subprocess.run([analyze, "calendar", timer["Timer"]["OnCalendar"]], check=True)
    assert found == {
        "run": "*-*-* *:40:00 UTC",
        "refresh --no-load": "*-*-* 00/6:20:00 UTC",
        "refresh": "*-*-* 05:10:00 UTC",
    }


def test_github_actions_runs_the_rhythm_with_settings_that_exist() -> None:
    workflow = yaml.safe_load((EXAMPLES / "github-actions.yml").read_text())
    triggers = workflow[True]  # YAML reads the key `on` as a boolean
    crons = {entry["cron"] for entry in triggers["schedule"]}
    assert crons == {"40 * * * *", "20 0,6,12,18 * * *", "10 5 * * *"}
    job = workflow["jobs"]["refresh"]
    run = {}
    for step in job["steps"]:
        named = re.findall(r"schedule == '([^']+)'", step.get("if", ""))
        assert set(named) <= crons
        for command in commands(step.get("run", "")):
            run[command.split(" --from")[0]] = named
    assert run["run"] == ["40 * * * *"]
    assert run["refresh --no-load"] == ["20 0,6,12,18 * * *"]
    assert run["refresh"] == ["10 5 * * *"]
    table = (ROOT / "docs" / "settings.md").read_text()
    assert [name for name in job["env"] if f"`{name}`" not in table] == []


def test_the_data_dictionary_is_up_to_date() -> None:
    script = ROOT / "scripts" / "kpi_dictionary.py"
    done = subprocess.run([sys.executable, str(script), "--check"], check=False)
    assert done.returncode == 0, "run `python scripts/kpi_dictionary.py`"


def test_the_page_on_alerts_measures_every_shipped_rule() -> None:
    page = (ROOT / "docs" / "alerts.md").read_text()
    with (ROOT / "seeds" / "alert_thresholds.csv").open(newline="") as file:
        rules = [row["alert_id"] for row in csv.DictReader(file)]
    assert [rule for rule in rules if f"| {rule} |" not in page] == []
    measured = re.findall(r"^\| (\w+) \|.*\| ([0-9.]+)% \|", page.split("How often")[1], re.M)
    assert len(measured) >= len(rules)
