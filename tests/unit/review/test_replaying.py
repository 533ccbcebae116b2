from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bot.domain.backtest import Replayed, Telling
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
from bot.domain.policy import CrossCheck, Learning, Policy, Profile, Rule
from tests.support.reviews import (
    HEAD,
    LOST_GUARD,
    REMOVED_LOCK,
    SHARED_DEFAULT,
    marked,
    refuted,
    told,
    unsure,
)
from workers.review.duplicates import SAME_DEFECT, mark_duplicates
from workers.review.ranking import rank, suppress
from workers.review.replaying import replay, unreviewed

COMMENT, LISTED, NOT_TOLD = Telling.COMMENT, Telling.LISTED, Telling.NOT_TOLD
MILD = replace(LOST_GUARD, severity=Severity.LOW, path="shop/mild.py")
NEW_ID = {"fingerprint": "fedcba9876543210"}


def only(found: MarkedFinding, policy: Policy) -> Replayed:
    [one] = replay([found], policy, HEAD)
    return one


def fates(one: Replayed) -> tuple[Telling, Telling]:
    return one.before, one.after


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        (Policy(severity_threshold=Severity.CRITICAL), "milder than critical"),
        (Policy(categories_off=frozenset({Category.MISSING_CHECK})), "findings on missing-check are off"),
        (Policy(ignore=("shop/**",)), "ignored by policy (shop/**)"),
        (Policy(languages=("Go",)), "Python is not in the policy's languages"),
        (Policy(languages_off=("python",)), "Python is off in the policy"),
    ],
    ids=lambda value: value if isinstance(value, str) else "policy",
)
@pytest.mark.parametrize(
    "found",
    [
        marked(LOST_GUARD),
        marked(LOST_GUARD, Fate.UNANCHORED, "its lines are outside of the diff"),
        told(LOST_GUARD),
        told(LOST_GUARD, Fate.FIXED, "its code is gone"),
        told(LOST_GUARD, Fate.DISMISSED, "meant so", "wanda", comment_id=None),
    ],
    ids=["posted", "listed", "open", "fixed", "dismissed"],
)
def test_what_people_were_told_vanishes_where_the_policy_does_not_want_it(
    found: MarkedFinding, policy: Policy, reason: str
) -> None:
    one = only(found, policy)
    assert (one.vanishes, one.reason) == (True, reason)


def test_a_quieter_profile_holds_back_what_its_source_is_not_sure_of() -> None:
    guess = marked(replace(LOST_GUARD, confidence=0.5))
    assert only(guess, Policy(profile=Profile.STANDARD)).reason == ""
    assert only(guess, Policy(profile=Profile.CHILL)).reason == "its source was not sure enough"


@pytest.mark.parametrize(
    ("finding", "reason", "policy"),
    [
        (LOST_GUARD, "milder than critical", Policy()),
        (LOST_GUARD, "findings on missing-check are off", Policy()),
        (
            replace(LOST_GUARD, confidence=0.3),
            "its source was not sure enough",
            Policy(profile=Profile.ASSERTIVE),
        ),
    ],
    ids=["threshold", "category", "confidence"],
)
def test_what_a_policy_held_back_appears_under_one_that_does_not(
    finding: Finding, reason: str, policy: Policy
) -> None:
    one = only(marked(finding, Fate.SUPPRESSED, reason), policy)
    assert (one.appears, one.after, one.reason) == (True, COMMENT, reason)


def test_what_github_has_no_place_for_appears_in_the_list() -> None:
    held = replace(marked(LOST_GUARD, Fate.SUPPRESSED, "milder than critical"), anchor=None)
    assert only(held, Policy()).after is LISTED


@pytest.mark.parametrize(
    ("fate", "reason"),
    [
        (Fate.REFUTED, "`load` never returns an empty list."),
        (Fate.UNSUPPORTED, "the code that it quotes does not stand in the file"),
        (Fate.PRE_EXISTING, "not on a changed line"),
        (Fate.DUPLICATE, "told by an earlier review"),
        (Fate.DUPLICATE, SAME_DEFECT),
        (Fate.SUPPRESSED, "neither model is sure: it depends"),
        (Fate.SUPPRESSED, "in code that an earlier review has read"),
    ],
)
def test_fates_that_no_policy_decides_stay(fate: Fate, reason: str) -> None:
    found = replace(marked(LOST_GUARD, fate, reason), verdicts=(refuted(),))
    wanting = Policy(profile=Profile.ASSERTIVE, categories_off=frozenset(), max_comments=60)
    assert fates(only(found, wanting)) == (NOT_TOLD, NOT_TOLD)


