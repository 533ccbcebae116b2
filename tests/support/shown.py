"""Questions that only tests ask of what people are shown and of what models quote."""

from __future__ import annotations

from bot.domain.diff import FileDiff
from bot.rendering.clean import is_invisible
from workers.review.quotes import Haystack, Place


def has_invisible(text: str) -> bool:
    """Whether text has characters that cannot be seen; line ends and tabs do not count."""
    return any(is_invisible(char) for char in text if char not in "\n\t")


def find_quote(file: FileDiff, text: str, quote: str) -> Place | None:
    """`Haystack.find` for a single quote."""
    return Haystack.of(file, text).find(quote)
