"""Settles one finding because somebody said so: in its thread at once, and in check and summary soon after.

The thread is written first: it is what a review under way, or one after the loss of Redis, reads. Then a
review of what stands is asked for, which costs no question to a model where nothing was pushed.

What is *not* here: who may settle findings (workers.commands.obeying), the ledger, which the review of what
stands brings up to date (workers.recalling), and findings that are fixed (workers.review.rechecking).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Protocol

from bot.domain.finding import Disposition, Fate, MarkedFinding
from bot.domain.ledger import Lesson
from bot.domain.pull_request import PullRequest, Trigger
from bot.domain.request import Look, ReviewRequest
from bot.github.client import GitHub
from bot.github.standing import Thread, fetch_standing
from bot.github.threads import close_thread, edit_inline
from bot.rendering.carried import with_finding
from bot.rendering.lessons import lesson_note, untaught_note
from bot.rendering.settled import settled_comment
from workers.inspecting import Memory
from workers.reading_pulls import read_policy
from workers.recalling import is_decided, known_findings
from workers.review.lessons import lesson_of, teaches


class Submits(Protocol):
    """The queue, as far as settling needs it."""

    def submit(self, request: ReviewRequest) -> bool:
        """Keep a request: True when it was new."""


@dataclass(frozen=True, slots=True)
class Settling:
    """Settles findings for one request.

    Attributes:
        installation: GitHub's id, for the review that is asked for afterwards.
        delivery: names the request; its repetition asks for no second review.
    """

    github: GitHub
    queue: Submits
    memory: Memory
    installation: int | None
    delivery: str

    async def __call__(
        self, pull: PullRequest, comment_id: int, settled: Disposition
    ) -> MarkedFinding | None:
        """Settle the finding that an inline comment tells.

        Returns:
            The finding as it is now; None when the comment is no finding of ours. One that was settled before
            stays as it was; what was done by hand may still be said in words.

        Raises:
            GitHubError: it was not settled; doing it again does no harm.
        """
        standing = await fetch_standing(self.github, pull.ref)
        thread = standing.thread_of(comment_id)
        known = known_findings(self.memory.ledgers.find(pull.ref), standing)
        marked = next((one for one in known if one.comment_id == comment_id), None)
        if thread is None or marked is None:
            return None
        if not is_decided(marked):
            marked = replace(marked, disposition=settled)
            lesson, note = await self._lesson(pull, marked)
            await self._write(pull, thread, marked, note)
            if lesson is not None:
                self.memory.ledgers.learn(pull.ref.repo, lesson)
        self._refresh(pull)
        return marked

    async def _write(self, pull: PullRequest, thread: Thread, marked: MarkedFinding, note: str) -> None:
        """Say it in the thread, and close that."""
        body = settled_comment(with_finding(thread.comment.body, marked), marked, pull.head_sha, note)
        await edit_inline(self.github, pull.ref.repo, thread.comment.id, body)
        if not thread.is_resolved:
            await close_thread(self.github, thread)

    async def _lesson(self, pull: PullRequest, marked: MarkedFinding) -> tuple[Lesson | None, str]:
        """What somebody dismissed is a lesson, where the policy wants lessons; and what people read of it."""
        settled = marked.disposition
        if settled.fate is not Fate.DISMISSED:
            return None, ""
        learning = (await read_policy(self.github, pull, self.memory.policies)).policy.learning
        if not learning.enabled:
            return None, ""
        if not teaches(marked.finding, settled.reason):
            return None, "" if settled.reason.strip() else untaught_note(marked.finding)
        lesson = lesson_of(marked, pull.ref, settled.by, settled.reason, time.time(), learning.days)
        return lesson, lesson_note(pull.ref.repo, lesson)

    def _refresh(self, pull: PullRequest) -> None:
        """Have check and summary made anew, behind a review under way and behind a push."""
        ref = replace(pull.ref, head_sha=None)
        delivery = f"settled-{self.delivery}"
        self.queue.submit(ReviewRequest(ref, self.installation, Trigger.SYNCHRONIZE, delivery, Look.STANDING))
