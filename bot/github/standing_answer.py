"""The answer to the question for what stands on a pull request, as GitHub's GraphQL API gives it.

What is *not* here: the question, and what is made of the answer (standing.py).
"""

from __future__ import annotations

import msgspec

_BOT = "[bot]"
_EVERYBODYS = "github-actions[bot]"
"""As which every workflow of a repository writes that uses its own token."""


class Author(msgspec.Struct):
    """Who wrote or did something; null where the account was deleted."""

    login: str
    kind: str = msgspec.field(name="__typename", default="User")


class Reaction(msgspec.Struct, rename="camel"):
    """One person's reaction, and when it was given, as ISO 8601 in UTC."""

    content: str
    user: Author | None = None
    created_at: str = ""


class Reactions(msgspec.Struct):
    """Reactions to a comment."""

    nodes: list[Reaction | None]


class Text(msgspec.Struct, rename="camel"):
    """A comment, or the body of a review."""

    body: str = ""
    full_database_id: str | int | None = None
    author: Author | None = None
    viewer_did_author: bool = False
    path: str | None = None
    id: str = ""
    reactions: Reactions | None = None

    def thumbs_down(self) -> tuple[tuple[str, str], ...]:
        """Logins, and when."""
        found = self.reactions.nodes if self.reactions else []
        return tuple(
            (one.user.login, one.created_at)
            for one in found
            if one and one.user and one.content == "THUMBS_DOWN"
        )


class PageInfo(msgspec.Struct, rename="camel"):
    """Whether a list goes on."""

    has_next_page: bool
    end_cursor: str | None = None


class Texts(msgspec.Struct, rename="camel"):
    """A page of comments or reviews."""

    nodes: list[Text | None]
    page_info: PageInfo | None = None


class RawThread(msgspec.Struct, rename="camel"):
    """A review thread: its first comment apart, then all of them."""

    id: str
    root: Texts
    talk: Texts
    is_resolved: bool = False
    is_outdated: bool = False
    resolved_by: Author | None = None
    line: int | None = None


class RawThreads(msgspec.Struct, rename="camel"):
    """A page of threads."""

    nodes: list[RawThread | None]
    page_info: PageInfo


class Pull(msgspec.Struct, rename="camel"):
    """What is asked of a pull request; a list that is not asked for again is not there."""

    head_ref_oid: str
    state: str
    reviews: Texts | None = None
    review_threads: RawThreads | None = None
    comments: Texts | None = None

    def further(self) -> dict[str, str | None]:
        """Cursors of the lists that go on."""
        lists = {"reviews": self.reviews, "reviewThreads": self.review_threads, "comments": self.comments}
        return {
            kind: found.page_info.end_cursor
            for kind, found in lists.items()
            if found and found.page_info and found.page_info.has_next_page
        }


class Repository(msgspec.Struct, rename="camel"):
    """The repository."""

    pull_request: Pull | None


class Viewer(msgspec.Struct):
    """The account that asks: us."""

    login: str

    def wrote(self, text: Text, *, as_app: bool) -> bool:
        """By GitHub's own word, else by name.

        An App is `NAME[bot]` to itself, the Bot `NAME` as an author; a person may be called `NAME` too.
        """
        if text.viewer_did_author:
            return True
        if text.author is None:
            return False
        kind = "Bot" if as_app or self.login.endswith(_BOT) else "User"
        return (text.author.login.removesuffix(_BOT), text.author.kind) == (
            self.login.removesuffix(_BOT),
            kind,
        )

    @property
    def is_shared(self) -> bool:
        """Whether others write under our name, and may have been made to write anything."""
        return self.login == _EVERYBODYS

    def is_named(self, login: str) -> bool:
        """Whether GitHub means us: who resolved a thread is given without saying what kind of account."""
        return login.removesuffix(_BOT) == self.login.removesuffix(_BOT)


class Answer(msgspec.Struct):
    """The whole answer."""

    viewer: Viewer
    repository: Repository | None
