"""The few fields of GitHub's webhook payloads that are used; everything else is skipped without being built.

Strings that travel on (names, commits, logins) have to match their pattern, so that no foreign text gets into
a log or a key. Whatever GitHub may leave out or set to null has a default.

What is *not* here: what an event asks of us (bot.github.events).
This module is part of the receiver: it must not import githubkit.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

Id = Annotated[int, msgspec.Meta(ge=1, le=2**53)]
Action = Annotated[str, msgspec.Meta(pattern=r"^[a-z_]{1,60}\Z")]
RepoName = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}\Z")]
Sha = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?\Z")]
Login = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,100}(\[bot\])?\Z")]


class Present(msgspec.Struct, frozen=True):
    """An object of which only matters that it is there."""


class Installation(msgspec.Struct, frozen=True):
    """Missing where a webhook was set up by hand and not by the App."""

    id: Id


class Repository(msgspec.Struct, frozen=True):
    """The repository the event is about: of a pull request the base, never the fork."""

    full_name: RepoName
    id: int | None = None


class User(msgspec.Struct, frozen=True):
    """An account; `type` is User, Bot or Organization. Null where it was deleted."""

    login: Login
    type: str = "User"


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """What every event about a repository has."""

    action: Action
    repository: Repository
    installation: Installation | None = None

    @property
    def installation_id(self) -> int | None:
        """GitHub's number, or None."""
        return self.installation.id if self.installation else None


class Head(msgspec.Struct, frozen=True):
    """The head commit. The repository beside it is null for a deleted fork, and is not read."""

    sha: Sha


class PullRequest(msgspec.Struct, frozen=True):
    """As it was when the event happened; the worker asks again."""

    number: Id
    head: Head
    state: str = "open"
    updated_at: Any = None


class PullRequestChanges(msgspec.Struct, frozen=True):
    """What `edited` changed: the title, the body, or the base branch."""

    base: Present | None = None
    title: Present | None = None


class PullRequestPayload(Payload, frozen=True, kw_only=True):
    """Event `pull_request`."""

    pull_request: PullRequest
    changes: PullRequestChanges | None = None


class Issue(msgspec.Struct, frozen=True):
    """An issue, or a pull request when `pull_request` is there."""

    number: Id
    pull_request: Present | None = None


class Comment(msgspec.Struct, frozen=True):
    """A comment; `user` is who wrote it first."""

    id: Id
    body: str | None = None
    user: User | None = None


class BodyBefore(msgspec.Struct, frozen=True, rename={"text": "from"}):
    """The text before an edit."""

    text: str | None = None


class CommentChanges(msgspec.Struct, frozen=True):
    """What `edited` changed."""

    body: BodyBefore | None = None


class SpokenPayload(Payload, frozen=True, kw_only=True):
    """What both kinds of comment have; `sender` is who did it just now."""

    comment: Comment
    sender: User | None = None
    changes: CommentChanges | None = None


class CommentPayload(SpokenPayload, frozen=True, kw_only=True):
    """Event `issue_comment`."""

    issue: Issue


class ReviewComment(Comment, frozen=True):
    """An inline comment; `in_reply_to_id` is the first one of its thread, for which it is missing."""

    in_reply_to_id: Id | None = None


class ReviewCommentPayload(SpokenPayload, frozen=True, kw_only=True):
    """Event `pull_request_review_comment`."""

    comment: ReviewComment
    pull_request: PullRequest


class Thread(msgspec.Struct, frozen=True):
    """A thread of inline comments, oldest first."""

    comments: tuple[Comment, ...] = ()


class ThreadPayload(Payload, frozen=True, kw_only=True):
    """Event `pull_request_review_thread`; `sender` is who resolved it or opened it again."""

    pull_request: PullRequest
    thread: Thread
    sender: User | None = None


class BaseRepository(msgspec.Struct, frozen=True):
    """The repository that a listed pull request goes into."""

    id: int | None = None


class Base(msgspec.Struct, frozen=True):
    """The base of a listed pull request."""

    repo: BaseRepository | None = None


class ListedPullRequest(msgspec.Struct, frozen=True):
    """A pull request in the list of a check; the list is empty for forks."""

    number: Id
    base: Base | None = None

    def is_of(self, repository: Repository) -> bool:
        """GitHub also lists pull requests of the same commit into other repositories."""
        repo_id = self.base.repo.id if self.base and self.base.repo else None
        return repo_id is None or repository.id is None or repo_id == repository.id


class Check(msgspec.Struct, frozen=True):
    """A check run or a check suite; only runs carry `external_id`."""

    head_sha: Sha
    external_id: str | None = None
    pull_requests: tuple[ListedPullRequest, ...] | None = None


class CheckRunPayload(Payload, frozen=True, kw_only=True):
    """Event `check_run`."""

    check_run: Check


class CheckSuitePayload(Payload, frozen=True, kw_only=True):
    """Event `check_suite`."""

    check_suite: Check


class InstallationPayload(msgspec.Struct, frozen=True):
    """Events `installation` and `installation_repositories`."""

    action: Action
    installation: Installation
