"""Answers to one question vote about what the model is unsure of: when it is asked again, what follows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.diff import Anchor, Side
from bot.domain.finding import Category, Disposition, Fate, Finding, LineRange, MarkedFinding, Severity
from bot.domain.policy import Policy
from bot.domain.review import Outcome, Review
from tests.support.changes import change_of, reader_of
from tests.support.scripted import finds, found, scripted
from workers.models.scripted import Rule, ScriptedModel
from workers.review.change import Engine
from workers.review.pipeline import review_change
from workers.review.voting import vote

FILES = {"shop/share.py": ("RATE = 19\nSHIPPING = 4\n", "RATE = 20\nSHIPPING = 5\n")}
RATE = found("shop/share.py", "RATE = 20", claim="The rate of the tax is doubled by mistake.", confidence=0.5)
SHIPPING = found(
    "shop/share.py", "SHIPPING = 5", claim="Parcels cost more than customers are told.", confidence=0.5
)
FIRST, AGAIN = "^find-2/plain-1$", "again-1$"


async def review(finder: ScriptedModel, votes: int = 3, passes: int = 1) -> Review:
    engine = Engine(reader_of(FILES), finder=finder, votes=votes, passes=passes)
    return await review_change(change_of(FILES), Policy(suggestions=False), engine)


def answers(name: str, *items: dict[str, object], times: int | None = None) -> Rule:
    return Rule(name=name, answer={"findings": list(items)}, times=times)


def told(review: Review) -> dict[str, float]:
    return {one.finding.claim.split()[0]: one.finding.confidence for one in review.shown}


async def test_what_the_model_reports_every_time_is_told_with_the_number_of_votes() -> None:
    done = await review(scripted(finds(RATE)))
    assert [(one.votes, one.finding.confidence) for one in done.shown] == [(3, 0.5)]


async def test_what_it_reports_once_and_never_again_is_held_back_and_kept() -> None:
    done = await review(scripted(answers(FIRST, RATE, SHIPPING), answers(AGAIN, RATE)))
    [held] = done.with_fate(Fate.SUPPRESSED)
    assert (held.finding.quote, held.votes, held.finding.confidence) == ("SHIPPING = 5", 1, 0.167)
    assert told(done) == {"The": 0.5}


async def test_what_only_further_answers_report_counts_as_well() -> None:
    sure = SHIPPING | {"confidence": 0.9}
    done = await review(scripted(answers(FIRST, RATE), answers(AGAIN, RATE, sure)))
    assert told(done) == {"The": 0.5, "Parcels": 0.9}


@pytest.mark.parametrize("confidence", [0.1, 0.7, 0.95])
async def test_nobody_is_asked_again_about_what_the_model_is_sure_of_or_hardly_believes(
    confidence: float,
) -> None:
    finder = scripted(finds(RATE | {"confidence": confidence}))
    await review(finder)
    assert len(finder.prompts) == 1


async def test_a_clean_change_costs_one_question() -> None:
    finder = scripted(finds())
    assert (await review(finder)).outcome is Outcome.COMPLETED
    assert len(finder.prompts) == 1


async def test_further_questions_share_the_material_and_differ_in_their_last_words() -> None:
    finder = scripted(finds(RATE))
    await review(finder)
    first, *others = finder.prompts
    assert [other.sample for other in others] == [1, 2]
    assert all(other.text.startswith(first.text) for other in others)
    assert {(other.system, other.user) for other in others} == {(first.system, first.user)}
    assert len({prompt.text for prompt in finder.prompts}) == 3


async def test_an_answer_that_does_not_come_is_no_vote_and_no_gap() -> None:
    again = answers(AGAIN, RATE, times=1)
    done = await review(scripted(answers(FIRST, RATE), again, Rule(name=AGAIN, error="unavailable")))
    assert (done.outcome, done.coverage.not_read) == (Outcome.COMPLETED, ())
    assert [(one.votes, one.finding.confidence) for one in done.shown] == [(2, 0.5)]


async def test_what_every_question_cost_is_counted() -> None:
    done = await review(scripted(answers(FIRST, RATE), Rule(name=AGAIN, error="unavailable")))
    assert done.usage.calls == 3


async def test_several_passes_are_votes_already() -> None:
    finder = scripted(finds(RATE))
    await review(finder, passes=2)
    assert len(finder.prompts) == 2


async def test_a_report_without_evidence_gains_none_by_votes() -> None:
    invented = RATE | {"quote": "RATE = 21"}
    done = await review(scripted(finds(invented)))
    assert [one.votes for one in done.with_fate(Fate.UNSUPPORTED)] == [3]
    assert done.outcome is Outcome.FAILED


def report(claim: str, line: int = 5, path: str = "a.py", **fields: object) -> MarkedFinding:
    finding = Finding(
        path=path,
        lines=LineRange(line, line),
        quote="x = 1",
        category=Category.BOUNDARY,
        severity=Severity.MEDIUM,
        confidence=0.6,
        claim=claim,
        trigger="Call it.",
        consequence="It fails.",
        source="model",
    )
    anchor = Anchor(Side.RIGHT, line, line)
    return MarkedFinding(replace(finding, **fields), Disposition(Fate.POSTED), "f" * 16, anchor=anchor)  # type: ignore[arg-type]


LOOP = "The loop ends one item early, so the last entry is lost."
LOOP_TOO = "The last entry is lost since the loop ends early."
LOCK = "The lock stays held when reading fails."


def test_reports_of_one_defect_differ_in_words_and_lines() -> None:
    [one] = vote([[report(LOOP)], [report(LOOP_TOO, line=12)]])
    assert (one.votes, one.finding.claim) == (2, LOOP)


def test_other_words_are_another_defect_though_the_lines_are_near() -> None:
    assert [one.votes for one in vote([[report(LOOP)], [report(LOCK, line=6)]])] == [1, 1]


def test_like_words_about_another_kind_of_defect_some_lines_off_are_another_defect() -> None:
    other = report(LOOP_TOO, line=12, category=Category.SECURITY, severity=Severity.CRITICAL)
    assert [one.votes for one in vote([[report(LOOP)], [other]])] == [1, 1]


def test_a_defect_is_as_bad_as_the_worst_of_its_reports() -> None:
    [one] = vote([[report(LOOP)], [report(LOOP_TOO, severity=Severity.HIGH, confidence=0.5)]])
    assert (one.finding.severity, one.finding.claim) == (Severity.HIGH, LOOP)


@pytest.mark.parametrize("other", [report(LOOP, line=90), report(LOOP, path="b.py")])
def test_the_same_words_elsewhere_are_another_defect(other: MarkedFinding) -> None:
    assert [one.votes for one in vote([[report(LOOP)], [other]])] == [1, 1]


def test_one_answer_has_one_vote_a_defect() -> None:
    twice = vote([[report(LOOP), report(LOOP_TOO)], [report(LOOP)]])
    assert [(one.votes, one.finding.confidence) for one in twice] == [(2, 0.6), (1, 0.3)]


def test_claims_without_common_words_are_one_where_lines_and_kind_are_the_same() -> None:
    [one] = vote([[report("最後の項目が失われる")], [report("ループが早く終わり項目を失う")]])
    assert one.votes == 2


def test_a_report_that_can_be_shown_speaks_for_its_defect() -> None:
    older = replace(report(LOOP, confidence=0.9), disposition=Disposition(Fate.PRE_EXISTING, "older"))
    [one] = vote([[older], [report(LOOP_TOO)]])
    assert (one.finding.claim, one.finding.confidence) == (LOOP_TOO, 0.75)


def test_the_comment_stands_where_most_answers_see_the_fault() -> None:
    elsewhere = report(LOOP, line=9, confidence=0.65)
    [one] = vote([[elsewhere], [report(LOOP_TOO)], [report(LOOP)]])
    assert (one.finding.lines, one.finding.confidence) == (LineRange(5, 5), 0.617)


def test_a_single_answer_stays_as_it_is() -> None:
    reports = (report(LOOP), report(LOCK))
    assert vote([reports]) == reports


def test_what_an_answer_is_sure_of_stands_though_others_overlook_it() -> None:
    [one] = vote([[report(LOOP, confidence=0.9)], [], [report(LOOP_TOO, confidence=0.7)]])
    assert (one.votes, one.finding.confidence) == (2, 0.8)
