"""Golden files: words that people and models read, compared byte for byte."""

from __future__ import annotations

import os
from pathlib import Path

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
_UPDATE = os.environ.get("AI_REVIEW_TEST_UPDATE_GOLDEN") == "1"
"""Asked at the beginning: tests of commands run without any of our variables."""


def check_golden(name: str, text: str) -> None:
    """Compare with `tests/golden/NAME`; AI_REVIEW_TEST_UPDATE_GOLDEN=1 rewrites it for review in the diff."""
    path = GOLDEN / name
    if _UPDATE:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    assert path.exists(), f"no golden file {name}: run once with AI_REVIEW_TEST_UPDATE_GOLDEN=1 and read it"
    assert text == path.read_text(encoding="utf-8")
