from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.finding import Category, Fate, Finding, LineRange, Severity
from bot.domain.ledger import Earlier
from bot.domain.policy import FailOn, Policy
from bot.domain.review import Conclusion, Outcome, Review, conclude
from tests.support.analysing import FixedAnalyser
from tests.support.changes import Versions, change_of, reader_of
from tests.support.scripted import CROSS_CHECK, scripted
from tests.support.small_change import FILES, review
from workers.analysers.registry import static_analysers
from workers.analysers.sarif import SarifHits
from workers.models.scripted import Rule
from workers.ports import Analysis
from workers.review.change import Engine, Limits
from workers.review.pipeline import review_change


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


UNKNOWN: Versions = dict.fromkeys(
    ("Dockerfile", "main.tf", "db/a.sql", ".github/workflows/a.yml", "A.kt", "data/a.json", "a.md"),
    ("one\n", "one\ntwo\n"),
)


def told(path: str) -> Finding:
    where = LineRange(2, 2)
    return replace(hit(2), path=path, lines=where, quote="", source="sarif:T:R1", severity=Severity.HIGH)


async def reported(
    files: Versions, *paths: str, policy: Policy | None = None, earlier: Earlier | None = None
) -> Review:
    analysers = (*static_analysers(), SarifHits(tuple(map(told, paths))))
    engine = Engine(reader_of(files), analysers=analysers)
    return await review_change(change_of(files), policy or Policy(), engine, earlier or Earlier())


async def test_reports_are_heard_of_files_that_no_analyser_here_knows() -> None:
    done = await reported(UNKNOWN, *UNKNOWN)
    assert {(m.finding.path, m.disposition.fate) for m in done.shown} == {
        (path, Fate.POSTED) for path in UNKNOWN
    }
    assert conclude(done, FailOn.HIGH) is Conclusion.FAILURE


async def test_what_reports_say_makes_no_file_read() -> None:
    done = await reported(UNKNOWN, *UNKNOWN)
    without = await review_change(
        change_of(UNKNOWN), Policy(), Engine(reader_of(UNKNOWN), analysers=static_analysers())
    )
    assert done.coverage == without.coverage
    assert (done.coverage.read, len(done.coverage.not_read), len(done.coverage.excluded)) == ((), 5, 2)


async def test_reports_are_not_heard_of_what_policy_or_its_name_leaves_out() -> None:
    files = dict.fromkeys(("docs/a.sql", "vendor/a.sql", "yarn.lock"), ("one\n", "one\ntwo\n"))
    done = await reported(files, *files, policy=Policy(ignore=("docs/**",)))
    assert done.findings == ()


async def test_a_report_that_no_longer_says_it_settles_what_it_said_of_such_a_file() -> None:
    first = await reported(UNKNOWN, "Dockerfile", "main.tf")
    earlier = Earlier(open=first.shown, hunks=frozenset(first.hunks), head_sha=first.head_sha)
    then = await reported(UNKNOWN, "Dockerfile", earlier=earlier)
    now = {(m.finding.path, m.disposition.fate) for m in then.findings}
    assert now - {("Dockerfile", Fate.DUPLICATE)} == {("Dockerfile", Fate.OPEN), ("main.tf", Fate.FIXED)}


BEFORE = "export function f(x) {\n  return x;\n}\n"
AFTER = "export function f(x) {\n  if (x = 1) {\n    return 2;\n  }\n  return x;\n}\n"
GARBAGE = "function ((( { [ <<<\n" * 3


async def static(**files: tuple[str | None, str]) -> Review:
    named = {path.replace("_", "."): texts for path, texts in files.items()}
    return await review_change(
        change_of(named), Policy(), Engine(reader_of(named), analysers=static_analysers())
    )


@pytest.mark.parametrize("garbage", [GARBAGE, "x = {{{\n", "class = `\n", "const a = '\n", "/*\n"])
async def test_what_a_change_tears_does_not_count_as_read(garbage: str) -> None:
    done = await static(a_js=(BEFORE, garbage + AFTER), b_js=(BEFORE, AFTER))
    assert (done.outcome, done.coverage.read) == (Outcome.PARTIAL, ("b.js",))
    [gap] = done.coverage.not_read
    assert (gap.path, gap.reason) == ("a.js", "a part of it cannot be parsed as JavaScript")
    assert conclude(done, FailOn.NEVER) is Conclusion.NEUTRAL


@pytest.mark.parametrize("name", ["a_java", "a_ts", "a_go", "a_rb", "a_rs", "a_tsx"])
async def test_a_new_file_of_garbage_is_not_read_in_any_language(name: str) -> None:
    assert (await static(**{name: (None, GARBAGE)})).coverage.read == ()


async def test_what_was_torn_before_is_read_where_the_change_tears_no_more() -> None:
    done = await static(a_js=(GARBAGE + BEFORE, GARBAGE + AFTER))
    assert (done.outcome, done.coverage.read) == (Outcome.COMPLETED, ("a.js",))


async def test_types_in_javascript_are_no_reason() -> None:
    typed = "export function f(x: number): string {\n  return `${x}`;\n}\n"
    assert (await static(a_js=(BEFORE, typed))).coverage.read == ("a.js",)


async def test_macros_of_c_that_no_grammar_can_read_are_no_reason() -> None:
    done = await static(a_h=(None, "BEGIN_DECLS\nEXPORT(int) f(const char *s) THROW;\nEND_DECLS\n"))
    assert done.coverage.read == ("a.h",)


async def test_what_analysers_find_in_a_torn_file_is_told() -> None:
    done = await static(a_js=(BEFORE, f"{BEFORE}\nif (y === NaN) go();\n\nfunction g( {{\n"))
    assert [marked.finding.source for marked in done.shown] == ["ast-grep:js-nan-comparison"]
    assert done.coverage.read == ()
