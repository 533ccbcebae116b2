"""How ruff is called, whoever asks it: without configuration, cache, or effect of `# noqa`.

What is *not* here: running it (workers.analysers.process), and what its hits mean (workers.analysers.ruff,
workers.analysers.python_syntax).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from workers.analysers.process import ToolRun

_OPTIONS: Final = (
    "--isolated",
    "--no-cache",
    "--ignore-noqa",
    "--exit-zero",
    "--output-format=json",
    # The newest grammar takes all that older ones take.
    "--target-version=py315",
)


def ruff_arguments(program: Path, rules: str, files: Iterable[str]) -> tuple[str, ...]:
    """The command line that looks for some rules, by their codes with commas between, in some files."""
    return (str(program), "check", *_OPTIONS, "--select", rules, "--", *files)


def passed_over_a_file(run: ToolRun) -> bool:
    """Whether ruff could not read some file: it says so in a warning, and ends with status 0."""
    return b"Failed to" in run.stderr
