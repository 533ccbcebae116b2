"""Annotations of the check run: what has lines and no inline comment to say it there.

They are plain text, which GitHub shows as it is: cleaned of what cannot be seen, without markdown. GitHub
shows them on lines of the head commit, so findings on removed lines have none.

What is *not* here: how many one request may carry (bot.github.checks).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.domain.diff import Side
from bot.domain.finding import Fate, MarkedFinding, Severity
from bot.domain.review import PolicyProblem, Review
from bot.rendering.clean import encodable, one_line
from bot.rendering.limits import clip
from bot.rendering.words import category_words, sentence

MOST: Final = 200
"""Annotations of one check run; the summary and the text below it have the rest."""
_TITLE_LIMIT = 255
_LONGEST = 4_000
"""Characters of a message; GitHub takes 64 KB. Each of its parts is bounded as well."""


class Level(StrEnum):
    """GitHub's words for how bad an annotation is."""

    NOTICE = "notice"
    WARNING = "warning"
    FAILURE = "failure"


_LEVELS = {
    Severity.CRITICAL: Level.FAILURE,
    Severity.HIGH: Level.FAILURE,
    Severity.MEDIUM: Level.WARNING,
    Severity.LOW: Level.NOTICE,
}


@dataclass(frozen=True, slots=True)
class Annotation:
    """A remark on lines of a file at the head commit: 1-based, both included. All text is plain."""

    path: str
    start_line: int
    end_line: int
    level: Level
    title: str
    message: str


def annotations_of(review: Review) -> tuple[Annotation, ...]:
    """Problems of policy files, then findings without an inline comment, at most `MOST`."""
    findings = (marked for marked in review.shown if _is_alone(marked))
    found = [*(_of_problem(problem) for problem in review.problems), *(_of_finding(one) for one in findings)]
    return tuple(one for one in found if one is not None)[:MOST]


def _is_alone(marked: MarkedFinding) -> bool:
    return marked.disposition.fate is not Fate.POSTED and marked.comment_id is None


def _of_problem(problem: PolicyProblem) -> Annotation | None:
    if not _is_file(problem.path):
        return None
    line = max(problem.line, 1)
    column = f"Column {problem.column}: " if problem.column > 0 else ""
    message = column + (sentence(one_line(problem.message, 1_000)) or "The policy cannot be used.")
    return Annotation(problem.path, line, line, Level.WARNING, "Policy of the reviews", message)


def _of_finding(marked: MarkedFinding) -> Annotation | None:
    finding, lines = marked.finding, marked.finding.lines
    if lines is None or lines.side is not Side.RIGHT or lines.start < 1 or not _is_file(finding.path):
        return None
    title = f"{finding.severity.capitalize()}: {category_words(marked)}"
    end = max(lines.start, lines.end)
    level = _LEVELS[finding.severity]
    return Annotation(finding.path, lines.start, end, level, clip(title, _TITLE_LIMIT), _message(marked))


def _message(marked: MarkedFinding) -> str:
    """Claim, trigger, consequence and way to mend it, a line each."""
    finding = marked.finding
    parts = (
        ("", finding.claim or "A problem without a description."),
        ("When: ", finding.trigger),
        ("Then: ", finding.consequence),
        ("How to mend it: ", finding.fix_words),
        ("Breaks the rule of this repository: ", finding.rule),
    )
    lines = [f"{label}{sentence(shown)}" for label, text in parts if (shown := one_line(text, 1_000))]
    return clip("\n".join(lines), _LONGEST)


def _is_file(path: str) -> bool:
    """Whether GitHub can be told of this path: it takes no bytes that are no UTF-8."""
    return bool(path) and encodable(path) == path and "\0" not in path
