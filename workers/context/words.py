"""Whole words in lines of code.

What is *not* here: where the lines come from (workers.context.local_code, workers.context.fetched).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from workers.context.defining import seems_to_define
from workers.ports import Hit, InPart

MOST_WORDS = 200
"""Words looked for in one search."""
LONGEST_WORD = 200
HITS_OF_A_WORD = 500
"""Places kept of one word, not counting those that seem to define it: what stands in more says little."""
HITS = 30_000
LINE_LENGTH = 300
"""Characters kept of a line; of a longer one those around the first word in it."""

_TOKEN = re.compile(r"\w+[!?]?")
_FIRST_WORD = re.compile(r"\A[\w+/=.-]+")
_LAST_WORD = re.compile(r"(?<![\w+/=.-])[\w+/=.-]+\Z")
_IDENTIFIER = re.compile(r"\w+[!?]?\Z")


def searchable(words: Iterable[str]) -> tuple[str, ...]:
    """Those of some words that can stand on a line, each once and no more than `MOST_WORDS`."""
    fitting = (
        word for word in words if 0 < len(word) <= LONGEST_WORD and not any(char in word for char in "\n\r\0")
    )
    return tuple(dict.fromkeys(fitting))[:MOST_WORDS]


class WordFinder:
    """Finds any of some words where no word character stands next to it."""

    def __init__(self, words: Iterable[str]) -> None:
        known = set(words)
        self._names = frozenset(word for word in known if _IDENTIFIER.match(word))
        phrases = sorted(known - self._names, key=lambda word: (-len(word), word))
        self._phrases = re.compile("|".join(map(_bounded, phrases))) if phrases else None

    def places(self, text: str) -> list[tuple[str, int]]:
        """Each word with the index where it begins, in no special order."""
        found: list[tuple[str, int]] = []
        for token in _TOKEN.finditer(text):
            word = token.group()
            if word in self._names:
                found.append((word, token.start()))
            elif word[-1] in "!?" and word[:-1] in self._names:
                found.append((word[:-1], token.start()))
        if self._phrases is not None:
            found += [(match.group(), match.start()) for match in self._phrases.finditer(text)]
        return found


def hits(
    lines: Iterable[tuple[str, int, str]], words: Sequence[str], *, is_whole: bool = True
) -> Sequence[Hit]:
    """Places of words in (path, 1-based number, text) of lines, in their order, within the bounds above.

    Args:
        is_whole: whether these are all lines that there are.
    """
    finder = WordFinder(words)
    counts: Counter[str] = Counter()
    found: list[Hit] = []
    for path, number, text in lines:
        places = finder.places(text)
        if not places:
            continue
        if len(found) >= HITS:
            return InPart(found)
        if not any(
            counts[word] < HITS_OF_A_WORD or seems_to_define(text, word, start, path)
            for word, start in places
        ):
            is_whole = False
            continue
        counts.update({word for word, _ in places})
        found.append(Hit(path, number, _cut(text, min(place for _, place in places))))
    return tuple(found) if is_whole else InPart(found)


def _bounded(word: str) -> str:
    """A pattern for a word with no word character at its ends, where these are word characters themselves."""
    before = r"(?<!\w)" if word[0].isalnum() or word[0] == "_" else ""
    after = r"(?!\w)" if word[-1].isalnum() or word[-1] == "_" else ""
    return f"{before}{re.escape(word)}{after}"


def _cut(text: str, place: int) -> str:
    """The line without its end, or the part around a place in it."""
    text = text.rstrip("\r\n")
    if len(text) <= LINE_LENGTH:
        return text
    start = max(0, place - LINE_LENGTH // 4) if place > LINE_LENGTH // 2 else 0
    before, after = text[start:place], text[place : start + LINE_LENGTH]
    # No half words: one half of a token or a key would no longer look like a secret.
    if start:
        before = f"…{_FIRST_WORD.sub('', before)}"
    if start + LINE_LENGTH < len(text):
        after = f"{_LAST_WORD.sub('', after) or after}…"
    return before + after
