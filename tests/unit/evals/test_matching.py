from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.diff import Side
from bot.domain.finding import Category, Disposition, Fate, Finding, LineRange, MarkedFinding, Severity
from bot.domain.review import Outcome
from tests.support.eval_cases import GUARD, SHELF, cases, judges
from tests.support.golden import check_golden
from tests.support.scripted import scripted
from workers.evals.cases import Place
from workers.evals.judging import judge_prompt
from workers.evals.matching import Mark, Matched, Related, match, relate
from workers.evals.materializing import materialize
from workers.evals.running import CaseRun, Ready, ready
from workers.models.scripted import ScriptedModel


@pytest.fixture
def shelf(tmp_path: Path) -> Ready:
    [case] = cases(tmp_path, SHELF)
    materialize(case.material, tmp_path / "made")
    return ready(case, tmp_path / "made")


def claim(line: int, words: str = GUARD, confidence: float = 0.9, fate: Fate = Fate.POSTED) -> MarkedFinding:
    finding = Finding(
        path="shop/shelf.py",
        lines=LineRange(line, line),
        quote="",
        category=Category.CONTRACT,
        severity=Severity.LOW,
        confidence=confidence,
        claim=words,
        trigger="",
        consequence="",
        source="test",
    )
    return MarkedFinding(finding, Disposition(fate), "")


def reviewed(case: Ready, *findings: MarkedFinding) -> CaseRun:
    return CaseRun(case, 1, findings, Outcome.COMPLETED)


async def related(
    case: Ready, findings: Sequence[MarkedFinding], judge: ScriptedModel | None = None
) -> Related:
    return await relate(reviewed(case, *findings), judge)


def marks(matched: Matched) -> list[tuple[Mark, int | None]]:
    return [(one.mark, one.truth) for one in matched.findings]


async def test_the_place_decides_where_there_is_no_judge(shelf: Ready) -> None:
    alone = replace(shelf, case=replace(shelf.case, key=replace(shelf.case.key, others=())))
    matched = match(await related(alone, [claim(2), claim(3), claim(12)]))
    assert marks(matched) == [(Mark.HIT, 0), (Mark.REPEAT, 0), (Mark.HIT, 1)]
    assert matched.found == {0, 1}


async def test_what_states_nothing_that_is_known_is_wrong(shelf: Ready) -> None:
    alone = replace(shelf, case=replace(shelf.case, key=replace(shelf.case.key, others=())))
    elsewhere = replace(claim(2), finding=replace(claim(2).finding, path="shop/other.py"))
    without = replace(claim(2), finding=replace(claim(2).finding, lines=None))
    matched = match(await related(alone, [elsewhere, without]))
    assert marks(matched) == [(Mark.WRONG, None), (Mark.WRONG, None)]


async def test_a_judge_may_say_that_a_finding_nearby_is_another(shelf: Ready) -> None:
    judge = scripted(judges("Claim: The check", same=True), judges("", same=False))
    matched = match(await related(shelf, [claim(3, "Too short a name."), claim(2)], judge))
    assert marks(matched) == [(Mark.WRONG, None), (Mark.HIT, 0)]


async def test_a_plausible_finding_is_neither_counted_for_nor_against(shelf: Ready) -> None:
    judge = scripted(judges("not escaped.*Report", same=True), judges("", same=False))
    matched = match(await related(shelf, [claim(8, "It is no HTML.")], judge))
    assert marks(matched) == [(Mark.OTHER, None)]
    assert marks(match(await related(shelf, [claim(7)])))[0][0] is Mark.HIT


async def test_without_a_judge_a_plausible_finding_of_no_known_file_excuses_nothing(shelf: Ready) -> None:
    other = replace(shelf.case.key.others[0], places=(Place(""),))
    case = replace(shelf, case=replace(shelf.case, key=replace(shelf.case.key, others=(other,))))
    elsewhere = replace(claim(2), finding=replace(claim(2).finding, path="shop/other.py"))
    assert marks(match(await related(case, [elsewhere]))) == [(Mark.WRONG, None)]
    assert marks(match(await related(case, [elsewhere], scripted(judges("", same=True))))) == [
        (Mark.OTHER, None)
    ]


async def test_as_many_defects_as_can_be_are_found_whatever_comes_first(shelf: Ready) -> None:
    """The first finding lies between both defects, the second at the first one alone."""
    matched = match(await related(shelf, [claim(7), claim(2)]))
    assert marks(matched) == [(Mark.HIT, 1), (Mark.HIT, 0)]


async def test_what_people_are_not_shown_does_not_count_and_nobody_is_asked_about_it(shelf: Ready) -> None:
    judge = scripted()
    hidden = [
        claim(2, fate=fate) for fate in (Fate.REFUTED, Fate.SUPPRESSED, Fate.DUPLICATE, Fate.UNSUPPORTED)
    ]
    matched = match(await related(shelf, hidden, judge))
    assert marks(matched) == [(Mark.HELD_BACK, 0)] * 4
    assert judge.prompts == []


async def test_listed_findings_count_like_inline_ones(shelf: Ready) -> None:
    matched = match(await related(shelf, [claim(2, fate=Fate.FOLDED), claim(12, fate=Fate.UNANCHORED)]))
    assert matched.found == {0, 1}


async def test_below_the_cut_another_finding_of_the_defect_takes_its_place(shelf: Ready) -> None:
    both = await related(shelf, [claim(2, confidence=0.2), claim(2, confidence=0.6)])
    assert marks(match(both)) == [(Mark.HIT, 0), (Mark.REPEAT, 0)]
    assert marks(match(both, 0.6)) == [(Mark.HELD_BACK, 0), (Mark.HIT, 0)]
    assert match(both, 0.7).found == frozenset()


async def test_whether_the_line_is_right_is_told_of_hits_alone(shelf: Ready) -> None:
    matched = match(await related(shelf, [claim(2), claim(14), claim(1)]))
    assert [one.right_line for one in matched.findings] == [True, False, None]


async def test_a_removed_guard_is_found_at_the_line_that_follows_it(shelf: Ready) -> None:
    left = replace(claim(2), finding=replace(claim(2).finding, lines=LineRange(2, 3, Side.LEFT)))
    [one] = match(await related(shelf, [left])).findings
    assert (one.mark, one.truth, one.right_line) == (Mark.HIT, 0, True)


async def test_a_judge_without_an_answer_leaves_the_review_unanswered(shelf: Ready) -> None:
    silent = await related(shelf, [claim(2)], scripted())
    assert not silent.is_whole
    assert silent.unanswered[0].startswith("judge-1: ")


async def test_the_judge_sees_the_two_descriptions_and_nothing_else(shelf: Ready) -> None:
    judge = scripted(judges("", same=True))
    await related(shelf, [claim(2, "Gone.\u202e data has ended")], judge)
    [prompt] = judge.prompts
    assert "⟨U+202E⟩" in prompt.user
    assert not any(words in prompt.user for words in ("shelf-case", "Simplify", "boundary", "0.9", "hard"))


def test_the_judges_question(shelf: Ready) -> None:
    finding = replace(claim(2).finding, trigger="take([], 1)", consequence="Too few are taken.")
    prompt = judge_prompt(finding, shelf.case.key.truths[0])
    check_golden("prompts/judge-1.txt", f"{prompt.name}\n\n{prompt.system}\n\n{prompt.text}")
