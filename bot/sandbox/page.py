"""A pull request as one self-contained web page: no scripts, nothing loaded from elsewhere.

What is *not* here: the page's words and looks (templates/), comments as HTML (markdown.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.sandbox.markdown import to_html
from bot.sandbox.patches import ChangedFile, PatchLine
from bot.sandbox.shapes.base import iso
from bot.sandbox.state import CheckRun, IssueComment, PullRequest, Reaction, Review, ReviewComment
from bot.sandbox.world import World

FOLDED_FROM_LINES = 400
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
_MARKS = {"+": "added", "-": "removed", "@": "hunk", "\\": "note"}


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that was said.

    Attributes:
        what: a verb such as `commented`.
        threads: inline comments of a review whose line is gone; `inline` counts the others.
    """

    id: int
    author: str
    is_bot: bool
    what: str
    at: str
    body: Markup
    reactions: Sequence[str] = ()
    threads: Sequence[Thread] = ()
    inline: int = 0


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread of inline comments.

    Attributes:
        at: its lines (`19` or `17-19`), or empty for a whole file.
        tone: a colour's name, or empty.
        hunk: last lines of the code, for a thread whose line is gone.
    """

    id: int
    where: str
    at: str
    tone: str
    remarks: Sequence[Remark]
    is_resolved: bool
    hunk: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a diff with what stands under it."""

    kind: str
    old: int | None
    new: int | None
    text: str
    threads: Sequence[Thread]


@dataclass(frozen=True, slots=True)
class FilePart:
    """A changed file.

    Attributes:
        threads: those that stand on no line of it.
        inline: those that stand on its lines, in their order.
        note: why there are no rows.
    """

    anchor: str
    file: ChangedFile
    rows: Sequence[Row]
    threads: Sequence[Thread]
    inline: Sequence[Thread]
    note: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class CheckPart:
    """A check run and how it ended."""

    run: CheckRun
    word: str
    summary: Markup


def render_pull_request(world: World, pull: PullRequest) -> str:
    """The page of a pull request."""
    git = pull.repository.git
    files = [
        _file(world, pull, number, file)
        for number, file in enumerate(git.changes(pull.merge_base, pull.head_sha))
    ]
    return _render(
        "pull_request.html",
        pull=pull,
        repository=pull.repository.full_name,
        opened=_time(pull.created_at),
        body=to_html(pull.body or "*No description.*"),
        checks=[_check(run) for run in _latest(pull)],
        talk=_talk(world, pull),
        files=files,
        additions=sum(part.file.additions for part in files),
        deletions=sum(part.file.deletions for part in files),
        is_bot=pull.author.kind == "Bot",
    )


def render_index(pulls: Sequence[PullRequest]) -> str:
    """A list of every pull request."""
    return _render("index.html", pulls=pulls)


def _render(name: str, **values: Any) -> str:
    folder = Path(__file__).parent / "templates"
    environment = Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template(name).render(values)


def _latest(pull: PullRequest) -> list[CheckRun]:
    runs = {(run.app.id, run.name): run for run in pull.repository.checks if run.head_sha == pull.head_sha}
    return list(runs.values())


def _check(run: CheckRun) -> CheckPart:
    text = "\n\n".join(part for part in (run.summary, run.text) if part)
    return CheckPart(run, run.conclusion or run.status, to_html(text))


def _talk(world: World, pull: PullRequest) -> list[Remark]:
    """Comments and reviews in the order of time."""
    said: list[tuple[float, Remark]] = [(one.created_at, _comment(one)) for one in pull.comments]
    for review in pull.reviews:
        roots = [root for root in pull.threads if root.review is review]
        lost = [root for root in roots if root.place.line is not None and world.standing(root).line is None]
        if review.submitted_at is not None and (review.body or roots):
            gone = [_thread(pull, root, with_hunk=True) for root in lost]
            said.append((review.submitted_at, _review(review, gone, len(roots) - len(lost))))
    return [remark for _, remark in sorted(said, key=lambda pair: pair[0])]


def _comment(one: IssueComment) -> Remark:
    edited = " · edited" if one.updated_at > one.created_at else ""
    return Remark(
        one.id, one.author.login, one.author.kind == "Bot", "commented", _time(one.created_at) + edited,
        to_html(one.body), _reactions(one.reactions),
    )  # fmt: skip


def _review(one: Review, gone: Sequence[Thread], inline: int) -> Remark:
    verbs = {"APPROVED": "approved", "CHANGES_REQUESTED": "asked for changes"}
    return Remark(
        one.id, one.author.login, one.author.kind == "Bot", verbs.get(one.state, "reviewed"),
        _time(one.submitted_at or 0), to_html(one.body), threads=gone, inline=inline,
    )  # fmt: skip


def _inline(one: ReviewComment) -> Remark:
    return Remark(
        one.id, one.author.login, one.author.kind == "Bot", "", _time(one.created_at), to_html(one.body),
        _reactions(one.reactions),
    )  # fmt: skip


def _thread(pull: PullRequest, root: ReviewComment, *, with_hunk: bool = False) -> Thread:
    at = root.place
    lines = "" if at.line is None else f"{at.start_line}-{at.line}" if at.start_line else str(at.line)
    side = ", before the change" if at.side == "LEFT" else ""
    where = f"{at.path}, line {lines}{side}" if lines else f"{at.path}, the whole file"
    code = at.diff_hunk.split("\n")[-4:] if with_hunk else []
    hunk = [(_MARKS.get(line[:1], "context"), line) for line in code]
    tone = _TONES.get(_HIDDEN.sub("", root.body).lstrip()[:1], "")
    remarks = [_inline(one) for one in pull.thread(root)]
    return Thread(root.id, where, lines, tone, remarks, root.resolved_by is not None, hunk)


def _file(world: World, pull: PullRequest, number: int, file: ChangedFile) -> FilePart:
    roots = [root for root in pull.threads if root.place.path == file.path]
    below: dict[tuple[str, int], list[Thread]] = {}
    for root in roots:
        line = world.standing(root).line
        if line is not None:
            below.setdefault((root.place.side, line), []).append(_thread(pull, root))
    rows = [_row(line, below) for line in file.lines()]
    return FilePart(
        anchor=f"file-{number}",
        file=file,
        rows=rows,
        threads=[_thread(pull, root) for root in roots if root.place.line is None],
        inline=[thread for row in rows for thread in row.threads],
        note="" if rows else _note(file),
        is_open=bool(below) or len(rows) < FOLDED_FROM_LINES,
    )


def _row(line: PatchLine, below: dict[tuple[str, int], list[Thread]]) -> Row:
    threads = [
        thread
        for side in ("LEFT", "RIGHT")
        if (number := line.number(side)) is not None
        for thread in below.get((side, number), ())
    ]
    return Row(_MARKS.get(line.mark, "context"), line.old, line.new, line.text, threads)


def _note(file: ChangedFile) -> str:
    if file.is_binary:
        return "A binary file: there are no lines to show."
    if file.status == "renamed":
        return "Renamed without changes."
    return "Only the mode changed." if file.status == "changed" else "An empty file."


def _reactions(reactions: Sequence[Reaction]) -> list[str]:
    counts: dict[str, int] = {}
    for one in reactions:
        counts[one.content] = counts.get(one.content, 0) + 1
    return [f"{_EMOJI[content]} {count}" for content, count in counts.items()]


def _time(seconds: float) -> str:
    return iso(seconds).replace("T", " ").removesuffix(":00Z").removesuffix("Z")[:16] + " UTC"
