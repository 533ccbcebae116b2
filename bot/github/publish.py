"""The review with its inline comments, the summary comment, replies. Every word comes in ready.

GitHub takes a review whole or not at all, and does not say which comment it minds. One review is one request,
whatever the number of its comments. A write whose outcome is not known is looked for before it is repeated.

What is *not* here: words (bot.rendering), check runs (checks.py), what stands already (standing.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec

from bot.domain.diff import Anchor
from bot.domain.pull_request import PullRequest, PullRequestRef
from bot.errors import AccessLost, HeadMoved, Rejected, UserError
from bot.github.client import GitHub, repo_path
from bot.github.creating import create, create_once
from bot.github.standing import MARKER_START, MOST_PAGES, fetch_standing, with_marker

MOST_BAD: Final = 3
"""Comments that are searched for in a refused review; each search costs about 2 log2(n) requests."""
PROBE: Final = f"{MARKER_START}probe -->"
"""The whole body of a pending review that only tries whether comments can be placed."""


@dataclass(frozen=True, slots=True)
class ReviewComment:
    """One inline comment: where, and what it says."""

    anchor: Anchor
    body: str


@dataclass(frozen=True, slots=True)
class PostedReview:
    """What became of a review.

    Attributes:
        review_id: GitHub's id, or None when no comment could be placed and so no review was posted.
        rejected: comments that GitHub has no place for; they belong into the summary.
    """

    review_id: int | None
    rejected: tuple[ReviewComment, ...] = ()


class _Created(msgspec.Struct):
    id: int


class _Review(msgspec.Struct):
    id: int
    state: str = ""
    body: str | None = None

    @property
    def is_probe(self) -> bool:
        """Whether we made it to try something, and nobody has written into its body since."""
        return self.state == "PENDING" and (self.body or "").strip() == PROBE


async def post_review(
    github: GitHub,
    pull: PullRequest,
    body: str,
    comments: Sequence[ReviewComment],
    *,
    marker: str,
) -> PostedReview:
    """Post one review on the head commit of `pull`, with every comment that GitHub can place.

    `marker` is the hidden marker in `body`, by which this review is found again.

    Raises:
        HeadMoved: the commit no longer belongs to the pull request.
        Rejected: GitHub minds something else than a comment's place, and there are no comments.
        UserError: a person's pending review under the same account is in the way.
    """
    try:
        return PostedReview(await _submit(github, pull, body, comments, marker))
    except Rejected as error:
        _check_commit(error)
        if not comments:
            raise
    return await _post_placeable(github, pull, body, tuple(comments), marker)


async def _post_placeable(
    github: GitHub, pull: PullRequest, body: str, comments: tuple[ReviewComment, ...], marker: str
) -> PostedReview:
    """Take out refused comments one by one and post the rest; nothing, where too many are refused."""
    rejected: list[ReviewComment] = []
    left = list(comments)
    while len(rejected) < MOST_BAD and left:
        bad = await _find_bad(github, pull, left)
        rejected.append(left.pop(bad))
        if not left:
            break
        try:
            return PostedReview(await _submit(github, pull, body, left, marker), tuple(rejected))
        except Rejected as error:
            _check_commit(error)
    return PostedReview(None, comments)


async def _find_bad(github: GitHub, pull: PullRequest, comments: Sequence[ReviewComment]) -> int:
    """Index of the first comment that GitHub refuses, in a list that it refuses, by halving."""
    good, bad = 0, len(comments)  # the first `good` are accepted together, the first `bad` are not
    while bad - good > 1:
        middle = (good + bad) // 2
        if await _is_placeable(github, pull, comments[good:middle]):
            good = middle
        else:
            bad = middle
    return good


async def _is_placeable(github: GitHub, pull: PullRequest, comments: Sequence[ReviewComment]) -> bool:
    """Try with a pending review, which only we can see, and take it away again.

    It carries places only: should a crash leave it behind, no finding may seem to stand there.
    """
    path = f"{repo_path(pull.ref.repo)}/pulls/{pull.ref.number}/reviews"
    placed = [_placed(replace(comment, body=PROBE)) for comment in comments]
    request = {"commit_id": pull.head_sha, "body": PROBE, "comments": placed}
    try:
        review_id = await _create(github, path, request)
    except Rejected as error:
        _check_commit(error)
        return False
    await _delete_pending(github, f"{path}/{review_id}")
    return True


async def _submit(
    github: GitHub, pull: PullRequest, body: str, comments: Sequence[ReviewComment], marker: str
) -> int:
    """Create the review, visible at once; after an unknown outcome only where it does not stand yet."""
    path = f"{repo_path(pull.ref.repo)}/pulls/{pull.ref.number}/reviews"
    request: dict[str, Any] = {
        "commit_id": pull.head_sha,
        "event": "COMMENT",
        "body": body,
        "comments": [_placed(comment) for comment in comments],
    }

    async def find() -> int | None:
        standing = await fetch_standing(github, pull.ref)
        found = with_marker(standing.reviews, marker)
        if found is None:
            standing.require_head(pull.head_sha)
        return found.id if found is not None else None

    return await create_once(github, lambda: _create(github, path, request), find)


async def _create(github: GitHub, path: str, request: dict[str, Any]) -> int:
    """Create a review; where a probe that an interrupted run left stands in the way, without that.

    Raises:
        UserError: another pending review of this account stands in the way.
    """
    try:
        return (await create(github, path, request, _Created)).id
    except Rejected as error:
        if not _is_blocked(error):
            raise
    await _discard_probe(github, path)
    try:
        return (await create(github, path, request, _Created)).id
    except Rejected as error:
        if not _is_blocked(error):
            raise
    raise UserError(
        "A pending review of this account stands on the pull request: submit or discard it, then ask again."
    )


def _is_blocked(error: Rejected) -> bool:
    """GitHub lets an account have one pending review on a pull request, and no other review beside it."""
    return "pending review" in str(error)


async def _discard_probe(github: GitHub, path: str) -> None:
    """Take away a probe, and nothing else: a plain token's account may belong to a person with a draft."""
    for page in range(1, MOST_PAGES + 1):
        reviews = await github.get(path, list[_Review], {"per_page": 100, "page": page})
        probe = next((review for review in reviews if review.is_probe), None)
        if probe is not None:
            await _delete_pending(github, f"{path}/{probe.id}")
        if probe is not None or not reviews:
            return


