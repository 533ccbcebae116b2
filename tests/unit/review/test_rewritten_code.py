"""A defect whose code somebody wrote anew, in other names: one finding where a model says so."""

from __future__ import annotations

import pytest

from bot.domain.finding import Category, Fate, LineRange, Severity
from bot.domain.review import Outcome, Review
from tests.support.analysing import FixedAnalyser
from tests.support.changes import Versions
from tests.support.later import refutes, review
from tests.support.pushes import after, told_of
from tests.support.scripted import finds, found, scripted, votes
from workers.models.scripted import Rule, ScriptedModel
from workers.ports import Analysis
from workers.review.following import NOT_ASKED_AGAIN

LINKS = "web/links.py"
SHORT = "def links(count):\n    return [link(number) for number in range(1, page_count(count))]\n"
RENAMED = (
    "def links(count):\n    last = page_count(count)\n    return [link(page) for page in range(1, last)]\n"
)
PAGES: Versions = {LINKS: ("", SHORT)}
REWRITTEN: Versions = {LINKS: ("", RENAMED)}
LAST_PAGE = found(
    LINKS,
    "    return [link(number) for number in range(1, page_count(count))]",
    claim="range excludes its end, so page_count of count, the last page, gets no link.",
    category="boundary",
)
IN_OTHER_NAMES = LAST_PAGE | {
    "quote": "    return [link(page) for page in range(1, last)]",
    "claim": "range excludes its end, so last, the last page, gets no link.",
}


async def rewritten(ruling: str) -> tuple[Review, ScriptedModel]:
    """A defect whose code was written anew in other names, and what a model says when it is asked."""
    earlier = after(await review(PAGES, scripted(finds(LAST_PAGE))))
    model = scripted(refutes(ruling), finds(IN_OTHER_NAMES))
    return await review(REWRITTEN, model, earlier), model


async def test_it_stays_in_its_thread_where_a_model_says_that_it_holds() -> None:
    done, model = await rewritten("confirmed")
    [still] = done.with_fate(Fate.OPEN)
    assert (still.finding.claim, still.finding.quote) == (LAST_PAGE["claim"], IN_OTHER_NAMES["quote"])
    assert still.finding.lines == LineRange(3, 3)
    assert done.with_fate(Fate.POSTED) == done.with_fate(Fate.FIXED) == ()
    assert [prompt.name for prompt in model.prompts] == ["find-2/plain-1", "recheck-1"]


@pytest.mark.parametrize("ruling", ["refuted", "unsure"])
async def test_where_no_model_says_so_it_is_fixed_and_the_new_one_is_told(ruling: str) -> None:
    done, _ = await rewritten(ruling)
    [fixed], [new] = done.with_fate(Fate.FIXED), done.with_fate(Fate.POSTED)
    assert fixed.finding.quote == LAST_PAGE["quote"]
    assert fixed.disposition.reason == "its code has changed: another finding is reported in its place"
    assert new.finding.claim == IN_OTHER_NAMES["claim"]
    assert done.outcome is Outcome.COMPLETED


async def test_without_a_model_a_rule_that_reports_the_like_does_not_settle_what_a_model_said() -> None:
    earlier = after(await review(PAGES, scripted(finds(LAST_PAGE))))
    row, claim = IN_OTHER_NAMES["quote"], IN_OTHER_NAMES["claim"]
    hit = told_of(REWRITTEN, LINKS, row, claim=claim, category=Category.BOUNDARY, source="ruff:B006").finding
    looked = FixedAnalyser(Analysis((hit,), frozenset({LINKS})))
    done = await review(REWRITTEN, None, earlier, analysers=(looked,))
    assert [one.disposition.fate for one in done.findings] == [Fate.POSTED, Fate.OPEN]
    assert done.findings[1].finding.claim == LAST_PAGE["claim"]


