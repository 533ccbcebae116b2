"""Pull requests as they grow: a diff with renames, and what a review leaves for the next one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.domain.diff import Diff, FileDiff, FileStatus
from bot.domain.finding import Category, Finding, MarkedFinding, Severity
from bot.domain.ledger import Earlier, Ledger, Lesson
from bot.domain.review import Review
from tests.support.changes import Versions, diff_of, file_of, source_of
from workers.review.change import Change
from workers.review.evidence import gate

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


def told_of(files: Versions, path: str, quote: str, **fields: object) -> MarkedFinding:
    """A finding that a review of these files has told in a comment; `fields` replace those of the finding."""
    made = Finding(
        path=path,
        lines=None,
        quote=quote,
        category=Category.MISSING_CHECK,
        severity=Severity.MEDIUM,
        confidence=0.9,
        claim="The guard is gone.",
        trigger="Call it with zero.",
        consequence="It divides by zero.",
        source="scripted",
    )
    finding = replace(made, **fields)  # type: ignore[arg-type]
    [marked] = gate([finding], [source_of(path, *files[path])])
    return replace(marked, since=FIRST_HEAD, comment_id=7)


def ledger_after(review: Review, before: Ledger | None = None) -> Ledger:
    """What is carried forward: every finding with its fate, and the marks of what was read."""
    return Ledger(
        head_sha=review.head_sha,
        round=(before.round if before else 0) + 1,
        findings=(*review.findings, *review.held),
        hunks=frozenset(review.hunks),
    )


def earlier_of(ledger: Ledger, lessons: Sequence[Lesson] = ()) -> Earlier:
    """What the next review is given."""
    return Earlier(ledger.head_sha, ledger.open, ledger.settled, ledger.hunks, tuple(lessons), ledger.held)


def after(review: Review, *settled: MarkedFinding) -> Earlier:
    """What the review right after one is given; `settled` replace findings of theirs by fingerprint."""
    by_fingerprint = {marked.fingerprint: marked for marked in settled}
    findings = tuple(by_fingerprint.get(marked.fingerprint, marked) for marked in review.findings)
    return earlier_of(ledger_after(replace(review, findings=findings)))
