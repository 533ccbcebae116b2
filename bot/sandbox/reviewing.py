"""What can be said on a pull request, with GitHub's rules: reviews, inline comments, comments, reactions.

Used by the API for bots and by scenarios for people, so that both are held to the same rules.

What is *not* here: what is done to it later (editing.py), routes and permissions (api/).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.sandbox.errors import ApiError, invalid
from bot.sandbox.patches import ChangedFile
from bot.sandbox.placement import Misplaced, Place, place
from bot.sandbox.state import Issue, IssueComment, PullRequest, Reaction, Review, ReviewComment, User
from bot.sandbox.world import World

REACTIONS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")
_OWN = {
    "APPROVE": "Can not approve your own pull request",
    "REQUEST_CHANGES": "Can not request changes on your own pull request",
}
_STATES = {"COMMENT": "COMMENTED", "APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED"}


@dataclass(frozen=True, slots=True)
class Draft:
    """A review as it was asked for; `event` None leaves it pending."""

    body: str = ""
    event: str | None = None
    commit_id: str | None = None
    comments: Sequence[Mapping[str, Any]] = ()


def add_review(world: World, pull: PullRequest, author: User, draft: Draft) -> Review:
    """Make a review with all its comments, or none of it.

    Raises:
        ApiError: 422, which does not say which comment is the bad one.
    """
    commit = _commit(pull, draft.commit_id)
    _check_review(world, pull, author, draft)
    places = _places(pull, commit, draft.comments)
    now = world.clock()
    review = Review(
        id=world.state.new_big_id(),
        pull=pull,
        author=author,
        body=draft.body,
        state=_STATES[draft.event] if draft.event else "PENDING",
        commit_sha=commit,
        submitted_at=now if draft.event else None,
    )
    pull.reviews.append(review)
    made = [
        _inline(world, review, author, str(wanted["body"]), at)
        for wanted, at in zip(draft.comments, places, strict=True)
    ]
    if draft.event:
        _announce(world, review, made)
    return review


def submit_review(world: World, review: Review, event: str, body: str) -> Review:
    """Publish a pending review."""
    if review.state != "PENDING":
        raise _refused("The review is submitted already")
    if event not in _STATES:
        raise _refused(f"Variable $event: {event} is not a review event")
    review.state, review.body = _STATES[event], body or review.body
    review.submitted_at = world.clock()
    _announce(world, review, [one for one in review.pull.review_comments if one.review is review])
    return review


def delete_review(review: Review) -> None:
    """Take back a pending review with its comments. Nobody else has seen it, so no event tells of it."""
    if review.state != "PENDING":
        raise _refused("Can not delete a non-pending pull request review")
    pull = review.pull
    pull.reviews.remove(review)
    pull.review_comments = [one for one in pull.review_comments if one.review is not review]


def add_inline(world: World, pull: PullRequest, author: User, wanted: Mapping[str, Any]) -> ReviewComment:
    """One inline comment outside a review; GitHub makes a review around it."""
    commit = _commit(pull, wanted.get("commit_id"))
    check_body(world, wanted.get("body"), "PullRequestReviewComment")
    _check_alone(pull, author)
    try:
        at = place(_files(pull, commit), wanted)
    except Misplaced as problem:
        raise invalid(
            "PullRequestReviewComment", "pull_request_review_thread.line", "custom", str(problem)
        ) from None
    review = Review(world.state.new_big_id(), pull, author, "", "COMMENTED", commit, world.clock())
    pull.reviews.append(review)
    comment = _inline(world, review, author, str(wanted["body"]), at)
    _announce(world, review, [comment])
    return comment


def add_reply(world: World, root: ReviewComment, author: User, body: object) -> ReviewComment:
    """An answer in a thread. GitHub takes answers to a thread's first comment only."""
    text = check_body(world, body, "PullRequestReviewComment")
    if root.reply_to is not None:
        raise invalid("PullRequestReviewComment", "in_reply_to", "invalid")
    pull = root.pull
    _check_alone(pull, author)
    review = Review(world.state.new_big_id(), pull, author, "", "COMMENTED", root.commit_sha, world.clock())
    pull.reviews.append(review)
    reply = _inline(world, review, author, text, root.place)
    reply.reply_to = root
    _announce(world, review, [reply])
    return reply


