from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.diff import Side
from bot.domain.finding import Category, Disposition, Fate, LineRange, MarkedFinding, Severity
from bot.domain.ledger import Lesson
from bot.domain.pull_request import PullRequestRef
from tests.support.changes import Versions, diff_of, source_of
from tests.support.pushes import told_of
from workers.review.change import Limits
from workers.review.delta import delta_of
from workers.review.holding import MENDED_BEFORE, READ_BEFORE, Held, Holding
from workers.review.lessons import lesson_of

FILLER = "".join(f"filler_{number} = {number}\n" for number in range(12))
BODY = "".join(f"    step_{number}()\n" for number in range(12))
PATH = "shop/share.py"
BASE = f"{FILLER}def old():\n    first(1)\n{BODY}    second(1)\n"
HEAD = f"{FILLER}def old():\n    first(2)\n{BODY}    second(2)\n"
NOW_HEAD = HEAD.replace("second(2)", "second(3)")
BEFORE: Versions = {PATH: (BASE, HEAD)}
NOW: Versions = {PATH: (BASE, NOW_HEAD)}
READ = told_of(NOW, PATH, "    first(2)")
FRESH = told_of(NOW, PATH, "    second(3)")


def hold(
    *new: MarkedFinding,
    settled: tuple[MarkedFinding, ...] = (),
    lessons: tuple[Lesson, ...] = (),
    learning: bool = True,
    is_checked: bool = True,
    before: Versions = BEFORE,
    now: Versions = NOW,
) -> Held:
    was, made = diff_of(before), diff_of(now)
    return Holding(
        diff=made,
        delta=delta_of(made, frozenset(delta_of(was).read_with(file.path for file in was.files))),
        settled=settled,
        lessons=lessons,
        files={path: source_of(path, *texts) for path, texts in now.items()},
        learning=learning,
        now=100.0,
        is_checked=is_checked,
        limits=Limits(),
    ).hold(new)


def fate(new: MarkedFinding, **more: object) -> Disposition:
    [one] = hold(new, **more).findings  # type: ignore[arg-type]
    return one.disposition


def rated(marked: MarkedFinding, severity: Severity, **fields: object) -> MarkedFinding:
    return replace(marked, finding=replace(marked.finding, severity=severity, **fields))  # type: ignore[arg-type]


def test_a_first_review_holds_nothing_back() -> None:
    assert fate(READ, before={}) == Disposition(Fate.POSTED)


def test_later_ones_tell_of_fresh_code_and_hold_back_what_an_earlier_one_has_read() -> None:
    assert fate(FRESH) == Disposition(Fate.POSTED)
    assert fate(READ) == Disposition(Fate.SUPPRESSED, READ_BEFORE)
    assert "`/ai-review full`" in READ_BEFORE


@pytest.mark.parametrize("severity", [Severity.HIGH, Severity.CRITICAL])
def test_what_is_bad_is_told_wherever_it_is(severity: Severity) -> None:
    assert fate(rated(READ, severity)) == Disposition(Fate.POSTED)


def test_removed_lines_of_a_fresh_hunk_are_fresh() -> None:
    removed = told_of(NOW, PATH, "    second(1)")
    assert removed.finding.lines == LineRange(27, 27, Side.LEFT)
    assert fate(removed).fate is Fate.POSTED


def test_code_around_a_fresh_hunk_is_fresh_but_not_that_around_one_that_was_read() -> None:
    step = told_of(NOW, PATH, "    step_5()")
    assert step.disposition.fate is Fate.UNANCHORED
    assert fate(step).fate is Fate.UNANCHORED
    other: Versions = {PATH: (BASE, HEAD), "shop/tax.py": (None, "RATE = 2\n")}
    assert fate(step, now=other).reason == READ_BEFORE


def test_what_is_left_of_a_file_from_which_something_was_taken_back_is_fresh() -> None:
    taken_back: Versions = {PATH: (BASE, HEAD.replace("second(2)", "second(1)"))}
    assert fate(told_of(taken_back, PATH, "    first(2)"), now=taken_back).fate is Fate.POSTED


def test_what_is_not_told_anyway_keeps_its_reason() -> None:
    quiet = replace(READ, disposition=Disposition(Fate.SUPPRESSED, "milder than high"))
    assert fate(quiet) == quiet.disposition


def settled(marked: MarkedFinding, fate: Fate = Fate.DISMISSED, reason: str = "Meant so.") -> MarkedFinding:
    return replace(marked, disposition=Disposition(fate, reason, "ana"), comment_id=3, fingerprint="f" * 16)


