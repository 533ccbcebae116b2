"""What came of looking at the files of a change, whoever looked.

What is *not* here: how it was looked at (workers.review.finding, workers.review.analysing).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.domain.finding import MarkedFinding, kind_of
from bot.domain.review import NotRead, Usage
from workers.ports import SourceFile
from workers.review.change import OUT_OF_TIME, Gap


@dataclass(frozen=True, slots=True)
class Heard:
    """What reports of tools say that ran elsewhere, and where their silence means something.

    Attributes:
        whole: kind of report and path, where all that there is of that kind is at hand.
        said: source and path of all that is reported.
    """

    whole: frozenset[tuple[str, str]] = frozenset()
    said: frozenset[tuple[str, str]] = frozenset()

    def is_silent(self, source: str, path: str) -> bool:
        """Whether a rule says nothing of a file.

        A hit of it at another place there counts against that: a report may be of an earlier commit, where
        the line of the finding had another number.
        """
        return self.is_whole(source, path) and (source, path) not in self.said

    def is_whole(self, source: str, path: str) -> bool:
        """Whether all reports of the source's kind about a file are at hand."""
        return (kind_of(source), path) in self.whole


NOTHING_HEARD: Final = Heard()


@dataclass(frozen=True, slots=True)
class Looked:
    """Claims, and the fate of each file.

    Attributes:
        findings: gated, without what policy does not want; duplicates are not marked yet.
        read: paths that were looked at as a whole.
        gaps: why something was not looked at although the engine tried.
        notices: sentences for people.
        heard: what tools said that ran elsewhere, where analysers alone have looked.
    """

    findings: tuple[MarkedFinding, ...] = ()
    read: tuple[str, ...] = ()
    not_read: tuple[NotRead, ...] = ()
    usage: Usage = field(default_factory=Usage)
    gaps: tuple[Gap, ...] = ()
    notices: tuple[str, ...] = ()
    heard: Heard = NOTHING_HEARD


def out_of_time(files: Sequence[SourceFile]) -> Looked:
    """Time was up before anybody was asked."""
    not_read = tuple(NotRead(file.path, OUT_OF_TIME.reason) for file in files)
    return Looked(not_read=not_read, gaps=(OUT_OF_TIME,))
