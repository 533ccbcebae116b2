"""What already stands on a pull request: its head and state now, and what we have posted on it.

Ours is what carries a hidden marker *and* was written by us: a marker alone proves nothing, anyone can paste
one.

What is *not* here: what a marker says (bot.rendering.markers).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import msgspec

from bot.domain.pull_request import PullRequestRef
from bot.errors import AccessLost, GitHubUnavailable, HeadMoved
from bot.github.client import GitHub, repo_path

MARKER_START: Final = "<!-- ai-review:"
"""How every hidden marker begins."""
MOST_PAGES: Final = 40
"""Pages of a hundred. GitHub closes a conversation at 2,500 comments."""

_BOT = "[bot]"
_TEXT = "fullDatabaseId body author { __typename login }"
_LISTS = {
    "reviews": _TEXT,
    "reviewThreads": f"comments(first: 1) {{ nodes {{ {_TEXT} path }} }}",
    "comments": _TEXT,
}
"""The lists of a pull request that can hold something of ours, and what is asked of their entries."""


@dataclass(frozen=True, slots=True)
class OwnText:
    """Something we posted: GitHub's id of it, its whole body, and the file where it is an inline comment."""

    id: int
    body: str
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A pull request at one moment, and our own marked texts on it, oldest first.

    Attributes:
        reviews: bodies of reviews.
        inline: the first comment of each review thread.
        comments: comments of the conversation, the summary among them.
    """

    head_sha: str
    is_open: bool
    reviews: tuple[OwnText, ...] = ()
    inline: tuple[OwnText, ...] = ()
    comments: tuple[OwnText, ...] = ()

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


class _Author(msgspec.Struct):
    login: str
    kind: str = msgspec.field(name="__typename", default="User")


class _Text(msgspec.Struct, rename="camel"):
    body: str = ""
    full_database_id: str | int | None = None
    author: _Author | None = None
    path: str | None = None


class _PageInfo(msgspec.Struct, rename="camel"):
    has_next_page: bool
    end_cursor: str | None = None


class _Texts(msgspec.Struct, rename="camel"):
    nodes: list[_Text | None]
    page_info: _PageInfo | None = None


class _Thread(msgspec.Struct):
    comments: _Texts


class _Threads(msgspec.Struct, rename="camel"):
    nodes: list[_Thread | None]
    page_info: _PageInfo


class _Pull(msgspec.Struct, rename="camel"):
    head_ref_oid: str
    state: str
    reviews: _Texts | None = None
    review_threads: _Threads | None = None
    comments: _Texts | None = None

    def texts(self) -> dict[str, list[_Text | None]]:
        """What this page has of each list."""
        threads = self.review_threads.nodes if self.review_threads else []
        return {
            "reviews": self.reviews.nodes if self.reviews else [],
            "reviewThreads": [text for thread in threads if thread for text in thread.comments.nodes],
            "comments": self.comments.nodes if self.comments else [],
        }

    def further(self) -> dict[str, str | None]:
        """Cursors of the lists that go on."""
        lists = {"reviews": self.reviews, "reviewThreads": self.review_threads, "comments": self.comments}
        return {
            kind: found.page_info.end_cursor
            for kind, found in lists.items()
            if found and found.page_info and found.page_info.has_next_page
        }


class _Repository(msgspec.Struct, rename="camel"):
    pull_request: _Pull | None


class _Viewer(msgspec.Struct):
    login: str

    def wrote(self, text: _Text, *, as_app: bool) -> bool:
        """An App is `NAME[bot]` to itself, the Bot `NAME` as an author; a person may be called `NAME` too."""
        if text.author is None:
            return False
        kind = "Bot" if as_app or self.login.endswith(_BOT) else "User"
        return (text.author.login.removesuffix(_BOT), text.author.kind) == (
            self.login.removesuffix(_BOT),
            kind,
        )


class _Answer(msgspec.Struct):
    viewer: _Viewer
    repository: _Repository | None


async def fetch_standing(github: GitHub, ref: PullRequestRef) -> Standing:
    """The present state, in one request for up to a hundred reviews, threads and comments each.

    Raises:
        AccessLost: the pull request is gone.
    """
    repo_path(ref.repo)
    owner, name = ref.repo.split("/")
    place = {"owner": owner, "name": name, "number": ref.number}
    found: dict[str, list[OwnText]] = {kind: [] for kind in _LISTS}
    cursors: dict[str, str | None] = dict.fromkeys(_LISTS)
    for _ in range(MOST_PAGES):
        answer = await github.query(_query(cursors), place | cursors, _Answer)
        pull = answer.repository.pull_request if answer.repository else None
        if pull is None:
            raise AccessLost(f"{ref.external_id} cannot be read")
        for kind, texts in pull.texts().items():
            found[kind] += _ours(texts, answer.viewer, as_app=github.app_id is not None)
        cursors = pull.further()
        if not cursors:
            lists = (tuple(found[kind]) for kind in _LISTS)
            return Standing(pull.head_ref_oid, pull.state == "OPEN", *lists)
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


def _ours(texts: Iterable[_Text | None], viewer: _Viewer, *, as_app: bool) -> list[OwnText]:
    return [
        OwnText(int(text.full_database_id), text.body, text.path)
        for text in texts
        if text and text.full_database_id and MARKER_START in text.body and viewer.wrote(text, as_app=as_app)
    ]
