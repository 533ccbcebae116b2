"""What already stands on a pull request: its head and state now, and what we have posted on it.

Ours is what carries a hidden marker *and* was written by us: a marker alone proves nothing, anyone can paste
one. In a workflow even both prove little: all workflows of a repository write under one name, and some repeat
what strangers say.

What is *not* here: what a marker says (bot.rendering.markers).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bot.domain.pull_request import PullRequestRef
from bot.errors import AccessLost, GitHubUnavailable, HeadMoved
from bot.github.client import GitHub, owner_and_name
from bot.github.standing_answer import Answer, RawThread, Text, Viewer

MARKER_START: Final = "<!-- ai-review:"
"""How every hidden marker begins."""
MOST_PAGES: Final = 40
"""Pages of a hundred. GitHub closes a conversation at 2,500 comments."""

MOST_REPLIES: Final = 50
"""Answers of a thread that are looked at, the oldest first."""
MOST_THUMBS: Final = 20
"""👎 of a comment that are looked at, the oldest first: later ones cannot push them out."""
_TEXT = "fullDatabaseId body viewerDidAuthor author { __typename login }"
_THREAD = (
    "id isResolved isOutdated resolvedBy { login } line"
    f" root: comments(first: 1) {{ nodes {{ id {_TEXT} path"
    f" reactions(first: {MOST_THUMBS}, content: THUMBS_DOWN, orderBy: {{field: CREATED_AT, direction: ASC}})"
    " { nodes { content createdAt user { login } } } } }"
    f" talk: comments(first: {MOST_REPLIES}) {{ nodes {{ {_TEXT} }} }}"
)
# The first comment is asked for apart: reactions of every comment would cost fifty times as much.
_LISTS = {"reviews": _TEXT, "reviewThreads": _THREAD, "comments": _TEXT}
"""The lists of a pull request that can hold something of ours, and what is asked of their entries."""


@dataclass(frozen=True, slots=True)
class OwnText:
    """Something we posted: GitHub's id of it, its whole body, and the file where it is an inline comment."""

    id: int
    body: str
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer in a thread, by whomever; `author` is a login, or empty where the account is gone."""

    id: int
    author: str
    is_ours: bool
    body: str


@dataclass(frozen=True, slots=True)
class ThumbDown:
    """Who put 👎 on a comment, and when: ISO 8601 in UTC, which sorts as it is."""

    login: str
    at: str = ""


@dataclass(frozen=True, slots=True)
class Thread:
    """A review thread that one of our comments began.

    Attributes:
        id, comment_node: GraphQL's ids of the thread and of its first comment.
        line: where it stands in the present diff; None when it is outdated.
        resolved_by: login of the person who resolved it; empty when it is open, or when we resolved it.
        thumbs_down: who put 👎 on the first comment, the oldest first.
    """

    id: str
    comment_node: str
    comment: OwnText
    line: int | None = None
    is_resolved: bool = False
    is_outdated: bool = False
    resolved_by: str = ""
    thumbs_down: tuple[ThumbDown, ...] = ()
    replies: tuple[Reply, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """A pull request at one moment, and our own marked texts on it, oldest first.

    Attributes:
        reviews: bodies of reviews.
        threads: those that one of our inline comments began.
        comments: comments of the conversation, the summary among them.
        is_shared: whether others write under our name too.
    """

    head_sha: str
    is_open: bool
    reviews: tuple[OwnText, ...] = ()
    threads: tuple[Thread, ...] = ()
    comments: tuple[OwnText, ...] = ()
    is_shared: bool = False

    @property
    def inline(self) -> tuple[OwnText, ...]:
        """The first comment of each thread."""
        return tuple(thread.comment for thread in self.threads)

    def thread_of(self, comment_id: int) -> Thread | None:
        """The thread that this comment of ours began."""
        return next((thread for thread in self.threads if thread.comment.id == comment_id), None)

    def require_head(self, sha: str) -> None:
        """Make sure that `sha` is still the head.

        Raises:
            HeadMoved: something was pushed since.
        """
        if self.head_sha != sha:
            raise HeadMoved(f"the head is {self.head_sha} now, no longer {sha}", new_sha=self.head_sha)


def with_marker(texts: Iterable[OwnText], marker: str) -> OwnText | None:
    """The newest text that has this marker, given as it was written."""
    return next((text for text in reversed(tuple(texts)) if marker in text.body), None)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Tells our texts from those of others."""

    viewer: Viewer
    as_app: bool

    def ours(self, texts: Iterable[Text | None]) -> list[OwnText]:
        return [_own(text) for text in texts if text and self._is_ours(text)]

    def threads(self, threads: Iterable[RawThread | None]) -> list[Thread]:
        return [found for thread in threads if thread and (found := self._thread(thread))]

    def _thread(self, thread: RawThread) -> Thread | None:
        root = next(iter(thread.root.nodes), None)
        if root is None or not self._is_ours(root):
            return None
        by = thread.resolved_by.login if thread.resolved_by else ""
        return Thread(
            id=thread.id,
            comment_node=root.id,
            comment=_own(root),
            line=thread.line,
            is_resolved=thread.is_resolved,
            is_outdated=thread.is_outdated,
            resolved_by="" if self.viewer.is_named(by) else by,
            thumbs_down=tuple(ThumbDown(login, at) for login, at in root.thumbs_down()),
            replies=tuple(self._reply(text) for text in thread.talk.nodes[1:] if text),
        )

    def _reply(self, text: Text) -> Reply:
        author = text.author.login if text.author else ""
        wrote = self.viewer.wrote(text, as_app=self.as_app)
        return Reply(int(text.full_database_id or 0), author, wrote, text.body)

    def _is_ours(self, text: Text) -> bool:
        marked = bool(text.full_database_id) and MARKER_START in text.body
        return marked and self.viewer.wrote(text, as_app=self.as_app)