def add_comment(world: World, topic: PullRequest | Issue, author: User, body: object) -> IssueComment:
    """A comment in the conversation."""
    text = check_body(world, body, "IssueComment")
    now = world.clock()
    comment = IssueComment(world.state.new_big_id(), topic, author, text, now, now)
    topic.comments.append(comment)
    world.events.issue_comment("created", comment, author)
    return comment


def add_reaction(
    world: World, target: IssueComment | ReviewComment, user: User, content: object
) -> tuple[Reaction, bool]:
    """The reaction, and whether it is new: the same account can give each one once."""
    if not isinstance(content, str) or content not in REACTIONS:
        raise invalid("Reaction", "content")
    mine = {one.content: one for one in target.reactions if one.user is user}
    if content in mine:
        return mine[content], False
    target.reactions.append(Reaction(world.state.new_id(), user, content, world.clock()))
    return target.reactions[-1], True


def check_body(world: World, body: object, resource: str) -> str:
    """The text of a comment, or 422."""
    if not isinstance(body, str) or not body.strip():
        raise invalid(resource, "body", "missing_field")
    limit = world.limits.body_characters
    if len(body) > limit:
        raise invalid(resource, "body", "custom", f"body is too long (maximum is {limit} characters)")
    return body


def _check_review(world: World, pull: PullRequest, author: User, draft: Draft) -> None:
    if draft.event is not None and draft.event not in _STATES:
        raise _refused(f"Variable $event: {draft.event} is not a review event")
    if draft.event == "REQUEST_CHANGES" and not draft.body:
        raise _refused("A body is required to request changes")
    if draft.event == "COMMENT" and not draft.body and not draft.comments:
        raise _refused("A review needs a body or comments")
    if draft.event in _OWN and author is pull.author:
        raise _refused(_OWN[draft.event])
    if len(draft.body) > world.limits.body_characters:
        raise _refused(f"Body is too long (maximum is {world.limits.body_characters} characters)")
    if _has_pending(pull, author):
        raise _refused("User can only have one pending review per pull request")
    for comment in draft.comments:
        check_body(world, comment.get("body"), "PullRequestReviewComment")


def _has_pending(pull: PullRequest, author: User) -> bool:
    return any(review.state == "PENDING" and review.author is author for review in pull.reviews)


def _check_alone(pull: PullRequest, author: User) -> None:
    """A comment outside a review makes one of its own, which cannot stand beside a pending one."""
    if _has_pending(pull, author):
        message = "can only have one pending review per pull request"
        raise invalid("PullRequestReview", "user_id", "custom", f"user_id {message}")


def _places(pull: PullRequest, commit: str, wanted: Sequence[Mapping[str, Any]]) -> list[Place]:
    files = _files(pull, commit)
    places, problems = [], []
    for comment in wanted:
        try:
            places.append(place(files, comment))
        except Misplaced as problem:
            problems.append(str(problem))
    if problems:
        raise _refused(*dict.fromkeys(problems))
    return places


def _files(pull: PullRequest, commit: str) -> tuple[ChangedFile, ...]:
    git = pull.repository.git
    return git.changes(git.merge_base(pull.base_sha, commit), commit)


def _commit(pull: PullRequest, wanted: object) -> str:
    """A commit that a review may be about: after a force push the old head is none any more."""
    if wanted is None or wanted == pull.head_sha:
        return pull.head_sha
    commits = pull.repository.git.commits_between(pull.merge_base, pull.head_sha)
    if not isinstance(wanted, str) or wanted not in commits:
        raise _refused("end_commit_oid is not part of the pull request")
    return wanted


def _inline(world: World, review: Review, author: User, body: str, at: Place) -> ReviewComment:
    now = world.clock()
    comment = ReviewComment(
        id=world.state.new_big_id(),
        pull=review.pull,
        review=review,
        author=author,
        body=body,
        place=at,
        commit_sha=review.commit_sha,
        created_at=now,
        updated_at=now,
    )
    review.pull.review_comments.append(comment)
    return comment


def _announce(world: World, review: Review, comments: Sequence[ReviewComment]) -> None:
    world.events.review("submitted", review, review.author)
    for comment in comments:
        world.events.review_comment("created", comment, review.author)


def _refused(*sentences: str) -> ApiError:
    return ApiError(422, "Unprocessable Entity", sentences)
