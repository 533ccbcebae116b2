"""Reviews of the past, as pull requests on GitHub carry them: told, settled and held back findings.

They stand in hidden lines of our own comments; other people's comments count for nothing. What people did in
the threads since is looked at as before a review.

What is *not* here: the hidden lines (bot.rendering.carried), and what a policy makes of them
(workers.backtesting.comparing).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

from bot.domain.backtest import Unread
from bot.domain.in_force import PolicyInForce
from bot.domain.ledger import Ledger
from bot.domain.policy import MayCommand
from bot.domain.pull_request import PullRequest
from bot.errors import GitHubError, RateLimited
from bot.github.client import GitHub, in_parallel
from bot.github.history import fetch_history
from bot.github.permissions import may_command
from bot.github.standing import fetch_standing
from bot.rendering.failures import failure_reason
from workers.backtesting.recordings import Recording, Recordings
from workers.reading_pulls import read_policy
from workers.recalling import joined, rebuilt, recall


async def read_pulls(github: GitHub, repo: str, most: int) -> Recordings:
    """The recorded reviews of the pull requests that changed last. One that cannot be read is named.

    Raises:
        GitHubError: the pull requests cannot even be listed.
    """
    pulls = await fetch_history(github, repo, most)
    reader = _Reader(github, repo)
    read = await in_parallel([partial(reader.read, pull) for pull in pulls])
    return Recordings(
        source=repo,
        on_github=True,
        found=tuple(one for one in read if isinstance(one, Recording)),
        without=tuple(pull.ref.external_id for pull, one in zip(pulls, read, strict=True) if one is None),
        unread=tuple(one for one in read if isinstance(one, Unread)),
    )


@dataclass(slots=True)
class _Reader:
    """Reads one pull request after the other, and asks about each person once.

    Attributes:
        refused: GitHub asked for a pause: the rest is not asked for any more.
    """

    github: GitHub
    repo: str
    refused: RateLimited | None = None
    _may: dict[tuple[str, MayCommand], bool | None] = field(default_factory=dict)
    _policies: dict[str, PolicyInForce] = field(default_factory=dict)

    async def read(self, pull: PullRequest) -> Recording | Unread | None:
        """None where no review of ours is recorded."""
        if self.refused is not None:
            return Unread(pull.ref.external_id, failure_reason(self.refused))
        try:
            return await self._recording(pull)
        except GitHubError as error:
            if isinstance(error, RateLimited):
                self.refused = error
            return Unread(pull.ref.external_id, failure_reason(error))

    async def _recording(self, pull: PullRequest) -> Recording | None:
        standing = await fetch_standing(self.github, pull.ref)
        if joined(rebuilt(standing), standing) == Ledger():
            return None
        policy = (await self._policy(pull)).policy
        ledger = (await recall(None, standing, self._may_settle(policy.permission))).ledger
        return Recording(pull.ref.external_id, ledger.head_sha, ledger.findings, policy, pull)

    async def _policy(self, pull: PullRequest) -> PolicyInForce:
        """The policy at the base commit; many pull requests share one."""
        if pull.base_sha not in self._policies:
            self._policies[pull.base_sha] = await read_policy(self.github, pull)
        return self._policies[pull.base_sha]

    def _may_settle(self, least: MayCommand) -> Callable[[str], Awaitable[bool | None]]:
        async def ask(login: str) -> bool | None:
            if (login, least) not in self._may:
                self._may[login, least] = await may_command(self.github, self.repo, login, least)
            return self._may[login, least]

        return ask
