"""Slash commands in comments: a closed grammar, read from the lines that people meant.

A command is a line that starts with `/ai-review`, after at most three spaces and in any mixture of upper and
lower case, followed by white space or the end of the line. What Markdown shows as a quote, as code, as raw
HTML, as an HTML comment or as the text of a link is not obeyed; that holds for a line without `>` too that
still belongs to the quote above it. All else is prose.

What is *not* here: who may command (workers.commands asks GitHub), and what a command does.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from bot.domain.request import NEVER_TYPED, Command, CommandName, UnknownCommand
from bot.parsing.shown_text import blocks, hidden_spans

MAX_BODY = 65_536  # GitHub's own limit of a comment
MAX_TEXT = 200
MOST_COMMANDS = 20
"""Different ones of one comment that are read; the grammar has fewer words."""

_COMMAND = re.compile(r"^ {0,3}/ai-review(?=\s|$)(.*)", re.IGNORECASE | re.MULTILINE)
_NOT_BARE = NEVER_TYPED | {CommandName.REVIEW, CommandName.DISMISS}
_BARE = {name.value: name for name in CommandName if name not in _NOT_BARE}


def parse_command(body: str) -> Command | UnknownCommand | None:
    """The first command of a comment; None when it has none."""
    return next(iter(parse_commands(body)), None)


def parse_commands(body: str) -> tuple[Command | UnknownCommand, ...]:
    """The different commands of a comment, in their order.

    Never fails, and takes time in proportion to the length of the text. Beyond GitHub's limit it is not read.
    """
    text = re.sub(r"\r\n?", "\n", body[:MAX_BODY])
    if not _COMMAND.search(text):
        return ()
    found: dict[Command | UnknownCommand, None] = {}
    for block in blocks(text):
        for rest in _shown(block):
            if len(found) < MOST_COMMANDS:
                found[_read(rest)] = None
    return tuple(found)


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


def _shown(block: str) -> Iterator[str]:
    """What stands behind each `/ai-review` of a block that is not inside code, HTML or a link."""
    spans = sorted(hidden_spans(block), reverse=True)
    hidden_until = 0
    for match in _COMMAND.finditer(block):
        while spans and spans[-1][0] < match.start():
            hidden_until = max(hidden_until, spans.pop()[1])
        if match.start() >= hidden_until:
            yield match[1]
