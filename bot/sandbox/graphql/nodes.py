"""Finds things by their global ids, among what the caller may see.

What is *not* here: how ids are made (shapes/base.py), and what may be done with what is found.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.sandbox.auth import Actor, is_visible
from bot.sandbox.graphql.resolving import Missing
from bot.sandbox.shapes.base import parse_node_id
from bot.sandbox.state import IssueComment, PullRequest, Repository, Review, ReviewComment
from bot.sandbox.world import World

Said = IssueComment | ReviewComment | Review


def thread_at(world: World, actor: Actor, node: str) -> ReviewComment:
    """The first comment of a thread.

    Raises:
        Missing: there is no such thread, or not for this caller.
    """
    kind, number = parse_node_id(node)
    threads = (root for pull in _pulls(world, actor) for root in pull.threads)
    found = next((root for root in threads if root.id == number), None)
    if kind != "PullRequestReviewThread" or found is None:
        raise _nowhere(node)
    return found


def comment_at(world: World, actor: Actor, node: str) -> Said:
    """A comment or a review.

    Raises:
        Missing: there is none, or not for this caller.
    """
    kind, number = parse_node_id(node)
    found = next((one for one in _said(world, actor, kind) if one.id == number), None)
    if found is None:
        raise _nowhere(node)
    return found


def repository_of(said: Said) -> Repository:
    """Where something was said."""
    return said.topic.repository if isinstance(said, IssueComment) else said.pull.repository


def _said(world: World, actor: Actor, kind: str) -> Iterable[Said]:
    for repo in _repositories(world, actor):
        for pull in repo.pulls.values():
            match kind:
                case "PullRequestReviewComment":
                    yield from (one for one in pull.review_comments if one.review.state != "PENDING")
                case "PullRequestReview":
                    yield from (one for one in pull.reviews if one.state != "PENDING")
        if kind == "IssueComment":
            for comments in (one.comments for topics in (repo.pulls, repo.issues) for one in topics.values()):
                yield from comments


def _pulls(world: World, actor: Actor) -> Iterable[PullRequest]:
    return (pull for repo in _repositories(world, actor) for pull in repo.pulls.values())


def _repositories(world: World, actor: Actor) -> Iterable[Repository]:
    return (repo for repo in world.state.repositories.values() if is_visible(actor, repo))


def _nowhere(node: str) -> Missing:
    return Missing("NOT_FOUND", f"Could not resolve to a node with the global id of '{node}'")
