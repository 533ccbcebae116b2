"""`ai-review review`: the engine on a change of a repository on disk, or on a diff from a file.

What is *not* here: GitHub (`ai-review pr`), and the engine (workers.review).
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.domain.in_force import PolicyInForce
from bot.domain.policy import POLICY_PATH
from bot.errors import DiffError, UsageError
from bot.parsing.diffs import parse_diff
from workers.cli.choices import FailOnSeverity, OutputFormat
from workers.cli.common import exit_status, fail_on_of, settings_with, show, start_logging
from workers.cli.reports import read_reports
from workers.composition import build_engine
from workers.context.applied import unapplied_named
from workers.context.local_code import LocalCode
from workers.context.local_git import LocalChange, LocalRepository
from workers.operator_limits import within_limits
from workers.policy_levels import File, Files, policy_in_force
from workers.review.change import Change
from workers.review.pipeline import review_change


@dataclass(frozen=True, slots=True)
class _Material:
    """A local change, ready for the engine."""

    change: Change
    code: LocalCode
    in_force: PolicyInForce
    notices: tuple[str, ...]


def run(
    revisions: str | None,
    diff: Path | None,
    repo: Path,
    sarif: Sequence[Path],
    model: str | None,
    output_format: OutputFormat,
    fail_on: FailOnSeverity | None,
) -> int:
    """Review, print, and return the exit status."""
    if diff is not None and revisions is not None:
        raise UsageError("--diff and a range exclude each other: give one of them.")
    settings = settings_with(model=model)
    start_logging(settings)
    reports = read_reports(sarif)
    repository = LocalRepository(repo)
    try:
        material = _of_diff(repository, diff) if diff is not None else _of_range(repository, revisions)
    except DiffError as error:
        raise UsageError(f"{diff or 'the change'} cannot be read: {error}.") from None
    asked = material.in_force.policy
    wanted = replace(asked, model=None) if model else asked  # the option counts more
    policy, limits = within_limits(wanted, settings)
    engine = build_engine(
        settings, material.code, reports=reports.analysers, code=material.code, policy=policy
    )
    review = asyncio.run(review_change(material.change, policy, engine))
    notices = (*material.notices, *limits, *reports.notices, *review.notices)
    review = replace(review, notices=notices, problems=material.in_force.problems)
    show(review, output_format)
    return exit_status(review, fail_on_of(fail_on, material.in_force))


def _of_range(repository: LocalRepository, revisions: str | None) -> _Material:
    ends = repository.resolve(revisions)
    title, body = repository.message(ends)
    name = ends.head_sha or "working tree"
    change = Change(title, body, name, parse_diff(repository.diff(ends)))
    compared = () if change.diff.files else (_no_difference(revisions, ends),)
    in_force = policy_in_force(Files(File(repository.text_at(ends.tip_sha, POLICY_PATH))))
    notices = (*compared, *in_force.notices, *_untracked(repository, ends))
    return _Material(change, LocalCode(repository, ends), in_force, notices)


def _no_difference(revisions: str | None, ends: LocalChange) -> str:
    """What was compared, where nothing came of it: one name is easily taken for the branch to review."""
    base, dots, head = (revisions or "the main branch").partition("..")
    other = (head.removeprefix(".") or "HEAD") if dots else "working tree"
    hint = "" if dots or revisions is None else f"; one name is the base, `BASE..{base}` reviews its change"
    return f"{base or 'HEAD'} ({ends.tip_sha[:12]})..{other}: no difference{hint}."


def _of_diff(repository: LocalRepository, diff: Path) -> _Material:
    """The diff of a file; texts come from the work tree, and files without the change in it are named."""
    try:
        raw = sys.stdin.buffer.read() if str(diff) == "-" else diff.read_bytes()
    except OSError as error:
        raise UsageError(f"{diff} cannot be read ({error.strerror}): check the path.") from None
    parsed = parse_diff(raw)
    ends = replace(repository.resolve("HEAD..HEAD"), head_sha=None)
    in_force = policy_in_force(Files(File(repository.text_at(ends.tip_sha, POLICY_PATH))))
    texts = repository.texts(ends, [file.path for file in parsed.files])
    change = Change("", "", "working tree", unapplied_named(parsed, texts))
    notices = (*(() if parsed.files else (_empty(diff),)), *in_force.notices)
    return _Material(change, LocalCode(repository, ends), in_force, notices)


def _empty(diff: Path) -> str:
    """A command that failed in front of a pipe leaves nothing behind, and nothing looks like 'no change'."""
    source = "standard input" if str(diff) == "-" else diff
    return f"{source}: the diff is empty; see whether the command that made it failed."


def _untracked(repository: LocalRepository, ends: LocalChange) -> tuple[str, ...]:
    """Files that git does not know yet are no part of a change; silence would look like 'reviewed'."""
    count = 0 if ends.head_sha else repository.untracked()
    what = "untracked file was" if count == 1 else "untracked files were"
    return (f"{count} {what} left out: `git add` what shall be reviewed.",) if count else ()
