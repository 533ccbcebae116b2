"""Private keys in PEM form and the like: a frame with lines of base64 in it, each of which is secret.

In code a key may stand in quotes, with its line ends written out, in a diff with marks and numbers before its
lines, and cut off at either end. So the frame's two ends are looked for one by one, and from each of them the
lines that can be the body of a key: base64 in quotes, comments and the like, or in whatever the frame's end
itself stands in, `echo '…' >> key.pem`. All of it may be encoded once more, as clusters keep it.
What is *not* here: secrets on one line (bot.parsing.secret_shapes).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

KIND: Final = "private-key"
IN_LOGS: Final = re.compile(
    r"-----BEGIN [A-Z0-9 ]{1,40}-----.*?(?:-----END [A-Z0-9 ]{1,40}-----|\Z)", re.DOTALL
)
"""All of a block, also when its newlines were escaped, and when its end was cut off."""

LEAST: Final = 16
"""Characters of a line of a body; its last one may be shorter."""
MOST_LINES: Final = 400
LINE_OF_A_KEY: Final = 60
"""Characters that a line of a body has at least, but for its last one; usual are 64, 70 and 76."""
AN_END: Final = "-----END PRIVATE KEY-----"
"""A line that makes the one above a body's last."""

_HINT: Final = "PRIVATE KEY"
_ENCODED_HINTS: Final = ("UFJJVkFURSBLRV", "BSSVZBVEUgS0VZ", "QUklWQVRFIEtFW")
"""The same in base64, in each way in which it may be cut into threes."""
_ENCODED_BEGIN: Final = "LS0tLS1CRUdJTi"
_LONGEST_LINE = 80
"""Characters of a line where base64 goes on in the next one."""
_LONGEST_PREFIX = 80
_FRAME = re.compile(r"-----(?P<end>BEGIN|END) (?:[A-Z0-9]{1,12} ){0,4}PRIVATE KEY(?: BLOCK)?-----")
# What a diff, a listing or a language may put before and behind a line.
_BEFORE = r"""\s*+(?:[0-9]{1,7}\s++)?[\s+\-#*/>|"'`;%.&]*+"""
_BEHIND = r"""(?:\\[nrt]|["'`,;)+\\\s.&])*+"""
_BODY = re.compile(rf"{_BEFORE}(?P<secret>[A-Za-z0-9+/]{{2,}}+={{0,2}}){_BEHIND}")
_HEADER = re.compile(rf"{_BEFORE}(?:[A-Z][A-Za-z-]{{1,30}}: [^\n]*+|{_BEHIND})")
_RUN = re.compile(r"\\[nrt]|\[masked:[^\]\n]{1,60}\]|(?P<secret>[A-Za-z0-9+/]{3,}+={0,2})")
_MARKS = re.compile(r"\s*+(?:[0-9]{1,7}\s++)?(?:[+-](?=\s))?\s*+")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{2,}+={0,2}")
_ENCODED = re.compile(rf"{_ENCODED_BEGIN}[A-Za-z0-9+/]*+={{0,2}}")


@dataclass(frozen=True, slots=True)
class _Around:
    """What an end of a frame stands in: on its line before it, without marks and numbers, and behind it."""

    prefix: str
    suffix: str

    @classmethod
    def of(cls, text: str, start: int, end: int) -> _Around:
        """Of the end of a frame from `start` to `end`; nothing where its line is long."""
        line = text.rfind("\n", max(0, start - _LONGEST_PREFIX), start) + 1
        behind = text.find("\n", end, end + _LONGEST_PREFIX)
        if not line and start > _LONGEST_PREFIX:
            return cls("", "")
        marks = _MARKS.match(text, line, start)
        return cls(text[marks.end() if marks else line : start], text[end : max(behind, end)].rstrip())

    def body(self, text: str, start: int, end: int) -> tuple[int, int] | None:
        """Where in a line the secret is that stands in the same; None where there is none."""
        marks = _MARKS.match(text, start, end)
        at = marks.end() if marks else start
        if not self.prefix or not text.startswith(self.prefix, at, end):
            return None
        run = _BASE64.match(text, at + len(self.prefix), end)
        if run is None:
            return None
        behind = text[run.end() : end].rstrip()
        quoted = behind[:1] == self.suffix[:1] and behind[:1] in ('"', "'", "`")
        return run.span() if quoted or behind == self.suffix else None


