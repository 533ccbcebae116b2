"""Texts of a check run that is red for the sake of another pull request with the same commit, and back.

What such a run says of its own pull request goes with it, in words and in a hidden first line, so that it can
say so again. What is *not* here: when a run is red for another's sake (bot.github.siblings).
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.review import Conclusion
from bot.rendering.check import CheckText
from bot.rendering.limits import CHECK_LIMIT, cut, units
from bot.rendering.prose import prose

_LINE: Final = re.compile(r"<!-- ai-review:own ([A-Za-z0-9+/]{1,4000}={0,2}) -->\n")


@dataclass(frozen=True, slots=True)
class Borrowed:
    """A run that is red for another's sake.

    Attributes:
        number: of the other pull request.
        waits: whether the other one has no outcome yet.
        conclusion, words: how its own review ended.
    """

    number: int
    waits: bool
    conclusion: Conclusion
    words: CheckText


def borrow(borrowed: Borrowed) -> CheckText:
    """What the run says as long as it is red for the other's sake; no longer than a check run may be."""
    own = borrowed.words
    facts = json.dumps([borrowed.number, borrowed.waits, borrowed.conclusion, own.title])
    head = f"<!-- ai-review:own {base64.b64encode(facts.encode()).decode()} -->\n{_why(borrowed)}\n\n"
    number, waits = borrowed.number, borrowed.waits
    title = f"#{number} with the same commit is {'still under review' if waits else 'red'}"
    return replace(own, title=title, summary=head + cut(own.summary, limit=CHECK_LIMIT - units(head)))


def read_borrowed(title: str, summary: str, text: str) -> Borrowed | None:
    """What `borrow` was given; None for a run that is what it is for its own sake."""
    match = _LINE.match(summary)
    if match is None:
        return None
    try:
        number, waits, conclusion, own_title = json.loads(base64.b64decode(match[1]))
        own = Borrowed(int(number), bool(waits), Conclusion(conclusion), CheckText(str(own_title), "", text))
    except (ValueError, TypeError):
        return None
    rest = summary[match.end() :].removeprefix(f"{_why(own)}\n\n")
    return replace(own, words=replace(own.words, summary=rest))


def _why(borrowed: Borrowed) -> str:
    number = f"#{borrowed.number}"
    there = "has no outcome yet" if borrowed.waits else "is red"
    own = prose(borrowed.words.title, 200)
    return (
        f"GitHub keeps one result of this check for a commit. {number} has the same commit, and there the"
        f" check {there}. So it is red here too until that changes, or {number} is closed and this check is"
        f" run again.\n\nOf this pull request alone: {own}."
    )
