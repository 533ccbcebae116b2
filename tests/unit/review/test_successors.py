"""A finding whose lines somebody changed: that nobody reports it again is no proof that it is mended."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.finding import Category, Disposition, Fate, LineRange, Severity
from bot.domain.review import Outcome, Review
from tests.support.analysing import FixedAnalyser
from tests.support.changes import Versions, diff_of, source_of
from tests.support.later import refutes, review
from tests.support.planted_secrets import KEY
from tests.support.pushes import after, told_of
from tests.support.scripted import finds, found, scripted
from workers.analysers.sarif import SarifHits
from workers.models.scripted import Rule, ScriptedModel
from workers.ports import Analysis
from workers.review.delta import delta_of
from workers.review.following import NOT_ASKED_AGAIN, Followed, Where
from workers.review.matching import Known, Matched
from workers.review.rechecking import CODE_CHANGED, CODE_GONE
from workers.review.successors import with_successors

PAGES = "web/pages.py"
LOOP = "def pages_of(count):\n    page, pages = 1, count\n    while page <= pages:\n        page += 1\n"
ADORNED = LOOP.replace("page <= pages:", "page <= max(pages, 1):  # at least one")
MENDED = LOOP.replace("page <= pages:", "page < pages:")
ONE_TOO_MANY = found(
    PAGES,
    "    while page <= pages:",
    claim="The loop reads one page more than there is.",
    category="boundary",
)


def pages(text: str) -> Versions:
    return {PAGES: ("", text)}


async def then(text: str, *rules: Rule, earlier: Review | None = None) -> tuple[Review, ScriptedModel]:
    """The review after a push, where the finding was told of the loop."""
    was = earlier or await review(pages(LOOP), scripted(finds(ONE_TOO_MANY)))
    model = scripted(*rules, finds())
    return await review(pages(text), model, after(was)), model


@pytest.mark.parametrize("ruling", ["confirmed", "unsure"])
async def test_a_changed_line_is_asked_about_and_its_finding_stands_there(ruling: str) -> None:
    done, model = await then(ADORNED, refutes(ruling))
    [still] = done.findings
    assert [prompt.name for prompt in model.prompts] == ["find-2/plain-1", "recheck-1"]
    assert (still.disposition.fate, still.disposition.reason) == (Fate.OPEN, "")
    assert (still.finding.lines, still.anchor is None) == (LineRange(3, 3), False)
    assert "max(pages, 1)" in still.finding.quote
    again, silent = await then(ADORNED, earlier=done)
    assert (silent.prompts, [one.disposition.fate for one in again.findings]) == ([], [Fate.OPEN])


async def test_a_changed_line_in_which_a_model_finds_it_mended_settles_it() -> None:
    done, _ = await then(MENDED, refutes())
    [fixed] = done.findings
    assert (fixed.disposition.fate, fixed.disposition.reason) == (Fate.FIXED, f"{CODE_CHANGED}Line 1 does.")
    assert (fixed.finding.quote, len(fixed.verdicts)) == (ONE_TOO_MANY["quote"], 1)
    back, _ = await then(LOOP, refutes("confirmed"), earlier=done)
    assert [one.disposition.fate for one in back.shown] == [Fate.POSTED]
    unheard, _ = await then(LOOP, Rule(name="^recheck", error="unavailable"), earlier=done)
    assert [one.disposition.fate for one in unheard.shown] == [Fate.POSTED]


async def test_a_question_about_a_changed_line_that_gets_no_answer_is_asked_once_more() -> None:
    done, _ = await then(ADORNED, Rule(name="^recheck", error="unavailable"))
    [still] = done.findings
    assert (done.outcome, still.disposition.fate) == (Outcome.PARTIAL, Fate.OPEN)
    assert still.disposition.reason.startswith(NOT_ASKED_AGAIN)
    again, model = await then(ADORNED, refutes(), earlier=done)
    assert ([one.disposition.fate for one in again.findings], len(model.prompts)) == ([Fate.FIXED], 1)


async def test_a_deleted_line_needs_no_question() -> None:
    for text in ("def nothing(): ...\n", "x = 1\n"):
        done, model = await then(text)
        assert [one.disposition.reason for one in done.findings] == ["its code is gone"]
        assert [prompt.name for prompt in model.prompts] == ["find-2/plain-1"]


async def test_without_a_model_what_one_said_of_code_that_has_changed_stays_open() -> None:
    was = await review(pages(LOOP), scripted(finds(ONE_TOO_MANY)))
    looked = FixedAnalyser(Analysis((), frozenset({PAGES})))
    done = await review(pages(ADORNED), None, after(was), analysers=(looked,))
    [still] = done.findings
    assert still.disposition.fate is Fate.OPEN
    assert still.disposition.reason == f"{NOT_ASKED_AGAIN}: its code has changed, and no model is set up"
    deleted = await review(pages("x = 1\n"), None, after(was), analysers=(looked,))
    assert [one.disposition.fate for one in deleted.findings] == [Fate.FIXED]


async def test_a_changed_line_that_a_rule_no_longer_hits_is_not_said_to_be_gone() -> None:
    hit = told_of(pages(LOOP), PAGES, "    while page <= pages:", source="ruff:PLW0177").finding
    silent = Analysis((), frozenset({PAGES}))
    was = await review(pages(LOOP), None, analysers=(FixedAnalyser(replace(silent, findings=(hit,))),))
    done = await review(pages(ADORNED), None, after(was), analysers=(FixedAnalyser(silent),))
    [fixed] = done.with_fate(Fate.FIXED)
    assert fixed.disposition.reason == f"{CODE_CHANGED}it is not reported again"
    deleted = await review(pages("x = 1\n"), None, after(was), analysers=(FixedAnalyser(silent),))
    assert [one.disposition.reason for one in deleted.findings] == [CODE_GONE]


@pytest.mark.parametrize("kind", ["sarif", "code-scanning"])
async def test_without_a_report_what_one_said_of_code_that_has_changed_stays_open(kind: str) -> None:
    fields = {"source": f"{kind}:CodeQL:py/off-by-one", "lines": LineRange(3, 3), "quote": ""}
    hit = replace(told_of(pages(LOOP), PAGES, "    while page <= pages:").finding, **fields)
    looked = FixedAnalyser(Analysis((), frozenset({PAGES})))

    async def then_told(was: Review, text: str, *reports: SarifHits) -> Disposition:
        done = await review(pages(text), None, after(was), analysers=(looked, *reports))
        [marked] = done.findings
        return marked.disposition

    was = await review(pages(LOOP), None, analysers=(looked, SarifHits((hit,), kind)))
    still = Disposition(
        Fate.OPEN, f"{NOT_ASKED_AGAIN}: its code has changed, and no report of its tool is at hand"
    )
    assert await then_told(was, ADORNED) == still
    assert await then_told(was, ADORNED, SarifHits((), kind, is_whole=False)) == still
    assert (await then_told(was, ADORNED, SarifHits((), kind))).fate is Fate.FIXED
    assert (await then_told(was, "x = 1\n")).reason == CODE_GONE
    later = await review(pages(ADORNED), None, after(was), analysers=(looked,))
    assert await then_told(later, ADORNED) == still
    assert (await then_told(later, ADORNED, SarifHits((), kind))).fate is Fate.FIXED


@pytest.mark.parametrize("severity", [Severity.LOW, Severity.CRITICAL])
async def test_without_a_model_a_rule_that_hits_such_code_speaks_for_no_model(severity: Severity) -> None:
    was = await review(pages(LOOP), scripted(finds(ONE_TOO_MANY)))
    fields = {"category": Category.BOUNDARY, "severity": severity, "source": "ruff:PLW0177"}
    hit = told_of(pages(ADORNED), PAGES, "    while page <= max(pages, 1):", **fields).finding
    looked = FixedAnalyser(Analysis((hit,), frozenset({PAGES})))
    done = await review(pages(ADORNED), None, after(was), analysers=(looked,))
    assert [one.disposition.fate for one in done.findings] == [Fate.POSTED, Fate.OPEN]
    still = done.findings[1]
    assert (still.finding.claim, still.finding.lines) == (ONE_TOO_MANY["claim"], LineRange(3, 3))
    assert still.disposition.reason.startswith(NOT_ASKED_AGAIN)


@pytest.mark.parametrize(
    ("severity", "ruling", "fates"),
    [
        ("high", "confirmed", [Fate.OPEN, Fate.DUPLICATE]),
        ("high", "refuted", [Fate.POSTED, Fate.FIXED]),
        ("critical", "confirmed", [Fate.POSTED, Fate.FIXED]),
    ],
)
async def test_what_is_reported_at_its_place_in_other_words_is_told_once(
    severity: str, ruling: str, fates: list[Fate]
) -> None:
    other = ONE_TOO_MANY | {
        "quote": "    while page <= max(pages, 1):",
        "claim": "Somebody asks the server for nothing.",
        "severity": severity,
    }
    was = await review(pages(LOOP), scripted(finds(ONE_TOO_MANY)))
    done = await review(pages(ADORNED), scripted(refutes(ruling), finds(other)), after(was))
    assert [one.disposition.fate for one in done.findings] == fates
    assert done.outcome is Outcome.COMPLETED
    why = [one.disposition.reason for one in done.with_fate(Fate.FIXED)]
    assert why == [f"{CODE_CHANGED}another finding is reported in its place"] * fates.count(Fate.FIXED)


def gone(text: str, now: str, quote: str) -> Known:
    told = told_of(pages(text), PAGES, quote, severity=Severity.HIGH)
    files = pages(now)
    known = Known(Followed(told, Where.GONE, PAGES), "")
    matched = Matched((), (known,))
    [one] = with_successors(matched, [source_of(PAGES, *files[PAGES])], delta_of(diff_of(files))).known
    return one


def test_of_several_places_the_likest_one_counts_wherever_it_is() -> None:
    filler = "".join(f"filler_{number} = {number}\n" for number in range(90))
    one = gone(
        "    total = share(orders)\n", f"x = 1\n{filler}    total = share(orders, 2)\n", "share(orders)"
    )
    assert one.successor is not None
    assert one.successor.finding.lines == LineRange(92, 92)


def test_code_that_has_little_in_common_takes_its_place_only_close_by() -> None:
    filler = "".join(f"filler_{number} = {number}\n" for number in range(90))
    loop = "while page <= pages:\n"
    assert gone(loop, "for page in pages:\n", loop).successor is not None
    assert gone(loop, f"{filler}for page in pages:\n", loop).successor is None
    assert gone(loop, "x = 1\n", loop).successor is None


def test_lines_that_the_base_has_take_no_place() -> None:
    told = told_of({PAGES: ("RATE = 19\n", "RATE = 20\n")}, PAGES, "RATE = 20")
    files: Versions = {PAGES: ("RATE = 19\n", "RATE = 19\nmore = 1\n")}
    known = Matched((), (Known(Followed(told, Where.GONE, PAGES), ""),))
    [one] = with_successors(known, [source_of(PAGES, *files[PAGES])], delta_of(diff_of(files))).known
    assert one.successor is None


def test_the_code_of_now_is_kept_with_its_secrets_masked() -> None:
    row = KEY.split("\n")[1]
    one = gone("load(key)\n", f'load(key, """\n{KEY}""")\n', "load(key)")
    assert one.successor is not None
    assert row not in one.successor.finding.quote
    long = gone("load(\nkey\n)\n", f'load("""\n{KEY}""", key\n)\n', "load(\nkey\n)")
    assert row not in str(long)
