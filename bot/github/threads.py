"""Settles our own review threads: the comment says how it ended, and the thread is resolved.

An installation may resolve threads only with write permission on contents, which a reviewer should not have.
Without it the comment is folded away as resolved (`minimizeComment`), which needs no more than commenting.

What is *not* here: answers in a thread (replies.py), and what the comment says (bot.rendering).
"""

from __future__ import annotations

import logging
from typing import Final

import msgspec

from bot.errors import AccessLost, GitHubError, RateLimited, Rejected
from bot.github.client import GitHub, repo_path
from bot.github.standing import Thread

_log = logging.getLogger(__name__)

_RESOLVE: Final = (
    "mutation($id: ID!) { resolveReviewThread(input: {threadId: $id}) { thread { isResolved } } }"
)
_MINIMIZE: Final = (
    "mutation($id: ID!) { minimizeComment(input: {subjectId: $id, classifier: RESOLVED})"
    " { minimizedComment { isMinimized } } }"
)


class _Comment(msgspec.Struct):
    id: int


async def edit_inline(github: GitHub, repo: str, comment_id: int, body: str) -> bool:
    """Replace the text of an inline comment of ours. False where it is gone.

    Raises:
        GitHubError: it is there and could not be edited.
    """
    try:
        await github.patch(f"{repo_path(repo)}/pulls/comments/{comment_id}", {"body": body}, _Comment)
    except AccessLost as error:
        if error.status not in (404, 410):
            raise
        return False
    return True


async def close_thread(github: GitHub, thread: Thread) -> None:
    """Resolve a thread, or fold its comment where we may not; neither is worth failing a review.

    Raises:
        RateLimited: GitHub wants a pause.
    """
    for document, node in ((_RESOLVE, thread.id), (_MINIMIZE, thread.comment_node)):
        try:
            await github.mutate(document, {"id": node})
        except RateLimited:
            raise
        except (AccessLost, Rejected) as error:
            _log.info("a thread could not be closed one way: %s", error)
        except GitHubError as error:
            _log.warning("a thread could not be closed: %s", error)
            return
        else:
            return
