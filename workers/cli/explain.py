"""`ai-review policy explain`: which policy holds for changes of a repository on disk, and why.

What is *not* here: mistakes of a file (workers.cli.policy).
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Final

from bot.domain.diff import Diff, FileDiff, FileStatus, Hunk, Line, LineKind
from bot.domain.in_force import KEY_OF_FIELD, PolicyInForce
from bot.domain.policy import POLICY_PATH
from bot.errors import GitHubError, UsageError
from bot.parsing.attributes import flagged, flags_of, places
from bot.parsing.paths import matching_paths
from bot.rendering.clean import one_line
from bot.rendering.policies import policy_rows
from bot.rendering.words import NO_MODEL
from bot.settings import Settings
from workers.analysers.languages import language_of
from workers.cli.common import EXIT_CLEAN, EXIT_INCOMPLETE, repository_named, settings_with, start_logging
from workers.cli.on_github import (
    connected,
    may_connect,
    organisation_file,
    repository_around,
    trouble_words,
)
from workers.cli.policy import policy_text
from workers.composition import is_static
from workers.context.local_git import LocalRepository
from workers.operator_limits import limited
from workers.policy_levels import File, Files, policy_in_force
from workers.review.exclusions import excluded_by_language
from workers.review.scope import select, with_texts

ORIGIN: Final = "origin"
_LEFT_OUT: Final = "The organisation's policy file is left out"
_VALUE: Final = 200
_LONGEST: Final = 2_000
_SOME_CHANGE: Final = Hunk(1, 1, 0, 0, "", (Line(LineKind.REMOVED, "", 1, None),))
"""Of a line that is gone: all that the text says now, it said before."""


def run(
    repo: Path, base: str | None, organisation: Path | None, repository: str | None, path: str | None
) -> int:
    """Print the policy of the base with the origin of every value, or what it says about one file.

    Returns:
        2 where the organisation's file was to be fetched and could not be, else 0.
    """
    if organisation is not None and repository is not None:
        raise UsageError("--organisation and --repository exclude each other: give one of them.")
    settings = settings_with()
    start_logging(settings)
    local = LocalRepository(repo)
    tip = local.resolve(base).tip_sha
    shared, left_out = File(), f"{_LEFT_OUT}: --organisation names it, --repository fetches it."
    if organisation is not None:
        shared, left_out = _named(organisation), ""
    elif repository is not None:
        shared, left_out = _fetched(settings, _repository(repository, repo))
    in_force = policy_in_force(Files(File(local.text_at(tip, POLICY_PATH)), shared))
    in_force = limited(in_force, settings)
    static = is_static(settings, in_force.policy)
    lines = _about(in_force) if path is None else _about_file(in_force, path, local, tip, static=static)
    problems = (f"{one.path}:{one.line}:{one.column}: {one.message}" for one in in_force.problems)
    notices = (one_line(notice, _LONGEST) for notice in (left_out, *in_force.notices, *problems) if notice)
    sys.stdout.write("".join(f"{line}\n" for line in (f"base: {tip[:12]}", *notices, *lines)))
    return EXIT_INCOMPLETE if repository is not None and left_out else EXIT_CLEAN


def _named(path: Path) -> File:
    try:
        return File(policy_text(path))
    except UnicodeDecodeError:
        return File(unreadable=True)


def _repository(given: str, folder: Path) -> str:
    if given != ORIGIN:
        return repository_named(given)
    if (found := repository_around(folder)) is None:
        raise UsageError("There is no GitHub repository here: name one with --repository OWNER/REPO.")
    return found


def _fetched(settings: Settings, repo: str) -> tuple[File, str]:
    """The organisation's file, and why it could not be looked at; empty where it could."""
    if not may_connect(settings):
        return File(), f"{_LEFT_OUT}: no token is set to fetch it with, put one into GITHUB_TOKEN."

    async def fetch() -> File:
        async with connected(settings, repo) as github:
            return await organisation_file(github, repo)

    try:
        return asyncio.run(fetch()), ""
    except GitHubError as error:
        return File(), f"{_LEFT_OUT}: {trouble_words(error, settings)}."


def _about(in_force: PolicyInForce) -> Iterator[str]:
    """One line a key: key, value and origin."""
    rows = [(key, one_line(value, _VALUE), origin) for key, value, origin in policy_rows(in_force)]
    widths = [max(len(row[column]) for row in rows) for column in (0, 2)]
    for key, value, origin in rows:
        yield f"{key:{widths[0]}}  {origin:{widths[1]}}  {value}"


def _about_file(
    in_force: PolicyInForce, path: str, local: LocalRepository, tip: str, *, static: bool
) -> Iterator[str]:
    """What a review does with a change of one path, whether or not there is such a file."""
    text = local.text_at(tip, path)
    by_name = "" if text is not None else "; by its name alone, the base has no such text"
    flags = {place.rpartition("/")[0]: flags_of(local.text_at(tip, place) or "") for place in places([path])}
    fate = _fate(in_force, path, text, flagged(flags), static=static)
    yield one_line(f"{path}: {fate}{by_name}", _LONGEST)
    yield f"language: {language_of(path) or 'none that is known'}"
    if static:
        yield f"reviewer: static rules, {NO_MODEL}: rules and instructions are for models"
    for name, index, what, patterns in _meant_for_files(in_force):
        key = KEY_OF_FIELD.get(name, name)
        if not patterns or matching_paths(patterns, key)(path):
            place = in_force.origin_of(f"{name}[{index}]")
            yield f"{key}: {one_line(what, _VALUE)} ({place})"


def _fate(
    in_force: PolicyInForce, path: str, text: str | None, flags: Callable[[str], str | None], *, static: bool
) -> str:
    """`reviewed`, or why not, by what sorts the files of a review."""
    policy = in_force.policy
    if reason := _ignored(in_force, path):
        return f"left out, {reason}"
    file = FileDiff(path, FileStatus.MODIFIED, (_SOME_CHANGE,))
    unwanted = excluded_by_language(policy.languages, policy.languages_off)
    scope = select(
        Diff((file,)),
        matching_paths(policy.ignore, "ignore"),
        static=static,
        flagged=flags,
        unwanted=unwanted,
    )
    scope = scope if text is None else with_texts(scope, {path: text})
    left_out = (f"left out, {entry.reason}" for entry in scope.excluded)
    not_read = (f"not read, {entry.reason}" for entry in scope.not_read)
    return next(chain(left_out, not_read), "reviewed")


def _ignored(in_force: PolicyInForce, path: str) -> str | None:
    patterns = in_force.policy.ignore
    pattern = matching_paths(patterns, "ignore")(path)
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
