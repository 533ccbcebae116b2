"""Reports of other tools that a command line names: SARIF files.

What is *not* here: reading them (bot.parsing.sarif).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.errors import UsageError
from bot.parsing.sarif import MAX_SIZE, parse_sarif
from bot.rendering.words import count, was
from workers.analysers.sarif import SarifHits


@dataclass(frozen=True, slots=True)
class Reports:
    """What the files say.

    Attributes:
        notices: sentences for people about results that could not be used.
    """

    analysers: tuple[SarifHits, ...] = ()
    notices: tuple[str, ...] = ()


def read_reports(files: Sequence[Path]) -> Reports:
    """Read SARIF files.

    Raises:
        UsageError: one cannot be read, or is none.
    """
    reports = [(file, parse_sarif(_bytes(file), str(file))) for file in files]
    notices = [
        f"{count(report.left_out, 'result')} of {file.name} {was(report.left_out)} left out:"
        " no file and line to go by, or more results than are read."
        for file, report in reports
        if report.left_out
    ]
    return Reports(tuple(SarifHits(report.findings) for _, report in reports), tuple(notices))


def _bytes(file: Path) -> bytes:
    """The file, up to just more than what is taken."""
    try:
        with file.open("rb") as stream:
            return stream.read(MAX_SIZE + 1)
    except OSError as error:
        raise UsageError(f"{file} cannot be read ({error.strerror}): check the path.") from None
