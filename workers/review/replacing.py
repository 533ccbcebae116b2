"""Whether a model's text may be offered to be committed in place of some lines, as one click does it.

It may if the file would still parse, and if nothing else about the text is odd; else people get words.
What is *not* here: asking for the text (workers.review.fixing), and how it is shown (bot.rendering.code).
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bot.parsing.masking import masked
from bot.rendering.clean import block
from bot.telemetry.redaction import REDACTED, Redactor
from workers.analysers.batches import python_suffix
from workers.analysers.python_syntax import python_errors
from workers.review.fitting import misfit
from workers.review.pasted import readings, unpasted
from workers.review.spots import Spot, lines_of, replacement_of
from workers.review.untrusted import is_hidden

LONGEST = 20_000
"""Characters of a replacement that are looked at."""
TIMES_LINES = 3
MORE_LINES = 10
"""A replacement has at most three times the lines that it replaces, and ten more."""
_TELLING = 8
_DIFF_LINE = re.compile(r"diff --git |@@ -\d|--- (?:a/|/dev/null)|\+\+\+ (?:b/|/dev/null)")
_SHOWN_CHARACTER = re.compile(r"⟨U\+[0-9A-F]{4,6}⟩")
_LIKE_A_MASK = re.compile(r"\[\s*masked\s*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a replacement.

    Attributes:
        text: what may be committed; empty to remove the lines, None where it may not.
        reason: why not, for logs.
    """

    text: str | None
    reason: str = ""


async def committable(spot: Spot, answer: str) -> Judged:
    """Judge a model's text for a spot. Never raises, whatever the text is."""
    if len(answer) > LONGEST:
        return Judged(None, "it is too long")
    reason = ""
    for lines in readings(unpasted(lines_of(answer), spot.rows, spot.first), spot.rows):
        reason = await asyncio.to_thread(_objection, spot, lines) or await _python_objection(spot, lines)
        if not reason:
            return Judged(replacement_of(lines))
    return Judged(None, reason)


def _objection(spot: Spot, lines: Sequence[str]) -> str:
    """Why lines must not be offered; empty where nothing speaks against them."""
    current = spot.rows
    if [line.rstrip() for line in lines] == [row.rstrip() for row in current]:
        return "it changes nothing"
    if len(lines) > TIMES_LINES * len(current) + MORE_LINES:
        return "it has too many lines"
    return _odd_text(lines, current) or _lost(spot, lines) or _repeated(spot, lines) or misfit(spot, lines)


def _odd_text(lines: Sequence[str], current: Sequence[str]) -> str:
    """What would not be committed as it is seen, or should not be."""
    text = replacement_of(lines)
    if any(is_hidden(char) for char in text) or block(text) != text:
        return "it has characters that cannot be seen"
    blanked = REDACTED in text and REDACTED not in "\n".join(current)
    if blanked or _SHOWN_CHARACTER.search(text) or _LIKE_A_MASK.search(text):
        return "it has stand-ins for text that the model was not shown"
    if any(_DIFF_LINE.match(line) for line in lines) and not any(_DIFF_LINE.match(row) for row in current):
        return "it is a diff"
    known = {row.strip() for row in current}
    new = replacement_of([line for line in lines if line.strip() not in known])
    return "it has what looks like a secret" if Redactor().clean(new) != new else ""


def _lost(spot: Spot, lines: Sequence[str]) -> str:
    """A model that was shown a mask cannot write the secret: its line stays as it is, or nothing is offered.

    Whatever stands in the secret's place, `"secret"` or `<password>`, would take it out of the file.
    """
    shown = masked(spot.text).split("\n")[spot.first - 1 : spot.last]
    secret = [row for row, seen in zip(spot.rows, shown, strict=True) if seen.removesuffix("\r") != row]
    lost = Counter(secret) - Counter(lines)
    return "it changes a line with a secret that the model was not shown" if lost else ""


def _repeated(spot: Spot, lines: Sequence[str]) -> str:
    """Models like to repeat the line above or below; committed, it would stand there twice."""
    if not lines:
        return ""
    first, last = lines[0].strip(), lines[-1].strip()
    was_first, was_last = spot.rows[0].strip(), spot.rows[-1].strip()
    above = first == spot.above and first != was_first and len(first) >= _TELLING
    below = last == spot.below and last != was_last and len(last) >= _TELLING
    return "it repeats the code around the lines" if above or below else ""


async def _python_objection(spot: Spot, lines: Sequence[str]) -> str:
    """Python's own rules go further than its grammar: indentation, statements out of place, unknown names."""
    suffix = python_suffix(spot.path)
    if suffix is None:
        return ""
    errors = await python_errors((spot.text, spot.with_lines(lines)), suffix)
    if errors is None:
        return "whether it is valid Python could not be found out"
    before, after = errors
    return "it is not valid Python" if after > before else ""
