"""Slash commands in comments: a closed grammar, read from the lines that people meant.

A command is a line that starts with `/ai-review`, after at most three spaces and in any mixture of upper and
lower case, followed by white space or the end of the line. What Markdown shows as a quote, as code, as raw
HTML, as an HTML comment or as the text of a link is not obeyed; that holds for a line without `>` too that
still belongs to the quote above it. The first command of a comment counts, the rest is prose.

What is *not* here: who may command (workers.commands asks GitHub), and what a command does.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator

from markdown_it import MarkdownIt

from bot.domain.request import NEVER_TYPED, Command, CommandName, UnknownCommand

MAX_BODY = 65_536  # GitHub's own limit of a comment
MAX_TEXT = 200

_COMMAND = re.compile(r"^ {0,3}/ai-review(?=\s|$)(.*)", re.IGNORECASE | re.MULTILINE)
_SPAN = re.compile(r"\\.|`+|<!--|<[a-z/][^<>]*>|\[|\]\(?", re.IGNORECASE | re.DOTALL)
_BACKTICKS = re.compile(r"`+")
_NOT_BARE = NEVER_TYPED | {CommandName.REVIEW, CommandName.DISMISS}
_BARE = {name.value: name for name in CommandName if name not in _NOT_BARE}


def parse_command(body: str) -> Command | UnknownCommand | None:
    """The first command of a comment; None when it has none.

    Never fails, and takes time in proportion to the length of the text. Beyond GitHub's limit it is not read.
    """
    text = re.sub(r"\r\n?", "\n", body[:MAX_BODY])
    if not _COMMAND.search(text):
        return None
    for block in _blocks(text):
        rest = _first_shown(block)
        if rest is not None:
            return _read(rest)
    return None


def _read(rest: str) -> Command | UnknownCommand:
    """What stands behind the word `/ai-review` of a line."""
    text = _clean(rest)
    word, _, argument = text.partition(" ")
    name = word.lower()
    if not text:
        return Command(CommandName.REVIEW)
    if name == CommandName.DISMISS.value:
        return Command(CommandName.DISMISS, _cut(argument))
    if name in _BARE and not argument:
        return Command(_BARE[name])
    return UnknownCommand(_cut(text))


def _clean(text: str) -> str:
    """One line without control, invisible and unassigned characters; runs of white space are one space."""
    visible = "".join(" " if character.isspace() else character for character in text)
    kept = (character for character in visible if not unicodedata.category(character).startswith("C"))
    return " ".join("".join(kept).split())


def _cut(text: str) -> str:
    """At most 200 characters."""
    return text[:MAX_TEXT].rstrip()


def _blocks(text: str) -> Iterator[str]:
    """Paragraphs and headings outside of quotes, as they stand in the text.

    Only the structure of blocks is parsed: Markdown's inline rules can take quadratic time.
    """
    lines = text.split("\n")
    quotes = 0
    for token in MarkdownIt("commonmark").disable("inline").parse(text):
        if token.type.startswith("blockquote_"):
            quotes += token.nesting
        elif token.type == "inline" and token.map and not quotes:
            yield "\n".join(lines[slice(*token.map)])


def _first_shown(block: str) -> str | None:
    """What stands behind the first `/ai-review` of a block that is not inside code, HTML or a link."""
    spans = sorted(_spans(block), reverse=True)
    hidden_until = 0
    for match in _COMMAND.finditer(block):
        while spans and spans[-1][0] < match.start():
            hidden_until = max(hidden_until, spans.pop()[1])
        if match.start() >= hidden_until:
            return match[1]
    return None


def _spans(block: str) -> Iterator[tuple[int, int]]:
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
