"""Where the analysis tools are: as the package installer recorded it, never wherever PATH points.

What is *not* here: running them (workers.analysers.process).
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from bot.errors import SettingsError


def packaged_program(distribution: str, program: str) -> Path:
    """Absolute path of a program that came with an installed Python package.

    Raises:
        SettingsError: when the package is not installed, or without its program.
    """
    try:
        recorded = files(distribution) or []
    except PackageNotFoundError:
        recorded = []
    for file in recorded:
        if file.name == program:
            return Path(str(file.locate())).resolve()
    raise SettingsError(
        f"The program {program} is missing; install the package {distribution} again, as the lock names it."
    )
