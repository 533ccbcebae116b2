"""The questions about one finding that stands: how to mend it, and which test shows it.

What is *not* here: the words themselves (prompts/), and the questions of a review itself
(workers.review.prompting).
"""

from __future__ import annotations

from bot.domain.finding import Finding, MarkedFinding, Ruling
from bot.parsing.masking import masked
from workers.ports import Prompt, SourceFile
from workers.review.bundles import LINE_LIMIT
from workers.review.change import Change
from workers.review.prompting import about_change, prompt_of, report
from workers.review.shown_code import beginning, code_of, pieces_of
from workers.review.spots import Spot
from workers.review.untrusted import one_line, visible

FIX = "fix-1"
TEST = "test-1"
CHANGE_TEST = "change-test-1"
CODE_LINES = 160
"""Lines of code around a finding that are shown."""


def fix_prompt(marked: MarkedFinding, spot: Spot, code: str, change: Change, nonce: str) -> Prompt:
    """Asks for the text that replaces the lines of a spot.

    Args:
        code: the code around, as `code_around` shows it.
        nonce: fences the material.
    """
    title = f"Lines {spot.first} to {spot.last}, which your text replaces:"
    # Masked with the whole file: some lines of a key would not look like one.
    rows = masked(spot.text).split("\n")[spot.first - 1 : spot.last]
    current = "\n".join(visible(row.removesuffix("\r")) for row in rows)
    return prompt_of(FIX, [about_change(change), _report(marked), code, f"{title}\n{current}"], nonce)


def failing_test_prompt(marked: MarkedFinding, code: str, example: str, change: Change, nonce: str) -> Prompt:
    """Asks for a test that fails because of a finding.

    Args:
        code: the code around, as `code_around` shows it.
        example: a part of an existing test, or empty.
        nonce: fences the material.
    """
    return prompt_of(TEST, [about_change(change), _report(marked), code, example], nonce)


def change_test_prompt(code: str, example: str, change: Change, nonce: str) -> Prompt:
    """Asks for a test of what a changed file does now.

    Args:
        code: the changed code, as `changed_code` shows it.
        example: a part of an existing test, or empty.
        nonce: fences the material.
    """
    return prompt_of(CHANGE_TEST, [about_change(change), code, example], nonce)


def changed_code(file: SourceFile, block_lines: int, most: int = CODE_LINES) -> str:
    """The beginning of what changed in a file, inside the code around it, as models see code."""
    return beginning(file.path, pieces_of(file, block_lines), most)


def code_around(finding: Finding, file: SourceFile, block_lines: int, most: int = CODE_LINES) -> str:
    """The piece of the change that a finding stands in, cut around it, as models see code."""
    return code_of(finding, pieces_of(file, block_lines), most)


def example_text(path: str, text: str, most_lines: int, most_characters: int) -> str:
    """The beginning of an existing test, as models see it."""
    shown = "\n".join(visible(row.removesuffix("\r"))[:LINE_LIMIT] for row in text.split("\n")[:most_lines])
    if len(shown) > most_characters:
        shown = shown[:most_characters].rpartition("\n")[0]
    return f"A part of an existing test, {one_line(path)}:\n{shown.rstrip()}"


def _report(marked: MarkedFinding) -> str:
    """A finding with what its checker said."""
    confirmed = bool(marked.verdicts) and marked.verdicts[-1].ruling is Ruling.CONFIRMED
    return report(marked.finding, marked.verdicts[-1].reason if confirmed else "")
