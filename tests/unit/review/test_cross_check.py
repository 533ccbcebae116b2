from __future__ import annotations

import pytest

from bot.domain.finding import Fate, Ruling
from bot.domain.policy import CrossCheck, Policy, Profile
from bot.domain.review import Outcome, Review
from tests.support import later
from tests.support.changes import change_of, reader_of
from tests.support.pushes import after
from tests.support.scripted import finds, found, scripted, votes
from workers.models.scripted import Rule, ScriptedModel
from workers.review.change import Engine
from workers.review.doubting import MOST_ASKED
from workers.review.pipeline import review_change

FILES = {
    "shop/share.py": (
        "def share(total, people):\n    if not people:\n        return 0\n    return total / people\n",
        "def share(total, people):\n    return total / people\n",
    ),
    "shop/tax.py": ("RATE = 19\n", "RATE = 20\n"),
}
SURE = found("shop/share.py", "    if not people:\n        return 0", confidence=0.95)
UNSURE = found("shop/tax.py", "RATE = 20", claim="The rate doubles.", confidence=0.5)


async def review(
    finder: ScriptedModel, checker: ScriptedModel | None, mode: CrossCheck | None = None
) -> Review:
    engine = Engine(reader_of(FILES), finder=finder, cross_checker=checker)
    return await review_change(change_of(FILES, title="Simplify"), Policy(cross_check=mode), engine)


async def test_by_default_the_second_model_is_asked_about_what_the_first_is_not_sure_of() -> None:
    checker = scripted(votes("confirmed"), name="second")
    done = await review(scripted(finds(SURE, UNSURE)), checker)
    assert ["RATE = 20" in prompt.user for prompt in checker.prompts] == [True]
    assert {one.finding.path: len(one.verdicts) for one in done.shown} == {
        "shop/share.py": 0,
        "shop/tax.py": 1,
    }
    assert done.cross_checker == "second"


@pytest.mark.parametrize("rule", [finds(), finds(SURE), finds(UNSURE)], ids=["clean", "sure", "unanswered"])
async def test_a_second_model_that_answered_nothing_is_not_named(rule: Rule) -> None:
    done = await review(scripted(rule), scripted(Rule(error="unavailable"), name="second"))
    assert (done.cross_checker, done.has_second) == (None, True)


async def test_a_second_model_that_says_of_an_earlier_finding_whether_it_holds_is_named() -> None:
    earlier = after(await later.review(FILES, scripted(finds(UNSURE))))
    changed = {**FILES, "shop/tax.py": ("RATE = 19\n", "RATE = 21\n")}
    second = scripted(later.refutes(), name="second")
    done = await later.review(changed, scripted(finds()), earlier, cross_checker=second)
    assert [one.disposition.fate for one in done.findings] == [Fate.FIXED]
    assert done.cross_checker == "second"


async def test_strict_asks_about_everything_and_off_about_nothing() -> None:
    strict, off = scripted(votes("confirmed")), scripted(votes("confirmed"))
    await review(scripted(finds(SURE, UNSURE)), strict, CrossCheck.STRICT)
    done = await review(scripted(finds(SURE, UNSURE)), off, CrossCheck.OFF)
    assert (len(strict.prompts), len(off.prompts)) == (2, 0)
    assert done.cross_checker is None


async def test_without_a_second_model_nothing_is_asked_unless_policy_says_so() -> None:
    alone = scripted(finds(UNSURE), votes("refuted"))
    assert len((await review(alone, None)).shown) == 1
    done = await review(scripted(finds(UNSURE), votes("refuted")), None, CrossCheck.VERIFY)
    assert [one.disposition.fate for one in done.findings] == [Fate.REFUTED]
    assert done.cross_checker == done.reviewer


