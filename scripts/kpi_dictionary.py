"""Write docs/kpis.md, the data dictionary, from the records beside the models that bring KPIs.

`--check` writes nothing and exits with 1 where the page lags behind.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "models/marts/monitoring/kpis/_kpis__models.yml"
PAGE = ROOT / "docs/kpis.md"

HEAD = """# Data dictionary: every KPI

Made by `python scripts/kpi_dictionary.py` from `models/marts/monitoring/kpis/_kpis__models.yml`;
the same is in the published table `monitoring.kpi_definitions`. Values are in `monitoring.kpis`,
one row per metric, dimension value and period. Grain is what an alert rule takes if it names none.
"""


def render(models: list[dict[str, Any]]) -> str:
    """The page: one section per model with metrics."""
    parts = [HEAD]
    for model in models:
        kpis = model.get("config", {}).get("meta", {}).get("kpis")
        if not kpis:
            continue
        title = model["name"].removeprefix("kpis_of_").replace("_", " ")
        parts.append(f"\n## {title.capitalize()}\n")
        parts.append("| metric | name | meaning | formula | unit | grain | from |")
        parts.append("|---|---|---|---|---|---|---|")
        for kpi in kpis:
            unit = kpi["unit"]
            if unit == "money":
                unit += " (usd)" if kpi.get("currency") == "usd" else " (report currency)"
            cells = (
                f"`{kpi['name']}`", kpi["title"], kpi["meaning"], kpi["formula"], unit,
                kpi.get("grain", "month"), f"`{kpi['mart']}`",
            )  # fmt: skip
            parts.append(f"| {' | '.join(str(cell).replace('|', '/') for cell in cells)} |")
    return "\n".join(parts) + "\n"


def main(arguments: list[str]) -> int:
    """Write or check the page; the exit code."""
    page = render(yaml.safe_load(SOURCE.read_text())["models"])
    if "--check" in arguments:
        return 0 if PAGE.exists() and PAGE.read_text() == page else 1
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
