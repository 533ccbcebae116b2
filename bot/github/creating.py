"""Creates what would show twice if it were sent twice: check runs, reviews, comments, answers in threads.

Before each is sent, note is taken of it where the next run looks: a process can die in the middle of a
request that GitHub finishes seconds later, and who looks too soon does not see it.

What is *not* here: what is created (checks.py, publish.py, replies.py); where the note is kept (sends.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from bot.errors import AppKeyUnusable, GitHubError, GitHubUnavailable
from bot.github.client import GitHub
from bot.github.sends import LANDING

T = TypeVar("T")


async def create(github: GitHub, path: str, body: Mapping[str, Any], shape: type[T]) -> T:
    """Create something, noted before. After GitHubUnavailable it may exist all the same, or come to be.

    Raises:
        SlotLost: another run has taken over; nothing was sent.
        GitHubError, AppKeyUnusable: as of `GitHub.post`.
    """
    sends = github.sends
    if sends is None:
        return await github.post(path, body, shape)
    sends.sending(LANDING)
    try:
        created = await github.post(path, body, shape)
    except GitHubUnavailable:
        raise
    except (GitHubError, AppKeyUnusable):  # refused: it does not exist
        sends.answered()
        raise
    sends.answered()
    return created
