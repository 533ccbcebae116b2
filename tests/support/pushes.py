"""Pull requests as they grow: a diff with renames, and what a review leaves for the next one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.domain.diff import Diff, FileDiff, FileStatus
from bot.domain.finding import MarkedFinding
from bot.domain.ledger import Earlier, Ledger, Lesson
from bot.domain.review import Review
from tests.support.changes import Versions, diff_of, file_of
from workers.review.change import Change

FIRST_HEAD = "1" * 40


def change_with_renames(
    files: Versions, renames: Mapping[str, str] | None = None, head_sha: str = FIRST_HEAD
) -> Change:
    """A change of these files; `renames` says, by the name at the head, what a file is called at the base."""
    renames = renames or {}
    plain = diff_of({path: texts for path, texts in files.items() if path not in renames})
    renamed = [_renamed(path, old, *files[path]) for path, old in renames.items()]
    return Change("Change it", "", head_sha, Diff((*plain.files, *renamed)))


def _renamed(path: str, old: str, base: str | None, head: str | None) -> FileDiff:
    hunks = () if base == head else file_of(path, base, head).hunks
    return FileDiff(path, FileStatus.RENAMED, hunks, old)


def ledger_after(review: Review, before: Ledger | None = None) -> Ledger:
    """What is carried forward: every finding with its fate, and the marks of what was read."""
    return Ledger(
        head_sha=review.head_sha,
        round=(before.round if before else 0) + 1,
        findings=review.findings,
        hunks=frozenset(review.hunks),
    )


def earlier_of(ledger: Ledger, lessons: Sequence[Lesson] = ()) -> Earlier:
    """What the next review is given."""
    return Earlier(ledger.head_sha, ledger.open, ledger.settled, ledger.hunks, tuple(lessons))


def after(review: Review, *settled: MarkedFinding) -> Earlier:
    """What the review right after one is given; `settled` replace findings of theirs by fingerprint."""
    by_fingerprint = {marked.fingerprint: marked for marked in settled}
    findings = tuple(by_fingerprint.get(marked.fingerprint, marked) for marked in review.findings)
    return earlier_of(ledger_after(replace(review, findings=findings)))
