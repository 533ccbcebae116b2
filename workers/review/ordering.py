"""In which order files are looked at: what belongs together side by side, what is risky first.

The order decides what a budget reaches and which neighbours a model sees; no file is left out here.
What is *not* here: how many files fit into a question (workers.review.bundles).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bot.domain.diff import LineKind
from bot.parsing.telling_tests import is_for_tests, subject
from workers.analysers.languages import language_of
from workers.context.removed_guards import removed_guards
from workers.ports import SourceFile

_SECURITY = re.compile(
    r"auth|login|passw|secret|token|credential|permission|role\b|session|cookie|csrf|crypt|cipher|hmac|sign"
    r"|sanitiz|sanitis|escap|exec|eval|shell|subprocess|sql|query|redirect|upload|deserial|pickle|yaml",
    re.IGNORECASE,
)
_CONCURRENCY = re.compile(
    r"lock|mutex|atomic|thread|goroutine|\bgo func|channel|\bchan\b|async|await|promise|concurren|race"
    r"|semaphore|synchroni|volatile|spawn|\bsync\.",
    re.IGNORECASE,
)
_FAILURE = re.compile(
    r"except|catch|rescue|\berr\b|error|raise|throw|panic|retry|timeout|rollback|finally|defer|close|free\(",
    re.IGNORECASE,
)
_LINE_MOST = 500
_TEST_RISK = 1
_PROSE_RISK = 0


def risk(file: SourceFile) -> int:
    """How much harm a careless change of this file may do, as a rough number; higher is looked at first."""
    if language_of(file.path) is None:
        return _PROSE_RISK
    if is_for_tests(file.path):
        return _TEST_RISK
    changed = [line for line in file.diff.lines() if line.kind is not LineKind.CONTEXT]
    texts = [line.text[:_LINE_MOST] for line in changed]
    return (
        2
        + 4 * min(len(removed_guards(file.diff)), 5)
        + 3 * min(_count(_SECURITY, [file.path, *texts]), 5)
        + 3 * min(_count(_CONCURRENCY, texts), 5)
        + 2 * min(_count(_FAILURE, texts), 5)
        + min(len(changed) // 20, 10)
    )


def grouped(files: Sequence[SourceFile]) -> tuple[tuple[SourceFile, ...], ...]:
    """Every file once: a source with its tests, a header with its implementation; riskiest groups first.

    Inside a group the riskiest file comes first; what is alike keeps the order of its path.
    """
    groups: dict[tuple[str, ...], list[SourceFile]] = {}
    for file in files:
        groups.setdefault(_key(file.path), []).append(file)
    risks = {file.path: risk(file) for file in files}
    ordered = [
        tuple(sorted(group, key=lambda file: (-risks[file.path], file.path))) for group in groups.values()
    ]
    return tuple(sorted(ordered, key=lambda group: (-risks[group[0].path], group[0].path)))


def _key(path: str) -> tuple[str, ...]:
    """What a source, its header and its tests have in common; a name that says little stands alone."""
    stem = subject(path)
    common = "".join(stem)
    if len(common) < 4 or common in {"index", "main", "init", "utils", "util", "types", "common", "helpers"}:
        return (path,)
    return stem


def _count(pattern: re.Pattern[str], texts: Iterable[str]) -> int:
    return sum(1 for text in texts if pattern.search(text))
