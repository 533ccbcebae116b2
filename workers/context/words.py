"""Whole words in lines of code.

What is *not* here: where the lines come from (workers.context.local_code, workers.context.fetched).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from workers.ports import Hit

MOST_WORDS = 200
"""Words looked for in one search."""
LONGEST_WORD = 200
HITS_OF_A_WORD = 1_500
"""Places kept of one word: what stands in more of them says little."""
HITS = 30_000
LINE_LENGTH = 300
"""Characters kept of a line; of a longer one those around the first word in it."""


def searchable(words: Iterable[str]) -> tuple[str, ...]:
    """Those of some words that can stand on a line, each once and no more than `MOST_WORDS`."""
    fitting = (
        word for word in words if 0 < len(word) <= LONGEST_WORD and not any(char in word for char in "\n\r\0")
    )
    return tuple(dict.fromkeys(fitting))[:MOST_WORDS]


def whole_words(words: Iterable[str]) -> re.Pattern[str]:
    """Finds any of some words where no word character stands next to it; longer ones first."""
    ordered = sorted(words, key=lambda word: (-len(word), word))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, ordered))})(?!\w)")


def hits(lines: Iterable[tuple[str, int, str]], words: Sequence[str]) -> Iterator[Hit]:
    """Places of words in (path, 1-based number, text) of lines, in their order, within the bounds above."""
    pattern = whole_words(words)
    counts: Counter[str] = Counter()
    total = 0
    for path, number, text in lines:
        first = pattern.search(text)
        if first is None:
            continue
        found = {
            match.group() for match in pattern.finditer(text, first.start(), first.start() + LINE_LENGTH)
        }
        if not any(counts[word] < HITS_OF_A_WORD for word in found):
            continue
        counts.update(found)
        yield Hit(path, number, _cut(text, first.start()))
        total += 1
        if total >= HITS:
            return


def _cut(text: str, place: int) -> str:
    """The line without its end, or the part around a place in it."""
    text = text.rstrip("\r\n")
    if len(text) <= LINE_LENGTH:
        return text
    start = max(0, place - LINE_LENGTH // 4) if place > LINE_LENGTH // 2 else 0
    part = text[start : start + LINE_LENGTH]
    return f"{'…' if start else ''}{part}{'…' if start + LINE_LENGTH < len(text) else ''}"
