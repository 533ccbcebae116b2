"""An inbox in memory: what the receiver may rely on, without Redis."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from bot.domain.request import CommandRequest, ReviewRequest
from bot.errors import QueueUnavailable


@dataclass(slots=True)
class MemoryInbox:
    """Keeps requests and knows repeats, as the queue does.

    Attributes:
        kept: accepted requests, oldest first.
        heads: (repo, head commit) -> pull requests, for checks that name none.
        down: refuses everything, as a queue without Redis does.
        refuse_after: refuses once it holds so many requests.
        stuck: never answers.
    """

    kept: list[ReviewRequest | CommandRequest] = field(default_factory=list)
    heads: dict[tuple[str, str], tuple[int, ...]] = field(default_factory=dict)
    down: bool = False
    refuse_after: int | None = None
    stuck: bool = False

    async def submit(self, request: ReviewRequest | CommandRequest) -> bool:
        await self._be_reachable()
        if self.refuse_after is not None and len(self.kept) >= self.refuse_after:
            raise QueueUnavailable("Redis refuses writes")
        known = {(kept.delivery, kept.ref.external_id) for kept in self.kept}
        if (request.delivery, request.ref.external_id) in known:
            return False
        self.kept.append(request)
        return True

    async def pull_requests_of(self, repo: str, head_sha: str) -> tuple[int, ...]:
        await self._be_reachable()
        return self.heads.get((repo, head_sha), ())

    async def _be_reachable(self) -> None:
        if self.stuck:
            await asyncio.Event().wait()
        await asyncio.sleep(0)  # as with a real one, others run in between
        if self.down:
            raise QueueUnavailable("Redis does not answer")
