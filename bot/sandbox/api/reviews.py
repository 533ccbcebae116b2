"""Routes about reviews and their inline comments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from bot.sandbox.api.routing import Call, json_answer, route
from bot.sandbox.auth import may_write
from bot.sandbox.editing import edit_inline
from bot.sandbox.errors import ApiError, forbidden, not_found
from bot.sandbox.reviewing import (
    Draft,
    add_inline,
    add_reply,
    add_review,
    delete_review,
    submit_review,
)
from bot.sandbox.shapes import talk
from bot.sandbox.shapes.base import Json
from bot.sandbox.state import PullRequest, Review, ReviewComment
from bot.sandbox.world import World

_PULLS = "/repos/{owner}/{repo}/pulls"
_INLINE_FIELDS = {"path", "position", "body", "line", "side", "start_line", "start_side"}


def routes(world: World) -> list[Route]:
    """Reviews and review comments."""
    read, write = [("pull_requests", "read")], [("pull_requests", "write")]
    pull, comment = _PULLS + "/{number}", _PULLS + "/comments/{id}"
    return [
        *route(world, "GET", pull + "/reviews", list_reviews, read),
        *route(world, "POST", pull + "/reviews", create_review, write),
        *route(world, "GET", pull + "/reviews/{id}", get_review, read),
        *route(world, "DELETE", pull + "/reviews/{id}", delete_pending, write),
        *route(world, "GET", pull + "/reviews/{id}/comments", list_comments_of_review, read),
        *route(world, "POST", pull + "/reviews/{id}/events", submit, write),
        *route(world, "GET", pull + "/comments", list_comments, read),
        *route(world, "POST", pull + "/comments", create_comment, write),
        *route(world, "POST", pull + "/comments/{id}/replies", create_reply, write),
        *route(world, "GET", comment, get_comment, read),
        *route(world, "PATCH", comment, update_comment, write),
    ]


def list_reviews(call: Call) -> Response:
    """Reviews, oldest first; a pending one is there for its author only."""
    shown = [review for review in call.pull().reviews if _is_visible(call, review)]
    return call.page(shown, lambda review: talk.review(call.links, review))


def create_review(call: Call) -> Response:
    """One review with its inline comments, all or nothing."""
    pull, body = call.pull(), call.body
    comments = body.get("comments") or []
    if not isinstance(comments, list) or not all(isinstance(one, dict) for one in comments):
        raise ApiError(422, "Invalid request.\n\nFor 'properties/comments', an array of objects is expected.")
    for one in comments:
        _check_fields(one)
    draft = Draft(body.get("body") or "", body.get("event"), body.get("commit_id"), comments)
    return json_answer(talk.review(call.links, add_review(call.world, pull, call.actor.user, draft)))


def get_review(call: Call) -> Response:
    """One review."""
    return json_answer(talk.review(call.links, _review(call)))


def delete_pending(call: Call) -> Response:
    """Take back a pending review; the answer shows it as it was."""
    review = _review(call)
    delete_review(review)
    return json_answer(talk.review(call.links, review))


def list_comments_of_review(call: Call) -> Response:
    """The inline comments of one review."""
    review = _review(call)
    return _comments(call, [one for one in review.pull.review_comments if one.review is review])


def submit(call: Call) -> Response:
    """Publish a pending review."""
    review = _review(call)
    done = submit_review(call.world, review, str(call.body.get("event", "")), call.body.get("body") or "")
    return json_answer(talk.review(call.links, done))


def list_comments(call: Call) -> Response:
    """Inline comments, oldest first, without those of pending reviews."""
    return _comments(call, [one for one in call.pull().review_comments if one.review.state != "PENDING"])


def create_comment(call: Call) -> Response:
    """One inline comment, or an answer with `in_reply_to`."""
    pull, reply_to = call.pull(), call.body.get("in_reply_to")
    if reply_to is not None:
        root = _find(pull, reply_to)
        return _comment(call, add_reply(call.world, root, call.actor.user, call.body.get("body")), 201)
    return _comment(call, add_inline(call.world, pull, call.actor.user, call.body), 201)


def create_reply(call: Call) -> Response:
    """An answer in a thread."""
    root = _find(call.pull(), call.number("id"))
    return _comment(call, add_reply(call.world, root, call.actor.user, call.body.get("body")), 201)


def get_comment(call: Call) -> Response:
    """One inline comment."""
    return _comment(call, find_comment(call), 200)


def update_comment(call: Call) -> Response:
    """Change an inline comment: one's own, or with write access."""
    comment, user = find_comment(call), call.actor.user
    if comment.author is not user and not may_write(comment.pull.repository, user):
        raise forbidden()
    return _comment(call, edit_inline(call.world, comment, user, call.body.get("body")), 200)


def find_comment(call: Call) -> ReviewComment:
    """The inline comment in the path."""
    wanted = call.number("id")
    for pull in call.repository().pulls.values():
        for comment in pull.review_comments:
            if comment.id == wanted:
                return comment
    raise not_found()


def _comments(call: Call, comments: list[ReviewComment]) -> Response:
    return call.page(comments, lambda one: _shape(call, one))


def _comment(call: Call, comment: ReviewComment, status: int) -> Response:
    return json_answer(_shape(call, comment), status)


def _shape(call: Call, comment: ReviewComment) -> Json:
    return talk.review_comment(call.links, comment, call.world.standing(comment))


def _review(call: Call) -> Review:
    wanted = call.number("id")
    for review in call.pull().reviews:
        if review.id == wanted and _is_visible(call, review):
            return review
    raise not_found()


def _is_visible(call: Call, review: Review) -> bool:
    token = call.actor.token
    return review.state != "PENDING" or (token is not None and token.user is review.author)


def _find(pull: PullRequest, wanted: object) -> ReviewComment:
    for comment in pull.review_comments:
        if comment.id == wanted:
            return comment
    raise not_found()


def _check_fields(comment: Mapping[str, Any]) -> None:
    """GitHub refuses a draft comment with a field that it does not know, or without `path` or `body`."""
    unknown = sorted(set(comment) - _INLINE_FIELDS)
    if unknown:
        raise ApiError(422, f'Invalid request.\n\n"{unknown[0]}" is not a permitted key.')
    for field in ("path", "body"):
        if not isinstance(comment.get(field), str):
            raise ApiError(422, f'Invalid request.\n\n"{field}" wasn\'t supplied.')