@pytest.mark.parametrize(
    "found",
    [
        marked(LOST_GUARD, Fate.REFUTED, "never empty", refuted()),
        marked(LOST_GUARD, Fate.PRE_EXISTING, "older", refuted()),
        marked(LOST_GUARD, Fate.SUPPRESSED, "neither model is sure: it depends", unsure()),
    ],
    ids=["refuted", "older", "unsure"],
)
def test_without_the_second_question_its_verdicts_are_taken_back(found: MarkedFinding) -> None:
    one = only(found, Policy(cross_check=CrossCheck.OFF))
    assert (one.appears, one.reason) == (True, found.disposition.reason)
    assert not only(found, Policy(cross_check=CrossCheck.OFF, ignore=("shop/",))).appears


def test_what_was_told_for_its_confirmation_alone_vanishes_without_the_second_question() -> None:
    confirmed = Verdict(Ruling.CONFIRMED, "second", "Line 3 says so.")
    doubt = marked(replace(LOST_GUARD, confidence=0.3), Fate.POSTED, "", confirmed)
    assert not only(doubt, Policy()).vanishes
    gone = only(doubt, Policy(cross_check=CrossCheck.OFF))
    assert (gone.vanishes, gone.reason) == (True, "its source was not sure enough")
    assert only(doubt, Policy(profile=Profile.CHILL)).vanishes


def test_what_the_diff_itself_shows_to_be_older_stays_without_a_second_question() -> None:
    older = marked(LOST_GUARD, Fate.PRE_EXISTING, "not on a changed line")
    assert not only(older, Policy(cross_check=CrossCheck.OFF)).appears


def test_what_was_held_back_for_a_lesson_appears_where_nothing_is_learned() -> None:
    words = Disposition(Fate.SUPPRESSED, "like one that wanda dismissed in #3 on 2026-01-05", "wanda")
    held = replace(marked(LOST_GUARD), disposition=words)
    assert not only(held, Policy()).appears
    assert only(held, Policy(learning=Learning(enabled=False))).appears


def test_the_mildest_beyond_the_cap_are_listed_and_come_back_with_a_higher_one() -> None:
    found = [marked(MILD), marked(REMOVED_LOCK), marked(LOST_GUARD)]
    after = [one.after for one in replay(found, Policy(max_comments=2), HEAD)]
    assert after == [LISTED, COMMENT, COMMENT]
    folded = [marked(MILD, Fate.FOLDED, "more comments than 2"), *found[1:]]
    [mild, *_] = replay(folded, Policy(max_comments=3), HEAD)
    assert (mild.moves, fates(mild), mild.reason) == (True, (LISTED, COMMENT), "more comments than 2")


def test_a_place_that_becomes_free_is_taken_by_what_was_over_the_cap() -> None:
    found = [marked(LOST_GUARD), marked(MILD, Fate.FOLDED, "more comments than 1")]
    gone, up = replay(found, Policy(max_comments=1, ignore=("orders.py",)), HEAD)
    assert (gone.after, up.after) == (NOT_TOLD, COMMENT)


def test_the_cap_holds_for_each_review_by_itself() -> None:
    earlier = [told(LOST_GUARD), told(MILD, Fate.FIXED, comment_id=9002)]
    found = [*earlier, marked(REMOVED_LOCK)]
    assert [one.after for one in replay(found, Policy(max_comments=1), HEAD)] == [COMMENT, LISTED, COMMENT]


def test_what_is_listed_for_another_reason_takes_no_place() -> None:
    surplus = marked(REMOVED_LOCK, Fate.FOLDED, "one of more than 20 findings in one answer")
    found = [surplus, marked(LOST_GUARD), told(MILD, comment_id=None)]
    assert [one.after for one in replay(found, Policy(max_comments=1), HEAD)] == [LISTED, COMMENT, LISTED]


