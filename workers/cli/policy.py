"""`ai-review policy`: look for mistakes in a policy file, print its schema, say which policy holds and why.

What is *not* here: what a changed policy would have done (`ai-review policy backtest`).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Final

from bot.domain.in_force import KEY_OF_FIELD, PolicyInForce
from bot.domain.policy import POLICY_PATH
from bot.errors import PolicyError, UsageError
from bot.parsing.paths import ignored_by
from bot.parsing.policies import MAX_SIZE, mistakes_in
from bot.parsing.policies.schema import policy_schema
from bot.rendering.clean import one_line
from bot.rendering.policies import policy_rows
from workers.analysers.languages import language_of
from workers.cli.common import settings_with
from workers.context.local_git import LocalRepository
from workers.operator_limits import limited
from workers.policy_levels import File, Files, policy_in_force
from workers.review.exclusions import excluded_by_language, excluded_by_name

MISTAKES: Final = 1
_MOST_BYTES: Final = MAX_SIZE * 4
_VALUE: Final = 200
_LONGEST: Final = 2_000


def check(file: Path | None) -> int:
    """Print every mistake as `FILE:LINE:COLUMN: KEY: SENTENCE`; 1 when there is one, else 0."""
    path = policy_file() if file is None else file
    mistakes = _mistakes(path)
    for error in mistakes:
        key = f"{error.key}: " if error.key else ""
        sys.stdout.write(f"{path}:{error.line or 1}:{error.column or 1}: {key}{error}\n")
    if not mistakes:
        sys.stdout.write(f"{path}: no mistakes\n")
    return MISTAKES if mistakes else 0


def schema() -> int:
    """Print the JSON Schema of the file."""
    sys.stdout.write(json.dumps(policy_schema(), indent=2) + "\n")
    return 0


def explain(repo: Path, base: str | None, organisation: Path | None, path: str | None) -> int:
    """Print the policy of the base with the origin of every value, or what it says about one file."""
    repository = LocalRepository(repo)
    tip = repository.resolve(base).tip_sha
    shared = File(policy_text(organisation)) if organisation else File()
    in_force = policy_in_force(Files(File(repository.text_at(tip, POLICY_PATH)), shared))
    in_force = limited(in_force, settings_with())
    lines = _about(in_force) if path is None else _about_file(in_force, path)
    notices = (one_line(notice, _LONGEST) for notice in in_force.notices)
    sys.stdout.write("".join(f"{line}\n" for line in (f"base: {tip[:12]}", *notices, *lines)))
    return 0


def policy_file() -> Path:
    """The policy file of the repository around the working directory."""
    try:
        return Path(os.path.relpath(LocalRepository(Path()).root / POLICY_PATH))
    except UsageError:
        return Path(POLICY_PATH)


def _mistakes(path: Path) -> tuple[PolicyError, ...]:
    try:
        return mistakes_in(policy_text(path))
    except UnicodeDecodeError as error:
        return (
            PolicyError("the file is not UTF-8 text", line=error.object.count(b"\n", 0, error.start) + 1),
        )


def policy_text(path: Path) -> str:
    """The text of a file, as much of it as shows that it is too long.

    Raises:
        UsageError: it cannot be read.
        UnicodeDecodeError: it is no text.
    """
    try:
        with nullcontext(sys.stdin.buffer) if str(path) == "-" else path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}): name a policy file.") from None
    return raw.decode("utf-8-sig", "replace" if len(raw) > _MOST_BYTES else "strict")


def _about(in_force: PolicyInForce) -> Iterator[str]:
    """One line a key: key, value and origin."""
    rows = [(key, one_line(value, _VALUE), origin) for key, value, origin in policy_rows(in_force)]
    widths = [max(len(row[column]) for row in rows) for column in (0, 2)]
    for key, value, origin in rows:
        yield f"{key:{widths[0]}}  {origin:{widths[1]}}  {value}"


def _about_file(in_force: PolicyInForce, path: str) -> Iterator[str]:
    """What the policy says about one path, whether or not there is such a file."""
    policy = in_force.policy
    language = language_of(path)
    reasons = (
        _ignored(in_force, path),
        excluded_by_name(path),
        excluded_by_language(policy.languages, policy.languages_off)(path),
    )
    reason = next(filter(None, reasons), None)
    yield one_line(f"{path}: left out, {reason}" if reason else f"{path}: reviewed", _LONGEST)
    yield f"language: {language or 'none that is known'}"
    for name, index, what, patterns in _meant_for_files(in_force):
        if not patterns or ignored_by(patterns)(path):
            key, place = KEY_OF_FIELD.get(name, name), in_force.origin_of(f"{name}[{index}]")
            yield f"{key}: {one_line(what, _VALUE)} ({place})"


def _ignored(in_force: PolicyInForce, path: str) -> str | None:
    patterns = in_force.policy.ignore
    pattern = ignored_by(patterns)(path)
    if pattern is None:
        return None
    last = len(patterns) - 1 - patterns[::-1].index(pattern)
    return f"ignored by {pattern} ({in_force.origin_of(f'ignore[{last}]')})"


def _meant_for_files(in_force: PolicyInForce) -> Iterator[tuple[str, int, str, tuple[str, ...]]]:
    """Rules and instructions: the field, the number in it, what it is called, and its patterns."""
    for index, rule in enumerate(in_force.policy.rules):
        yield "rules", index, rule.id, rule.paths
    for index, one in enumerate(in_force.policy.path_instructions):
        yield "path_instructions", index, ", ".join(one.paths), one.paths
