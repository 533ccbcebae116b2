"""Pull requests as people name them. Apart, so that a slip is said at once, before what reviews is loaded.

What is *not* here: whether there is such a pull request (workers.cli.pr).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bot.errors import UsageError

_NAME: Final = re.compile(
    r"(?:https?://([^/\s]+)/)?([\w.-]+/[\w.-]+)(?:#(\d{1,9})|/pull/(\d{1,9})(?:[/?#]\S*)?)", re.ASCII
)


@dataclass(frozen=True, slots=True)
class PullName:
    """A pull request as it was named.

    Attributes:
        text: all that was written.
        host: where it is, if that was said.
    """

    text: str
    host: str | None
    repo: str
    number: int


def pull_named(text: str) -> PullName:
    """`OWNER/REPO#N`, or the address of the pull request or of one of its pages.

    Raises:
        UsageError: it is neither.
    """
    match = _NAME.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"{text} is no pull request: write OWNER/REPO#N.")
    return PullName(text, match[1], match[2], int(match[3] or match[4]))
