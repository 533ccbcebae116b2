"""What the check run says on lines, and what it leaves to inline comments."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.diff import Side
from bot.domain.finding import Fate, LineRange, Severity
from bot.domain.review import Conclusion, PolicyProblem
from bot.rendering.annotations import MOST, Level, annotations_of
from bot.rendering.check import check_result
from tests.support.reviews import LOST_GUARD, REMOVED_LOCK, completed, marked, told
from tests.support.shown import has_invisible


@pytest.mark.parametrize("fate", Fate)
def test_only_what_is_told_and_has_no_inline_comment_is_annotated(fate: Fate) -> None:
    lonely = replace(marked(LOST_GUARD, fate), comment_id=None)
    told_of = fate in (Fate.FOLDED, Fate.UNANCHORED, Fate.OPEN)
    assert bool(annotations_of(completed(lonely))) == told_of
    assert annotations_of(completed(replace(lonely, comment_id=7))) == ()


def test_an_annotation_says_the_whole_finding_in_plain_text() -> None:
    finding = replace(LOST_GUARD, fix_words="Return 0 for an empty order", rule="no-crash")
    [one] = check_result(completed(marked(finding, Fate.FOLDED)), Conclusion.NEUTRAL).annotations
    assert (one.path, one.start_line, one.end_line) == ("shop/orders.py", 41, 42)
    assert one.title == "High: missing check"
    assert one.message.split("\n") == [
        finding.claim,
        f"When: {finding.trigger}",
        f"Then: {finding.consequence}",
        "How to mend it: Return 0 for an empty order.",
        "Breaks the rule of this repository: no-crash.",
    ]


@pytest.mark.parametrize(
    ("severity", "level"),
    [
        (Severity.CRITICAL, Level.FAILURE),
        (Severity.HIGH, Level.FAILURE),
        (Severity.MEDIUM, Level.WARNING),
        (Severity.LOW, Level.NOTICE),
    ],
)
def test_the_level_follows_the_severity(severity: Severity, level: Level) -> None:
    [one] = annotations_of(completed(marked(replace(LOST_GUARD, severity=severity), Fate.FOLDED)))
    assert one.level is level


@pytest.mark.parametrize(
    "finding",
    [
        REMOVED_LOCK,
        replace(LOST_GUARD, lines=None),
        replace(LOST_GUARD, lines=LineRange(0, 0, Side.RIGHT)),
        replace(LOST_GUARD, path=b"caf\xe9.py".decode("utf-8", "surrogateescape")),
    ],
    ids=["removed lines", "no lines", "no line of a file", "a path that is no UTF-8"],
)
def test_what_has_no_place_at_the_head_commit_is_not_annotated(finding: object) -> None:
    assert annotations_of(completed(marked(finding, Fate.FOLDED))) == ()  # type: ignore[arg-type]


def test_problems_of_a_policy_stand_on_their_line_before_findings() -> None:
    problems = (
        PolicyProblem(".github/ai-review.yml", 3, 5, "unknown key severty"),
        PolicyProblem(".github/ai-review.yml", 0, 0, ""),
    )
    first, second, _ = annotations_of(replace(completed(marked(LOST_GUARD, Fate.FOLDED)), problems=problems))
    assert (first.start_line, first.end_line, first.level) == (3, 3, Level.WARNING)
    assert first.message == "Column 5: unknown key severty."
    assert (second.start_line, second.message) == (1, "The policy cannot be used.")


def test_there_is_an_end_to_annotations_and_to_their_texts() -> None:
    long = replace(
        LOST_GUARD, claim="\u202e\x1b[31m" + "x" * 100_000, trigger="y" * 100_000, rule="z" * 9_000
    )
    found = annotations_of(completed(*[marked(long, Fate.FOLDED)] * (MOST + 5)))
    assert len(found) == MOST
    assert len(found[0].message) <= 4_000
    assert len(found[0].title) <= 255
    assert not has_invisible(found[0].message)


def test_what_is_still_open_is_annotated_at_the_new_head_too() -> None:
    assert len(annotations_of(completed(told(LOST_GUARD, comment_id=None)))) == 1
