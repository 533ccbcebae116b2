"""What the receiver asks of others. The queue implements it; tests bring an inbox in memory.

What is *not* here: how the queue keeps its promises (bot.queue).
"""

from __future__ import annotations

from typing import Protocol

from bot.domain.request import CommandRequest, ReviewRequest


class Inbox(Protocol):
    """Where accepted requests go."""

    async def submit(self, request: ReviewRequest | CommandRequest) -> bool:
        """Keep this request; once this returns, it must survive a crash of every process.

        One delivery can bring several requests (a check suite with two pull requests), and a delivery that
        was refused half-way comes again: a repeat is the same delivery *and* the same pull request.

        Returns:
            True when it was new, False when it is a repeat of one that was kept before.

        Raises:
            QueueUnavailable: it is not kept, as far as is known.
        """

    async def pull_requests_of(self, repo: str, head_sha: str) -> tuple[int, ...]:
        """Numbers of the pull requests of `repo` that were seen with this head commit; may be empty.

        Raises:
            QueueUnavailable: nobody can say now.
        """


class HealthCheck(Protocol):
    """One thing without which deliveries cannot be taken."""

    @property
    def name(self) -> str:
        """Short, for operators: `redis`."""

    async def problem(self) -> str | None:
        """What is wrong, in one sentence without secrets, or None when all is well."""
