"""Writes docs/openapi.json from the API as it is: `python -m scripts.openapi`."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

PATH = Path(__file__).resolve().parents[1] / "docs" / "openapi.json"


def document() -> str:
    """The document as a text, the same on every machine."""
    from pipelines.api.app import create, openapi

    with tempfile.TemporaryDirectory() as folder:
        os.environ["API__AUDIT_LOG"] = str(Path(folder) / "audit.jsonl")
        found = openapi(create())
    return json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    PATH.write_text(document(), "utf-8")
