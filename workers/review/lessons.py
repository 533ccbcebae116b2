"""What a repository learns from dismissals: findings like a dismissed one are held back for a while.

A lesson is the dismissed finding itself. A new one is like it when it is of the same kind, and claim and code
have most words in common: a comparison that people can follow, and no model or service has to be asked. Of
code only names count, since signs and keywords are the same in any line of a kind; and the claims of a rule
are, so that its hits are like each other only in one file, or where both call the same.

It is deaf on purpose where a mistake would cost most: to critical findings, to those on security, to findings
that are worse than the one that was dismissed, and to dismissals of grave ones for which nobody gave a
reason. Every lesson has an end, and what is held back says who dismissed what, when and why.

What is *not* here: who may dismiss (workers.commands.obeying, workers.recalling), where lessons are kept
(bot.store.ledgers), and the finding itself, which stays quiet on its own pull request without a lesson
(workers.review.holding).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from bot.domain.finding import Category, Finding, MarkedFinding, Severity, is_rule
from bot.domain.ledger import THUMBS_DOWN, Lesson
from bot.domain.pull_request import PullRequestRef
from workers.review.duplicates import likeness
from workers.review.naming import called_in, name_likeness, names_in

SIMILAR_CLAIM: Final = 0.6
SIMILAR_QUOTE: Final = 0.6
"""Shares of words, and of names in code, that a finding has in common with a lesson."""
CLAIM_LIMIT: Final = 400
QUOTE_LIMIT: Final = 800
REASON_LIMIT: Final = 300
NEEDS_A_REASON: Final = Severity.HIGH
"""The mildest severity of which a dismissal without a reason teaches nothing."""
_DAY: Final = 86_400.0


def teaches(finding: Finding, reason: str) -> bool:
    """Whether a dismissal says anything about other findings; `reason` is what somebody wrote, or empty."""
    if finding.category is Category.SECURITY:
        return False
    return bool(reason.strip()) or not finding.severity.at_least(NEEDS_A_REASON)


def lesson_of(
    marked: MarkedFinding, ref: PullRequestRef, by: str, reason: str, now: float, days: int
) -> Lesson:
    """What is to be learned from a dismissal.

    Args:
        marked: the finding that was dismissed.
        ref: the pull request that it was told on.
        by: login of the person.
        reason: in that person's words; may be empty.
        now: POSIX time.
        days: how long it counts.
    """
    finding = marked.finding
    return Lesson(
        id=marked.fingerprint,
        path=finding.path,
        category=finding.category,
        severity=finding.severity,
        source=finding.source,
        claim=finding.claim[:CLAIM_LIMIT],
        quote=finding.quote[:QUOTE_LIMIT],
        pull_number=ref.number,
        by=by,
        reason=reason.strip()[:REASON_LIMIT],
        at=now,
        until=now + days * _DAY,
    )


def is_from_click(lesson: Lesson, marked: MarkedFinding) -> bool:
    """Whether it is what a 👎 on this finding taught."""
    said = marked.disposition
    by_click = said.by_hand and said.reason == THUMBS_DOWN
    return by_click and (lesson.id, lesson.by, lesson.reason) == (marked.fingerprint, said.by, THUMBS_DOWN)


def learned(finding: Finding, lessons: Sequence[Lesson], now: float) -> Lesson | None:
    """The lesson that speaks against telling a finding, or None. Of several the newest."""
    if finding.severity is Severity.CRITICAL or finding.category is Category.SECURITY:
        return None
    fitting = (lesson for lesson in lessons if lesson.until > now and _is_like(finding, lesson))
    return max(fitting, key=lambda lesson: lesson.at, default=None)


def learned_words(lesson: Lesson) -> str:
    """Why a finding is held back, for people: whose decision it is, where and when it was made."""
    day = datetime.fromtimestamp(lesson.at, UTC).date().isoformat()
    why = f": {lesson.reason}" if lesson.reason else ""
    return f"like one that {lesson.by} dismissed in #{lesson.pull_number} on {day}{why}"


def _is_like(finding: Finding, lesson: Lesson) -> bool:
    if finding.category is not lesson.category or finding.severity.rank < lesson.severity.rank:
        return False
    quote = finding.quote[:QUOTE_LIMIT]
    if is_rule(finding.source) or is_rule(lesson.source):
        if finding.source != lesson.source:
            return False
        if finding.path != lesson.path and called_in(quote).isdisjoint(called_in(lesson.quote)):
            return False
    claims = likeness(finding.claim[:CLAIM_LIMIT], lesson.claim)
    return claims >= SIMILAR_CLAIM and _code_likeness(quote, lesson.quote) >= SIMILAR_QUOTE


def _code_likeness(one: str, other: str) -> float:
    """Share of names that both have, 0 to 1; code without names is like the very same code only."""
    if names_in(one) or names_in(other):
        return name_likeness(one, other)
    return float(one.split() == other.split())
