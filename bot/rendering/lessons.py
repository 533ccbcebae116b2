"""What a repository has learned from dismissals, as text for people and as JSON for other programs.

Foreign text (claims, reasons, logins) is made visible first, on one line each.

A comment says in one sentence what is held back from then on, and how that is taken back.

What is *not* here: what a lesson does (workers.review.lessons).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from bot.domain.finding import Category, Finding
from bot.domain.ledger import Lesson
from bot.rendering.as_json import JsonObject
from bot.rendering.clean import encodable, one_line, path_text
from bot.rendering.code import code_span
from bot.rendering.columns import wrapped
from bot.rendering.prose import first_sentence
from bot.rendering.words import count, sentence

_REASON, _NAME = 300, 80
_DAY = 86_400


def lessons_text(repo: str, lessons: Sequence[Lesson], width: int = 100) -> str:
    """The list, in the given order, with how to take one back. Ends with a newline.

    Args:
        width: columns of the terminal.
    """
    if not lessons:
        return f"{path_text(repo)} has no lessons: nobody dismissed a finding that still counts.\n"
    lines = [line for lesson in lessons for line in (*_lesson(lesson, width), "")]
    held = "findings like it are held back" if len(lessons) == 1 else "findings like these are held back"
    lines += wrapped(f"{count(len(lessons), 'lesson')} of {path_text(repo)}: {held}.", width)
    lines.append(f"To take one back: ai-review policy learned {path_text(repo)} --forget ID")
    return "\n".join(lines) + "\n"


def forgotten_text(repo: str, lesson_id: str) -> str:
    """That a lesson counts no more."""
    return f"Forgotten: {lesson_id}. Findings like it are told again on {path_text(repo)}.\n"


def lesson_note(repo: str, lesson: Lesson, *, by_click: bool = False) -> str:
    """What follows from a dismissal for other findings, as Markdown under it.

    Args:
        by_click: it was a 👎, which whoever put it can take back.
    """
    days = count(round((lesson.until - lesson.at) / _DAY), "day")
    command = code_span(f"ai-review policy learned {repo} --forget {lesson.id}", 200)
    held = f"Findings like it are held back in this repository for {days}."
    back = f"The operator takes that back with {command}."
    if by_click:
        back = "Taking the 👎 back ends that at the next review here; "
        back += f"the operator ends it at once with {command}."
    return f"<sub>{held} {back}</sub>"


def untaught_note(finding: Finding) -> str:
    """That nothing follows for other findings, since nobody said why; empty where nothing would anyhow."""
    if finding.category is Category.SECURITY:
        return ""
    return f"<sub>Without a reason, other {finding.severity.value} findings like it are still told.</sub>"


def _lesson(lesson: Lesson, width: int) -> Iterator[str]:
    category = lesson.category.value.replace("-", " ").replace("api ", "API ")
    yield f"{lesson.id}  {lesson.severity.value}  {category}  {path_text(lesson.path)}"
    claim = sentence(first_sentence(lesson.claim)[0]) or "A problem without a description."
    yield from wrapped(claim, width, "    ")
    reason = one_line(lesson.reason, _REASON)
    where = f"#{lesson.pull_number} by {one_line(lesson.by, _NAME)} on {_day(lesson.at)}"
    said = f"dismissed in {where}" + (f": {reason}" if reason else ", without a reason")
    yield from wrapped(said, width, "    ")
    yield f"    counts until {_day(lesson.until)}"


def lessons_json(repo: str, lessons: Sequence[Lesson]) -> str:
    """The same as indented ASCII JSON with a final newline; times are ISO 8601 in UTC."""
    value: JsonObject = {"repository": encodable(repo), "lessons": [_json(lesson) for lesson in lessons]}
    return json.dumps(value, indent=2) + "\n"


def forgotten_json(repo: str, lesson_id: str) -> str:
    """Which lesson counts no more."""
    return json.dumps({"repository": encodable(repo), "forgotten": lesson_id}, indent=2) + "\n"


def _json(lesson: Lesson) -> JsonObject:
    return {
        "id": lesson.id,
        "category": lesson.category.value,
        "severity": lesson.severity.value,
        "source": encodable(lesson.source),
        "path": encodable(lesson.path),
        "claim": encodable(lesson.claim),
        "pull_request": lesson.pull_number,
        "by": encodable(lesson.by),
        "reason": encodable(lesson.reason),
        "at": _time(lesson.at),
        "until": _time(lesson.until),
    }


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