async def fetch_standing(github: GitHub, ref: PullRequestRef) -> Standing:
    """The present state, in one request for up to a hundred reviews, threads and comments each.

    Raises:
        AccessLost: the pull request is gone.
    """
    owner, name = owner_and_name(ref.repo)
    place = {"owner": owner, "name": name, "number": ref.number}
    reviews: list[OwnText] = []
    threads: list[Thread] = []
    comments: list[OwnText] = []
    cursors: dict[str, str | None] = dict.fromkeys(_LISTS)
    for _ in range(MOST_PAGES):
        answer = await github.query(_query(cursors), place | cursors, Answer)
        pull = answer.repository.pull_request if answer.repository else None
        if pull is None:
            raise AccessLost(f"{ref.external_id} cannot be read")
        reader = _Reader(answer.viewer, github.app_id is not None)
        reviews += reader.ours(pull.reviews.nodes if pull.reviews else [])
        threads += reader.threads(pull.review_threads.nodes if pull.review_threads else [])
        comments += reader.ours(pull.comments.nodes if pull.comments else [])
        cursors = pull.further()
        if not cursors:
            return Standing(
                pull.head_ref_oid,
                pull.state == "OPEN",
                tuple(reviews),
                tuple(threads),
                tuple(comments),
                answer.viewer.is_shared,
            )
    raise GitHubUnavailable(f"{ref.external_id} has more comments than could be read")


def _query(kinds: Iterable[str]) -> str:
    """The question for some of the lists, each from its own cursor on."""
    declared = "".join(f", ${kind}: String" for kind in kinds)
    lists = " ".join(
        f"{kind}(first: 100, after: ${kind})"
        f" {{ nodes {{ {_LISTS[kind]} }} pageInfo {{ hasNextPage endCursor }} }}"
        for kind in kinds
    )
    return (
        f"query($owner: String!, $name: String!, $number: Int!{declared}) {{ viewer {{ login }}"
        f" repository(owner: $owner, name: $name) {{ pullRequest(number: $number)"
        f" {{ headRefOid state {lists} }} }} }}"
    )


def _own(text: Text) -> OwnText:
    return OwnText(int(text.full_database_id or 0), text.body, text.path)
