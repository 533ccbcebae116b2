"""What people say in Markdown in words of their own: without quotes, code, raw HTML, comments and links.

Only the structure of blocks is parsed by the library: Markdown's inline rules can take quadratic time. What
is hidden inside of a block is found in one pass.
What is *not* here: what the words mean (commands.py, linked_issues.py).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from markdown_it import MarkdownIt

Span = tuple[int, int]
"""Where something begins and ends in a block, as for a slice."""

_MARK = re.compile(
    r"""
      (?P<escape>\\.)
    | (?P<code>`+)
    | (?P<comment><!--)
    | (?P<tag><[a-z/][^<>]*>)
    | (?P<opening>\[)
    | (?P<closing>\]\(?)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_BACKTICKS = re.compile(r"`+")
_HIDDEN = "\ufffc"


def blocks(text: str) -> Iterator[str]:
    """Paragraphs and headings outside of quotes, as they stand in the text, whose lines end in line feeds."""
    lines = text.split("\n")
    quotes = 0
    for token in MarkdownIt("commonmark").disable("inline").parse(text):
        if token.type.startswith("blockquote_"):
            quotes += token.nesting
        elif token.type == "inline" and token.map and not quotes:
            yield "\n".join(lines[slice(*token.map)])


def hidden_spans(block: str) -> Iterator[Span]:
    """Where code, HTML and links stand in a block, in one pass; a comment without end hides the rest."""
    reader = _Reader(block)
    position = 0
    while mark := _MARK.search(block, position):
        span = _READERS[str(mark.lastgroup)](reader, mark)
        if span:
            yield span
        position = span[1] if span else mark.end()


def shown(block: str) -> str:
    """The block with a sign that is no word and no blank in place of each hidden span."""
    parts: list[str] = []
    position = 0
    for start, end in sorted(hidden_spans(block)):
        if start >= position:
            parts += (block[position:start], _HIDDEN)
        position = max(position, end)
    return "".join([*parts, block[position:]])


class _Reader:
    """What each mark hides of a block; of brackets those are remembered that are open.

    Each method is given a mark and tells what begins or ends with it, None where nothing is hidden.
    """

    def __init__(self, block: str) -> None:
        self._block = block
        self._brackets: list[int] = []
        self._runs: dict[int, list[int]] = defaultdict(list)
        for run in _BACKTICKS.finditer(block):
            self._runs[len(run[0])].append(run.start())

    def escape(self, mark: re.Match[str]) -> None:
        """A character that is meant as it stands."""

    def code(self, mark: re.Match[str]) -> Span:
        """Up to the next run of as many backticks; without one these are just characters."""
        same = self._runs[len(mark[0])]
        after = bisect_right(same, mark.start())
        return mark.start(), same[after] + len(mark[0]) if after < len(same) else mark.end()

    def comment(self, mark: re.Match[str]) -> Span:
        """Up to its end, or to that of the block."""
        end = self._block.find("-->", mark.end())
        return mark.start(), end + 3 if end >= 0 else len(self._block)

    def tag(self, mark: re.Match[str]) -> Span:
        """Itself."""
        return mark.span()

    def opening(self, mark: re.Match[str]) -> None:
        """Perhaps the text of a link begins."""
        self._brackets.append(mark.start())

    def closing(self, mark: re.Match[str]) -> Span | None:
        """The text of a link, where an address follows."""
        start = self._brackets.pop() if self._brackets else None
        return None if start is None or mark[0] == "]" else (start, mark.end())


_READERS: Mapping[str, Callable[[_Reader, re.Match[str]], Span | None]] = MappingProxyType(
    {
        "escape": _Reader.escape,
        "code": _Reader.code,
        "comment": _Reader.comment,
        "tag": _Reader.tag,
        "opening": _Reader.opening,
        "closing": _Reader.closing,
    }
)
"""By the name of the mark's group."""
