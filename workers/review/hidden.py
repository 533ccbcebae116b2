"""Tells people of invisible characters that a change brings in: code can look other than what it does.

What is *not* here: how they are shown to models (workers.review.untrusted).
"""

from __future__ import annotations

from bot.domain.diff import Diff, FileDiff, LineKind
from workers.review.untrusted import hidden_in, one_line

MOST_FILES = 5


def hidden_notices(diff: Diff) -> tuple[str, ...]:
    """One sentence a file whose added lines hold characters that mislead readers, for the first few files."""
    found = [(file, lines) for file in diff.files if (lines := _lines(file))]
    notices = [_sentence(file, lines) for file, lines in found[:MOST_FILES]]
    if len(found) > MOST_FILES:
        notices.append(f"{len(found) - MOST_FILES} more files hold invisible characters in added lines.")
    return tuple(notices)


def _lines(file: FileDiff) -> dict[int, frozenset[str]]:
    """Hidden characters by line. A byte order mark at the very start of a file is harmless."""
    return {
        line.new_number: names
        for line in file.lines()
        if line.kind is LineKind.ADDED
        and line.new_number is not None
        and (names := hidden_in(line.text.removeprefix("\ufeff") if line.new_number == 1 else line.text))
    }


def _sentence(file: FileDiff, lines: dict[int, frozenset[str]]) -> str:
    names = sorted({name for found in lines.values() for name in found})
    more = f" and {len(names) - 3} others" if len(names) > 3 else ""
    return (
        f"{one_line(file.path)}, line {min(lines)}: an added line holds invisible characters"
        f" ({', '.join(names[:3])}{more}); read it with care."
    )
