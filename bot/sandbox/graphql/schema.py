"""The objects that can be asked for: repository, git objects, pull request with its talk.

What is *not* here: mutations. Bots write through REST here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.sandbox.auth import Actor, check_permitted, is_visible
from bot.sandbox.errors import ApiError
from bot.sandbox.graphql.language import QueryError
from bot.sandbox.graphql.resolving import Arguments, Missing, Object, connection
from bot.sandbox.repositories import Blob
from bot.sandbox.shapes.base import iso, iso_or_none, node_id
from bot.sandbox.state import IssueComment, PullRequest, Repository, Review, ReviewComment, User
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


def root(world: World, actor: Actor) -> Object:
    """The query root."""

    def repository(arguments: Arguments) -> Object:
        name = f"{arguments.get('owner')}/{arguments.get('name')}"
        found = world.state.repository(name) or world.state.renamed_repository(name)
        if found is None or not is_visible(actor, found):
            raise Missing("NOT_FOUND", f"Could not resolve to a Repository with the name '{name}'.")
        return _repository(world, actor, found)

    limit, used = world.limits.requests_per_hour, world.used.get(actor.name, 0)
    rate = {"limit": limit, "cost": 1, "used": used, "remaining": max(limit - used, 0)}
    return Object(
        "Query",
        {
            "repository": repository,
            # To itself a bot is called as REST calls it.
            "viewer": Object(actor.user.kind, {"login": actor.user.login, "databaseId": actor.user.id}),
            "rateLimit": Object("RateLimit", rate | {"resetAt": iso(world.clock() + 3600)}),
        },
    )


def _repository(world: World, actor: Actor, repo: Repository) -> Object:
    def pull(arguments: Arguments) -> Object:
        _permit(actor, repo, "pull_requests")
        found = repo.pulls.get(arguments.get("number", 0))
        if found is None:
            message = f"Could not resolve to a PullRequest with the number of {arguments.get('number')}."
            raise Missing("NOT_FOUND", message)
        return _pull(world, found)

    objects = _Objects(world, actor, repo)
    fields = {
        "id": node_id("Repository", repo.id),
        "databaseId": repo.id,
        "name": repo.name,
        "nameWithOwner": repo.full_name,
        "isPrivate": repo.private,
        "defaultBranchRef": Object("Ref", {"name": repo.default_branch}),
        "object": objects.get,
        "pullRequest": pull,
    }
    return Object("Repository", fields, prepare=objects.read)


class _Objects:
    """Git objects by expression; all that one selection asks for are read in one run of git."""

    def __init__(self, world: World, actor: Actor, repo: Repository) -> None:
        self._world = world
        self._actor = actor
        self._repo = repo
        self._found: dict[str, Blob | None] = {}

    def read(self, wanted: Sequence[Arguments]) -> None:
        """Read what will be asked for."""
        names = [_expression(arguments) for arguments in wanted]
        if names:
            self._found.update(zip(names, self._repo.git.read(names), strict=True))

    def get(self, arguments: Arguments) -> Object | None:
        """One of the objects that were read."""
        _permit(self._actor, self._repo, "contents")
        found = self._found[_expression(arguments)]
        if found is None:
            return None
        base = {"oid": found.sha, "id": node_id(found.kind, self._repo.id), "abbreviatedOid": found.sha[:7]}
        if found.kind == "blob":
            return Object("Blob", base | _blob(found, self._world.limits.text_bytes))
        if found.kind == "tree":
            return Object("Tree", base | {"entries": self._entries(found.sha)})
        return Object(found.kind.capitalize(), base)

    def _entries(self, sha: str) -> list[Object]:
        entries = self._repo.git.tree(sha, "") or []
        return [
            Object("TreeEntry", {"name": one.name, "type": one.kind, "oid": one.sha, "size": one.size or 0})
            for one in entries
        ]


def _expression(arguments: Arguments) -> str:
    value = arguments.get("expression", arguments.get("oid"))
    if not isinstance(value, str):
        raise QueryError("Field 'object' needs an expression or an oid")
    return value


def _blob(blob: Blob, limit: int) -> dict[str, Any]:
    text = None if blob.is_binary else blob.data[:limit].decode("utf-8", "replace")
    return {
        "text": text,
        "byteSize": len(blob.data),
        "isBinary": blob.is_binary,
        "isTruncated": len(blob.data) > limit,
    }


def _pull(world: World, pull: PullRequest) -> Object:
    reviews = [_review(one) for one in pull.reviews if one.state != "PENDING"]
    head = pull.head_repository
    return Object(
        "PullRequest",
        {
            "id": node_id("PullRequest", pull.id),
            "databaseId": pull.id,
            "number": pull.number,
            "title": pull.title,
            "body": pull.body or "",
            "state": pull.state.upper(),
            "isDraft": pull.draft,
            "closed": pull.state != "open",
            "merged": False,
            "author": _user(pull.author),
            "headRefName": pull.head_ref,
            "headRefOid": pull.head_sha,
            "headRepository": Object("Repository", {"nameWithOwner": head.full_name}) if head else None,
            "isCrossRepository": head is not pull.repository,
            "baseRefName": pull.base_ref,
            "baseRefOid": pull.base_sha,
            "changedFiles": len(pull.repository.git.changes(pull.merge_base, pull.head_sha)),
            "createdAt": iso(pull.created_at),
            "updatedAt": iso(pull.updated_at),
            "reviews": connection(reviews),
            "comments": connection([_comment(one) for one in pull.comments]),
            "reviewThreads": connection([_thread(world, pull, one) for one in pull.threads]),
        },
    )


def _review(one: Review) -> Object:
    return Object(
        "PullRequestReview",
        {
            "id": node_id("PullRequestReview", one.id),
            "databaseId": one.id,
            "fullDatabaseId": str(one.id),
            "body": one.body,
            "state": one.state,
            "author": _user(one.author),
            "commit": Object("Commit", {"oid": one.commit_sha}),
            "submittedAt": iso_or_none(one.submitted_at),
        },
    )


def _comment(one: IssueComment) -> Object:
    return Object("IssueComment", _said(one, "IssueComment") | {"isMinimized": False})


def _thread(world: World, pull: PullRequest, first: ReviewComment) -> Object:
    now = world.standing(first)
    comments = [_inline(one, now.line) for one in pull.thread(first)]
    return Object(
        "PullRequestReviewThread",
        {
            "id": node_id("PullRequestReviewThread", first.id),
            "path": first.place.path,
            "line": now.line,
            "startLine": now.start_line,
            "originalLine": first.place.line,
            "diffSide": first.place.side,
            "isOutdated": first.place.line is not None and now.line is None,
            "isResolved": first.resolved_by is not None,
            "resolvedBy": _user(first.resolved_by) if first.resolved_by else None,
            "comments": connection(comments),
        },
    )


def _inline(one: ReviewComment, line: int | None) -> Object:
    more = {
        "path": one.place.path,
        "line": line,
        "originalLine": one.place.line,
        "outdated": one.place.line is not None and line is None,
        "diffHunk": one.place.diff_hunk,
        "originalCommit": Object("Commit", {"oid": one.commit_sha}),
        "pullRequestReview": _review(one.review),
        "isMinimized": False,
    }
    return Object("PullRequestReviewComment", _said(one, "PullRequestReviewComment") | more)


def _said(one: IssueComment | ReviewComment, kind: str) -> dict[str, Any]:
    return {
        "id": node_id(kind, one.id),
        "databaseId": one.id,
        "fullDatabaseId": str(one.id),
        "body": one.body,
        "author": _user(one.author),
        "createdAt": iso(one.created_at),
        "updatedAt": iso(one.updated_at),
        "reactions": lambda arguments: _reactions(one, arguments),
    }


def _reactions(one: IssueComment | ReviewComment, arguments: Arguments) -> Object:
    """Reactions to a comment, all or those of one kind, by GraphQL's names."""
    content = arguments.get("content")
    given = [
        Object("Reaction", {"content": _REACTIONS[reaction.content], "user": _user(reaction.user)})
        for reaction in one.reactions
        if content in (None, _REACTIONS[reaction.content])
    ]
    return connection(given)({name: value for name, value in arguments.items() if name != "content"})


def _user(one: User) -> Object:
    # GraphQL names a bot without the `[bot]` that REST puts behind it.
    return Object(one.kind, {"login": one.login.removesuffix("[bot]"), "databaseId": one.id})


def _permit(actor: Actor, repo: Repository, permission: str) -> None:
    try:
        check_permitted(actor, repo, [(permission, "read")])
    except ApiError as refusal:
        raise Missing("FORBIDDEN", str(refusal)) from None
