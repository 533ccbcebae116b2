"""The one line that says that reviews are paused, or go on: it is also the durable record of that.

`<!-- ai-review:pause state=paused at=POSIX by=LOGIN -->`; where a burst of pushes did it, with `pushes=N
minutes=M` in place of `by`. The newest record of a conversation counts.
What is *not* here: whose comment it is (bot.github.standing), and the copy in Redis (bot.store.pauses).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from bot.domain.pause import Paused
from bot.rendering.markers import MarkerKind, find_marker, write_marker
from bot.rendering.words import count

_MARKABLE = re.compile(r"[A-Za-z0-9._-]{1,64}")
PAUSE_UNREAD: Final = Paused("", "the record of who paused them cannot be read any more", 0.0)
"""That somebody paused them is all that is known."""
_ASK = "`/ai-review` reviews what is there"


def paused_words(by: str, at: float) -> str:
    """For somebody who paused it, with the record."""
    text = f"Pushes are not reviewed until `/ai-review resume`; {_ASK}."
    return f"{text}\n\n{_record('paused', at, _named(by))}"


def resumed_words(by: str, at: float) -> str:
    """For somebody who resumed it, with the record."""
    return f"Pushes are reviewed again; {_ASK}.\n\n{_record('resumed', at, _named(by))}"


def paused_by_pushes_words(pushes: int, minutes: int, at: float) -> str:
    """For everybody, once a burst of pushes paused the reviews, with the record."""
    text = f"{_burst(pushes, minutes)}: the next ones are not reviewed until `/ai-review resume`; {_ASK}."
    return f"{text}\n\n{paused_by_pushes_marker(pushes, minutes, at)}"


def paused_by_pushes_marker(pushes: int, minutes: int, at: float) -> str:
    """By this the words for a burst are found again."""
    return _record("paused", at, {"pushes": str(pushes), "minutes": str(minutes)})


def pause_record(bodies: Iterable[str]) -> Paused | None:
    """The pause in force by our own comments of a conversation, oldest first; None where none is."""
    markers = [marker for body in bodies if (marker := find_marker(body, MarkerKind.PAUSE)) is not None]
    newest = markers[-1].values if markers else {}
    if newest.get("state") != "paused":
        return None
    pushes, minutes = _number(newest, "pushes"), _number(newest, "minutes")
    reason = _burst(pushes, minutes) if pushes and minutes else ""
    return Paused(newest.get("by", ""), reason, float(_number(newest, "at")))


def _record(state: str, at: float, more: Mapping[str, str]) -> str:
    return write_marker(MarkerKind.PAUSE, state=state, at=str(int(at)), **more)


def _named(by: str) -> dict[str, str]:
    return {"by": by} if _MARKABLE.fullmatch(by) else {}


def _burst(pushes: int, minutes: int) -> str:
    return f"{pushes:,} {'push' if pushes == 1 else 'pushes'} in {count(minutes, 'minute')}"


def _number(values: Mapping[str, str], key: str) -> int:
    text = values.get(key, "")
    return int(text) if text.isdecimal() and text.isascii() and len(text) <= 12 else 0
