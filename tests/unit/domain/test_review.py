from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.finding import Fate, Severity
from bot.domain.policy import FailOn
from bot.domain.review import (
    Conclusion,
    Coverage,
    Excluded,
    NotRead,
    Outcome,
    Review,
    SkippedBy,
    Usage,
    conclude,
    total,
)
from tests.support.reviews import HEAD, LOST_GUARD, marked

NEUTRAL, SUCCESS, FAILURE = Conclusion.NEUTRAL, Conclusion.SUCCESS, Conclusion.FAILURE
SOME_NOT_READ = Coverage(("a.py",), (), (NotRead("b.py", "too large"),))


def review(
    outcome: Outcome = Outcome.COMPLETED,
    *fates: Fate,
    severity: Severity = Severity.HIGH,
    coverage: Coverage | None = None,
) -> Review:
    finding = replace(LOST_GUARD, severity=severity)
    findings = tuple(marked(finding, fate) for fate in fates)
    return Review(outcome, HEAD, "static", findings, coverage or Coverage(("a.py",)))


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("coverage", [None, SOME_NOT_READ])
def test_a_review_is_complete_when_it_came_to_its_end_and_left_nothing_unread(
    outcome: Outcome, coverage: Coverage | None
) -> None:
    assert review(outcome, coverage=coverage).is_complete is (outcome is Outcome.COMPLETED and not coverage)


@pytest.mark.parametrize(
    ("outcome", "coverage", "fail_on", "conclusion"),
    [
        (Outcome.COMPLETED, None, FailOn.NEVER, SUCCESS),
        (Outcome.COMPLETED, Coverage(("a.py",), (Excluded("uv.lock", "lock file"),)), FailOn.NEVER, SUCCESS),
        (Outcome.COMPLETED, SOME_NOT_READ, FailOn.NEVER, NEUTRAL),
        (Outcome.COMPLETED, SOME_NOT_READ, FailOn.INCOMPLETE, FAILURE),
        (Outcome.COMPLETED, None, FailOn.INCOMPLETE, SUCCESS),
        (Outcome.PARTIAL, None, FailOn.NEVER, NEUTRAL),
        (Outcome.PARTIAL, None, FailOn.LOW, NEUTRAL),
        (Outcome.PARTIAL, None, FailOn.INCOMPLETE, FAILURE),
        (Outcome.FAILED, None, FailOn.NEVER, NEUTRAL),
        (Outcome.FAILED, None, FailOn.CRITICAL, NEUTRAL),
        (Outcome.FAILED, None, FailOn.INCOMPLETE, FAILURE),
        *[(Outcome.SKIPPED, SOME_NOT_READ, fail_on, NEUTRAL) for fail_on in FailOn],
    ],
)
def test_without_findings_green_means_that_everything_was_looked_at(
    outcome: Outcome, coverage: Coverage | None, fail_on: FailOn, conclusion: Conclusion
) -> None:
    assert conclude(review(outcome, coverage=coverage), fail_on) is conclusion


@pytest.mark.parametrize(
    ("severity", "fail_on", "conclusion"),
    [
        (Severity.CRITICAL, FailOn.NEVER, SUCCESS),
        (Severity.CRITICAL, FailOn.INCOMPLETE, SUCCESS),
        (Severity.CRITICAL, FailOn.CRITICAL, FAILURE),
        (Severity.HIGH, FailOn.CRITICAL, SUCCESS),
        (Severity.CRITICAL, FailOn.HIGH, FAILURE),
        (Severity.HIGH, FailOn.HIGH, FAILURE),
        (Severity.MEDIUM, FailOn.HIGH, SUCCESS),
        (Severity.MEDIUM, FailOn.MEDIUM, FAILURE),
        (Severity.LOW, FailOn.MEDIUM, SUCCESS),
        (Severity.LOW, FailOn.LOW, FAILURE),
    ],
)
def test_a_finding_turns_the_check_red_from_the_severity_that_the_policy_names(
    severity: Severity, fail_on: FailOn, conclusion: Conclusion
) -> None:
    assert conclude(review(Outcome.COMPLETED, Fate.POSTED, severity=severity), fail_on) is conclusion


@pytest.mark.parametrize("outcome", [Outcome.PARTIAL, Outcome.FAILED])
def test_a_bad_finding_is_red_even_where_something_was_not_looked_at(outcome: Outcome) -> None:
    found = review(outcome, Fate.POSTED, coverage=SOME_NOT_READ)
    assert conclude(found, FailOn.HIGH) is FAILURE
    assert conclude(found, FailOn.CRITICAL) is NEUTRAL


def test_a_review_that_people_do_not_want_is_neutral_whatever_the_policy() -> None:
    assert {conclude(review(Outcome.SKIPPED), fail_on) for fail_on in FailOn} == {NEUTRAL}


@pytest.mark.parametrize("skipped_by", sorted(set(SkippedBy) - {SkippedBy.PEOPLE}))
def test_a_skip_that_an_author_can_bring_about_is_no_way_around_a_policy_that_wants_all_read(
    skipped_by: SkippedBy,
) -> None:
    skipped = replace(review(Outcome.SKIPPED), skipped_by=skipped_by)
    red = [fail_on for fail_on in FailOn if conclude(skipped, fail_on) is FAILURE]
    assert red == [FailOn.INCOMPLETE]


@pytest.mark.parametrize("outcome", [Outcome.SKIPPED, Outcome.FAILED])
def test_what_stands_from_earlier_reviews_is_not_forgotten_by_one_that_did_not_look(outcome: Outcome) -> None:
    assert conclude(review(outcome, Fate.OPEN), FailOn.HIGH) is FAILURE
    assert conclude(review(outcome, Fate.OPEN), FailOn.NEVER) is NEUTRAL


@pytest.mark.parametrize("fate", list(Fate))
def test_only_findings_that_are_shown_count(fate: Fate) -> None:
    shown = fate in (Fate.POSTED, Fate.FOLDED, Fate.UNANCHORED, Fate.OPEN)
    found = review(Outcome.COMPLETED, fate)
    assert conclude(found, FailOn.LOW) is (FAILURE if shown else SUCCESS)
    assert bool(found.shown) is shown
    assert found.with_fate(fate) == found.findings


def test_usage_adds_up_field_by_field() -> None:
    assert total([Usage(1, 10, 4, 2, 0.5), Usage(2, 20, 8, 3, 0.25), Usage()]) == Usage(3, 30, 12, 5, 0.75)
    assert total([]) == Usage()


@pytest.mark.parametrize("known", [0.5, None])
def test_one_unknown_price_makes_the_sum_unknown(known: float | None) -> None:
    assert total([Usage(1, cost_usd=known), Usage(1, cost_usd=None), Usage(1, cost_usd=1.0)]).cost_usd is None
