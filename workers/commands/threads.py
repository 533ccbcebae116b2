"""The finding that a thread is about, as it stands now.

What is *not* here: reading threads (bot.github.standing), and how a ledger is put together
(workers.recalling).
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.finding import MarkedFinding
from bot.domain.ledger import TOLD
from bot.domain.pull_request import PullRequestRef
from bot.domain.request import CommandRequest
from bot.github.standing import Standing, Thread, fetch_standing
from workers.commands.desk import Desk
from workers.recalling import known_findings


@dataclass(frozen=True, slots=True)
class FindingThread:
    """A thread of ours and the finding that its first comment tells."""

    thread: Thread
    marked: MarkedFinding

    @property
    def is_open(self) -> bool:
        """Whether nobody has settled it, by any means."""
        return not self.thread.is_resolved and self.marked.disposition.fate in TOLD


async def finding_thread(desk: Desk, request: CommandRequest) -> FindingThread | None:
    """The thread in which something was said; None where it is not about a finding of ours."""
    if not request.inline or request.thread_id is None:
        return None
    standing = await fetch_standing(desk.github, request.ref)
    thread = standing.thread_of(request.thread_id)
    if thread is None:
        return None
    told = told_findings(desk, request.ref, standing)
    marked = next((one for one in told if one.comment_id == request.thread_id), None)
    return None if marked is None else FindingThread(thread, marked)


def told_findings(desk: Desk, ref: PullRequestRef, standing: Standing) -> tuple[MarkedFinding, ...]:
    """Every finding that people were told of, open or settled, as Redis and our own comments know it."""
    return known_findings(desk.ledgers.find(ref), standing)
