"""Private keys in PEM form and the like: a frame with lines of base64 in it, each of which is secret.

In code a key may stand in quotes, with its line ends written out, in a diff with marks and numbers before its
lines, and cut off at either end. So the frame's two ends are looked for one by one, and from each of them the
lines that can be the body of a key.
What is *not* here: secrets on one line (bot.parsing.secret_shapes).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
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
_FRAME = re.compile(r"-----(?P<end>BEGIN|END) (?:[A-Z0-9]{1,12} ){0,4}PRIVATE KEY(?: BLOCK)?-----")
# What a diff, a listing or a language may put before and behind a line.
_BEFORE = r"""\s*+(?:[0-9]{1,7}\s++)?[\s+\-#*/>|"'`]*+"""
_BEHIND = r"""(?:\\[nr])*+["'`,;)+\\\s]*+"""
_BODY = re.compile(rf"{_BEFORE}(?P<secret>[A-Za-z0-9+/]{{2,}}+={{0,2}}){_BEHIND}")
_HEADER = re.compile(rf"{_BEFORE}(?:[A-Z][A-Za-z-]{{1,30}}: [^\n]*+|{_BEHIND})")
_RUN = re.compile(r"\\[nrt]|\[masked:[^\]\n]{1,60}\]|(?P<secret>[A-Za-z0-9+/]{3,}+={0,2})")


def private_keys(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and kind of each piece of a key, none over the end of a line; in any order, some twice."""
    if _HINT not in text:
        return
    frames = list(_FRAME.finditer(text))
    ends = [0, *(frame.end() for frame in frames)]
    starts = [*(frame.start() for frame in frames), len(text)]
    for number, frame in enumerate(frames):
        before, after = ends[number], starts[number + 1]
        if frame["end"] == "BEGIN":
            line_end = text.find("\n", frame.end(), after)
            is_closed = line_end < 0 and after < len(text)
            yield from _runs(
                text, frame.end(), after if line_end < 0 else line_end, 3 if is_closed else LEAST
            )
            if line_end >= 0:
                yield from _below(text, line_end + 1, after)
        else:
            line_start = text.rfind("\n", before, frame.start()) + 1
            yield from _runs(text, line_start or before, frame.start(), LEAST)
            if line_start:
                yield from _above(text, line_start - 1)


def _runs(text: str, start: int, end: int, least: int) -> Iterator[tuple[int, int, str]]:
    """Of a key on one line, its line ends written out."""
    for run in _RUN.finditer(text, start, end):
        if run["secret"] and len(run["secret"]) >= least:
            yield *run.span("secret"), KIND


def _below(text: str, start: int, limit: int) -> Iterator[tuple[int, int, str]]:
    """The lines of a body from `start` on, as long as they can be such and no frame begins, at `limit`."""
    for _ in range(MOST_LINES):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        if end > limit:  # else each of many frames that are headers too would walk over all others
            return
        body = _BODY.fullmatch(text, start, end)
        if body is not None:
            is_last = len(body["secret"]) < LEAST
            if is_last and not _FRAME.search(text, end, end + 200):
                return
            yield *body.span("secret"), KIND
        if end == len(text) or (body is None and not _HEADER.fullmatch(text, start, end)):
            return
        start = end + 1


def _above(text: str, end: int) -> Iterator[tuple[int, int, str]]:
    """The lines of a body before the line feed at `end`, upwards; the last one may be short."""
    for number in range(MOST_LINES):
        start = text.rfind("\n", 0, max(end, 0)) + 1
        body = _BODY.fullmatch(text, start, end)
        if body is None or (number and len(body["secret"]) < LEAST):
            return
        yield *body.span("secret"), KIND
        if start == 0:
            return
        end = start - 1
