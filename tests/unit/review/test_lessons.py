from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.finding import Category, Finding, Severity
from bot.domain.ledger import Lesson
from bot.domain.pull_request import PullRequestRef
from tests.support.mending import SURE
from workers.review.lessons import (
    CLAIM_LIMIT,
    QUOTE_LIMIT,
    REASON_LIMIT,
    learned,
    learned_words,
    lesson_of,
    teaches,
)

DAY = 86_400.0
NOW = 1_800_000_000.0
REF = PullRequestRef("acme/shop", 7)
FINDING = SURE.finding
LESSON = lesson_of(SURE, REF, "ana", " Callers check. ", NOW, 90)


def holds(finding: Finding, lesson: Lesson = LESSON, now: float = NOW + DAY) -> bool:
    return learned(finding, [lesson], now) is lesson


def test_a_lesson_is_the_dismissed_finding_and_who_dismissed_it() -> None:
    assert (LESSON.id, LESSON.path, LESSON.category) == (SURE.fingerprint, FINDING.path, FINDING.category)
    assert (LESSON.pull_number, LESSON.by, LESSON.reason) == (7, "ana", "Callers check.")
    assert (LESSON.at, LESSON.until) == (NOW, NOW + 90 * DAY)


def test_what_is_kept_is_bounded() -> None:
    long = replace(SURE, finding=replace(FINDING, claim="x" * 5_000, quote="y" * 5_000))
    lesson = lesson_of(long, REF, "ana", "z" * 5_000, NOW, 90)
    assert (len(lesson.claim), len(lesson.quote)) == (CLAIM_LIMIT, QUOTE_LIMIT)
    assert len(lesson.reason) == REASON_LIMIT
    assert holds(long.finding, lesson)


def test_the_like_elsewhere_is_held_back() -> None:
    like = replace(
        FINDING,
        path="other/place.py",
        claim="The guard against an empty list is gone here.",
        quote="    return total / people + 1",
    )
    assert holds(like)


@pytest.mark.parametrize(
    "other",
    [
        replace(FINDING, category=Category.BOUNDARY),
        replace(FINDING, claim="The result is rounded too early."),
        replace(FINDING, quote="counter.increase(by=1)"),
        replace(FINDING, severity=Severity.CRITICAL),
        replace(FINDING, source="ruff:B006"),
    ],
)
def test_what_is_another_matter_or_worse_is_told(other: Finding) -> None:
    assert holds(FINDING)
    assert not holds(other)


def test_what_is_worse_than_what_was_dismissed_is_told() -> None:
    mild = replace(LESSON, severity=Severity.LOW)
    assert not holds(FINDING, mild)
    assert holds(replace(FINDING, severity=Severity.LOW), mild)


@pytest.mark.parametrize(
    "never",
    [
        replace(FINDING, severity=Severity.CRITICAL),
        replace(FINDING, category=Category.SECURITY),
    ],
)
def test_critical_findings_and_those_on_security_are_never_held_back(never: Finding) -> None:
    lesson = lesson_of(replace(SURE, finding=never), REF, "ana", "", NOW, 90)
    assert not holds(never, lesson)


def test_a_rule_is_learned_for_itself() -> None:
    hit = replace(FINDING, source="ruff:B006")
    lesson = lesson_of(replace(SURE, finding=hit), REF, "ana", "", NOW, 90)
    assert holds(hit, lesson)
    assert not holds(replace(hit, source="ruff:B008"), lesson)
    assert holds(replace(FINDING, source="another:model"))


def hit(quote: str, path: str = FINDING.path) -> Finding:
    """What a rule says, in the same words of any code."""
    claim = "The coroutine is never awaited, so its body never runs."
    return replace(FINDING, path=path, quote=quote, claim=claim, source="ty:unawaited")


@pytest.mark.parametrize(
    ("dismissed", "other", "is_like"),
    [
        (hit("    save(x)"), hit("    upload_invoice(x)", "jobs.py"), False),
        (hit("    save(x)"), hit("    upload_invoice(x)"), False),
        (hit("    save(x)"), hit("    await_all(save(x))", "jobs.py"), True),
        (hit("    save(x)"), hit("        save(x)", "jobs.py"), True),
        (hit('if code is "EU":'), hit('if code is "EU":', "jobs.py"), False),
        (hit('if code is "EU":'), hit('if code is not "EU":'), True),
        (hit("return None"), hit("return 0"), False),
        (hit("return None"), hit("    return None"), True),
    ],
)
def test_hits_of_a_rule_are_alike_by_names_in_one_file_or_where_both_call_the_same(
    dismissed: Finding, other: Finding, *, is_like: bool
) -> None:
    lesson = lesson_of(replace(SURE, finding=dismissed), REF, "ana", "A log.", NOW, 90)
    assert holds(other, lesson) is is_like


def test_signs_and_keywords_make_nothing_like_a_lesson() -> None:
    lesson = lesson_of(replace(SURE, finding=replace(FINDING, quote="save(x)")), REF, "ana", "", NOW, 90)
    assert not holds(replace(FINDING, quote="ship(y)"), lesson)


@pytest.mark.parametrize(
    ("severity", "reason", "taught"),
    [
        (Severity.HIGH, "", False),
        (Severity.HIGH, " \n", False),
        (Severity.CRITICAL, "", False),
        (Severity.HIGH, "It is a log.", True),
        (Severity.MEDIUM, "", True),
    ],
)
def test_of_grave_findings_a_dismissal_without_a_reason_teaches_nothing(
    severity: Severity, reason: str, *, taught: bool
) -> None:
    assert teaches(replace(FINDING, severity=severity), reason) is taught


def test_nothing_is_learned_about_security() -> None:
    assert not teaches(replace(FINDING, severity=Severity.LOW, category=Category.SECURITY), "Meant so.")


def test_a_lesson_ends() -> None:
    assert holds(FINDING, now=NOW + 90 * DAY - 1)
    assert not holds(FINDING, now=NOW + 90 * DAY)


def test_of_several_lessons_the_newest_speaks() -> None:
    newer = replace(LESSON, at=NOW + DAY, by="ben")
    assert learned(FINDING, [LESSON, newer], NOW + DAY) is newer


def test_people_are_told_whose_decision_it_was() -> None:
    assert learned_words(LESSON) == "like one that ana dismissed in #7 on 2027-01-15: Callers check."
    assert learned_words(replace(LESSON, reason="")) == "like one that ana dismissed in #7 on 2027-01-15"