def private_keys(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and kind of each piece of a key, none over the end of a line; in any order, some twice."""
    if _ENCODED_BEGIN in text:
        yield from _encoded(text)
    if _HINT not in text:
        return
    frames = list(_FRAME.finditer(text))
    ends = [0, *(frame.end() for frame in frames)]
    starts = [*(frame.start() for frame in frames), len(text)]
    for number, frame in enumerate(frames):
        before, after = ends[number], starts[number + 1]
        around = _Around.of(text, *frame.span())
        if frame["end"] == "BEGIN":
            line_end = text.find("\n", frame.end(), after)
            is_closed = line_end < 0 and after < len(text)
            yield from _runs(
                text, frame.end(), after if line_end < 0 else line_end, 3 if is_closed else LEAST
            )
            if line_end >= 0:
                yield from _below(text, line_end + 1, after, around)
        else:
            line_start = text.rfind("\n", before, frame.start()) + 1
            yield from _runs(text, line_start or before, frame.start(), LEAST)
            if line_start:
                yield from _above(text, line_start - 1, before, around)


def _encoded(text: str) -> Iterator[tuple[int, int, str]]:
    """Files in base64 that have a private key in them, on one line or on some."""
    found = list(_ENCODED.finditer(text))
    limits = [*(encoded.start() for encoded in found[1:]), len(text)]
    for encoded, limit in zip(found, limits, strict=True):
        if any(hint in encoded[0] for hint in _ENCODED_HINTS):
            yield *encoded.span(), KIND
            line_end = text.find("\n", encoded.end(), limit)
            yield from _runs(text, encoded.end(), line_end if line_end >= 0 else limit, LINE_OF_A_KEY)
            if line_end >= 0 and len(encoded[0]) <= _LONGEST_LINE:
                yield from _below(text, line_end + 1, limit, _Around("", ""), is_framed=False)


def _runs(text: str, start: int, end: int, least: int) -> Iterator[tuple[int, int, str]]:
    """Of a key on one line, its line ends written out."""
    for run in _RUN.finditer(text, start, end):
        if run["secret"] and len(run["secret"]) >= least:
            yield *run.span("secret"), KIND


def _below(
    text: str, start: int, limit: int, around: _Around, *, is_framed: bool = True
) -> Iterator[tuple[int, int, str]]:
    """The lines of a body from `start` on, as long as they can be such and no frame begins, at `limit`.

    Args:
        is_framed: whether headers may come first and a frame ends it; else each line but the last is long.
    """
    for _ in range(MOST_LINES):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        if end > limit:  # else each of many frames that are headers too would walk over all others
            return
        body = _secret_of(text, start, end, around)
        if body is not None:
            size = body[1] - body[0]
            if is_framed and size < LEAST and not _FRAME.search(text, end, end + 200):
                return
            yield *body, KIND
        if end == len(text) or (not is_framed and (body is None or size < LINE_OF_A_KEY)):
            return
        if body is None and not _HEADER.fullmatch(text, start, end):
            return
        start = end + 1


def _above(text: str, end: int, limit: int, around: _Around) -> Iterator[tuple[int, int, str]]:
    """The lines of a body before the line feed at `end`, up to `limit`; the last one may be short."""
    for number in range(MOST_LINES):
        start = text.rfind("\n", 0, max(end, 0)) + 1
        body = _secret_of(text, start, end, around) if start >= limit else None
        if body is None or (number and body[1] - body[0] < LEAST):
            return
        yield *body, KIND
        if start == 0:
            return
        end = start - 1


def _secret_of(text: str, start: int, end: int, around: _Around) -> tuple[int, int] | None:
    """Where in a line that can be of a body its secret stands."""
    plain = _BODY.fullmatch(text, start, end)
    return plain.span("secret") if plain else around.body(text, start, end)
