"""Files to analyse, made from text, and tools that behave badly on demand."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.domain.diff import FileDiff, FileStatus
from workers.ports import Analysis, SourceFile


def source(path: str, text: str) -> SourceFile:
    """A file that a change adds, with this text."""
    return SourceFile(FileDiff(path, FileStatus.ADDED), text)


def places(analysis: Analysis) -> list[tuple[str, str, int]]:
    """Path, source and first line of every finding, sorted."""
    return sorted(
        (finding.path, finding.source, finding.lines.start) for finding in analysis.findings if finding.lines
    )


def python_program(folder: Path, code: str) -> Path:
    """An executable that runs this Python code; its arguments are in `sys.argv`."""
    program = folder / "program"
    program.write_text(f"#!{sys.executable} -I\nimport sys\n{code}\n", encoding="utf-8")
    program.chmod(0o700)
    return program


def reasons(analysis: Analysis) -> Mapping[str, str]:
    """Why files failed, by path."""
    return dict(analysis.failed)


class FixedAnalyser:
    """Says the same of everything, after a while."""

    name = "fixed"

    def __init__(self, analysis: Analysis, delay: float = 0) -> None:
        self._analysis = analysis
        self._delay = delay

    async def analyse(self, files: Sequence[SourceFile]) -> Analysis:
        """What it was given."""
        await asyncio.sleep(self._delay)
        return self._analysis