async def _delete_pending(github: GitHub, path: str) -> None:
    try:
        await github.delete(path)
    except AccessLost as error:
        if error.status != 404:  # gone: what was wanted
            raise


def _placed(comment: ReviewComment) -> dict[str, Any]:
    """A comment as GitHub's API wants it."""
    anchor = comment.anchor
    place: dict[str, Any] = {"path": anchor.path, "side": anchor.side.value, "line": anchor.line}
    if anchor.start_line is not None:
        place |= {"start_line": anchor.start_line, "start_side": anchor.side.value}
    return {**place, "body": comment.body}


def _check_commit(error: Rejected) -> None:
    """After a force push GitHub refuses the commit, not the comments."""
    if "not part of the pull request" in str(error):
        raise HeadMoved("the reviewed commit is no longer part of the pull request", status=error.status)


async def upsert_summary(
    github: GitHub, pull: PullRequest, body: str, comment_id: int | None, *, marker: str
) -> int:
    """Write the summary comment and return its id.

    It goes over the one that stands, or becomes a new one where there is none or it was deleted.
    `marker` is the part of `body` that finds the comment again after an unknown outcome.
    """
    if comment_id is not None:
        try:
            return await _edit_comment(github, pull, comment_id, body)
        except AccessLost as error:
            if error.status not in (404, 410):
                raise
    return await _comment(github, pull.ref, body, marker)


async def post_reply(github: GitHub, ref: PullRequestRef, body: str, *, marker: str) -> int:
    """Say something in the conversation once, however often the job runs, and return the comment's id."""
    found = with_marker((await fetch_standing(github, ref)).comments, marker)
    return found.id if found is not None else await _comment(github, ref, body, marker)


async def _comment(github: GitHub, ref: PullRequestRef, body: str, marker: str) -> int:
    """Create a comment; after an unknown outcome only where it does not stand yet."""
    path = f"{repo_path(ref.repo)}/issues/{ref.number}/comments"

    async def make() -> int:
        return (await create(github, path, {"body": body}, _Created)).id

    async def find() -> int | None:
        found = with_marker((await fetch_standing(github, ref)).comments, marker)
        return found.id if found is not None else None

    return await create_once(github, make, find)


async def _edit_comment(github: GitHub, pull: PullRequest, comment_id: int, body: str) -> int:
    path = f"{repo_path(pull.ref.repo)}/issues/comments/{comment_id}"
    return (await github.patch(path, {"body": body}, _Created)).id
