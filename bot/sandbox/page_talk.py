"""What was said on a pull request, as its page shows it.

What is *not* here: the page itself and its files (page.py), comments as HTML (markdown.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from bot.sandbox.markdown import to_html
from bot.sandbox.shapes.base import iso
from bot.sandbox.state import IssueComment, PullRequest, Reaction, Review, ReviewComment
from bot.sandbox.world import World

_EMOJI = {
    "+1": "👍",
    "-1": "👎",
    "laugh": "😄",
    "confused": "😕",
    "heart": "❤️",
    "hooray": "🎉",
    "rocket": "🚀",
    "eyes": "👀",
}
_TONES = {"🔴": "red", "🟠": "orange", "🟡": "yellow", "🔵": "blue", "⚪": "grey"}
"""The sign that a comment opens with -> the colour of its edge."""
_HIDDEN = re.compile(r"<!--.*?-->", re.DOTALL)
MARKS = {"+": "added", "-": "removed", "@": "hunk", "\\": "note"}
"""How a line of a diff begins -> what it is."""
_VERBS = {"APPROVED": "approved", "CHANGES_REQUESTED": "asked for changes"}


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that was said.

    Attributes:
        what: a verb such as `commented`.
        minimized: why it is folded away, or empty.
        threads: inline comments of a review whose line is gone; `inline` counts the others.
    """

    id: int
    author: str
    is_bot: bool
    what: str
    at: str
    body: Markup
    minimized: str = ""
    reactions: Sequence[str] = ()
    threads: Sequence[Thread] = ()
    inline: int = 0


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread of inline comments.

    Attributes:
        at: its lines (`19` or `17-19`), or empty for a whole file.
        tone: a colour's name, or empty.
        resolved_by: a login; empty for a thread that is open.
        hunk: last lines of the code, for a thread whose line is gone.
    """

    id: int
    where: str
    at: str
    tone: str
    remarks: Sequence[Remark]
    resolved_by: str
    hunk: Sequence[tuple[str, str]] = ()


def talk_of(world: World, pull: PullRequest) -> list[Remark]:
    """Comments and reviews in the order of time."""
    said = [(one.created_at, _comment(one, "commented")) for one in pull.comments]
    for review in pull.reviews:
        roots = [root for root in pull.threads if root.review is review]
        lost = [root for root in roots if root.place.line is not None and world.standing(root).line is None]
        if review.submitted_at is not None and (review.body or roots):
            gone = [thread_of(root, with_hunk=True) for root in lost]
            told = _remark(review, _VERBS.get(review.state, "reviewed"), show_time(review.submitted_at))
            said.append((review.submitted_at, replace(told, threads=gone, inline=len(roots) - len(lost))))
    return [remark for _, remark in sorted(said, key=lambda pair: pair[0])]


def thread_of(root: ReviewComment, *, with_hunk: bool = False) -> Thread:
    """The thread that a comment began, with its code where the page shows that nowhere else."""
    at = root.place
    lines = "" if at.line is None else f"{at.start_line}-{at.line}" if at.start_line else str(at.line)
    side = ", before the change" if at.side == "LEFT" else ""
    where = f"{at.path}, line {lines}{side}" if lines else f"{at.path}, the whole file"
    code = at.diff_hunk.split("\n")[-4:] if with_hunk else []
    return Thread(
        id=root.id,
        where=where,
        at=lines,
        tone=_TONES.get(_HIDDEN.sub("", root.body).lstrip()[:1], ""),
        remarks=[_comment(one, "") for one in root.pull.thread(root)],
        resolved_by=root.resolved_by.login if root.resolved_by else "",
        hunk=[(MARKS.get(line[:1], "context"), line) for line in code],
    )


def show_time(seconds: float) -> str:
    """A time as people read it, in UTC."""
    return iso(seconds).replace("T", " ").removesuffix(":00Z").removesuffix("Z")[:16] + " UTC"


def _comment(one: IssueComment | ReviewComment, what: str) -> Remark:
    edited = " · edited" if one.updated_at > one.created_at else ""
    at = show_time(one.created_at) + edited
    return replace(_remark(one, what, at), reactions=_reactions(one.reactions))


def _remark(one: IssueComment | ReviewComment | Review, what: str, at: str) -> Remark:
    return Remark(
        id=one.id,
        author=one.author.login,
        is_bot=one.author.kind == "Bot",
        what=what,
        at=at,
        body=to_html(one.body),
        minimized=one.minimized or "",
    )


def _reactions(reactions: Sequence[Reaction]) -> list[str]:
    counts: dict[str, int] = {}
    for one in reactions:
        counts[one.content] = counts.get(one.content, 0) + 1
    return [f"{_EMOJI[content]} {count}" for content, count in counts.items()]
