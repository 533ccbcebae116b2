"""The objects that can be asked for: repository, git objects, pull request.

What is *not* here: what is said on a pull request (talk.py), and what can be done (mutations.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.sandbox.auth import Actor, check_permitted, is_visible
from bot.sandbox.errors import ApiError
from bot.sandbox.graphql.language import QueryError
from bot.sandbox.graphql.resolving import Arguments, Missing, Object, connection
from bot.sandbox.graphql.talk import comment, review, thread, user
from bot.sandbox.repositories import Blob
from bot.sandbox.shapes.base import iso, node_id
from bot.sandbox.state import Label, PullRequest, Repository, User
from bot.sandbox.world import World


def query(world: World, actor: Actor) -> Object:
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
        return _pull(world, found, actor.user)

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


def _pull(world: World, pull: PullRequest, viewer: User) -> Object:
    def threads(arguments: Arguments) -> Object:
        # Where a thread stands now costs a look into git, so only those who ask pay for it.
        return connection([thread(world, one, viewer) for one in pull.threads])(arguments)

    def commits(arguments: Arguments) -> Object:
        found = pull.repository.git.commits_between(pull.merge_base, pull.head_sha)
        nodes = [Object("PullRequestCommit", {"commit": Object("Commit", {"oid": sha})}) for sha in found]
        return connection(nodes)(arguments)

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
            "author": user(pull.author),
            "headRefName": pull.head_ref,
            "headRefOid": pull.head_sha,
            "headRepository": Object("Repository", {"nameWithOwner": head.full_name}) if head else None,
            "isCrossRepository": head is not pull.repository,
            "baseRefName": pull.base_ref,
            "baseRefOid": pull.base_sha,
            "changedFiles": len(pull.repository.git.changes(pull.merge_base, pull.head_sha)),
            "createdAt": iso(pull.created_at),
            "updatedAt": iso(pull.updated_at),
            "labels": connection([_label(one) for one in pull.labels]),
            "reviews": connection([review(one, viewer) for one in pull.reviews if one.state != "PENDING"]),
            "comments": connection([comment(one, viewer) for one in pull.comments]),
            "reviewThreads": threads,
            "commits": commits,
        },
    )


def _label(one: Label) -> Object:
    return Object("Label", {"id": node_id("Label", one.id), "name": one.name, "color": one.color})


def _permit(actor: Actor, repo: Repository, permission: str) -> None:
    try:
        check_permitted(actor, repo, [(permission, "read")])
    except ApiError as refusal:
        raise Missing("FORBIDDEN", str(refusal)) from None
