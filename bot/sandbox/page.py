"""A pull request as one self-contained web page: no scripts, nothing loaded from elsewhere.

What is *not* here: what was said (page_talk.py), the page's words and looks (templates/), comments as HTML
(markdown.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.sandbox.markdown import to_html
from bot.sandbox.page_talk import MARKS, Thread, show_time, talk_of, thread_of
from bot.sandbox.patches import ChangedFile, PatchLine
from bot.sandbox.state import Annotation, CheckRun, PullRequest
from bot.sandbox.world import World

FOLDED_FROM_LINES = 400


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
class Note:
    """An annotation of a check run.

    Attributes:
        at: its lines, `19` or `17-19`.
        anchor: the file's place on the page; empty for a file that the change leaves alone.
    """

    note: Annotation
    at: str
    anchor: str


@dataclass(frozen=True, slots=True)
class CheckPart:
    """A check run and how it ended."""

    run: CheckRun
    word: str
    summary: Markup
    notes: Sequence[Note]


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
        opened=show_time(pull.created_at),
        body=to_html(pull.body or "*No description.*"),
        checks=[_check(run, files) for run in _latest(pull)],
        talk=talk_of(world, pull),
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


def _check(run: CheckRun, files: Sequence[FilePart]) -> CheckPart:
    text = "\n\n".join(part for part in (run.summary, run.text) if part)
    anchors = {part.file.path: part.anchor for part in files}
    notes = [
        Note(
            one,
            str(one.end_line) if one.start_line == one.end_line else f"{one.start_line}-{one.end_line}",
            anchors.get(one.path, ""),
        )
        for one in run.annotations
    ]
    return CheckPart(run, run.conclusion or run.status, to_html(text), notes)


def _file(world: World, pull: PullRequest, number: int, file: ChangedFile) -> FilePart:
    roots = [root for root in pull.threads if root.place.path == file.path]
    below: dict[tuple[str, int], list[Thread]] = {}
    for root in roots:
        line = world.standing(root).line
        if line is not None:
            below.setdefault((root.place.side, line), []).append(thread_of(root))
    rows = [_row(line, below) for line in file.lines()]
    return FilePart(
        anchor=f"file-{number}",
        file=file,
        rows=rows,
        threads=[thread_of(root) for root in roots if root.place.line is None],
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
    return Row(MARKS.get(line.mark, "context"), line.old, line.new, line.text, threads)


def _note(file: ChangedFile) -> str:
    if file.is_binary:
        return "A binary file: there are no lines to show."
    if file.status == "renamed":
        return "Renamed without changes."
    return "Only the mode changed." if file.status == "changed" else "An empty file."
