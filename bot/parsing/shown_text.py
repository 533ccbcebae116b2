"""What people say in Markdown in words of their own: without quotes, code, raw HTML, comments and links.

Only the structure of blocks is parsed by the library: Markdown's inline rules can take quadratic time. What
is hidden inside of a block is found in one pass.
What is *not* here: what the words mean (commands.py, linked_issues.py).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator

from markdown_it import MarkdownIt

_SPAN = re.compile(r"\\.|`+|<!--|<[a-z/][^<>]*>|\[|\]\(?", re.IGNORECASE | re.DOTALL)
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


def hidden_spans(block: str) -> Iterator[tuple[int, int]]:
    """Where code, HTML and links stand in a block, in one pass; a comment without end hides the rest."""
    closers: dict[int, list[int]] = defaultdict(list)
    for run in _BACKTICKS.finditer(block):
        closers[len(run[0])].append(run.start())
    brackets: list[int] = []
    position = 0
    while match := _SPAN.search(block, position):
        position = match.end()
        mark = match[0]
        if mark[0] == "`":
            same = closers[len(mark)]
            after = bisect_right(same, match.start())
            position = same[after] + len(mark) if after < len(same) else position
            yield match.start(), position
        elif mark == "<!--":
            end = block.find("-->", position)
            position = end + 3 if end >= 0 else len(block)
            yield match.start(), position
        elif mark[0] == "<":
            yield match.start(), position
        elif mark == "[":
            brackets.append(match.start())
        elif mark[0] == "]" and brackets:
            start = brackets.pop()
            if mark == "](":
                yield start, position


def shown(block: str) -> str:
    """The block with a sign that is no word and no blank in place of each hidden span."""
    parts: list[str] = []
    position = 0
    for start, end in sorted(hidden_spans(block)):
        if start >= position:
            parts += (block[position:start], _HIDDEN)
        position = max(position, end)
    return "".join([*parts, block[position:]])
