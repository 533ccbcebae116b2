"""Patterns of names and titles: `*` stands for any text, `?` for one character, everything else for itself.

A bracket is a bracket: `*[bot]`, `[WIP]*`. Matching takes time proportional to the pattern's length times the
text's: each part between two stars takes the first place where it fits, which is as good as any.

What is *not* here: patterns of paths (paths.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

MAX_WILDCARD: Final = 200


def wildcard_problem(pattern: str) -> str | None:
    """What is wrong with a pattern, as the end of a sentence; None when it can be used."""
    if len(pattern) > MAX_WILDCARD:
        return f"is longer than {MAX_WILDCARD} characters"
    if not pattern.strip():
        return "matches nothing"
    if not pattern.isprintable():
        return "has a line break or another character that cannot be printed"
    return None


def matching(patterns: Sequence[str], *, any_case: bool = False) -> Callable[[str], str | None]:
    """A function that gives, for a text, the first pattern that fits all of it; None where none does."""
    flags = re.DOTALL | (re.IGNORECASE if any_case else 0)
    compiled = [(pattern, re.compile(_expression(pattern), flags)) for pattern in patterns]
    return lambda text: next((pattern for pattern, regex in compiled if regex.fullmatch(text)), None)


def _expression(pattern: str) -> str:
    """A regular expression that never goes back on the place of a part."""
    first, *others = [_part(part) for part in re.split(r"\*+", pattern)]
    if not others:
        return first
    *middle, last = others
    return first + "".join(f"(?>.*?{part})" for part in middle) + f".*{last}"


def _part(text: str) -> str:
    return "".join("." if character == "?" else re.escape(character) for character in text)
