from __future__ import annotations

from bot.domain.finding import Category, Fate, Finding, LineRange, Severity
from bot.domain.review import Outcome
from tests.support.analysing import FixedAnalyser
from tests.support.scripted import CROSS_CHECK, scripted
from tests.support.small_change import FILES, review
from workers.models.scripted import Rule
from workers.ports import Analysis
from workers.review.change import Limits


def hit(line: int) -> Finding:
    return Finding(
        path="shop/tax.py",
        lines=LineRange(line, line),
        quote="RATE = 20",
        category=Category.TYPE,
        severity=Severity.MEDIUM,
        confidence=0.9,
        claim="claim",
        trigger="trigger",
        consequence="consequence",
        source="fixed:R1",
    )


BOTH = frozenset(FILES)


async def test_without_a_model_the_analysers_review_alone() -> None:
    done = await review(analysers=(FixedAnalyser(Analysis((hit(1),), BOTH)),))
    assert (done.outcome, done.reviewer, done.usage.calls) == (Outcome.COMPLETED, "static", 0)
    assert [m.anchor.line for m in done.shown if m.anchor] == [1]


async def test_what_analysers_find_outside_of_the_change_is_older_than_it() -> None:
    done = await review(analysers=(FixedAnalyser(Analysis((hit(7),), BOTH)),))
    assert [m.disposition.fate for m in done.findings] == [Fate.PRE_EXISTING]


async def test_a_file_that_no_analyser_covers_is_not_read() -> None:
    done = await review(analysers=(FixedAnalyser(Analysis((), frozenset({"shop/tax.py"}))),))
    assert done.outcome is Outcome.PARTIAL
    assert [entry.path for entry in done.coverage.not_read] == ["shop/share.py"]


async def test_an_analyser_that_fails_or_is_late_makes_the_review_partial_or_failed() -> None:
    fine = FixedAnalyser(Analysis((), BOTH))
    broken = FixedAnalyser(Analysis((), BOTH, {"shop/tax.py": "ruff crashed"}))
    done = await review(analysers=(fine, broken))
    assert [(e.path, e.reason) for e in done.coverage.not_read] == [("shop/tax.py", "ruff crashed")]
    assert not done.retryable
    late = await review(analysers=(fine, FixedAnalyser(Analysis((), BOTH), 30)), limits=Limits(deadline=0.05))
    assert (late.outcome, late.retryable) == (Outcome.FAILED, True)


async def test_static_findings_are_not_cross_checked() -> None:
    checker = scripted(Rule(name=CROSS_CHECK, error="unavailable"))
    done = await review(None, checker, analysers=(FixedAnalyser(Analysis((hit(1),), BOTH)),))
    assert checker.prompts == []
    assert (done.outcome, done.cross_checker) == (Outcome.COMPLETED, None)
