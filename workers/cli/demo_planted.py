"""The six bugs in the demo's pull request, and which of them a review found.

What is *not* here: the pull request itself (workers/cli/demo_change).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Planted:
    """One bug.

    Attributes:
        lines: a comment on one of these lines of the file (old side or new) is about it.
        what: in words for people.
    """

    path: str
    lines: range
    what: str


PLANTED: Final = (
    Planted("marina/bookings.py", range(10, 14), "boundary: a berth is not free on the day its guest leaves"),
    Planted("marina/bookings.py", range(15, 22), "identity: a status is compared with `is not`"),
    Planted("marina/bookings.py", range(28, 39), "lost guard: anybody may cancel anybody's booking"),
    Planted("marina/notices.py", range(23, 27), "not awaited: no guest is told of a free berth"),
    Planted("marina/waiting.py", range(14, 18), "shared default: all waiting lists are one list"),
    Planted("db/queries/arrivals_today.sql", range(2, 8), "lost filter: cancelled boats are expected today"),
)


def missed(places: Iterable[tuple[str, int]]) -> tuple[Planted, ...]:
    """The planted bugs on whose lines no comment stands.

    Args:
        places: path and line of each inline comment.
    """
    known = tuple(places)
    return tuple(
        bug for bug in PLANTED if not any(path == bug.path and line in bug.lines for path, line in known)
    )
