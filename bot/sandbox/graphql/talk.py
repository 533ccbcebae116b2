"""What is said on a pull request, as GraphQL shows it: reviews, threads, comments, reactions, accounts.

What is *not* here: pull requests themselves (schema.py).
"""

from __future__ import annotations

from typing import Any

from bot.sandbox.graphql.language import QueryError
from bot.sandbox.graphql.resolving import Arguments, Object, connection
from bot.sandbox.placement import Standing
from bot.sandbox.shapes.base import iso, iso_or_none, node_id
from bot.sandbox.state import IssueComment, Reaction, Review, ReviewComment, User
from bot.sandbox.world import World

_REACTIONS = {
    "+1": "THUMBS_UP",
    "-1": "THUMBS_DOWN",
    "laugh": "LAUGH",
    "hooray": "HOORAY",
    "confused": "CONFUSED",
    "heart": "HEART",
    "rocket": "ROCKET",
    "eyes": "EYES",
}
_OLDEST_FIRST = {"field": "CREATED_AT", "direction": "ASC"}


def review(one: Review, viewer: User | None = None) -> Object:
    """A review, as `viewer` sees it; its inline comments are asked for by thread."""
    return Object(
        "PullRequestReview",
        {
            "id": node_id("PullRequestReview", one.id),
            "databaseId": one.id,
            "fullDatabaseId": str(one.id),
            "body": one.body,
            "state": one.state,
            "author": user(one.author),
            "commit": Object("Commit", {"oid": one.commit_sha}),
            "submittedAt": iso_or_none(one.submitted_at),
            "viewerDidAuthor": one.author is viewer,
            **_minimized(one),
        },
    )


def comment(one: IssueComment, viewer: User | None = None) -> Object:
    """A comment in the conversation, as `viewer` sees it."""
    return Object("IssueComment", _said(one, "IssueComment", viewer))


def thread(world: World, first: ReviewComment, viewer: User | None = None) -> Object:
    """The thread that a comment began, as `viewer` sees it."""
    now = world.standing(first)
    comments = [_inline(one, now, viewer) for one in first.pull.thread(first)]
    is_resolved, is_outdated = first.resolved_by is not None, _is_outdated(first, now)
    return Object(
        "PullRequestReviewThread",
        {
            "id": node_id("PullRequestReviewThread", first.id),
            "path": first.place.path,
            "line": now.line,
            "startLine": now.start_line,
            "originalLine": first.place.line,
            "originalStartLine": first.place.start_line,
            "diffSide": first.place.side,
            "subjectType": "FILE" if first.place.line is None else "LINE",
            "isOutdated": is_outdated,
            "isResolved": is_resolved,
            "isCollapsed": is_resolved or is_outdated,
            "resolvedBy": _resolver(first.resolved_by) if first.resolved_by else None,
            "comments": connection(comments),
        },
    )


def inline(world: World, one: ReviewComment) -> Object:
    """One inline comment, or an answer to one."""
    return _inline(one, world.standing(one.reply_to or one))


def _inline(one: ReviewComment, now: Standing, viewer: User | None = None) -> Object:
    more = {
        "path": one.place.path,
        "line": now.line,
        "originalLine": one.place.line,
        "outdated": _is_outdated(one, now),
        "replyTo": _brief(one.reply_to) if one.reply_to else None,
        "diffHunk": one.place.diff_hunk,
        "originalCommit": Object("Commit", {"oid": one.commit_sha}),
        "pullRequestReview": review(one.review, viewer),
    }
    return Object("PullRequestReviewComment", _said(one, "PullRequestReviewComment", viewer) | more)


def _is_outdated(one: ReviewComment, now: Standing) -> bool:
    """A comment on a whole file never is."""
    return one.place.line is not None and now.line is None


def _said(one: IssueComment | ReviewComment, kind: str, viewer: User | None) -> dict[str, Any]:
    return {
        "id": node_id(kind, one.id),
        "databaseId": one.id,
        "fullDatabaseId": str(one.id),
        "body": one.body,
        "author": user(one.author),
        "createdAt": iso(one.created_at),
        "updatedAt": iso(one.updated_at),
        "viewerDidAuthor": one.author is viewer,
        "reactions": lambda arguments: _reactions(one, arguments),
        **_minimized(one),
    }


def _minimized(one: IssueComment | ReviewComment | Review) -> dict[str, Any]:
    return {"isMinimized": one.minimized is not None, "minimizedReason": one.minimized}


def _brief(one: ReviewComment) -> Object:
    facts = {"id": node_id("PullRequestReviewComment", one.id), "fullDatabaseId": str(one.id)}
    return Object("PullRequestReviewComment", facts | {"databaseId": one.id})


def _reactions(one: IssueComment | ReviewComment, arguments: Arguments) -> Object:
    """Reactions to a comment, all or those of one kind, by GraphQL's names."""
    content, order = arguments.get("content"), arguments.get("orderBy", _OLDEST_FIRST)
    if order != _OLDEST_FIRST:
        raise QueryError(f"The order {order!r} is not understood by the sandbox")
    given = [
        _reaction(reaction)
        for reaction in sorted(one.reactions, key=lambda reaction: reaction.created_at)
        if content in (None, _REACTIONS[reaction.content])
    ]
    page = {name: value for name, value in arguments.items() if name not in ("content", "orderBy")}
    return connection(given)(page)


def _reaction(one: Reaction) -> Object:
    facts = {"content": _REACTIONS[one.content], "createdAt": iso(one.created_at), "user": user(one.user)}
    return Object("Reaction", facts)


def user(one: User) -> Object:
    """An account. GraphQL names a bot without the `[bot]` that REST puts behind it."""
    return Object(one.kind, {"login": one.login.removesuffix("[bot]"), "databaseId": one.id})


def _resolver(one: User) -> Object:
    """Who resolved a thread: a `User` to GitHub, even where it is a bot."""
    return Object("User", user(one).fields)
