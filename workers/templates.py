"""The words of prompts/ by name: the only place that reads those files.

What is *not* here: what is put into them (workers.review.prompting, workers.review.wishes).
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def words(name: str) -> str:
    """The text of `prompts/NAME.txt` without its last line feed, its placeholders as they stand."""
    return files("prompts").joinpath(f"{name}.txt").read_text(encoding="utf-8").rstrip("\n")
