"""What came of looking at the files of a change, whoever looked.

What is *not* here: how it was looked at (workers.review.finding, workers.review.analysing).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.domain.finding import MarkedFinding
from bot.domain.review import NotRead, Usage
from workers.ports import SourceFile
from workers.review.change import OUT_OF_TIME, Gap


@dataclass(frozen=True, slots=True)
class Looked:
    """Claims, and the fate of each file.

    Attributes:
        findings: gated, without what policy does not want; duplicates are not marked yet.
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


def out_of_time(files: Sequence[SourceFile]) -> Looked:
    """Time was up before anybody was asked."""
    not_read = tuple(NotRead(file.path, OUT_OF_TIME.reason) for file in files)
    return Looked(not_read=not_read, gaps=(OUT_OF_TIME,))
