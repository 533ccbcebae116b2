"""The questions about one finding that stands: how to mend it, and which test shows it.

What is *not* here: the words themselves (prompts/), and the questions of a review itself
(workers.review.prompting).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from string import Template

from bot.domain.diff import Line
from bot.domain.finding import Finding, LineRange, MarkedFinding, Ruling
from workers.context.enclosing import excerpts
from workers.ports import Prompt, SourceFile
from workers.review.bundles import LINE_LIMIT, show
from workers.review.change import Change
from workers.review.prompting import about_change
from workers.review.spots import Spot
from workers.review.untrusted import fenced, one_line, visible

FIX = "fix-1"
TEST = "test-1"
CODE_LINES = 160
"""Lines of code around a finding that are shown."""


def fix_prompt(marked: MarkedFinding, spot: Spot, code: str, change: Change, nonce: str) -> Prompt:
    """Asks for the text that replaces the lines of a spot.

    Args:
        code: the code around, as `code_around` shows it.
        nonce: fences the material.
    """
    title = f"Lines {spot.first} to {spot.last}, which your text replaces:"
    current = "\n".join(visible(row) for row in spot.rows)
    return _prompt(FIX, [about_change(change), report(marked), code, f"{title}\n{current}"], nonce)


def failing_test_prompt(marked: MarkedFinding, code: str, example: str, change: Change, nonce: str) -> Prompt:
    """Asks for a test that fails because of a finding.

    Args:
        code: the code around, as `code_around` shows it.
        example: a part of an existing test, or empty.
        nonce: fences the material.
    """
    return _prompt(TEST, [about_change(change), report(marked), code, example], nonce)


def report(marked: MarkedFinding) -> str:
    """A finding as a model sees it, with what its checker said."""
    finding = marked.finding
    reason = marked.verdicts[-1].reason if _is_confirmed(marked) else ""
    parts = (
        ("File", one_line(finding.path)),
        ("Lines at fault", "\n" + finding.quote),
        ("Claim", finding.claim),
        ("Trigger", finding.trigger),
        ("Consequence", finding.consequence),
        ("Confirmed because", reason),
    )
    return "The report:\n" + "\n".join(f"{name}: {visible(text)}" for name, text in parts if text)


def code_around(finding: Finding, file: SourceFile, block_lines: int, most: int = CODE_LINES) -> str:
    """The piece of the change that a finding stands in, cut around it, as models see code."""
    pieces = [piece.lines for piece in excerpts(file.diff, file.text, block_lines)]
    holding = next((piece for piece in pieces if _places(finding.lines, piece)), None)
    lines = [line for piece in pieces for line in piece] if holding is None else holding
    start = _places(finding.lines, lines)[0] if holding is not None else 0
    first = max(0, min(start - most // 2, len(lines) - most))
    return f"File: {one_line(finding.path)}\n{show(lines[first : first + most])}"


def example_text(path: str, text: str, most_lines: int, most_characters: int) -> str:
    """The beginning of an existing test, as models see it."""
    shown = "\n".join(visible(row.removesuffix("\r"))[:LINE_LIMIT] for row in text.split("\n")[:most_lines])
    if len(shown) > most_characters:
        shown = shown[:most_characters].rpartition("\n")[0]
    return f"A part of an existing test, {one_line(path)}:\n{shown.rstrip()}"


def _is_confirmed(marked: MarkedFinding) -> bool:
    return bool(marked.verdicts) and marked.verdicts[-1].ruling is Ruling.CONFIRMED


def _places(wanted: LineRange | None, lines: Sequence[Line]) -> list[int]:
    """Indexes of lines that a finding is about."""
    if wanted is None:
        return []
    numbers = range(wanted.start, wanted.end + 1)
    return [index for index, line in enumerate(lines) if line.number_on(wanted.side) in numbers]


def _prompt(name: str, parts: Sequence[str], nonce: str) -> Prompt:
    material = fenced("\n\n".join(part for part in parts if part), nonce)
    user = Template(_words(f"{name}.user")).substitute(nonce=nonce, material=material)
    return Prompt(_words(f"{name}.system"), user, name)


@cache
def _words(name: str) -> str:
    return files("prompts").joinpath(f"{name}.txt").read_text(encoding="utf-8").rstrip("\n")
