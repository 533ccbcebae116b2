"""What came of looking at the files of a change, whoever looked.

What is *not* here: how it was looked at (workers.review.finding, workers.review.analysing).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.domain.finding import MarkedFinding
from bot.domain.review import NotRead, Usage
from workers.review.change import Gap


@dataclass(frozen=True, slots=True)
class Looked:
    """Claims, gated, and the fate of each file.

    Attributes:
        read: paths that were looked at as a whole.
        gaps: why something was not looked at although the engine tried.
        notices: sentences for people.
    """

    findings: tuple[MarkedFinding, ...] = ()
    read: tuple[str, ...] = ()
    not_read: tuple[NotRead, ...] = ()
    usage: Usage = field(default_factory=Usage)
    gaps: tuple[Gap, ...] = ()
    notices: tuple[str, ...] = ()