async def test_an_answer_that_does_not_come_leaves_it_open_in_what_took_its_place_and_it_is_asked_for() -> (
    None
):
    earlier = after(await review(PAGES, scripted(finds(LAST_PAGE))))
    model = scripted(Rule(name="^recheck", error="unavailable"), finds(IN_OTHER_NAMES))
    done = await review(REWRITTEN, model, earlier)
    assert (done.outcome, len(done.with_fate(Fate.POSTED))) == (Outcome.PARTIAL, 1)
    [still] = done.with_fate(Fate.OPEN)
    assert still.disposition.reason.startswith(NOT_ASKED_AGAIN)
    assert (still.finding.claim, LineRange(3, 3) == still.finding.lines) == (LAST_PAGE["claim"], True)
    asked = scripted(refutes(), finds())
    settled = await review(REWRITTEN, asked, after(done))
    assert [one.finding.claim for one in settled.with_fate(Fate.FIXED)] == [LAST_PAGE["claim"]]
    assert [prompt.name for prompt in asked.prompts] == ["recheck-1"]


async def test_a_graver_one_is_told_anew() -> None:
    earlier = after(await review(PAGES, scripted(finds(LAST_PAGE | {"severity": "low"}))))
    graver = IN_OTHER_NAMES | {"severity": "critical"}
    done = await review(REWRITTEN, scripted(refutes("confirmed"), finds(graver)), earlier)
    [new] = done.with_fate(Fate.POSTED)
    assert (new.finding.severity, len(done.with_fate(Fate.FIXED))) == (Severity.CRITICAL, 1)


@pytest.mark.parametrize(
    ("second", "fate"), [("refuted", Fate.OPEN), ("unsure", Fate.OPEN), ("confirmed", Fate.FIXED)]
)
async def test_what_a_graver_one_stands_in_place_of_is_fixed_only_where_that_stands(
    second: str, fate: Fate
) -> None:
    earlier = after(await review(PAGES, scripted(finds(LAST_PAGE))))
    graver = IN_OTHER_NAMES | {"severity": "critical", "confidence": 0.5}
    done = await review(REWRITTEN, scripted(finds(graver)), earlier, cross_checker=scripted(votes(second)))
    [known] = [one for one in done.findings if one.finding.claim == LAST_PAGE["claim"]]
    assert known.disposition.fate is fate
    assert len(done.with_fate(Fate.POSTED)) == (fate is Fate.FIXED)
    assert known.finding.quote == (LAST_PAGE if fate is Fate.FIXED else IN_OTHER_NAMES)["quote"]
    assert done.outcome is (Outcome.COMPLETED if fate is Fate.FIXED else Outcome.PARTIAL), "nobody was asked"


async def test_what_is_hardly_believed_in_takes_no_place_of_an_open_one() -> None:
    earlier = after(await review(PAGES, scripted(finds(LAST_PAGE))))
    graver = IN_OTHER_NAMES | {"severity": "critical", "confidence": 0.3}
    checker = scripted(refutes("confirmed"), votes("refuted"))
    done = await review(REWRITTEN, scripted(finds(graver)), earlier, cross_checker=checker)
    [still] = done.with_fate(Fate.OPEN)
    assert still.finding.claim == LAST_PAGE["claim"]
    assert [prompt.name for prompt in checker.prompts] == ["recheck-1"]


async def test_a_graver_one_is_told_anew_also_in_the_same_names() -> None:
    earlier = after(await review(PAGES, scripted(finds(LAST_PAGE | {"severity": "low"}))))
    erased = "    return [erase(number) for number in range(1, page_count(count))]"
    graver = LAST_PAGE | {"severity": "high", "quote": erased}
    files: Versions = {LINKS: ("", SHORT.replace("link(number)", "erase(number)"))}
    done = await review(files, scripted(refutes("confirmed"), finds(graver)), earlier)
    assert [new.finding.severity for new in done.with_fate(Fate.POSTED)] == [Severity.HIGH]


@pytest.mark.parametrize("ruling", ["refuted", "unsure"])
async def test_in_a_file_that_counts_as_unread_the_new_one_is_told(ruling: str) -> None:
    earlier = after(await review(PAGES, scripted(finds(LAST_PAGE))))
    unreadable = {"path": LINKS, "quote": 5}
    files = {**REWRITTEN, "web/other.py": ("", "x = 1\n")}
    done = await review(files, scripted(refutes(ruling), finds(IN_OTHER_NAMES, unreadable)), earlier)
    assert [new.finding.claim for new in done.with_fate(Fate.POSTED)] == [IN_OTHER_NAMES["claim"]]
    assert len(done.with_fate(Fate.OPEN)) == 1
