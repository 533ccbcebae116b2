from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.domain.finding import Category, Disposition, Fate, Finding, LineRange, MarkedFinding, Severity
from bot.domain.review import Coverage, NotRead, Outcome, Usage
from tests.support.eval_cases import ALL, cases
from workers.evals.intervals import bootstrap, spread, wilson
from workers.evals.matching import Related
from workers.evals.materializing import materialize
from workers.evals.running import CaseRun, Ready, ready
from workers.evals.scoring import best_cut, score


@pytest.fixture
def three(tmp_path: Path) -> list[Ready]:
    """Two truths in the first, one in the second, none in the third."""
    made = []
    for number, case in enumerate(cases(tmp_path, *ALL)):
        materialize(case.material, tmp_path / str(number))
        made.append(ready(case, tmp_path / str(number)))
    return made


def review(case: Ready, *claims: tuple[float, int | None], run: int = 1, unanswered: str = "") -> Related:
    """Claims as confidence and the truth that they state."""
    findings = tuple(
        MarkedFinding(
            Finding(
                path=case.case.material.files[0].path,
                lines=LineRange(2, 2),
                quote="",
                category=Category.CONTRACT,
                severity=Severity.LOW,
                confidence=confidence,
                claim="",
                trigger="",
                consequence="",
                source="test",
            ),
            Disposition(Fate.POSTED),
            "",
        )
        for confidence, _ in claims
    )
    silent = (unanswered,) if unanswered else ()
    done = CaseRun(
        case, run, findings, Outcome.COMPLETED, unanswered=silent, usage=Usage(1, 100, 40, 10), seconds=2.0
    )
    stated = {index: frozenset({truth}) for index, (_, truth) in enumerate(claims) if truth is not None}
    return Related(done, stated)


def test_unmatched_findings_count_against_precision_those_on_clean_changes_included(
    three: list[Ready],
) -> None:
    one, two, clean = three
    counted = score([review(one, (0.9, 0), (0.8, 0), (0.7, None)), review(two), review(clean, (0.6, None))])
    assert (counted.counts.truths, counted.counts.found, counted.counts.wrong) == (3, 1, 2)
    assert counted.counts.repeats == 1
    assert counted.counts.recall == pytest.approx(1 / 3)
    assert counted.counts.precision == pytest.approx(1 / 3)
    assert counted.counts.f1 == pytest.approx(1 / 3)
    assert counted.counts.findings_per_clean == 1
    assert counted.usage == Usage(3, 300, 120, 30)
    assert counted.seconds == 6.0


def test_nothing_claimed_has_no_precision(three: list[Ready]) -> None:
    counted = score([review(three[0])])
    assert (counted.counts.recall, counted.counts.precision, counted.counts.f1) == (0, None, 0)
    assert counted.counts.findings_per_clean is None
    assert counted.counts.line_accuracy is None


def test_a_review_that_lacks_an_answer_is_in_no_figure_and_is_named(three: list[Ready]) -> None:
    one, _, clean = three
    counted = score([review(one, (0.9, 0)), review(clean, unanswered="find-1: refused")])
    assert counted.counts.reviews == 1
    assert counted.counts.clean == 0
    assert counted.not_answered == (("clean-case", 1, "find-1: refused"),)


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        (
            {"outcome": Outcome.PARTIAL, "coverage": Coverage(not_read=(NotRead("a.py", "too large"),))},
            "a.py was not read: too large",
        ),
        (
            {"outcome": Outcome.FAILED, "reason": "no answer could be used"},
            "it is failed: no answer could be used",
        ),
        ({"outcome": Outcome.PARTIAL, "reason": "time ran out"}, "it is partial: time ran out"),
    ],
)
def test_a_review_that_is_not_whole_is_in_no_figure_and_is_named(
    three: list[Ready], part: dict[str, Any], reason: str
) -> None:
    one, _, clean = three
    rest = review(clean, (0.9, None))
    counted = score([review(one, (0.9, 0)), replace(rest, done=replace(rest.done, **part))])
    assert (counted.counts.reviews, counted.counts.clean, counted.counts.wrong) == (1, 0, 0)
    assert counted.not_answered == (("clean-case", 1, reason),)
    assert best_cut([replace(rest, done=replace(rest.done, **part))]) == 0.0


def test_slices_tell_how_many_of_a_kind_were_found(three: list[Ready]) -> None:
    one, two, _ = three
    counted = score([review(one, (0.9, 1), (0.9, None)), review(two, (0.9, 0))])
    assert {
        (name, value, part.counts.found, part.counts.truths)
        for name, parts in counted.slices.items()
        for value, part in parts.items()
    } == {
        ("language", "Python", 1, 2),
        ("language", "JavaScript", 1, 1),
        ("category", "boundary", 2, 2),
        ("category", "missing check", 0, 1),
        ("difficulty", "easy", 2, 2),
        ("difficulty", "hard", 0, 1),
        ("knowledge", "local", 1, 2),
        ("knowledge", "project", 1, 1),
    }
    assert counted.slices["language"]["Python"].counts.wrong == 1


def test_repetitions_have_a_mean_and_a_spread_and_make_no_interval_narrower(three: list[Ready]) -> None:
    once = score([review(three[0], (0.9, 0))])
    twice = score([review(three[0], (0.9, 0)), review(three[0], (0.9, 0), (0.9, 1), run=2)])
    assert twice.spreads["recall"] is not None
    assert (twice.spreads["recall"].mean, twice.spreads["recall"].least) == (0.75, 0.5)
    assert twice.spreads["recall"].deviation == pytest.approx(0.3536, abs=1e-4)
    assert {run: counts.found for run, counts in twice.runs.items()} == {1: 1, 2: 2}
    same = score([review(three[0], (0.9, 0)), review(three[0], (0.9, 0), run=2)])
    assert same.intervals == once.intervals


def test_the_best_cut_is_the_lowest_with_the_best_f1(three: list[Ready]) -> None:
    one, two, _ = three
    reviews = [review(one, (0.9, 0), (0.3, 1), (0.2, None)), review(two, (0.5, None), (0.8, 0), (0.2, None))]
    assert best_cut(reviews) == 0.3
    assert score(reviews, 0.3).counts.wrong == 1
    assert best_cut([review(one, (0.9, 0), (0.4, 1))]) == 0.0


def test_the_interval_of_a_proportion_is_wilsons() -> None:
    assert wilson(0, 0) is None
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson(10, 10) == pytest.approx((0.7225, 1.0), abs=1e-4)


def test_a_bootstrap_comes_out_the_same_each_time_and_holds_the_figure() -> None:
    items = [0, 1] * 20
    first = bootstrap(items, lambda drawn: sum(drawn) / len(drawn))
    assert first == bootstrap(items, lambda drawn: sum(drawn) / len(drawn))
    assert first is not None
    assert first[0] == pytest.approx(0.35, abs=0.05)
    assert first[1] == pytest.approx(0.65, abs=0.05)
    assert bootstrap([], len) is None
    assert bootstrap(items, lambda _: None) is None


def test_one_value_has_no_deviation() -> None:
    one = spread([0.5])
    assert one is not None
    assert (one.mean, one.deviation) == (0.5, 0.0)
    assert spread([]) is None
