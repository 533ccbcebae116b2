"""What may be said of which outcome, and nothing else."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from bot.domain.finding import Disposition, Fate, Measured, Ruling, Severity, Verdict
from bot.domain.policy import FailOn
from bot.domain.review import Conclusion, Coverage, Excluded, NotRead, Outcome, Review, Usage, conclude
from bot.errors import (
    ModelUnavailable,
    PolicyError,
    ProviderFailed,
    RateLimited,
    RateReached,
    ReviewBotError,
    UserError,
)
from bot.rendering.check import check_result
from bot.rendering.comment import backing, claim_text
from bot.rendering.failures import failure_reason
from bot.rendering.headline import headline
from bot.rendering.sarif import render_sarif
from bot.rendering.summary import summary_comment
from bot.rendering.terminal import render_terminal
from bot.rendering.words import confidence_words, count, exact_dollars, next_try, usage_words
from tests.support.reviews import (
    FINDER,
    LOST_GUARD,
    REF,
    SHARED_DEFAULT,
    completed,
    confirmed,
    marked,
    partial,
    static,
    unsure,
)

CLEAN = "No problems found"


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(Outcome),
    st.lists(st.sampled_from(Fate), max_size=3),
    st.integers(0, 2),
    st.integers(0, 2),
    st.booleans(),
)
def test_only_a_complete_review_with_nothing_held_back_finds_no_problems(
    outcome: Outcome,
    fates: list[Fate],
    read: int,
    missing: int,
    alone: bool,
) -> None:
    findings = tuple(replace(marked(LOST_GUARD), disposition=Disposition(fate)) for fate in fates)
    coverage = Coverage(
        tuple(f"r{number}" for number in range(read)),
        not_read=tuple(NotRead(f"n{number}", "too large") for number in range(missing)),
    )
    review = Review(outcome, "HEAD", "static" if alone else "openai:x", findings, coverage)
    may_say = (
        outcome is Outcome.COMPLETED
        and not missing
        and read > 0
        and set(fates) <= {Fate.REFUTED, Fate.UNSUPPORTED, Fate.DUPLICATE}
    )
    conclusion = conclude(review, FailOn.NEVER)
    check = check_result(review, conclusion)
    for text in (headline(review), summary_comment(review, REF, conclusion), check.title):
        assert (CLEAN in text) == may_say
    if alone and may_say:
        assert "no model took part" in headline(review)
    assert check.summary


@pytest.mark.parametrize(
    "alone",
    [static(), static(marked(SHARED_DEFAULT)), replace(partial(), reviewer="static", cross_checker=None)],
)
def test_every_surface_of_a_static_review_says_that_no_model_took_part(alone: Review) -> None:
    check = check_result(alone, Conclusion.NEUTRAL)
    assert "no model took part" in summary_comment(alone, REF, Conclusion.NEUTRAL)
    assert "no model took part" in check.text
    assert all("no model took part" in backing(finding, alone) for finding in alone.findings)


def test_a_static_review_that_a_model_checked_does_not_say_that_no_model_took_part() -> None:
    review = replace(static(marked(SHARED_DEFAULT, Fate.POSTED, "", confirmed())), cross_checker="openai:x")
    assert "no model" not in summary_comment(review, REF, Conclusion.SUCCESS)


def test_what_was_not_read_is_never_folded_away() -> None:
    visible = summary_comment(partial(), REF, Conclusion.NEUTRAL).split("<details>")[0]
    assert "db/seed.sql" in visible
    assert "over the token budget" in visible
    assert "uv.lock" not in visible


def test_a_finding_without_an_inline_comment_is_told_whole() -> None:
    review = completed(marked(LOST_GUARD, Fate.UNANCHORED, "no such line"))
    visible = summary_comment(review, REF, Conclusion.NEUTRAL).split("<details>")[0]
    assert LOST_GUARD.consequence in visible
    assert "no such line" in visible


def test_why_a_finding_has_no_comment_is_told_of_each_and_not_in_the_heading() -> None:
    reasons = ("more comments than 10", "one of more than 20 findings in one answer")
    folded = [marked(LOST_GUARD, Fate.FOLDED, reason) for reason in reasons]
    text = summary_comment(completed(*folded), REF, Conclusion.NEUTRAL)
    assert "<summary>2 findings listed without a comment</summary>" in text
    assert all(text.count(reason) == 1 for reason in reasons)
    assert "limit" not in text


def test_a_file_read_in_part_is_counted_once() -> None:
    coverage = Coverage(("a.py",), (), (NotRead("a.py", "hunk 3"), NotRead("a.py", "hunk 7")))
    review = replace(completed(), coverage=coverage)
    assert headline(review) == "Incomplete: 1 file was not read"


def test_long_lists_say_how_much_they_leave_out() -> None:
    coverage = Coverage(("a.py",), tuple(Excluded(f"lib/{number}.js", "vendored") for number in range(1_210)))
    text = summary_comment(replace(completed(), coverage=coverage), REF, Conclusion.SUCCESS)
    assert "left out 1,210." in text
    assert "`lib/9.js` and 1,200 more" in text
    many = completed(*(marked(LOST_GUARD) for _ in range(101)))
    listed = summary_comment(many, REF, Conclusion.NEUTRAL)
    assert "- and 1 more finding" in listed
    noted = summary_comment(replace(completed(), notices=("Mind this.",) * 23), REF, Conclusion.NEUTRAL)
    assert noted.count("Mind this.") == 20
    assert "And 3 more notices." in noted
    assert listed.count("shop/orders.py:41") == 100


def test_the_worst_severity_is_in_the_title() -> None:
    mild = replace(LOST_GUARD, severity=Severity.LOW)
    review = completed(marked(mild), marked(LOST_GUARD, Fate.UNANCHORED))
    assert headline(review) == "2 findings, worst: high"


@pytest.mark.parametrize(
    ("review", "fail_on", "words"),
    [
        (completed(marked(LOST_GUARD)), FailOn.HIGH, "covers a finding below"),
        (partial(), FailOn.INCOMPLETE, "asks for a complete review"),
        (partial(marked(LOST_GUARD)), FailOn.INCOMPLETE, "because of the policy's `fail_on`"),
        (completed(marked(LOST_GUARD)), FailOn.CRITICAL, "findings stand on the pull request"),
    ],
)
def test_the_check_says_what_its_colour_means(review: Review, fail_on: FailOn, words: str) -> None:
    assert words in check_result(review, conclude(review, fail_on)).summary


def test_without_a_cross_checker_a_finding_is_not_verified_by_a_second_model() -> None:
    alone = replace(completed(), has_second=False)
    assert backing(marked(LOST_GUARD), alone).endswith("not verified by a second model")
    assert backing(marked(LOST_GUARD), completed()).endswith("no second opinion needed")


def test_what_another_model_told_before_is_no_rule_on_any_surface() -> None:
    old = marked(replace(LOST_GUARD, source="openai:gpt-4"), Fate.OPEN)
    for review in (completed(old), static(old)):
        assert backing(old, review).startswith("Found by `openai:gpt-4`, fairly sure (86 %)")
        out = io.StringIO()
        render_terminal(review, Console(file=out, width=80))
        assert "Found by openai:gpt-4, fairly sure" in out.getvalue()
        assert json.loads(render_sarif(review))["runs"][0]["results"][0]["ruleId"] == "missing-check"


def test_a_decided_verdict_is_shown_before_an_undecided_one() -> None:
    assert "confirmed by" in backing(marked(LOST_GUARD, Fate.POSTED, "", unsure(), confirmed()), completed())


@pytest.mark.parametrize(
    ("error", "retry_in", "reason"),
    [
        (ModelUnavailable("HTTP 429 for key sk-123"), 300, "the model did not answer; next try in 5 minutes"),
        (RateReached("x"), None, "the model's provider limits how much may be asked at once"),
        (ProviderFailed("x"), None, "the model's provider is overloaded or has a fault"),
        (RateLimited("x", retry_at=1.0), 3_600, "GitHub asked for a pause; next try in 60 minutes"),
        (PolicyError("severty is no key."), None, "severty is no key"),
        (UserError("Mend it."), 1, "Mend it; next try in 1 second"),
        (ReviewBotError("secret"), None, "an internal error, which the operator's log describes"),
        (ValueError("secret"), None, "an internal error, which the operator's log describes"),
    ],
)
def test_errors_become_reasons_without_what_others_wrote(
    error: Exception, retry_in: float | None, reason: str
) -> None:
    assert failure_reason(error, retry_in) == reason


def test_numbers_agree_with_their_nouns() -> None:
    assert [count(number, "file") for number in (0, 1, 2)] == ["0 files", "1 file", "2 files"]
    assert [next_try(seconds) for seconds in (0, 60, 300, 7_200)] == [
        "next try in 1 second",
        "next try in 60 seconds",
        "next try in 5 minutes",
        "next try in 2 hours",
    ]


def test_usage_is_honest_on_cost() -> None:
    assert usage_words(Usage()) == ""
    amounts = (0, 0.000_000_4, 0.012_34, 0.5, 12.3456)
    assert list(map(exact_dollars, amounts)) == ["$0.00", "$0.00", "$0.0123", "$0.50", "$12.35"]
    assert usage_words(Usage(1, 999, 0, 10, None)) == "1 call, 999 tokens in, 10 out, cost not known"
    assert usage_words(Usage(1, 0, 0, 0, None)) == "1 call, tokens not counted by the server, cost not known"
    assert usage_words(Usage(1, 0, 0, 0, 0.0)) == "1 call, 0 tokens in, 0 out, $0.00"
    assert usage_words(Usage(2, 1_500, 0, 10, 0.001)) == "2 calls, 1.5k tokens in, 10 out, under $0.01"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1.0, "very sure (100 %)"),
        (0.7, "fairly sure (70 %)"),
        (0.4, "not sure (40 %)"),
        (-3, "a guess (0 %)"),
        (float("nan"), "a guess (0 %)"),
        (9, "very sure (100 %)"),
    ],
)
def test_confidence_is_a_word_and_a_number(value: float, words: str) -> None:
    assert confidence_words(value) == words


def test_a_long_claim_is_said_once() -> None:
    for words in (30, 300):
        claim = "The " + "very " * words + "end comes late."
        text = claim_text(marked(replace(LOST_GUARD, claim=claim)))
        assert text.count("The very very") == 1
        assert "end comes late" in text or words == 300


def test_votes_measurements_and_a_model_that_checked_itself_are_told() -> None:
    known = replace(marked(LOST_GUARD, Fate.POSTED, "", confirmed()), votes=2, measured=Measured(41, 44))
    words = backing(known, completed())
    assert "found independently 2 times" in words
    assert words.endswith(
        "of findings like this by a strong model, 41 of 44 stated a known bug when measured"
    )
    itself = Verdict(Ruling.CONFIRMED, FINDER, "yes")
    assert ", asked again" in backing(marked(LOST_GUARD, Fate.POSTED, "", itself), completed())
    assert ", asked again" not in backing(known, completed())


def test_where_nothing_is_left_to_review_the_rules_that_left_it_out_are_named() -> None:
    reasons = (
        "lock file", "ignored by policy (docs/)", "ignored by policy (*.txt)",
        "generated, says .gitattributes", "vendored", "minified",
    )  # fmt: skip
    excluded = tuple(Excluded(f"{number}.js", reason) for number, reason in enumerate(reasons))
    assert headline(replace(completed(), findings=(), coverage=Coverage((), excluded))) == (
        "Nothing to review: 6 files left out (lock file, ignored by policy, generated and 2 more)"
    )