@pytest.mark.parametrize("decided", [Fate.DISMISSED, Fate.WITHDRAWN])
def test_what_people_decided_stays_quiet_and_stays_one_finding(decided: Fate) -> None:
    old = settled(told_of(BEFORE, PATH, "    second(2)"), decided)
    again = told_of(NOW, PATH, "    second(3)", claim="The guard is gone again.")
    done = hold(again, settled=(old,))
    assert done.findings == ()
    [kept] = done.settled
    assert (kept.disposition, kept.comment_id, kept.fingerprint) == (old.disposition, 3, "f" * 16)
    assert (kept.finding.quote, kept.anchor) == ("    second(3)", again.anchor)
    assert kept.finding.claim == old.finding.claim


def test_a_decision_holds_for_a_file_that_was_renamed_and_not_for_another_one() -> None:
    old = settled(told_of({"shop/was.py": (BASE, NOW_HEAD)}, "shop/was.py", "    second(3)"))
    assert hold(FRESH, settled=(old,)).findings == ()
    both: Versions = {**NOW, "shop/was.py": (BASE, NOW_HEAD)}
    assert hold(FRESH, settled=(old,), now=both).findings == (FRESH,)


def test_what_gets_worse_than_it_was_is_told_anew_and_says_so() -> None:
    old = settled(FRESH)
    done = hold(rated(FRESH, Severity.HIGH), settled=(old,))
    [anew] = done.findings
    assert anew.disposition == Disposition(
        Fate.POSTED, "worse than when it was dismissed by ana: it was medium then"
    )
    assert done.settled == (old,)


def test_another_defect_is_told_though_one_was_dismissed_there() -> None:
    other = rated(FRESH, Severity.MEDIUM, category=Category.TYPE, claim="Cents get lost.")
    assert hold(other, settled=(settled(FRESH),)).findings == (other,)


def test_one_decision_speaks_for_one_place_and_for_the_one_that_was_read() -> None:
    twice: Versions = {PATH: (BASE, NOW_HEAD.replace("second(3)", "first(2)"))}
    old_place = told_of(BEFORE, PATH, "    first(2)")
    copied = told_of(twice, PATH, "    step_11()\n    first(2)")
    copied = replace(copied, finding=replace(copied.finding, quote="    first(2)"))
    done = hold(copied, old_place, old_place, settled=(settled(old_place),), now=twice)
    assert done.findings == (copied,)
    assert done.settled[0].finding.lines == old_place.finding.lines


def test_what_was_fixed_and_is_back_in_fresh_code_is_told_anew() -> None:
    old = settled(FRESH, Fate.FIXED, "its code is gone")
    done = hold(FRESH, settled=(old,))
    assert (done.findings, done.settled) == ((FRESH,), (old,))


@pytest.mark.parametrize(
    ("is_checked", "confidence", "told"), [(True, 0.5, True), (False, 0.9, True), (False, 0.5, False)]
)
def test_what_a_model_called_fixed_comes_back_where_its_file_has_changed_and_somebody_is_sure(
    is_checked: bool, confidence: float, told: bool
) -> None:
    new = rated(READ, Severity.MEDIUM, confidence=confidence)
    done = fate(new, settled=(settled(READ, Fate.FIXED),), is_checked=is_checked)
    assert done == (Disposition(Fate.POSTED) if told else Disposition(Fate.SUPPRESSED, MENDED_BEFORE))


def test_what_a_model_called_fixed_stays_fixed_in_a_file_that_nobody_has_touched() -> None:
    other: Versions = {PATH: (BASE, HEAD), "shop/tax.py": (None, "RATE = 2\n")}
    new = rated(READ, Severity.CRITICAL)
    assert fate(new, settled=(settled(READ, Fate.FIXED),), now=other).reason == MENDED_BEFORE


LESSON = lesson_of(FRESH, PullRequestRef("acme/shop", 7), "ana", "Meant so.", 0.0, 90)


def test_the_like_of_what_was_dismissed_elsewhere_is_held_back_with_the_reason() -> None:
    assert fate(FRESH, lessons=(LESSON,)) == Disposition(
        Fate.SUPPRESSED, "like one that ana dismissed in #7 on 1970-01-01: Meant so.", "ana"
    )


def test_nothing_is_learned_where_policy_says_so_or_once_the_lesson_has_ended() -> None:
    assert fate(FRESH, lessons=(LESSON,), learning=False).fate is Fate.POSTED
    assert fate(FRESH, lessons=(replace(LESSON, until=100.0),)).fate is Fate.POSTED
