"""A pull request as it travels through the queue (a reference) and as GitHub knows it (fetched).

What is *not* here: what it changes (bot.domain.diff), and what stands on it already (bot.github.standing).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class PullRequestRef:
    """Which pull request, and at which head commit.

    Attributes:
        repo: "OWNER/NAME" as GitHub spells it.
        number: the pull request's number, from 1.
        head_sha: 40 hexadecimal digits, or None where the event did not say (a comment's webhook does not).
    """

    repo: str
    number: int
    head_sha: str | None = None

    @property
    def external_id(self) -> str:
        """`OWNER/REPO#N`: put on check runs, because GitHub names no pull request in those of forks."""
        return f"{self.repo}#{self.number}"


@dataclass(frozen=True, slots=True)
class PullRequest:
    """What GitHub says about a pull request at one moment.

    Title, body and names of branches and labels are written by others: untrusted wherever they go.

    Attributes:
        base_sha: tip of the base branch. A diff starts at the merge base, which can be older.
        changed_files: GitHub's own count, used to notice files that no listing returned.
        labels: names of its labels.
        comments: how many there are, inline ones among them.
        updated_at: POSIX time of its newest change, in whole seconds; 0 where GitHub does not say.
    """

    ref: PullRequestRef
    title: str
    body: str
    author: str
    state: str
    draft: bool
    base_ref: str
    base_sha: str
    head_sha: str
    changed_files: int
    url: str
    labels: tuple[str, ...] = ()
    comments: int = 0
    updated_at: float = 0.0

    @property
    def is_open(self) -> bool:
        """Closed and merged pull requests are not reviewed."""
        return self.state == "open"


class Trigger(StrEnum):
    """Why a review was asked for."""

    OPENED = "opened"
    REOPENED = "reopened"
    READY_FOR_REVIEW = "ready_for_review"
    SYNCHRONIZE = "synchronize"
    BASE_CHANGED = "base_changed"
    REREQUESTED = "rerequested"
    COMMAND = "command"
