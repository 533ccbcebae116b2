"""The code of a changed file as a question about one finding shows it: a piece of the change, cut around it.

What is *not* here: the questions (workers.review.questions, workers.review.mending_prompts), and what the
find pass shows (workers.review.bundles).
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.diff import Line
from bot.domain.finding import Finding, LineRange
from workers.context.enclosing import Excerpt, excerpts
from workers.ports import SourceFile
from workers.review.bundles import show
from workers.review.masked_files import masked_file
from workers.review.untrusted import one_line


def pieces_of(file: SourceFile, block_lines: int) -> Sequence[Excerpt]:
    """The changed lines of a file inside the code around them, masked as parts of the whole file.

    Args:
        block_lines: of a block of code that is shown whole.
    """
    seen = masked_file(file)
    return excerpts(seen.diff, seen.text, block_lines)


def code_of(finding: Finding, pieces: Sequence[Excerpt], most: int) -> str:
    """At most so many lines of the piece that holds a finding, those around it.

    For a finding on lines outside the diff it is the beginning of all pieces.
    """
    holding = next((piece.lines for piece in pieces if _places(finding.lines, piece.lines)), None)
    if holding is None:
        return beginning(finding.path, pieces, most)
    middle = _places(finding.lines, holding)[0]
    first = max(0, min(middle - most // 2, len(holding) - most))
    return _framed(finding.path, holding[first : first + most])


def beginning(path: str, pieces: Sequence[Excerpt], most: int) -> str:
    """The first lines of all pieces of a file."""
    return _framed(path, [line for piece in pieces for line in piece.lines][:most])


def _framed(path: str, lines: Sequence[Line]) -> str:
    return f"File: {one_line(path)}\n{show(lines)}"


def _places(wanted: LineRange | None, lines: Sequence[Line]) -> list[int]:
    """Indexes of lines that a finding is about."""
    if wanted is None:
        return []
    numbers = range(wanted.start, wanted.end + 1)
    return [index for index, line in enumerate(lines) if line.number_on(wanted.side) in numbers]
