"""A review that was written as JSON (`--format json`), read again.

Where its comments stood and which hunks it read is not in the file. Every text in it stays as untrusted as it
was.

What is *not* here: writing it (bot.rendering.as_json).
"""

from __future__ import annotations

from typing import Final

import msgspec

from bot.domain.diff import Anchor, Side
from bot.domain.finding import (
    Category,
    Disposition,
    Fate,
    Finding,
    LineRange,
    MarkedFinding,
    Ruling,
    Severity,
    Verdict,
)
from bot.domain.review import Coverage, Excluded, NotRead, Outcome, Review
from bot.errors import UsageError

MAX_SIZE: Final = 10 * 1024**2
"""Bytes of one file."""


class _Verdict(msgspec.Struct):
    verdict: Ruling
    by: str = ""
    reason: str = ""
    introduced: bool = True


class _Finding(msgspec.Struct):
    path: str
    category: Category
    severity: Severity
    confidence: float
    claim: str
    disposition: Fate
    quote: str = ""
    trigger: str = ""
    consequence: str = ""
    needs: list[str] = []
    source: str = ""
    rule: str = ""
    suggestion: str | None = None
    fix_words: str = ""
    start_line: int | None = None
    line: int | None = None
    side: Side | None = None
    disposition_reason: str = ""
    disposition_by: str = ""
    fingerprint: str = ""
    verdicts: list[_Verdict] = []
    backed_by: list[str] = []
    votes: int = 1
    since: str = ""


class _Rest(msgspec.Struct):
    path: str
    reason: str = ""


class _Coverage(msgspec.Struct):
    read: list[str] = []
    excluded: list[_Rest] = []
    not_read: list[_Rest] = []
    earlier: list[str] = []


class _Review(msgspec.Struct):
    outcome: Outcome
    findings: list[_Finding]
    coverage: _Coverage
    head_sha: str = ""
    reviewer: str = ""
    cross_checker: str | None = None
    reason: str = ""
    since: str = ""


def parse_review(raw: bytes, name: str = "the file") -> Review:
    """Read a review; what it used of models and its notices are left out.

    Args:
        name: of the file, for the sentence that says what is wrong with it.

    Raises:
        UsageError: it is too large, or no review.
    """
    if len(raw) > MAX_SIZE:
        raise UsageError(f"{name} is larger than {MAX_SIZE // 1024**2} MB")
    try:
        read = msgspec.json.decode(raw, type=_Review)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise UsageError(f"{name} is no review as `--format json` writes it") from None
    return Review(
        outcome=read.outcome,
        head_sha=read.head_sha,
        reviewer=read.reviewer,
        findings=tuple(_marked(one) for one in read.findings),
        coverage=Coverage(
            read=tuple(read.coverage.read),
            excluded=tuple(Excluded(one.path, one.reason) for one in read.coverage.excluded),
            not_read=tuple(NotRead(one.path, one.reason) for one in read.coverage.not_read),
            earlier=tuple(read.coverage.earlier),
        ),
        cross_checker=read.cross_checker,
        reason=read.reason,
        since=read.since,
    )


def _marked(read: _Finding) -> MarkedFinding:
    lines = _lines(read)
    fate = read.disposition
    anchor = None
    if lines is not None and fate is not Fate.UNANCHORED:
        anchor = Anchor(read.path, lines.side, lines.end, lines.start if lines.start < lines.end else None)
    return MarkedFinding(
        finding=_finding(read, lines),
        disposition=Disposition(fate, read.disposition_reason, read.disposition_by),
        fingerprint=read.fingerprint,
        verdicts=tuple(Verdict(one.verdict, one.by, one.reason, one.introduced) for one in read.verdicts),
        anchor=anchor,
        votes=read.votes,
        backed_by=tuple(read.backed_by),
        since=read.since,
    )


def _finding(read: _Finding, lines: LineRange | None) -> Finding:
    return Finding(
        path=read.path,
        lines=lines,
        quote=read.quote,
        category=read.category,
        severity=read.severity,
        confidence=read.confidence,
        claim=read.claim,
        trigger=read.trigger,
        consequence=read.consequence,
        source=read.source,
        suggestion=read.suggestion,
        fix_words=read.fix_words,
        rule=read.rule,
        needs=tuple(read.needs),
    )


def _lines(read: _Finding) -> LineRange | None:
    if read.start_line is None or read.line is None or read.side is None:
        return None
    return LineRange(read.start_line, read.line, read.side)
