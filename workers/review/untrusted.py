"""Text of others, made safe to show to a model: nothing invisible, nothing that looks like our own frame.

What is *not* here: cleaning of what people read (bot.rendering).
"""

from __future__ import annotations

import re
import unicodedata

_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
_SHOWN = re.compile(r"⟨U\+[0-9A-F]{4,6}⟩")


def is_hidden(character: str) -> bool:
    """Whether a reader would not see this character, or would see it as something else.

    Bidirectional controls, tags, zero-width characters, variation selectors, control characters and lone
    surrogates are hidden; tab and line feed are fine.
    """
    if character in "\t\n" or " " <= character <= "~":
        return False
    if "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef":
        return True
    return character in _BLANK_LETTERS or unicodedata.category(character) in _HIDDEN_CATEGORIES


def visible(text: str) -> str:
    """The text with each hidden character written out: `⟨U+202E⟩`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(f"⟨U+{ord(char):04X}⟩" if is_hidden(char) else char for char in text)


def one_line(text: str, limit: int = 300) -> str:
    """A path or a title as one visible line of at most `limit` characters."""
    line = visible(text.replace("\t", " ")).replace("\n", "⟨U+000A⟩")
    return line if len(line) <= limit else line[:limit] + "…"


def plain(text: str) -> str:
    """The text without hidden characters, and without the marks that `visible` puts in their place."""
    shown = _SHOWN.sub("", text) if "⟨" in text else text
    if shown.isascii() and shown.isprintable():
        return shown
    return "".join(char for char in shown if not is_hidden(char))


def hidden_in(text: str) -> frozenset[str]:
    """Names (`U+202E`) of hidden characters that can mislead a reader of code.

    Left out: joiners and presentation selectors, which emoji and many scripts need, and control characters.
    """
    harmless = "\u200c\u200d\ufe0e\ufe0f\u00ad\r\f\v"
    return frozenset(
        f"U+{ord(char):04X}"
        for char in text
        if char not in harmless and is_hidden(char) and unicodedata.category(char) in {"Cf", "Mn", "Lo"}
    )


def fenced(text: str, nonce: str) -> str:
    """The text between two lines that only somebody who knows the nonce could write."""
    return f"<<<{nonce}\n{text}\n{nonce}>>>"
