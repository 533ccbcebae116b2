"""Code in markdown: spans, fences, and suggestions that GitHub offers to commit.

GitHub links no mention, reference or address in code, and markdown has no syntax in it. So code is also
where foreign text is put that must stay dead.

What is *not* here: which foreign words may stay prose (bot.rendering.prose).
"""

from __future__ import annotations

import re

from bot.domain.diff import Anchor, Side
from bot.domain.finding import Finding
from bot.rendering.clean import block, one_line, path_text

_RUN = re.compile(r"`+")


def code_span(text: str, limit: int = 200) -> str:
    """One line of foreign text as inline code; `(empty)` when nothing of it can be seen."""
    shown = one_line(text, limit)
    return _span(shown) if shown else "(empty)"


def path_span(path: str) -> str:
    """A path, or a path with a line number, as inline code."""
    shown = path_text(path)
    return _span(shown) if shown else "(empty)"


def fenced(text: str, language: str = "") -> str:
    """Foreign lines as a code block; the fence is longer than any run of backticks inside."""
    content = block(text).removesuffix("\n")
    fence = "`" * max(3, 1 + _longest_run(content))
    return "\n".join([fence + language, *([content] if content else []), fence])


def suggestion(finding: Finding, anchor: Anchor | None) -> str:
    """The finding's fix: committable where GitHub would replace exactly the right lines, else as plain code.

    Empty when the finding has no fix.
    """
    if finding.suggestion is None:
        return ""
    if _is_committable(finding, anchor):
        return fenced(finding.suggestion, "suggestion")
    shown = fenced(finding.suggestion) if finding.suggestion.strip() else "Remove these lines."
    return f"Possible fix, to be applied by hand:\n\n{shown}"


def _is_committable(finding: Finding, anchor: Anchor | None) -> bool:
    """GitHub replaces the comment's range on the RIGHT side; what is committed must be what is seen."""
    lines, text = finding.lines, finding.suggestion
    if anchor is None or lines is None or text is None or anchor.side is not Side.RIGHT:
        return False
    same_lines = (anchor.first_line, anchor.line, anchor.side) == (lines.start, lines.end, lines.side)
    unix = text.replace("\r\n", "\n")
    return same_lines and block(unix) == unix


def _span(shown: str) -> str:
    fence = "`" * _free_length(shown)
    needs_room = shown[0] == "`" or shown[-1] == "`" or (shown[0] == " " and shown[-1] == " ")
    return f"{fence} {shown} {fence}" if needs_room else f"{fence}{shown}{fence}"


def _free_length(text: str) -> int:
    """The shortest run of backticks that `text` does not contain."""
    taken = {len(run) for run in _RUN.findall(text)}
    return next(length for length in range(1, len(taken) + 2) if length not in taken)


def _longest_run(text: str) -> int:
    return max((len(run) for run in _RUN.findall(text)), default=0)