RULED = replace(LOST_GUARD, rule="Money", category=Category.RULE)


def test_a_finding_of_a_rule_that_is_gone_or_not_meant_for_its_file_vanishes() -> None:
    reason = "no rule `Money` holds for this file"
    assert only(marked(RULED), Policy()).reason == reason
    assert only(marked(RULED), Policy(rules=(Rule("money", "…", ("web/**",)),))).reason == reason
    assert only(marked(RULED), Policy(rules=(Rule("money", "…", ("shop/**",)),))).after is COMMENT


def test_a_finding_is_as_bad_as_its_rule_says() -> None:
    policy = Policy(rules=(Rule("money", "…", severity=Severity.LOW),))
    assert only(marked(RULED), policy).severity is Severity.LOW
    assert only(marked(RULED), replace(policy, severity_threshold=Severity.MEDIUM)).vanishes


def test_alerts_of_code_scanning_count_where_the_policy_wants_them() -> None:
    alert = marked(replace(LOST_GUARD, source="code-scanning:CodeQL:py/zero"))
    assert only(alert, Policy()).reason == "code scanning is not looked at"
    assert only(alert, Policy(code_scanning=True)).after is COMMENT


def test_what_repeats_a_comment_does_not_appear_beside_it() -> None:
    like = replace(LOST_GUARD, severity=Severity.LOW)
    held = marked(like, Fate.SUPPRESSED, "milder than high", **NEW_ID)
    assert [one.after for one in replay([held, marked(LOST_GUARD)], Policy(), HEAD)] == [NOT_TOLD, COMMENT]
    twice = [held, marked(like, Fate.SUPPRESSED, "milder than medium")]
    assert sum(one.appears for one in replay(twice, Policy(), HEAD)) == 1


def test_what_was_a_repeat_speaks_for_a_finding_that_is_held_back() -> None:
    repeat = replace(LOST_GUARD, category=Category.BOUNDARY)
    found = [marked(LOST_GUARD), marked(repeat, Fate.DUPLICATE, SAME_DEFECT, **NEW_ID)]
    gone, heir = replay(found, Policy(categories_off=frozenset({Category.MISSING_CHECK})), HEAD)
    assert (gone.vanishes, heir.appears, heir.reason) == (True, True, SAME_DEFECT)


def test_without_a_review_nobody_is_told_of_anything() -> None:
    one, other = unreviewed([marked(LOST_GUARD), marked(MILD, Fate.REFUTED, "never empty")])
    assert (fates(one), fates(other)) == ((COMMENT, NOT_TOLD), (NOT_TOLD, NOT_TOLD))


POLICIES = some.builds(
    Policy,
    categories_off=some.frozensets(some.sampled_from([Category.BOUNDARY, Category.TYPE])),
    severity_threshold=some.sampled_from(Severity),
    max_comments=some.integers(0, 4),
    profile=some.sampled_from(Profile),
)


@some.composite
def found_ones(draw: some.DrawFn) -> MarkedFinding:
    start = draw(some.integers(1, 6))
    finding = replace(
        SHARED_DEFAULT,
        path=draw(some.sampled_from(["a.py", "b.py"])),
        lines=LineRange(start, start + draw(some.integers(0, 2))),
        category=draw(some.sampled_from([Category.BOUNDARY, Category.TYPE, Category.CONTRACT])),
        severity=draw(some.sampled_from(Severity)),
        confidence=draw(some.sampled_from([0.3, 0.5, 0.8])),
        claim=draw(some.sampled_from(["the list is shared", "the list is empty", "nothing is checked"])),
        lens=draw(some.sampled_from(["", "checks"])),
    )
    if draw(some.booleans()):
        return marked(finding, Fate.UNANCHORED, "its lines are outside of the diff")
    return replace(marked(finding), anchor=Anchor(finding.path, Side.RIGHT, start))


@settings(max_examples=300, deadline=None)
@given(some.lists(found_ones(), max_size=12), POLICIES)
def test_under_its_own_policy_nothing_of_a_review_changes(found: list[MarkedFinding], policy: Policy) -> None:
    review = rank(mark_duplicates(suppress(found, policy)), policy)
    assert [one for one in replay(review, policy, HEAD) if one.before is not one.after] == []
