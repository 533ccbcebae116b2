"""Foreign text (of models, rules, pull requests) without what cannot be seen.

Removed: control characters and escape sequences' ESC, bidirectional controls, zero-width and tag characters,
variation selectors, blanks that are no spaces. Lone surrogates (bytes that were no UTF-8) become U+FFFD.

What is *not* here: markdown. `prose` and `code` make what is left harmless there.
"""

from __future__ import annotations

import re
import unicodedata

from bot.rendering.limits import clip, clip_start

_PATH_LIMIT = 160
# Shown as nothing, though Unicode does not class them as format characters.
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2065\u2800\u3164\uffa0")
_UNCLEAR = re.compile(r"[^ -~]")  # printable ASCII need not be looked at one by one
_MARKER_START = re.compile(r"<!(?=--\s*ai-review)", re.IGNORECASE)


def is_invisible(char: str) -> bool:
    """Whether a character shows nothing, or changes how its neighbours are shown."""
    if " " <= char <= "~":
        return False
    code = ord(char)
    if 0xFE00 <= code <= 0xFE0F or 0xE0000 <= code <= 0xE0FFF or char in _BLANKS:
        return True
    return unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp")


def block(text: str) -> str:
    """Several lines, made visible: line ends are newlines, tabs stay, no marker can be read from it."""
    lines = re.sub(r"\r\n?|[\u2028\u2029\x85\x0b\x0c]", "\n", text)
    return without_markers(_UNCLEAR.sub(lambda match: _shown(match.group()), lines))


def one_line(text: str, limit: int) -> str:
    """One line, made visible, with single spaces, of at most `limit` characters."""
    start = text[: limit * 4 + 1]  # a ten-megabyte answer is not worth looking at as a whole
    return clip(" ".join(block(start).split()), limit)


def path_text(path: str) -> str:
    r"""A path in which nothing hides: `\n`, `\u202e`, `\xff` are spelt out; a long one keeps its end."""
    end = path[-_PATH_LIMIT - 1 :]  # one character too many, so that the cut shows
    return without_markers(clip_start(_UNCLEAR.sub(lambda match: _spelt(match.group()), end), _PATH_LIMIT))


def without_markers(text: str) -> str:
    """Text in which no hidden marker of ours can be read."""
    return _MARKER_START.sub("<! ", text)


def encodable(text: str) -> str:
    """Text with lone surrogates replaced, so that it can be written as UTF-8."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def _shown(char: str) -> str:
    if char in "\n\t":
        return char
    if "\ud800" <= char <= "\udfff":
        return "\ufffd"
    return "" if is_invisible(char) else char


def _spelt(char: str) -> str:
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is no UTF-8, as `surrogateescape` decodes it
        return f"\\x{code - 0xDC00:02x}"
    if is_invisible(char) or "\ud800" <= char <= "\udfff":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(char, f"\\u{code:04x}")
    return char
