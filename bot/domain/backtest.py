"""What a policy would have made of reviews of the past.

What is *not* here: working it out (workers.review.replaying), and where the past comes from
(workers.backtesting).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.finding import MarkedFinding, Severity
from bot.domain.review import Conclusion


class Telling(StrEnum):
    """How people are told of a finding."""

    COMMENT = "comment"  # inline
    LISTED = "listed"  # in the summary
    NOT_TOLD = "not told"  # held back, as the summary's fold says


@dataclass(frozen=True, slots=True)
class Replayed:
    """A finding of the past under another policy.

    Attributes:
        marked: as it was recorded.
        severity: under that policy; another one where a rule of the repository says so.
        reason: why it would be told otherwise, or was not told then; empty where nothing changes.
    """

    marked: MarkedFinding
    before: Telling
    after: Telling
    severity: Severity
    reason: str = ""

    @property
    def appears(self) -> bool:
        """Whether people would be told of it for the first time."""
        return self.before is Telling.NOT_TOLD and self.after is not Telling.NOT_TOLD

    @property
    def vanishes(self) -> bool:
        """Whether people would not have been told of it."""
        return self.before is not Telling.NOT_TOLD and self.after is Telling.NOT_TOLD

    @property
    def moves(self) -> bool:
        """Whether it would be listed in place of a comment of its own, or the other way round."""
        return self.before is not self.after and Telling.NOT_TOLD not in (self.before, self.after)


@dataclass(frozen=True, slots=True)
class Replay:
    """One pull request, or one recorded review.

    Attributes:
        name: `OWNER/REPO#N`, or the name of a file.
        title: of the pull request, foreign; empty for a file.
        findings: all that is recorded, in the order of the record.
        skipped: why there would be no review by itself; else empty.
        before, after: how the check ends; None where that is not a failure and the record does not say
            whether everything was read.
    """

    name: str
    title: str
    findings: tuple[Replayed, ...]
    before: Conclusion | None
    after: Conclusion | None
    skipped: str = ""

    @property
    def changed(self) -> tuple[Replayed, ...]:
        """The findings that people would be told of otherwise."""
        return tuple(one for one in self.findings if one.before is not one.after)

    @property
    def turns(self) -> bool:
        """Whether the check would end otherwise, as far as that is known."""
        ends = (self.before, self.after)
        return self.before is not self.after and (None not in ends or Conclusion.FAILURE in ends)


@dataclass(frozen=True, slots=True)
class Unread:
    """A pull request or a file whose record could not be read; `reason` is half a sentence."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Backtest:
    """A policy, laid on the past.

    Attributes:
        source: `OWNER/REPO`, or a folder.
        on_github: whether pull requests carry the record; else files are.
        replays: newest first for pull requests, by name for files.
        without: names of pull requests that carry no review of ours.
        unread: what could not be read.
        not_replayed: keys of the policy that differ and whose effect only a new review would show.
    """

    source: str
    on_github: bool = True
    replays: tuple[Replay, ...] = ()
    without: tuple[str, ...] = ()
    unread: tuple[Unread, ...] = ()
    not_replayed: tuple[str, ...] = ()
