"""What is said of a pull request that was reviewed before: new, still open, settled, and read by now."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.finding import Disposition, Fate
from bot.domain.ledger import TOLD_BEFORE, Ledger
from bot.domain.policy import FailOn
from bot.domain.review import Conclusion, Coverage, NotRead, Outcome, PolicyProblem, Review, Usage, conclude
from bot.rendering.check import check_result
from bot.rendering.headline import headline
from bot.rendering.limits import BODY_LIMIT, units
from bot.rendering.markers import MarkerKind, find_marker
from bot.rendering.prose import prose
from bot.rendering.summary import summary_comment
from tests.support.reviews import (
    BEFORE,
    FINDER,
    HEAD,
    LOST_GUARD,
    READ,
    REF,
    REMOVED_LOCK,
    SHARED_DEFAULT,
    completed,
    later,
    marked,
    partial,
    skipped,
    static,
    told,
)

NEW, OPEN, FIXED = marked(LOST_GUARD), told(LOST_GUARD), told(SHARED_DEFAULT, Fate.FIXED)
HELD = marked(SHARED_DEFAULT, Fate.SUPPRESSED, "below the threshold `high`")
URL = "https://github.com/acme/shop/pull/7"
DELTA = "the changes since the review of 91b7c0d"


def summary(review: Review, **more: str) -> str:
    return summary_comment(review, REF, conclude(review, FailOn.NEVER), **more)  # type: ignore[arg-type]


def visible(text: str) -> str:
    """What stands open, before the first fold."""
    return text.split("<details>", 1)[0]


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(Outcome),
    st.lists(st.sampled_from(Fate), max_size=4),
    st.booleans(),
    st.booleans(),
    st.sampled_from([0, 2]),
)
def test_what_is_still_open_is_said_whatever_became_of_a_review(
    outcome: Outcome, fates: list[Fate], delta: bool, complete: bool, read: int
) -> None:
    new = (Fate.POSTED, Fate.FOLDED, Fate.UNANCHORED)
    also = (marked(SHARED_DEFAULT, fate) if fate in new else told(SHARED_DEFAULT, fate) for fate in fates)
    findings = (told(LOST_GUARD), *also)
    missing = () if complete else (NotRead("n.py", "too large"),)
    coverage = Coverage(READ[:read], not_read=missing, earlier=READ[3:])
    review = Review(outcome, HEAD, FINDER, findings, coverage, since=BEFORE if delta else "", reason="busy")
    check = check_result(review, Conclusion.NEUTRAL)
    for text in (headline(review), check.title, summary(review)):
        assert f"{1 + fates.count(Fate.OPEN)} still open" in text
        assert "No problems" not in text
    assert "**Still open**" in check.text


@pytest.mark.parametrize(
    ("review", "line"),
    [
        (later(NEW, OPEN, OPEN), "1 new finding, 2 still open, worst: high"),
        (later(NEW), "1 new finding: high severity"),
        (later(NEW, NEW, FIXED), "2 new findings, worst: high"),
        (later(OPEN), f"No new problems in {DELTA}; 1 still open: high severity"),
        (later(OPEN, OPEN, FIXED), f"No new problems in {DELTA}; 2 still open, worst: high"),
        (later(FIXED, FIXED), f"No new problems in {DELTA}; 2 fixed"),
        (later(), f"No new problems in {DELTA}"),
        (completed(OPEN), "No new problems in 6 files; 1 still open: high severity"),
        (
            completed(FIXED, told(LOST_GUARD, Fate.WITHDRAWN)),
            "No new problems in 6 files; 1 fixed, 1 withdrawn",
        ),
        (later(HELD), f"Nothing new to post in {DELTA}; 1 finding held back"),
        (replace(later(), coverage=Coverage(earlier=READ)), "Nothing new since the review of 91b7c0d"),
        (
            replace(later(OPEN), coverage=Coverage(earlier=READ)),
            "Nothing new since the review of 91b7c0d; 1 still open: high severity",
        ),
        (
            replace(partial(OPEN), since=BEFORE),
            "1 still open: high severity; incomplete: 3 files were not read",
        ),
        (replace(skipped(), findings=(OPEN,)), "Skipped: draft; 1 still open: high severity"),
        (replace(static(FIXED), since=BEFORE), f"No new problems in {DELTA}; 1 fixed; no model took part"),
    ],
)
def test_the_headline_counts_what_is_new_and_what_is_open(review: Review, line: str) -> None:
    assert headline(review) == line
    assert check_result(review, Conclusion.NEUTRAL).title == line
    assert summary(review).startswith(f"### {prose(line)}\n")


AGAIN = replace(told(LOST_GUARD, Fate.POSTED), since=HEAD)
REPEATED = marked(LOST_GUARD, Fate.DUPLICATE, TOLD_BEFORE)


def test_a_further_look_at_one_commit_calls_nothing_new_that_was_told_of_it() -> None:
    listed = replace(AGAIN, disposition=Disposition(Fate.FOLDED, "more than 1"))
    looked = completed(AGAIN, listed, REPEATED, told(SHARED_DEFAULT, Fate.DISMISSED))
    assert headline(looked) == "No new problems in 6 files; 2 still open, worst: high"
    text = summary(looked)
    assert "**Still open**" in visible(text)
    assert "**New**" not in text
    assert text.count("listed without a comment") == 1
    assert "still open without an inline comment" not in text
    assert headline(completed(AGAIN, listed, REPEATED)) == "2 findings, worst: high"
    later_look = replace(completed(AGAIN, NEW), coverage=Coverage(earlier=READ))
    assert headline(later_look) == "1 new finding, 1 still open, worst: high"


def test_what_was_told_at_this_commit_and_has_lost_its_comment_is_told_whole() -> None:
    lost = replace(AGAIN, comment_id=None)
    assert "1 finding still open without an inline comment" in summary(completed(lost, FIXED))
    unanchored = replace(lost, disposition=Disposition(Fate.UNANCHORED))
    text = summary(completed(unanchored, FIXED))
    assert "No place for an inline comment" in visible(text)
    assert text.count(LOST_GUARD.consequence) == 1


def test_what_only_repeats_an_open_finding_is_not_listed_beside_it() -> None:
    text = summary(later(OPEN, REPEATED))
    assert "not posted" not in text
    twice = marked(LOST_GUARD, Fate.DUPLICATE, "the same defect as another finding")
    assert "1 finding not posted" in summary(later(OPEN, REPEATED, twice))


@pytest.mark.parametrize(
    ("files", "words"),
    [(1, "1 file unchanged since its review"), (2, "2 files unchanged since their review")],
)
def test_what_was_not_read_again_is_counted(files: int, words: str) -> None:
    assert words in summary(replace(later(OPEN), coverage=Coverage(earlier=READ[:files])))


def test_a_red_check_of_a_skipped_head_says_what_is_still_open() -> None:
    review = replace(skipped(), findings=(OPEN,))
    said = check_result(review, conclude(review, FailOn.HIGH)).summary
    assert said.startswith("This commit was not reviewed. The check is red")


def test_what_is_still_open_links_to_its_thread_and_is_told_whole_where_it_has_none() -> None:
    text = summary(later(OPEN, told(REMOVED_LOCK, comment_id=None)), pull_url=URL)
    listed = visible(text)
    assert f"[`shop/orders.py:41-42`]({URL}#discussion_r9001)" in listed
    assert "`shop/stock.py:88-90`" in listed
    assert LOST_GUARD.consequence not in text
    assert REMOVED_LOCK.consequence in text
    assert listed.index("stock.py") < listed.index("orders.py"), "the worst comes first"


@pytest.mark.parametrize(
    "url", ["", "javascript:alert(1)", "https://x.test/) [a](http://y.test", "//x.test/a"]
)
def test_without_the_address_of_the_pull_request_there_are_no_links(url: str) -> None:
    assert "](" not in summary(later(OPEN, FIXED), pull_url=url)


def test_settled_findings_are_folded_with_who_and_why() -> None:
    dismissed = told(SHARED_DEFAULT, Fate.DISMISSED, "Only tests call it.", "mona-lisa")
    text = summary(later(FIXED, dismissed, told(REMOVED_LOCK, Fate.WITHDRAWN, "There is one writer.")))
    assert "basket.py" not in visible(text)
    assert "<summary>1 finding fixed</summary>" in text
    assert "<summary>2 findings dismissed or withdrawn</summary>" in text
    assert "*Dismissed* by `mona-lisa`: Only tests call it." in text
    assert "*Withdrawn*: There is one writer." in text


def test_what_an_earlier_review_has_read_is_told() -> None:
    assert (
        "Read 2 files for changes since the review of `91b7c0d`, 4 files unchanged since their review"
        in summary(later())
    )
    rebased = summary(replace(later(), coverage=Coverage(earlier=READ)))
    assert "6 files unchanged since their review." in rebased
    assert "Read 0" not in rebased


def test_the_reviews_so_far_are_counted_from_the_second_on() -> None:
    spent = Usage(15, 120_400, 0, 6_300, 0.41)

    def foot(number: int) -> str:
        return summary_comment(later(), REF, Conclusion.SUCCESS, ledger=Ledger(HEAD, number, usage=spent))

    assert "so far" not in foot(1)
    assert "3 reviews so far: 15 calls, 120.4k tokens in, 6.3k out, $0.41" in foot(3)


def test_problems_of_a_policy_name_file_line_and_column() -> None:
    review = replace(later(), problems=(PolicyProblem(".github/ai-review.yml", 3, 1, "unknown key"),))
    line = "- `.github/ai-review.yml:3:1`: unknown key."
    assert line in visible(summary(review))
    assert line in check_result(review, Conclusion.SUCCESS).summary


@pytest.mark.parametrize("length", [0, 24_000, 50_000])
@pytest.mark.parametrize("filler", ["x" * 65_537, "🎉" * 33_000, "```\n" + "y" * 65_537])
def test_hidden_lines_stay_whole_however_long_the_visible_part_is(length: int, filler: str) -> None:
    hidden = f"<!-- ai-review:carried {'A' * length} -->"
    findings = [
        marked(replace(LOST_GUARD, path=f"{n}.py", claim=filler), Fate.UNANCHORED) for n in range(300)
    ]
    notices = tuple(f"{number} {filler}" for number in range(150))
    text = summary(replace(later(OPEN, *findings), notices=notices), hidden=hidden, pull_url=URL)
    assert units(text) <= BODY_LIMIT
    assert "Cut here" in text or length < 50_000
    marker = find_marker(text, MarkerKind.SUMMARY)
    assert marker is not None
    assert marker.values == {"head": HEAD}
    assert text.split("\n")[-2] == hidden
    assert "run again: `/ai-review`" in text


def test_of_65_findings_each_is_named_and_what_has_no_comment_is_annotated() -> None:
    findings = [
        marked(replace(LOST_GUARD, path=f"shop/f{number}.py"), Fate.POSTED if number < 20 else Fate.FOLDED)
        for number in range(65)
    ]
    review = completed(*findings)
    text = summary(review, hidden=f"<!-- ai-review:carried {'A' * 24_000} -->")
    assert headline(review) == "65 findings, worst: high"
    assert "<summary>45 findings listed without a comment</summary>" in text
    assert all(f"shop/f{number}.py:41" in text for number in range(65))
    assert "Cut here" not in text
    annotated = check_result(review, Conclusion.NEUTRAL).annotations
    assert [one.path for one in annotated] == [f"shop/f{number}.py" for number in range(20, 65)]
