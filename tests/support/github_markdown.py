"""What GitHub would make of a text: markdown rendered to tokens, then its own filters on what is not code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

_LIVE = re.compile(
    r"""
      (?:^|[^\w`])@\w                         # a mention
    | (?:^|\W)\#\d | \w/\w[\w.-]*\#\d | \bGH-\d   # a reference
    | (?<![A-Za-z0-9])[0-9a-f]{7,40}(?![A-Za-z0-9])  # a commit
    | :// | \bwww\. | \w@\w                   # an address
    | :[a-z0-9_+-]+:                          # an emoji
    """,
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Rendered:
    """Tokens of one text by what they are."""

    kinds: frozenset[str]
    html: tuple[str, ...]
    prose: str  # text outside code; code is a NUL
    code: tuple[str, ...]
    links: tuple[str, ...]  # where they lead

    @property
    def live(self) -> list[str]:
        """What GitHub would turn into a link, a notification or a picture."""
        return [match.group() for match in _LIVE.finditer(self.prose)]


def render(text: str) -> Rendered:
    """Render as GitHub does, without the filters that `live` imitates."""
    tokens = list(_flat(MarkdownIt("gfm-like", {"linkify": False, "html": True}).parse(text)))
    prose = ""
    for token in tokens:
        if token.type == "text":
            prose += token.content
        elif token.type == "code_inline":
            prose += "\0"
        elif token.block or token.type in ("softbreak", "hardbreak"):
            prose += "\n"
    return Rendered(
        frozenset(token.type for token in tokens),
        tuple(token.content for token in tokens if token.type in ("html_block", "html_inline")),
        prose,
        tuple(token.content for token in tokens if token.type in ("code_inline", "fence")),
        tuple(str(token.attrGet("href")) for token in tokens if token.type == "link_open"),
    )


def _flat(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _flat(token.children or [])
