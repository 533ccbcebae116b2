"""A review of the past, wherever it was recorded.

What is *not* here: reading it (workers.backtesting.pulls, workers.backtesting.files).
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.backtest import Unread
from bot.domain.finding import MarkedFinding
from bot.domain.policy import Policy
from bot.domain.pull_request import PullRequest
from bot.domain.review import Review


@dataclass(frozen=True, slots=True)
class Recording:
    """What was found, what became of it, and the policy under which that was.

    Attributes:
        name: `OWNER/REPO#N`, or the name of a file.
        head_sha: the commit of the newest review.
        findings: with their newest fates.
        pull: None for a file.
        review: the review itself; None on GitHub, where only its findings are recorded.
    """

    name: str
    head_sha: str
    findings: tuple[MarkedFinding, ...]
    policy: Policy
    pull: PullRequest | None = None
    review: Review | None = None


@dataclass(frozen=True, slots=True)
class Recordings:
    """All that was read of one source.

    Attributes:
        source: `OWNER/REPO`, or a folder.
        on_github: whether pull requests carry the record; else files are.
        without: names of pull requests that carry no review of ours.
    """

    source: str
    on_github: bool
    found: tuple[Recording, ...] = ()
    without: tuple[str, ...] = ()
    unread: tuple[Unread, ...] = ()
