"""Creates what would show twice if it were sent twice: check runs, reviews, comments, answers in threads.

Before each is sent, note is taken of it where the next run looks: a process can die in the middle of a
request that GitHub finishes seconds later, and who looks too soon does not see it.

What is *not* here: what is created (checks.py, publish.py, replies.py); where the note is kept (sends.py).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from bot.errors import AppKeyUnusable, GitHubError, GitHubUnavailable, Unanswered
from bot.github.client import SETTLING, GitHub
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


async def create_once(
    github: GitHub, make: Callable[[], Awaitable[T]], find: Callable[[], Awaitable[T | None]]
) -> T:
    """Create something; where no answer comes, look for it, and never send it while it may still appear.

    A job is put off instead of waiting. While it has anything without an answer it sends nothing: what is to
    be created may be just that. One-shot use has nobody who would come back, and waits.

    Args:
        make: sends it, by `create`.
        find: what stands of it.

    Raises:
        Unanswered: it, or what was sent before it, does not stand yet and may still appear; another run,
            begun later, can tell.
        GitHubError: as of `make` and `find`.
    """
    sends = github.sends
    if sends is not None and sends.left() > 0:
        raise Unanswered("what was sent before may still appear")
    try:
        return await make()
    except GitHubUnavailable as error:
        await github.settle()
        found = await find()
        if found is None and sends is None:
            await github.settle(LANDING - SETTLING)
            found = await find()
        if found is None and sends is not None and sends.left() > 0:
            raise Unanswered(f"{error}; it may still appear", status=error.status) from error
        if found is not None:
            if sends is not None:
                sends.answered()
            return found
    return await make()
