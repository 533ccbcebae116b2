"""Lengths: shortening text, and cutting a finished body to what GitHub accepts.

GitHub refuses a longer body with 422. It counts characters; UTF-16 code units are counted here, which are
never fewer, so that an emoji counts as two and the answer is on the safe side whatever GitHub counts.

What is *not* here: what a body says. Cutting it is the last resort; lists are capped where they are made.
"""

from __future__ import annotations

import re
import unicodedata

BODY_LIMIT = 65_536
CHECK_LIMIT = 65_535

_CUT_NOTE = "*Cut here: the text is longer than GitHub accepts.*"
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_RUN = re.compile(r"`+")
_JOINER = "\u200d"


def units(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clip(text: str, limit: int) -> str:
    """At most `limit` UTF-16 units, shortened at a place between two visible characters and marked by `…`."""
    if units(text) <= limit:
        return text
    return text[: _boundary(text, _index_of(text, limit - 1))].rstrip() + "…"


def clip_start(text: str, limit: int) -> str:
    """Like `clip`, but keeps the end: the telling part of a long path."""
    if units(text) <= limit:
        return text
    over = units(text) - limit + 1
    start = _index_of(text, over)
    start += units(text[:start]) < over
    while start < len(text) and _joined(text, start):
        start += 1
    return "…" + text[start:]


def cut(body: str, tail: str = "", limit: int = BODY_LIMIT) -> str:
    """`body` and then `tail`, within `limit` UTF-16 units; `tail` (a footer, the marker) always stays whole.

    The cut falls on the end of a line where one is near, never inside a character or a code span; an open
    code fence and open `<details>` are closed, and the text says that it was cut.

    The two are joined by an empty line.
    """
    ending = f"\n\n{tail}" if tail else ""
    if units(body) + units(ending) <= limit:
        return body + ending
    room = limit - units(ending) - units(f"\n\n{_CUT_NOTE}")
    kept = _cut_at(body, room)
    while kept and units(kept + _closers(kept)) > room:
        kept = _cut_at(kept, room - units(_closers(kept)))
    return f"{kept}{_closers(kept)}\n\n{_CUT_NOTE}{ending}".lstrip("\n")


def _cut_at(body: str, room: int) -> str:
    """The longest good beginning of `body` with at most `room` units."""
    index = _boundary(body, _index_of(body, max(room, 0)))
    line_start = body.rfind("\n", 0, index) + 1
    if index == len(body) or body[index] == "\n":
        return body[:index].rstrip("\n")
    if line_start and index - line_start < 2_000:
        return body[:line_start].rstrip("\n")
    if _open_fence(body[:line_start]):
        return body[:index]
    space = body.rfind(" ", line_start, index)
    word_start = space if index - space < 100 else index
    return body[: line_start + _before_span(body[line_start:], word_start - line_start)].rstrip()


def _before_span(line: str, index: int) -> int:
    """`index`, or the start of the code span that it would split: cut open, its text would come alive."""
    position = 0
    while opener := _RUN.search(line, position):
        if opener.start() >= index:
            return index
        closer = next(
            (run for run in _RUN.finditer(line, opener.end()) if run.group() == opener.group()), None
        )
        position = closer.end() if closer else opener.end()
        if position > index:
            return opener.start()
    return index


def _closers(body: str) -> str:
    """What closes the code fence and the `<details>` that are open at the end of `body`."""
    fence = _open_fence(body)
    outside = _outside_fences(body)
    open_details = outside.count("<details>") - outside.count("</details>")
    return (f"\n{fence}" if fence else "") + "\n\n</details>" * max(open_details, 0)


def _open_fence(body: str) -> str:
    """The fence that is open at the end of `body`, or an empty string."""
    fence = ""
    for line in body.split("\n"):
        fence = _next_fence(fence, line)
    return fence


def _outside_fences(body: str) -> str:
    """The lines of `body` that stand in no code fence."""
    fence, lines = "", []
    for line in body.split("\n"):
        inside, fence = fence, _next_fence(fence, line)
        if not inside and not fence:
            lines.append(line)
    return "\n".join(lines)


def _next_fence(fence: str, line: str) -> str:
    """The open fence behind `line` when `fence` is open before it (empty strings for none)."""
    match = _FENCE.fullmatch(line)
    if match is None:
        return fence
    marks, rest = match.groups()
    if fence:
        return "" if marks.startswith(fence) and not rest.strip() else fence
    return "" if marks[0] == "`" and "`" in rest else marks


def _index_of(text: str, room: int) -> int:
    """The largest index such that `text[:index]` has at most `room` UTF-16 units."""
    if units(text) <= room:
        return len(text)
    used = 0
    for index, char in enumerate(text):
        used += 2 if ord(char) > 0xFFFF else 1
        if used > room:
            return index
    return len(text)


def _boundary(text: str, index: int) -> int:
    """`index`, moved back out of a visible character; gives up on endless stacks of accents."""
    lowest = max(index - 64, 0)
    place = index
    while place > lowest and place < len(text) and _joined(text, place):
        place -= 1
    return place if place > lowest or lowest == 0 else index


def _joined(text: str, index: int) -> bool:
    """Whether the characters on both sides of `index` are shown as one."""
    here, before = text[index], text[index - 1] if index else " "
    if unicodedata.category(here)[0] == "M" or _JOINER in (here, before):
        return True
    if "\U0001f3fb" <= here <= "\U0001f3ff":  # skin colours change the emoji before them
        return True
    return _is_flag_letter(here) and _flag_letters_before(text, index) % 2 == 1


def _is_flag_letter(char: str) -> bool:
    """Flags are pairs of these letters."""
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _flag_letters_before(text: str, index: int) -> int:
    """How many flag letters stand directly before `index`."""
    count = 0
    while count < index and _is_flag_letter(text[index - 1 - count]):
        count += 1
    return count