@pytest.mark.parametrize(("confidence", "fate"), [(0.5, Fate.SUPPRESSED), (0.75, Fate.POSTED)])
async def test_what_neither_model_is_sure_of_is_held_back_with_the_reason(
    confidence: float, fate: Fate
) -> None:
    finding = UNSURE | {"confidence": confidence}
    done = await review(scripted(finds(finding)), scripted(votes("unsure", reason="It hangs on a setting.")))
    [marked] = done.findings
    assert marked.disposition.fate is fate
    assert marked.verdicts[0].ruling is Ruling.UNSURE
    assert ("It hangs on a setting." in marked.disposition.reason) is (fate is Fate.SUPPRESSED)


@pytest.mark.parametrize(
    ("rule", "fate"),
    [
        (votes("confirmed"), Fate.POSTED),
        (votes("confirmed", introduced=False), Fate.SUPPRESSED),
        (votes("refuted"), Fate.SUPPRESSED),
        (votes("unsure"), Fate.SUPPRESSED),
        (Rule(error="unavailable"), Fate.SUPPRESSED),
    ],
)
async def test_what_is_hardly_believed_in_is_told_where_the_second_model_confirms_it(
    rule: Rule, fate: Fate
) -> None:
    checker = scripted(rule)
    done = await review(scripted(finds(UNSURE | {"confidence": 0.3})), checker)
    assert [one.disposition.fate for one in done.findings] == [fate]
    assert (len(checker.prompts), done.usage.calls, done.outcome) == (1, 2, Outcome.COMPLETED)
    assert done.cross_checker == (None if rule.error else "scripted")


async def test_a_hardly_believed_report_takes_no_place_of_one_that_is_believed_in() -> None:
    graver = SURE | {"severity": "critical", "confidence": 0.3}
    checker = scripted(Rule(error="unavailable"))
    done = await review(scripted(finds(SURE, graver)), checker)
    assert [one.finding.confidence for one in done.shown] == [0.95]
    assert checker.prompts == []


async def test_of_many_hardly_believed_reports_a_few_get_a_question_and_none_is_told_unasked() -> None:
    lines = "".join(f"value_{number} = {number}\n" for number in range(200))
    doubts = [
        found("big.py", f"value_{number} = {number}", claim=f"Number {number} is off.", confidence=0.3)
        for number in range(0, 200, 5)
    ]
    files = {"big.py": ("", lines)}
    checker = scripted(votes("confirmed"))
    sure = found("big.py", "value_2 = 2", claim="Two is wrong.", confidence=0.95)
    engine = Engine(reader_of(files), finder=scripted(finds(*doubts, sure)), cross_checker=checker)
    done = await review_change(change_of(files), Policy(suggestions=False), engine)
    assert len(checker.prompts) == MOST_ASKED
    assert len(done.shown) == MOST_ASKED + 1
    assert all(one.verdicts or one.finding.confidence > 0.9 for one in done.shown)


async def test_where_nobody_is_asked_or_it_is_believed_in_even_less_it_is_held_back_unasked() -> None:
    checker = scripted(votes("confirmed"))
    for confidence, second in ((0.3, None), (0.2, checker)):
        done = await review(scripted(finds(UNSURE | {"confidence": confidence})), second)
        assert [one.disposition.fate for one in done.findings] == [Fate.SUPPRESSED]
    assert checker.prompts == []


async def test_a_quiet_profile_stays_quiet_about_what_was_confirmed() -> None:
    checker = scripted(votes("confirmed"))
    engine = Engine(reader_of(FILES), finder=scripted(finds(UNSURE)), cross_checker=checker)
    done = await review_change(change_of(FILES), Policy(profile=Profile.CHILL), engine)
    assert (done.shown, checker.prompts) == ((), [])


async def test_the_question_shows_the_title_the_report_and_the_code_around_it() -> None:
    checker = scripted(votes("confirmed"))
    await review(scripted(finds(UNSURE)), checker)
    user = checker.prompts[0].user
    assert "Title: Simplify" in user
    assert "Claim: The rate doubles." in user
    assert "File: shop/tax.py" in user
    assert "-     if not people" not in user
