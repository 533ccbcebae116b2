"""Answers in the threads of our own inline comments, each said once however often its job runs.

What is *not* here: answers in the conversation (publish.py), closing a thread (threads.py), words
(bot.rendering.replies).
"""

from __future__ import annotations

import msgspec

from bot.domain.pull_request import PullRequestRef
from bot.github.client import GitHub, repo_path
from bot.github.creating import create, create_once
from bot.github.standing import Thread, fetch_standing


class _Created(msgspec.Struct):
    id: int


async def post_in_thread(
    github: GitHub, ref: PullRequestRef, thread: Thread, body: str, *, marker: str
) -> int:
    """Answer in a thread and return the comment's id.

    A write whose outcome is not known is looked for before it is repeated.

    Args:
        thread: as it was read by this job, so that an answer of an earlier run is seen in it.
        marker: the part of `body` by which the answer is found again.
    """
    stands = _standing(thread, marker)
    if stands is not None:
        return stands
    path = f"{repo_path(ref.repo)}/pulls/{ref.number}/comments/{thread.comment.id}/replies"

    async def make() -> int:
        return (await create(github, path, {"body": body}, _Created)).id

    async def find() -> int | None:
        now = (await fetch_standing(github, ref)).thread_of(thread.comment.id)
        return _standing(now, marker) if now is not None else None

    return await create_once(github, make, find)


def _standing(thread: Thread, marker: str) -> int | None:
    """The id of our own answer with this marker."""
    return next((reply.id for reply in thread.replies if reply.is_ours and marker in reply.body), None)
